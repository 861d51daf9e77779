"""Recordings of requests: HAR files, Postman collections and OpenAPI documents.

Source: http://www.softwareishard.com/blog/har-12-spec/ and https://schema.postman.com/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from playbook.audit.traffic.table import Tally, template, token_of
from playbook.errors import Fault, InputError

HOST = re.compile(r"(?:^|//)api\.(?:get)?clever\.com(?::\d+)?(?:/|$)", re.IGNORECASE)
VARIABLE = re.compile(r"\{\{\s*([\w.\-]+)\s*\}\}")


def read_har(path: Path) -> Tally:
    """Count the requests to Clever in a HAR file.

    Raises:
        InputError: It is no HAR file.
    """
    tally = Tally(path.as_posix())
    entries = _at(_load(path), "log", "entries", path=path)
    for number, entry in enumerate(entries, 1):
        request = entry.get("request", {})
        url = str(request.get("url", ""))
        if not HOST.search(url):
            continue
        headers = {str(each.get("name", "")).lower(): str(each.get("value", "")) for each in request.get("headers", [])}
        asked = template(url)
        token = token_of(headers.get("authorization", ""), asked)
        tally.add(str(request.get("method", "GET")), asked, token, str(entry.get("startedDateTime", "")), number)
    return tally


def read_postman(path: Path) -> Tally:
    """Count the requests to Clever in a Postman collection; its variables are put in.

    Raises:
        InputError: It is no Postman collection.
    """
    document = _load(path)
    items = _at(document, "item", path=path)
    variables = {str(each.get("key", "")): str(each.get("value", "")) for each in document.get("variable", [])}
    tally = Tally(path.as_posix())
    for number, request in enumerate(_requests(items), 1):
        url = request.get("url", "")
        raw = str(url.get("raw", "") if isinstance(url, Mapping) else url)
        told = VARIABLE.sub(lambda match: variables.get(match[1], match[0]), raw)
        told = re.sub(
            r"^\{\{[^}]*(?:clever|base|host|api)[^}]*\}\}", "https://api.clever.com", told, flags=re.IGNORECASE
        )
        if HOST.search(told):
            asked = template(told)
            tally.add(str(request.get("method", "GET")), asked, token_of("", asked), "", number)
    return tally


def _requests(items: list[Any]) -> Iterator[Mapping[str, Any]]:
    for item in items:
        if isinstance(item.get("item"), list):
            yield from _requests(item["item"])
        elif isinstance(item.get("request"), Mapping):
            yield item["request"]


def read_openapi(path: Path) -> Tally:
    """Count the operations of an OpenAPI or Swagger document that describes Clever's API.

    Raises:
        InputError: It is no OpenAPI document.
    """
    document = _load(path)
    paths = _at(document, "paths", path=path)
    servers = [str(server.get("url", "")) for server in document.get("servers", [])]
    servers.append(f"https://{document.get('host', '')}{document.get('basePath', '')}")
    tally = Tally(path.as_posix())
    base = next((server for server in servers if HOST.search(server)), "")
    if not base:
        return tally
    number = 0
    for below, operations in paths.items():
        for method in operations:
            if method.lower() in ("get", "post", "put", "patch", "delete"):
                number += 1
                asked = template(base.rstrip("/") + below)
                tally.add(method.upper(), asked, token_of("", asked), "", number)
    return tally


def _load(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = json.loads(text) if text.lstrip()[:1] == "{" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as fault:
        raise _not_readable(path, type(fault).__name__) from None
    if not isinstance(found, dict):
        raise _not_readable(path, "it holds no object")
    return found


def _at(document: dict[str, Any], *keys: str, path: Path) -> Any:
    found: Any = document
    for key in keys:
        if not isinstance(found, Mapping) or key not in found:
            raise _not_readable(path, f"{'.'.join(keys)} is missing")
        found = found[key]
    return found


def _not_readable(path: Path, why: str) -> InputError:
    return InputError(
        "a recording cannot be read",
        code="recording_unreadable",
        remedy="Export it again, and name it with the option of its kind.",
        faults=[Fault(path.as_posix(), why)],
    )
