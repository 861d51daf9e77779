"""What the parameters of a file's functions are handed, by the file itself and by others."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playbook.audit.evidence import names_clever
from playbook.audit.flow.facts import Facts
from playbook.audit.flow.functions import Function
from playbook.audit.flow.identity_reads import is_pattern_of_me
from playbook.audit.flow.kinds import EVENT, IDENTITY, ME, NOTHING, Kinds, reach_all
from playbook.audit.flow.places import Places, names_of
from playbook.audit.reading.paths import snake

LOGIN = re.compile(
    r"^(?:validate|verify|callback|profile|user_data|user_?details|extract_\w+|load_user|fetch_?user\w*|map_user\w*|"
    r"complete_login|create_resource_owner|parse_?user\w*|user_profile|on_login|do_load_user|sociallogin\w*|process_profile)$"
)
STRATEGY = re.compile(r"\bnew\s+(\w+)\s*\(")
PROFILE = re.compile(
    r"^(?:profile|raw|raw_info|user_?info|info|response|data|body|json|me|identity|resource|owner|attributes|payload|who|user)$"
)
ANYBODYS = re.compile(r"^(?:get|set|put|fetch|find|load|read|call|send|add|where|filter|first)$")
"""Names of functions that every library has too."""

PEOPLE = r"(?:students|teachers|contacts|school_?admins|district_?admins)"
HANDLER = re.compile(rf"(?:^|_){PEOPLE}_(?:created|updated|deleted)$")
EVENT_TYPE = re.compile(rf"[\"'.]{PEOPLE}\.(?:created|updated|deleted|\*)[\"']")


class Parameters:
    """The parameters of one file.

    Attributes:
        passed: What calls of the file hand over, by the name of what is called, which other files may define.
    """

    def __init__(self, places: Places, facts: Facts) -> None:
        self._places = places
        self._facts = facts
        self.passed: dict[str, dict[str, Kinds]] = {}
        self._taken: dict[tuple[int, str], Kinds] = {}
        for function in places.functions:
            for name in names_of(function):
                self._take(function, {} if ANYBODYS.match(name) else facts.takes.get(name, {}))
            is_login = LOGIN.search(function.name) and _is_clevers(places, function)
            if is_login or _verifies(places, function):
                self._take(function, {each.name: IDENTITY for each in function.parameters if PROFILE.match(each.name)})
            for index, each in enumerate(function.parameters):
                if each.pattern and is_pattern_of_me(places, function.start, each.pattern):
                    self._take(function, {str(index): ME})
            if _handles_event(places.reading.content, function):
                self._take(function, {str(index): EVENT for index in range(len(function.parameters))})

    def __bool__(self) -> bool:
        return bool(self._taken)

    def are_handed(self, function: Function) -> bool:
        """Say whether a function is handed anything that Clever sent."""
        return any(start == function.start for start, _ in self._taken)

    def handed_to(self, name: str) -> Mapping[str, Kinds]:
        """Return what calls of a name hand over, here and in other files."""
        own, others = self.passed.get(name, {}), self._facts.takes.get(name, {})
        return {
            place: own.get(place, NOTHING) | others.get(place, NOTHING) for place in sorted(own.keys() | others.keys())
        }

    def takes_type(self, function: Function) -> bool:
        """Say whether a pattern in a function's head takes the type out of the answer of `/me`."""
        return any(
            "type" in re.findall(r"\w+", each.pattern)
            and "me" in self._taken.get((function.start, f"#{index}"), NOTHING)
            for index, each in enumerate(function.parameters)
            if each.pattern
        )

    def kinds_of(self, function: Function, name: str) -> Kinds:
        """Return what a parameter of a function is handed."""
        return self._taken.get((function.start, name), NOTHING)

    def kinds_at(self, name: str, offset: int) -> Kinds:
        """Return what the parameters of a name around an offset get, else those of the constructor of its class."""
        found = NOTHING
        for function in self._places.functions:
            if not function.start <= offset < function.end:
                continue
            for index, each in enumerate(function.parameters):
                if each.name == name:
                    found = self._taken.get((function.start, name), NOTHING)
                elif each.pattern and (key := each.key_of(name)):
                    found = reach_all(self._taken.get((function.start, f"#{index}"), NOTHING), key)
        around = self._places.reading.class_at(offset)
        if not found and around is not None:
            for function in self._places.by_name.get(snake(around.name), []):
                found |= self._taken.get((function.start, name), NOTHING)
        return found

    def hand(self, name: str, places: Mapping[str, Kinds]) -> bool:
        """Note what a call hands over, and say whether a function of the file learns anything by it."""
        known = self.passed.setdefault(name, {})
        for place, kinds in places.items():
            known[place] = known.get(place, NOTHING) | kinds
        changes = [self._take(function, places) for function in self._places.by_name.get(name, [])]
        return any(changes)

    def _take(self, function: Function, places: Mapping[str, Kinds]) -> bool:
        changed = False
        for index, parameter in enumerate(function.parameters):
            for place in {str(index), parameter.name, parameter.label} & places.keys():
                key = (function.start, f"#{index}" if parameter.pattern else parameter.name)
                known = self._taken.get(key, NOTHING)
                if not places[place] <= known:
                    self._taken[key] = known | places[place]
                    changed = True
        return changed


def _is_clevers(places: Places, function: Function) -> bool:
    """Say whether a function signs people in with Clever: by its file's name, or by that of its class."""
    return names_clever(function.owner) or names_clever(places.reading.name.rpartition("/")[2])


def _verifies(places: Places, function: Function) -> bool:
    """Say whether a function is handed the profile by Passport, in a file whose only strategy is Clever's."""
    if not any(each.name == "profile" for each in function.parameters):
        return False
    strategies = [each for each in STRATEGY.findall(places.reading.content) if "Strategy" in each]
    return bool(strategies) and all(names_clever(each) for each in strategies)


def _handles_event(content: str, function: Function) -> bool:
    """Say whether a function is called for v2's events of people: by its name, or by what stands in front of it."""
    if HANDLER.search(function.name):
        return True
    head = content[max(0, function.start - 90) : function.start].rpartition("\n\n")[2]
    return EVENT_TYPE.search(head) is not None and ("OnEvent" in head or head.rstrip()[-1:] in ":>,(")
