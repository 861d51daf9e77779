"""What a call is answered with: by Clever, by a function that asks it, or by one that only passes records on."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property

from playbook.audit.evidence import names_clever
from playbook.audit.flow.asking import Asking
from playbook.audit.flow.calls import PASSES, Called, is_made, name_of, target_of
from playbook.audit.flow.facts import Facts
from playbook.audit.flow.functions import Function, handed_to_block
from playbook.audit.flow.kinds import (
    CLIENT,
    CONVERSIONS,
    ID,
    IDENTITY,
    NOTHING,
    PATH,
    PERSON,
    SPLITS,
    TYPE,
    Kinds,
    kept_as,
    kinds_asked,
    kinds_named,
    reach_all,
)
from playbook.audit.flow.making import chooses_clever, is_based
from playbook.audit.flow.owners import Owners
from playbook.audit.flow.places import Places
from playbook.audit.flow.records import Fields, find_fields, keep_in, resolve
from playbook.audit.flow.several import MAKES_TUPLE, RETURNS_SEVERAL, keep_places, listed_behind
from playbook.audit.folding.fold import Folder
from playbook.audit.reading.node import Chain, Node, Pair, Text
from playbook.audit.reading.paths import snake
from playbook.audit.routes import RESOURCES, read_route
from playbook.audit.words import words

ASKED = frozenset({"person", "me", "thing", "event"})
SDK = re.compile(r"(?:get|Get|list|fetch)_?[A-Za-z_]+")
MAKES = re.compile(
    r"^(?:stateless|scopes|with|new|for|build|instance|client|api|connect|configure|authenticate|using|create|get_instance|from)"
)
DECODES = re.compile(r"valid|parse|decode|from|of$|load|new|build|read|convert|struct|cast|schema|wrap")
READS = re.compile(r"(?:get|Get|opt|read|find|at$|path$|value)")
WRITES = re.compile(r"post|put|patch|delete|render|redirect|insert|update|execute|stub|expect|assert|log|route", re.I)
SENT = re.compile(r"^(?:\w+_)?(?:get|fetch|send|request|execute|expect|retrieve|body|url|json|call)(?:_\w+)?$")
"""What a request that is made beforehand is handed to, and what takes its answer out."""

REQUEST = re.compile(
    r"^(?:(?:add|set|with|basic|bearer|append|use)_)*(?:o_?auth_\w+|auth|bearer_token|bearer|headers?|timeout|accept|retry|"
    r"map_err|error_for_status|raise_for_status|send|retrieve|body_to_mono|body_to_flux|block|exchange|to_entity|"
    r"execute|await_body|get_json_async|receive_json|query|json|text|and_then)$"
)
"""What a request is made up with on its way to its answer."""

ANNOTATED = re.compile(
    r"\s*(?:@(?:\w+\.)?|\[)(?:G[Ee][Tt]\w*|RequestLine|RequestMapping|HttpExchange)\s*\(\s*(?:(?:value|path|uri|url)\s*=\s*)?"
    r"\"(?:GET\s+)?(?P<path>[^\"\n]+)\""
)
"""What stands in front of the declaration of a request that a library makes: Retrofit's, Feign's, Refit's."""

QUOTED = re.compile(r"\"[^\"\n]*\"")
WRAPS = ("Some", "Just", "Ok", "Right")
LOGINS = words("user user_from_token resource_owner load_user user_info user_profile raw_info userinfo")
SENDS = ("public_send", "send", "__send__", "try")
ITSELF = ("this", "self", "super", "")
SHORT = 20  # lines; a longer function does more than to ask


class Answers(ABC):
    """The answers to the calls of one file; what nodes hold is known by the layer above.

    Attributes:
        decoded: Classes that records are handed to.
    """

    def __init__(
        self, places: Places, folder: Folder, facts: Facts, *, is_about: bool, builders: Mapping[str, str]
    ) -> None:
        self.places = places
        self.facts = facts
        self.owners = Owners(places.reading, facts)
        self.decoded: set[str] = set()
        self._folder = folder
        self._asking = Asking(places, folder, is_about=is_about, builders=builders)
        self._given: dict[str, Kinds] = {}

    @abstractmethod
    def kinds(self, node: Node | None) -> Kinds:
        """Return what a node holds."""

    def any_kinds(self, nodes: Sequence[Node]) -> Kinds:
        """Return what any of several nodes holds."""
        return frozenset(kind for node in nodes for kind in self.kinds(node))

    def records_of(self, nodes: Sequence[Node]) -> Kinds:
        """Return the names under which a record keeps what it is made with, by its entries or named arguments."""
        named = [(name_of(each.key), self.kinds(each.value)) for each in nodes if isinstance(each, Pair)]
        named += [(name_of(each), self.kinds(each)) for each in nodes if isinstance(each, Chain)]  # `{ kind }`
        return frozenset(kept_as(kind, name) for name, kinds in named if name for kind in _kept(kinds))

    def _made_with(self, called: Called) -> Kinds:
        """Return where an object of a class keeps the ids and types that it is made with."""
        made = called.written if called.written[:1].isupper() else called.owner[-1].rpartition(":")[2]
        is_enum = made not in self._fields and len(called.arguments) == 1 and self.kinds(called.arguments[0]) == TYPE
        by_place = [
            keep_in(kind, made, place, self._fields)
            for place, each in enumerate(called.arguments)
            if not isinstance(each, Pair)
            for kind in _kept(self.kinds(each))
        ]
        named = [each for each in called.arguments if isinstance(each, Pair)]
        return TYPE if is_enum else self.records_of(named) | frozenset(filter(None, by_place))

    @cached_property
    def _fields(self) -> Fields:
        """The fields of the classes of the file, and of those that other files tell of."""
        return {**self.facts.fields, **find_fields(self.places)}

    def answer(self, called: Called, owner: Kinds, node: Chain) -> Kinds:
        """Return what a call gives; where the function asks whatever it is told to, what this call tells it.

        Args:
            owner: What the call is made on holds.
        """
        kinds = self._answer(called, owner, node)
        if "open" in kinds:
            for argument in called.arguments[:3]:
                told = argument.value if isinstance(argument, Pair) else argument
                route = read_route(f"/{told.value.lstrip('/')}") if isinstance(told, Text) and told.value else None
                if route is not None and route.first in RESOURCES:
                    return kinds_asked(route)
        return kinds

    def reach(self, kinds: Kinds, name: str) -> Kinds:
        """Return what an attribute or key of a value is; the classes of the project call the type as they like."""
        found = reach_all(kinds, name)
        is_type = not found and "me" in kinds and snake(name) in self.facts.identities.values()
        return TYPE if is_type else found

    def asks(self, called: Called) -> bool:
        """Say whether a call asks Clever, here or through a function that does."""
        if called.name in self._asking.builders or self._asking.answer_of(called) is not None:
            return True
        if called.name in self.places.by_name and self.gives(called.name) & ASKED:
            return True
        return called.name in self.facts.gives and self.owners.asks(called)

    def gives(self, name: str) -> Kinds:
        """Return what the file's functions of a name return."""
        if name not in self._given:
            self._given[name] = NOTHING
            found = [kind for each in self.places.by_name.get(name, []) for kind in self._returned(each)]
            self._given[name] = frozenset(found) - {"id"} if ASKED & {*found} else frozenset(found)
        return self._given[name]

    def _answer(self, called: Called, owner: Kinds, node: Chain) -> Kinds:
        if not WRITES.match(called.name) and (asked := self._asking.answer_of(called)) is not None:
            return asked
        if self.owners.makes(called) or is_based(called, self._folder) or chooses_clever(called):
            return CLIENT
        if "client" in owner:
            return self._of_client(called, owner)
        if called.name in LOGINS and called.owner[-1:] == ("super",) and self._signs_in(node):
            return IDENTITY
        if self.owners.is_sdk and SDK.match(called.written) and (told := kinds_named(called.name)):
            return told
        return self._of_value(called, owner) if owner else self._of_function(called)

    def _of_client(self, called: Called, owner: Kinds) -> Kinds:
        """Return what a method of an object that asks Clever gives: as its class says, else as it is called."""
        if called.name in LOGINS:
            return IDENTITY
        if called.name == "get" and (asked := self._asking.answer_below(called)):
            return asked
        given = self._told(called.name)
        if called.name in self.places.by_name:
            given |= self.gives(called.name)
        if given or called.name in SENDS:
            return given or PERSON
        return kinds_named(called.name) or (owner if MAKES.match(called.name) else NOTHING)

    def _signs_in(self, node: Node) -> bool:
        """Say whether a place is in a class that signs people in with Clever, by its name."""
        around = self.places.reading.class_at(node.start)
        return around is not None and names_clever(around.name)

    def _told(self, name: str) -> Kinds:
        """Return what other files tell that a function gives."""
        return resolve(self.facts.gives.get(name, NOTHING), self._fields)

    def _of_value(self, called: Called, owner: Kinds) -> Kinds:
        """Return what a method of a value that Clever sent gives."""
        name = target_of(called)
        keys = [each.value for each in called.arguments if isinstance(each, Text)]
        is_read = bool(keys) and READS.match(called.written) is not None  # Java's `getString("type")`
        if (name in CONVERSIONS or name in SPLITS) and not is_read:
            return reach_all(owner, name)
        if ASKED & owner and REQUEST.match(name):
            return owner
        if keys and (len(keys) == len(called.arguments) or called.name in ("get", "fetch", "dig")):
            return reach_all(owner, *(keys if called.name == "dig" else keys[:1]))
        return self.reach(owner, called.name) or (self.gives(name) if name in self.places.by_name else NOTHING)

    def _of_function(self, called: Called) -> Kinds:
        """Return what a function gives, of this file or another, or what it is given itself."""
        name = target_of(called)
        is_own = not called.owner or called.owner[-1] in ITSELF or called.owner[-1][:1].isupper()
        if name in self.places.by_name and (is_own or name not in self.facts.gives):
            return self.gives(name)
        if name in self.facts.gives and self.owners.asks(called):
            return self._told(name)
        given = self.any_kinds(called.arguments[:2])
        if called.written in WRAPS and len(called.arguments) == 1:
            return given
        if given in (ID, TYPE) and (name in CONVERSIONS or PASSES.match(name)):
            return given  # Go's `strings.TrimSuffix(role, "s")` makes no object
        if called.written in MAKES_TUPLE and (kept := keep_places([self.kinds(each) for each in called.arguments])):
            return kept
        if is_made(called) and (kept := self._made_with(called)):
            return kept
        if name in SPLITS and given == {"link"}:
            return PATH
        self._note_decoded(called, name, given)
        if {called.written, *called.owner[-1:]} & self.facts.records:
            return given | PERSON
        if ASKED & given and SENT.match(name):
            return given
        return given if PASSES.match(name) or (name == "new" and not called.owner) else NOTHING

    def _note_decoded(self, called: Called, name: str, given: Kinds) -> None:
        made = [each for each in (called.written, *called.owner[-1:]) if each[:1].isupper()]
        if made and given & {"person", "me"} and (called.written[:1].isupper() or DECODES.search(name)):
            self.decoded.add(made[0])

    def _returned(self, function: Function) -> Kinds:
        nodes = self.places.inside.get(function.start, [])
        told = [node for node in nodes if node.lead in ("return", "yield") or self._is_yielded(node)]
        told += handed_to_block(function, nodes)
        if not told:
            told = [node for node in nodes if not any(function.start < each.start for each in node.ancestors())][-1:]
        found = self.any_kinds(told) | self._returned_together(told, nodes)
        declared = {*re.findall(r"(?<!sql\.)\b\w+", function.gives)}  # sql.Row is nobody's record
        if not found and declared & {*self.facts.records}:
            return PERSON
        return found or self._asked_by_head(function) or self._asked_inside(function, nodes)

    def _returned_together(self, told: list[Node], nodes: list[Node]) -> Kinds:
        """Return what is kept in the tuple that a return lists without brackets."""
        if self.places.reading.language not in RETURNS_SEVERAL:
            return NOTHING
        lists = [listed_behind(self.places.reading.content, nodes, each) for each in told if each.lead == "return"]
        return frozenset(kind for each in lists for kind in keep_places([self.kinds(value) for value in each]))

    def _is_yielded(self, node: Node) -> bool:
        """Say whether a node stands behind Python's `yield from` or JavaScript's `yield*`."""
        before = self.places.reading.content[max(0, node.start - 12) : node.start]
        return before.rstrip(" (").endswith(("yield from", "yield*"))

    def _asked_by_head(self, function: Function) -> Kinds:
        """Return what a function without a body asks for by its annotation: Retrofit's `@GET("me") fun who(): Who`."""
        written = self.places.reading.content[function.start : function.end]
        asked = ANNOTATED.match(written) if self._asking.is_about else None
        route = read_route(f"/{asked['path'].lstrip('/')}") if asked and "{" not in QUOTED.sub("", written) else None
        return kinds_asked(route) if route is not None and route.first in RESOURCES else NOTHING

    def _asked_inside(self, function: Function, nodes: list[Node]) -> Kinds:
        """Return what a short function asks for, where its return shows nothing: it decodes into what it returns."""
        if not self._asking.is_about or self.places.reading.content.count("\n", function.start, function.end) > SHORT:
            return NOTHING
        called = [each for node in nodes if isinstance(node, Chain) for each in self.places.calls(node)]
        asked = [self._asking.answer_of(each) for each in called if not WRITES.match(each.name)]
        return frozenset(kind for kinds in asked if kinds for kind in kinds)


def _kept(kinds: Kinds) -> Kinds:
    """Return what a record keeps of a value: an id, or the type of `/me`, and nothing that could be both."""
    return kinds if kinds in (ID, TYPE) else NOTHING
