"""Open what a step works with: the run, Clever, the accounts. Tokens and addresses are revealed here or nowhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from playbook.accounts.source import DatabaseSource, Source, open_source
from playbook.applying.ciphers import MasterKey, parse_master_key
from playbook.applying.key_places import KeptKeys, Keys, ReferredKeys
from playbook.clever.client import Clever
from playbook.clever.tokens import find_district_token
from playbook.district_file import read_district_file
from playbook.errors import InputError
from playbook.run import KEYS, Run, open_run
from playbook.settings import Secret, Settings

DISTRICT = "district.json"
"""Where a run directory remembers which district file it belongs to."""


def open_district(path: Path, settings: Settings, *, directory: Path | None = None) -> Run:
    """Read a district file and open its run directory, which remembers the file it belongs to.

    Raises:
        DistrictFileError: The file has faults; nothing was made.
        InputError: The run directory belongs to another district, or to another file of this one (code
            `other_district_file`).
    """
    district = read_district_file(path)
    run = open_run(district, settings, directory=directory)
    note = run.directory / DISTRICT
    if note.exists():
        _refuse_other_owner(run, json.loads(note.read_text(encoding="utf-8")))
    run.write_json({"district_file": str(district.path), "district_id": run.district_id}, DISTRICT)
    return run


def _refuse_other_owner(run: Run, noted: Mapping[str, str]) -> None:
    """Raise where what stands in the directory was made for somebody else: steps would go on from it.

    A file that was moved is the same file, and so is a second person's copy; one that is still there and says something
    else may name another database.
    """
    if noted["district_id"] != run.district_id:
        raise InputError(
            "the run directory belongs to another district",
            remedy="Name another directory with --out; one directory holds one district.",
        )
    before, now = Path(noted["district_file"]), run.district.path
    if before == now or _text_of(before) in (None, _text_of(now)):
        return
    raise InputError(
        f"the run directory belongs to another district file of the same district, {before}, which says something else",
        code="other_district_file",
        remedy="Go on with that file; or name another directory with --out; or move that file away, if this one takes "
        "its place.",
        district_id=run.district_id,
    )


def _text_of(path: Path) -> bytes | None:
    """Return what a file holds; none where it is not there, or not for us to read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def open_run_directory(directory: Path, settings: Settings) -> Run:
    """Open a run directory by itself; it remembers its district file.

    Raises:
        InputError: It is not a run directory.
    """
    note = directory / DISTRICT
    if not note.is_file():
        raise InputError(
            f"{directory.name} is not a run directory",
            remedy="Name a directory that `playbook run` made, such as outputs/<district id>.",
        )
    path = Path(json.loads(note.read_text(encoding="utf-8"))["district_file"])
    return open_district(path, settings, directory=directory)


def open_clever(run: Run) -> Clever:
    """Return a client for the district's own token.

    Raises:
        ReferenceUnresolved: A reference leads nowhere.
        CleverError: The token is to be found with the application's client id and secret, and is not.
    """
    clever = run.district.clever
    return Clever(clever.base_url, _district_token(run), version=clever.version)


def _district_token(run: Run) -> Secret:
    clever = run.district.clever
    if clever.token:
        return run.secret(clever.token)
    pair = run.secret(clever.client_id), run.secret(clever.client_secret)
    return find_district_token(clever.base_url, *pair, run.district_id)


def open_login(run: Run, role: str) -> Clever:
    """Return a client for one person's login in a role, whose token the district file refers to."""
    clever = run.district.clever
    return Clever(clever.base_url, run.secret(clever.logins[role]), version=clever.version)


def open_accounts(run: Run) -> Source:
    """Return the accounts where they live.

    Raises:
        InputError: The table or a named column is not there.
    """
    accounts = run.district.accounts
    is_file = accounts.url.startswith("file:")
    url = accounts.url if is_file or "://" in accounts.url else run.secret(accounts.url).reveal()
    return open_source(accounts, url, base=run.district.directory)


def open_database(run: Run) -> DatabaseSource:
    """Return the accounts' database, for the steps that plan and write.

    Raises:
        InputError: The accounts live in a file, which can be matched but not applied to.
    """
    source = open_accounts(run)
    if isinstance(source, DatabaseSource):
        return source
    raise InputError(
        "accounts in a file can be matched and reviewed, not planned or applied to",
        code="accounts_in_file",
        remedy="Name the database that the file came from in [accounts] url.",
        district_id=run.district_id,
    )


def open_keys(run: Run, source: DatabaseSource) -> Keys:
    """Return where the key of a database's journal lies: where the district file says, else in the run directory.

    Nothing is looked for yet, so that whoever needs no key is not refused for one that is not there.
    """
    privacy = run.district.privacy
    if not privacy.journal_key:
        return KeptKeys(run.directory / KEYS, source.identity())
    now, *before = (partial(_master_key, run, name) for name in (privacy.journal_key, *privacy.journal_keys_before))
    return ReferredKeys(now, tuple(before))


def _master_key(run: Run, reference: str) -> MasterKey:
    return parse_master_key(run.secret(reference).reveal())
