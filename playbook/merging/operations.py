"""What a plan can do to one account: inert, frozen, each with the operation that takes it back.

An operation says what must become true, never how: `playbook.applying` turns it into statements for one engine.
`image` is the precondition: the SHA-256 of the account's rows as the plan saw them. `marks` hold one short digest
a column, so that a refusal can name the column that changed without the plan holding its value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One action of a plan.

    Attributes:
        position: The action's number in its plan; with the plan's SHA-256 it names the action for ever.
        group: The account that answers afterwards; all actions of a group happen in one transaction.
        account_id: The account that is acted on.
        image: SHA-256 of the account's rows before; blank where the action has no row yet.
        marks: Four hexadecimal digits a column, in the order of the layout's columns.
        reason: Why: the rule that chose the survivor, or the code that holds the account.
    """

    kind: ClassVar[str] = ""

    position: int
    group: str
    account_id: str
    user_id: str = ""
    role: str = ""
    survivor_id: str = ""
    old_id: str = ""
    reason: str = ""
    detail: str = ""
    image: str = ""
    marks: str = ""

    def reverse(self) -> Operation:
        """Return the operation that takes this one back; reversing twice gives the operation itself."""
        return REVERSES[type(self)](
            position=self.position,
            group=self.group,
            account_id=self.account_id,
            user_id=self.user_id,
            role=self.role,
            survivor_id=self.survivor_id,
            old_id=self.old_id,
            reason=self.reason,
            detail=self.detail,
            image=self.image,
            marks=self.marks,
        )


class Link(Operation):
    """Store the v3 id for an account, beside the old one or in its place."""

    __slots__ = ()
    kind = "link"


class Alias(Operation):
    """Let another account answer for this one; its rows stay where they are."""

    __slots__ = ()
    kind = "alias"


class Move(Operation):
    """Give this account's rows to its survivor and leave a tombstone that points there."""

    __slots__ = ()
    kind = "move"


class CreateContact(Operation):
    """Make an account for a contact whom nobody has yet; `detail` is JSON: its columns and its students."""

    __slots__ = ()
    kind = "create_contact"


class Retire(Operation):
    """Take the old id out of use on a date, for an application that starts each school year afresh."""

    __slots__ = ()
    kind = "retire"


class Hold(Operation):
    """Write nothing: a person must decide first. Its reverse is itself."""

    __slots__ = ()
    kind = "hold"


class Unlink(Operation):
    """Take a stored v3 id away again."""

    __slots__ = ()
    kind = "unlink"


class Unalias(Operation):
    """Let an account answer for itself again."""

    __slots__ = ()
    kind = "unalias"


class Unmove(Operation):
    """Give an account back the rows that were moved, and its tombstone back its life."""

    __slots__ = ()
    kind = "unmove"


class RemoveContact(Operation):
    """Remove a contact's account that the plan itself had made."""

    __slots__ = ()
    kind = "remove_contact"


class Unretire(Operation):
    """Put an old id back into use."""

    __slots__ = ()
    kind = "unretire"


_PAIRS: tuple[tuple[type[Operation], type[Operation]], ...] = (
    (Link, Unlink),
    (Alias, Unalias),
    (Move, Unmove),
    (CreateContact, RemoveContact),
    (Retire, Unretire),
    (Hold, Hold),
)
REVERSES = dict(_PAIRS) | {back: forth for forth, back in _PAIRS}
KINDS = {operation.kind: operation for operation in REVERSES}
