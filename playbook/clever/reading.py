"""From an answer's bytes to typed records: the fast way for the common shape, the patient way for the odd ones.

A page counts only when it is JSON, whole, and in Clever's envelope; until then nothing of it is used.

Source: https://dev.clever.com/docs/api-overview (envelopes).
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from playbook.clever.oddities import Document, straighten_page, straighten_record, straighten_user
from playbook.clever.retrying import Passing
from playbook.clever.transport import Answer
from playbook.clever.wire import LegacyUser, Page, School, Section, User, next_link
from playbook.errors import CleverError

Kind = TypeVar("Kind")
Record = TypeVar("Record", User, LegacyUser, Section, School)

_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Records(Generic[Kind]):
    """One page: its records as they came, their ids, and the link to the next page, "" on the last one."""

    records: list[Kind]
    ids: list[str]
    next: str


class PageReader(Generic[Record]):
    """Reads the pages of one kind of record."""

    def __init__(
        self, page: type[Page[Record]], straighten: Callable[[Mapping[str, Any]], Document] = straighten_record
    ) -> None:
        self._page: type[Page[Record]] = page
        self._decoder: msgspec.json.Decoder[Page[Record]] = msgspec.json.Decoder(page)
        self._straighten = straighten

    def __call__(self, answer: Answer) -> Records[Record]:
        """Return the records of one answer.

        Raises:
            Passing: It is no JSON, cut short, or without Clever's envelope.
            CleverError: A record has a shape that nothing published allows.
        """
        body = _json(answer)
        try:
            page = self._decoder.decode(body)
        except msgspec.ValidationError:
            page = self._decode_patiently(body, answer.status)
        except _MALFORMED:
            raise Passing("malformed", status=answer.status) from None
        items = page.resources if page.data is None else page.data
        if items is None:
            raise Passing("no_envelope", status=answer.status)
        records = [item.data for item in items]
        return Records(records, [record.id for record in records], next_link(page.links))

    def _decode_patiently(self, body: bytes | bytearray, status: int) -> Page[Record]:
        document = _decode(body, status)
        try:
            page: Page[Record] = msgspec.convert(straighten_page(document, self._straighten), self._page)
            return page
        except msgspec.ValidationError:
            raise CleverError(
                "a record has a shape that Clever's documentation does not know",
                code="wire_shape",
                remedy="Report the endpoint to Clever; the page was not used.",
            ) from None


def read_documents(answer: Answer) -> Records[Document]:
    """Return a page's records as the JSON objects that Clever sent.

    Raises:
        Passing: It is no JSON, cut short, or without Clever's envelope.
    """
    page = read_document(answer)
    items = page.get("resources") if page.get("data") is None else page["data"]
    if not isinstance(items, list):
        raise Passing("no_envelope", status=answer.status)
    records = [item.get("data", item) for item in items if isinstance(item, dict)]
    links = [link for link in page.get("links") or [] if isinstance(link, dict)]
    following = next((str(link.get("uri") or "") for link in links if link.get("rel") == "next"), "")
    return Records(records, [str(record.get("id", "")) for record in records], following)


read_users: PageReader[User] = PageReader(Page[User], straighten_user)
read_legacy_users: PageReader[LegacyUser] = PageReader(Page[LegacyUser])
read_sections: PageReader[Section] = PageReader(Page[Section])
read_schools: PageReader[School] = PageReader(Page[School])


def read_document(answer: Answer) -> Document:
    """Return an answer's JSON object as it came.

    Raises:
        Passing: It is no JSON, cut short, or no object.
    """
    document = _decode(_json(answer), answer.status)
    if not isinstance(document, dict):
        raise Passing("no_envelope", status=answer.status)
    return document


def _json(answer: Answer) -> bytes | bytearray:
    if not answer.is_json:
        raise Passing("not_json", status=answer.status)
    body = answer.body
    return body[len(codecs.BOM_UTF8) :] if body.startswith(codecs.BOM_UTF8) else body


def _decode(body: bytes | bytearray, status: int) -> Any:
    try:
        return msgspec.json.decode(body)
    except _MALFORMED:
        raise Passing("malformed", status=status) from None
