"""What the files of a project tell each other of the values that Clever sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from playbook.audit.flow.kinds import NOTHING, Kinds

Taken = Mapping[str, Mapping[str, Kinds]]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names are in snake case, those of classes as they are spelled.

    Attributes:
        gives: Functions to what they return.
        takes: Functions, and classes for their constructors, to what each parameter gets: by place or by name.
        classes: Classes through which files ask Clever.
        types: Classes that are named where Clever is asked, some of which its answers are read into.
        answers: Classes that functions which ask for `/me` are declared to return.
        records: Classes that a person's record is read into.
        columns: Attributes and columns of the application that are given a person's Clever id.
        rows: Columns of the application that say Clever, each with the one beside it that keeps the id.
        fields: Classes, as they are spelled, to what their constructors fill.
        marks: Attributes and session keys that are given the type of `/me`.
        carriers: All names that are given it, those too that say nothing by themselves: `kind`, `role`.
        identities: Classes that the answer of `/me` is read into, each with the field that gets the type.
    """

    gives: Mapping[str, Kinds] = field(default_factory=dict)
    takes: Taken = field(default_factory=dict)
    classes: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    rows: frozenset[tuple[str, str]] = frozenset()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    carriers: frozenset[str] = frozenset()
    identities: Mapping[str, str] = field(default_factory=dict)
    answers: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """True where there is nothing to tell."""
        return self == NO_FACTS


NO_FACTS = Facts()


def join_facts(told: Iterable[Facts]) -> Facts:
    """Put together what several files tell."""
    gives: dict[str, Kinds] = {}
    takes: dict[str, dict[str, Kinds]] = {}
    each = [facts for facts in told if not facts.is_empty]
    for facts in each:
        for name, kinds in facts.gives.items():
            gives[name] = gives.get(name, NOTHING) | kinds
        for name, places in facts.takes.items():
            known = takes.setdefault(name, {})
            for place, kinds in places.items():
                known[place] = known.get(place, NOTHING) | kinds
    return Facts(
        gives,
        takes,
        frozenset(name for facts in each for name in facts.classes),
        frozenset(name for facts in each for name in facts.types),
        frozenset(name for facts in each for name in facts.records),
        frozenset(name for facts in each for name in facts.columns),
        frozenset(name for facts in each for name in facts.marks),
        frozenset(row for facts in each for row in facts.rows),
        {name: fields for facts in each for name, fields in facts.fields.items()},
        frozenset(name for facts in each for name in facts.carriers),
        {name: told for facts in each for name, told in sorted(facts.identities.items())},
        frozenset(name for facts in each for name in facts.answers),
    )
