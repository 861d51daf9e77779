"""The accounts that need a person, for support: each under a random code that only this run directory can resolve.

A code is drawn anew for every bundle, so that two bundles cannot be joined, and is made from nothing about the person.
Source: 34 CFR 99.31(b): a record code may not be derived from personal information.
"""

from __future__ import annotations

import csv
import io
import secrets

from playbook.matching.table import MATCHES
from playbook.run import Run
from playbook.sharing.formulas import neutralise_formula
from playbook.tables import read_parquet

_SETTLED = ("matched", "already_v3")
_COLUMNS = ("code", "role", "state", "rule", "reason")
_CODE_BYTES = 10


def code_accounts(run: Run, *, bundle_id: str) -> str:
    """Return the unsettled accounts as CSV text, and keep their codes in the run directory.

    Args:
        run: The run; nothing is coded before accounts were matched.
        bundle_id: Names the file that resolves the codes, `codes/<bundle_id>.json`.

    Returns:
        Columns code, role, state, rule, reason, sorted by code; blank where no account needs a person.
    """
    path = run.directory / "matches.parquet"
    if not path.exists():
        return ""
    matches = read_parquet(path, MATCHES)
    unsettled = matches[~matches["state"].isin(_SETTLED)]
    codes = {secrets.token_hex(_CODE_BYTES): account for account in unsettled["account_id"]}
    run.write_json(codes, "codes", f"{bundle_id}.json")
    facts = unsettled.set_index("account_id")[list(_COLUMNS[1:])].to_dict("index")
    return _csv([(code, *facts[account].values()) for code, account in sorted(codes.items())])


def resolve_code(run: Run, code: str) -> str:
    """Return the account id that a code of any bundle of this run stands for; blank where it stands for none."""
    for path in sorted((run.directory / "codes").glob("*.json")):
        codes = run.read_json("codes", path.name, step="08_hand_over")
        if code in codes:
            return str(codes[code])
    return ""


def _csv(rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([neutralise_formula(cell) for cell in row] for row in rows)
    return buffer.getvalue()
