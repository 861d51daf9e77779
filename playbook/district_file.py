"""Read a district file: all faults at once, and an unknown key names the nearest known one."""

from __future__ import annotations

import difflib
import tomllib
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from playbook.district import ROLES, ROW_RULES, VALUE_RULES, Accounts, DistrictFile, grant_faults
from playbook.errors import DistrictFileError, Fault

_NAMES = {str: "text", int: "a whole number", bool: "true or false"}


def read_district_file(path: Path) -> DistrictFile:
    """Read one district's file.

    Args:
        path: A TOML file as the README's "The district file" describes it.

    Raises:
        DistrictFileError: The file cannot be read, is not TOML, or has faults; all of them are listed.
    """
    path = Path(path)
    document = _read_toml(path)
    faults: list[Fault] = []
    document = {key: value for key, value in document.items() if key != "path"} | {"path": str(path.absolute())}
    district_file = _build(DistrictFile, document, "", faults)
    faults += [*_token_faults(document), *_role_faults(document)]
    faults += [*_grant_faults(document), *_unique_faults(document)]
    faults += _apart_faults(district_file) if district_file else ()
    if faults or district_file is None:
        raise DistrictFileError(
            f"{path.name} has {len(faults)} fault{'s' * (len(faults) != 1)}",
            remedy=f"Correct the listed keys of {path.name}; nothing was read or written.",
            faults=faults,
        )
    built: DistrictFile = district_file
    return built


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError:
        what, remedy = (
            "cannot be read",
            'Name a district file that is there; "Your own district" in the README shows what one says.',
        )
    except UnicodeDecodeError:
        what, remedy = "is not UTF-8", "Save the file as UTF-8."
    except tomllib.TOMLDecodeError as error:
        what, remedy = f"is not TOML: {error}", "Correct the line."
    raise DistrictFileError(f"{path.name} {what}", remedy=remedy) from None


def _build(shape: type, document: Any, where: str, faults: list[Fault]) -> Any:
    """Fill a dataclass from a TOML table; return None where a fault keeps it from being built."""
    if not isinstance(document, Mapping):
        faults.append(Fault(where, "must be a table"))
        return None
    known = {f.name: f for f in fields(shape)}
    hints = get_type_hints(shape)
    before = len(faults)
    faults += _unknown_keys(document, [name for name in known if name != "path"], where)
    values: dict[str, Any] = {}
    for name, spec in known.items():
        at = f"{where}.{name}" if where else name
        if name in document:
            values[name] = _value(hints[name], document[name], at, faults, spec)
        elif spec.default is MISSING and spec.default_factory is MISSING:
            faults.append(Fault(at, "is missing", f"add {name} to {f'[{where}]' if where else 'the file'}"))
    return shape(**values) if len(faults) == before else None


def _unknown_keys(document: Mapping[str, Any], known: list[str], where: str) -> Iterator[Fault]:
    for key in document:
        if key not in known and key != "path":
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
            yield Fault(f"{where}.{key}" if where else key, "is not a key of the district file", hint)


def _value(hint: Any, value: Any, at: str, faults: list[Fault], spec: Field[Any]) -> Any:
    """Return one value in its declared type; report and return None where it is not of that type."""
    before = len(faults)
    converted = _converted(hint, value, at, faults)
    rule = spec.metadata.get("rule")
    if rule and len(faults) == before and (wrong := rule(converted)):
        faults.append(Fault(at, wrong))
    return converted


def _converted(hint: Any, value: Any, at: str, faults: list[Fault]) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _converted(arguments[0], value, at, faults)
    if hint is Path:
        return Path(value)
    if is_dataclass(hint) and isinstance(hint, type):
        return _build(hint, value, at, faults)
    if origin is tuple:
        return _list(arguments[0], value, at, faults)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(arguments[1], value, at, faults)
    if type(value) is not hint:
        faults.append(Fault(at, f"must be {_NAMES[hint]}"))
    return value


def _list(hint: Any, value: Any, at: str, faults: list[Fault]) -> tuple[Any, ...]:
    if not isinstance(value, list):
        faults.append(Fault(at, "must be a list"))
        return ()
    return tuple(_converted(hint, item, f"{at}[{index}]", faults) for index, item in enumerate(value))


def _mapping(hint: Any, value: Any, at: str, faults: list[Fault]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        faults.append(Fault(at, "must be a table"))
        return {}
    return {key: _converted(hint, item, f"{at}.{key}", faults) for key, item in value.items()}


def _table(document: Mapping[str, Any], section: str, key: str) -> Mapping[str, Any]:
    """Return a table of tables as it stands in the file, and nothing where it is none: that is told elsewhere."""
    table = document.get(section)
    found = table.get(key) if isinstance(table, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _token_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """The district's token is named, or it is found with the application's client id and secret."""
    clever = document.get("clever")
    if not isinstance(clever, Mapping):
        return
    pair = [key for key in ("client_id", "client_secret") if clever.get(key)]
    if clever.get("token") and pair:
        yield Fault(f"clever.{pair[0]}", "stands beside a token", "keep the token, or client_id and client_secret")
    elif len(pair) == 1:
        other = "client_secret" if pair == ["client_id"] else "client_id"
        yield Fault(f"clever.{other}", "is missing", f"a token is found with {pair[0]} and {other}")
    elif not clever.get("token") and not pair:
        yield Fault("clever.token", "is missing", "add token, or client_id and client_secret, to [clever]")


def _role_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Roles are Clever's own words; a policy may add a staff role after a dot."""
    for section, key in (("accounts", "roles"), ("clever", "logins"), ("permissions", "grants")):
        for role in _table(document, section, key):
            base = role.partition(".")[0] if key == "grants" else role
            if base not in ROLES:
                near = difflib.get_close_matches(base, ROLES, n=1, cutoff=0.3)
                hint = f"did you mean {near[0]}?" if near else f"roles: {', '.join(ROLES)}"
                yield Fault(f"{section}.{key}.{role}", "is not a Clever role", hint)


def _grant_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    grants = _table(document, "permissions", "grants").items()
    yield from grant_faults({role: [r for r in rights if isinstance(r, str)] for role, rights in grants if rights})


def _apart_faults(district_file: DistrictFile) -> Iterator[Fault]:
    """A right that nobody is granted keeps nothing apart: it is mistyped."""
    granted = sorted({right for rights in district_file.permissions.grants.values() for right in rights})
    for number, pair in enumerate(district_file.permissions.apart):
        for right in sorted(set(pair) - set(granted)):
            near = difflib.get_close_matches(right, granted, n=1, cutoff=0.3)
            hint = f"did you mean {near[0]}?" if near else "name rights as [permissions.grants] does"
            yield Fault(f"permissions.apart[{number}]", f"{right} is in no grant", hint)


def _unique_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """An account's row is never removed, only its values are let go; any other table's rows are removed or held."""
    accounts = document.get("accounts")
    usual = next(field.default for field in fields(Accounts) if field.name == "table")
    table = accounts.get("table", usual) if isinstance(accounts, Mapping) else usual
    for index, rule in _table(document, "merge", "unique").items():
        known = VALUE_RULES if index.startswith(f"{table}.") else ROW_RULES
        if "." not in index:
            yield Fault(f"merge.unique.{index}", "names no table", 'write "TABLE.COLUMN,COLUMN"')
        elif isinstance(rule, str) and rule not in known:
            yield Fault(f"merge.unique.{index}", f"must be {' or '.join(known)}")
