"""The plan: canonical JSON, one operation a line, named by its SHA-256. Nobody applies anything else.

The header binds the plan to a district, a database, its schema, a snapshot and a time; the operations follow it. Keys
are sorted and nothing is indented, so the same plan always has the same hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import json as arrow_json

from playbook.errors import InputError, TableError
from playbook.merging.layout import Credentials, Layout, Referrer
from playbook.merging.operations import KINDS, Operation
from playbook.tables import Contract

SCHEMA = 1
"""The version of the plan's own form; a plan of another version is refused."""

MOST_NAMED = 12
"""So many tables and columns are named in one sentence; the plan lists them all."""

OPERATIONS = Contract(
    "operations",
    {
        "account_id": "text",
        "detail": "text",
        "group": "text",
        "image": "text",
        "kind": "text",
        "marks": "text",
        "old_id": "text",
        "position": "int",
        "reason": "text",
        "role": "text",
        "survivor_id": "text",
        "user_id": "text",
    },
    key=("position",),
    codes={"kind": frozenset(KINDS)},
)
# A line break stands only here: inside a JSON text it is written \\n, so a plan can be cut into lines safely.
_BETWEEN, _COMMA, _END = ',"operations":[\n', ",\n", "\n]}\n"
_ARROW = pa.schema([(name, pa.int64() if kind == "int" else pa.string()) for name, kind in OPERATIONS.columns.items()])


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One named safety check, as the plan met it.

    Attributes:
        blocking: True where apply refuses until the check is acknowledged by name.
        acknowledged: True where the district file does so.
        count: How many things it found.
        things: The tables and columns that it is about, sorted; never a value.
    """

    name: str
    message: str
    remedy: str
    count: int
    blocking: bool
    acknowledged: bool = False
    things: tuple[str, ...] = ()

    @property
    def is_pending(self) -> bool:
        """Whether it still stops the plan."""
        return self.blocking and not self.acknowledged

    @property
    def told(self) -> str:
        """The message with how many things were found, and where."""
        more = [f"{len(self.things) - MOST_NAMED} more"] if len(self.things) > MOST_NAMED else []
        named = ", ".join([*self.things[:MOST_NAMED], *more])
        return f"{self.message} ({self.count:,})" + (f": {named}" if named else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a plan is bound to, and what it amounts to.

    Attributes:
        database: The identity of the one database that it may be applied to.
        schema_digest: Digest of that database's tables, columns, keys and triggers.
        undoes: The SHA-256 of the plan that this one takes back; blank for a plan that goes forward.
        counts: How many operations of each kind.
        retire_on: The day before which nothing is retired; blank where nothing is.
    """

    tool: str
    schema: int
    district_id: str
    database: str
    schema_digest: str
    snapshot_root: str
    accounts_digest: str
    policy_digest: str
    decisions_digest: str
    made_at: str
    expires_at: str
    people: str
    fold: str
    store: str
    unique: Mapping[str, str]
    layout: Layout
    checks: tuple[Check, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    retire_on: str = ""
    undoes: str = ""

    def is_expired(self, now: datetime) -> bool:
        """Say whether the plan's time is over."""
        return now >= datetime.fromisoformat(self.expires_at)

    @property
    def pending(self) -> tuple[Check, ...]:
        """The checks that nobody has acknowledged yet."""
        return tuple(check for check in self.checks if check.is_pending)


@dataclass(frozen=True, eq=False)
class Plan:
    """A header, its operations, and the hash that names them together.

    Attributes:
        rows: The operations as a table by the contract `OPERATIONS`.
        text: The canonical JSON that `sha256` is the hash of.
    """

    header: Header
    rows: pd.DataFrame
    text: bytes = field(repr=False)

    @cached_property
    def sha256(self) -> str:
        """The name of the plan: the hash of its canonical JSON."""
        return hashlib.sha256(self.text).hexdigest()

    @property
    def operations(self) -> Iterator[Operation]:
        """The operations one by one, in the order of their positions."""
        return operations_of(self.rows)


def operations_of(rows: pd.DataFrame) -> Iterator[Operation]:
    """Return rows of a plan as operations, one by one."""
    for row in rows.to_dict("records"):
        values = {str(name): value for name, value in row.items() if name != "kind"}
        yield KINDS[row["kind"]](**values)


def seal_plan(header: Header, rows: pd.DataFrame) -> Plan:
    """Return a header and its operations as one plan, with the counts filled in and the hash fixed.

    Raises:
        TableError: The operations break their contract.
    """
    rows = OPERATIONS.make(rows)
    counts = {str(kind): int(count) for kind, count in sorted(rows["kind"].value_counts().items())}
    document = asdict(header) | {"counts": counts}
    columns = [rows[name].to_list() for name in OPERATIONS.columns]
    names = list(OPERATIONS.columns)
    lines = [_canonical(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]
    first = _canonical(document)
    text = f'{{"header":{first}{_BETWEEN}{_COMMA.join(lines)}{_END}'.encode()
    return Plan(_header(json.loads(first)), rows, text)


def read_plan(text: bytes) -> Plan:
    """Return the plan that a file holds.

    Raises:
        InputError: The text is not a plan, or not of this version (codes `altered`, `plan_version`).
    """
    first, _, rest = text.partition(_BETWEEN.encode())
    try:
        document = json.loads(first.removeprefix(b'{"header":'))
        if document.get("schema") != SCHEMA:
            raise InputError(
                "the plan was written by another version of the playbook",
                code="plan_version",
                remedy="Make the plan again with this version.",
            )
        header = _header(document)
        rows = _read_rows(rest)
    except (ValueError, TypeError, KeyError, AttributeError, TableError, pa.ArrowException):
        raise InputError(
            "the plan's text is damaged", code="altered", remedy="Make the plan again; never edit a plan."
        ) from None
    return Plan(header, rows, text)


def _read_rows(rest: bytes) -> pd.DataFrame:
    if not rest.endswith(_END.encode()):
        raise ValueError("the end is missing")
    lines = rest.removesuffix(_END.encode()).replace(_COMMA.encode(), b"\n")
    if not lines:
        return OPERATIONS.empty()
    options = arrow_json.ParseOptions(explicit_schema=_ARROW, unexpected_field_behavior="error")
    table = arrow_json.read_json(pa.BufferReader(lines), parse_options=options)
    return OPERATIONS.check(table.to_pandas(types_mapper=pd.ArrowDtype))


def _header(document: Mapping[str, Any]) -> Header:
    """Build the header from its JSON form; a list becomes the tuple that the dataclass holds."""
    layout = dict(document["layout"])
    referrers = tuple(
        Referrer(**{**r, "key": tuple(r["key"]), "uniques": tuple(tuple(u) for u in r["uniques"])})
        for r in layout["referrers"]
    )
    credentials = layout["credentials"]
    if credentials is not None:
        names = {name: tuple(credentials[name]) for name in ("key", "columns")}
        uniques = tuple(tuple(unique) for unique in credentials.get("uniques", ()))
        credentials = Credentials(**{**credentials, **names, "uniques": uniques})
    layout |= {
        "columns": tuple(layout["columns"]),
        "uniques": tuple(layout["uniques"]),
        "contact_cells": tuple((column, source) for column, source in layout["contact_cells"]),
        "unfilled": tuple(layout["unfilled"]),
        "referrers": referrers,
        "credentials": credentials,
    }
    checks = tuple(Check(**{**check, "things": tuple(check["things"])}) for check in document["checks"])
    return Header(**{**document, "layout": Layout(**layout), "checks": checks})


def _canonical(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
