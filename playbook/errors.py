"""Every way in which the playbook can refuse, in one tree.

* PlaybookError
  + InputError            wrong use or bad input (exit 2)
    - DistrictFileError   the district file has faults
    - TableError          a table breaks its contract
    - ReferenceUnresolved a secret's reference leads nowhere
    - StepMissing         a step's input has not been made yet
  + AnswerIsNo            the answer is no: findings, differences, checks pending, no-go (exit 1)
  + ServiceError          Clever or the database refused (exit 3)
    - CleverError         with status, path template and Clever's request id
    - DatabaseError       with SQLSTATE, constraint and table

No message holds a person's name, an e-mail, a token, a header, a URL query or a row:
only counts, codes, step names, file names and column names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it stands, what is wrong, and what to do about it."""

    where: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" ({self.remedy})" if self.remedy else "")


class PlaybookError(Exception):
    """The root: a code for scripts, a sentence for people, and one imperative sentence that says what to do."""

    exit_code = 2
    code = "error"

    def __init__(
        self,
        message: str,
        *,
        remedy: str,
        code: str | None = None,
        faults: Iterable[Fault] = (),
        district_id: str = "",
        step: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.code = code or type(self).code
        self.faults = tuple(faults)
        self.district_id = district_id
        self.step = step

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  - {fault}" for fault in self.faults)])


class InputError(PlaybookError):
    """Wrong use or bad input; nothing was written."""

    code = "bad_input"


class DistrictFileError(InputError):
    """The district file has faults; all of them are listed."""

    code = "district_file"


class TableError(InputError):
    """A table breaks its contract; all broken rules are listed."""

    code = "table"


class ReferenceUnresolved(InputError):
    """A reference to a secret (env:, file:, keyring:) leads nowhere."""

    code = "reference_unresolved"


class StepMissing(InputError):
    """A step was asked for before the steps that it reads from have run."""

    code = "step_missing"


class AnswerIsNo(PlaybookError):
    """The question was answered, and the answer is no."""

    exit_code = 1
    code = "no"


class ServiceError(PlaybookError):
    """Somebody else's system refused or did not answer."""

    exit_code = 3
    code = "service"


class CleverError(ServiceError):
    """Clever refused or did not answer; carries what Clever's support asks for."""

    code = "clever"

    def __init__(
        self,
        message: str,
        *,
        remedy: str,
        code: str | None = None,
        status: int = 0,
        path: str = "",
        request_id: str = "",
        faults: Iterable[Fault] = (),
        district_id: str = "",
        step: str = "",
    ) -> None:
        super().__init__(message, remedy=remedy, code=code, faults=faults, district_id=district_id, step=step)
        self.status = status
        self.path = path
        self.request_id = request_id


class DatabaseError(ServiceError):
    """The accounts database refused; values never appear, only names of tables and constraints."""

    code = "database"

    def __init__(
        self,
        message: str,
        *,
        remedy: str,
        code: str | None = None,
        sqlstate: str = "",
        constraint: str = "",
        table: str = "",
        faults: Iterable[Fault] = (),
        district_id: str = "",
        step: str = "",
    ) -> None:
        super().__init__(message, remedy=remedy, code=code, faults=faults, district_id=district_id, step=step)
        self.sqlstate = sqlstate
        self.constraint = constraint
        self.table = table
