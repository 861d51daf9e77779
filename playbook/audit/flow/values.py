"""What a node of a file holds of what Clever sent, followed through names, loops, calls and parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from playbook.audit.flow.answers import ITSELF, Answers
from playbook.audit.flow.calls import Called, place_of, target_of
from playbook.audit.flow.facts import Facts
from playbook.audit.flow.identity_reads import Name, find_identity_names, find_taken_apart
from playbook.audit.flow.kinds import CLIENT, ID, ME, NOTHING, TYPE, Kinds, is_apart, reach_all, taken_by_index
from playbook.audit.flow.lambdas import OVER, Lambda, lambdas_around
from playbook.audit.flow.parameters import Parameters
from playbook.audit.flow.places import Places
from playbook.audit.flow.several import is_tuple, keep_places
from playbook.audit.flow.shapes import Shapes
from playbook.audit.folding.fold import Folder
from playbook.audit.reading.node import Chain, Choice, Items, Join, Node, Pair, Step, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.words import words

MAX_DEPTH = 60
MAX_NODES = 60_000  # of a file that people wrote; minified code has more, and names that say nothing
ROUNDS = 3
IMPLICIT = ("it", "$0", "_", "_1", "0")
IDENTITY_NAMES = re.compile(r"^(?:me|raw_info|extra_data|whoami|who_am_i|oauth_user)$")
"""What hardly anything but the answer of `/me` is called in a file that speaks of Clever."""

SENT = frozenset({"person", "student", "contact", "open", "me", "event", "thing"})
EITHER = ("and", "&&", "or", "||", "++", "|", "...")
BARE_CALLS = words("ruby crystal scala groovy coffeescript kotlin swift csharp perl")
"""Languages in which an attribute may be a call, or a property that asks."""


class Values(Answers):
    """The values of one file.

    Args:
        places: Its functions, loops and closures.
        facts: What other files of the project tell.
        is_about: Paths that begin with a slash are Clever's in this file, because it holds Clever's address.
        builders: Functions of the file, or of the project, that put a path behind Clever's address.
        own: The moved fields that the application keeps as columns of its own.
        is_speaking: The file names Clever.
    """

    def __init__(
        self,
        places: Places,
        folder: Folder,
        facts: Facts,
        *,
        is_about: bool,
        is_speaking: bool = False,
        builders: Mapping[str, str],
        own: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(places, folder, facts, is_about=is_about, builders=builders)
        self.parameters = Parameters(places, facts)
        self._is_speaking = is_speaking
        self._shapes = Shapes(places, own, is_speaking=is_speaking)
        self._memo: dict[Node, Kinds] = {}
        self._depth = 0
        self._is_read = len(places.syntax.nodes) < MAX_NODES
        self._settle()

    @cached_property
    def is_reached(self) -> bool:
        """True where anything that Clever sent comes by."""
        return bool(self.parameters) or any(self.kinds(chain) - CLIENT for chain in self.places.chains)

    def kinds(self, node: Node | None) -> Kinds:
        """Return what a node holds."""
        if node is None or self._depth > MAX_DEPTH or not self._is_read:
            return NOTHING
        if node not in self._memo:
            self._memo[node] = NOTHING  # what a node that defines itself through itself holds
            self._depth += 1
            self._memo[node] = self._kinds(node) or (ME if node in self._taken_apart else NOTHING)
            self._depth -= 1
        return self._memo[node]

    def walk(self, node: Chain) -> list[Kinds]:
        """Return what a chain holds at its head, and behind each of its steps."""
        calls = {called.place: called for called in self.places.calls(node)}
        held = [self._head(node, is_called=0 in calls and not node.steps[0].name)]
        for place, step in enumerate(node.steps):
            held.append(self._behind(node, place, step, calls, held))
        return held

    def before(self, chain: Chain, called: Called) -> Kinds:
        """Return what a call of a chain is made on."""
        held = self.walk(chain)
        return held[called.place] if chain.steps[called.place].name else held[max(0, called.place - 1)]

    def _kinds(self, node: Node) -> Kinds:
        if isinstance(node, Chain):
            return self.walk(node)[-1] or self._kept_here(node)
        if isinstance(node, Pair):
            return self.kinds(node.value)
        if isinstance(node, Choice) or (isinstance(node, Join) and node.operator in EITHER):
            return self.any_kinds(node.items)
        if isinstance(node, Items) and self.places.is_slashed(node):
            keys = [each.value for each in node.items[1:] if isinstance(each, Text)]
            return reach_all(self.kinds(node.items[0]), *keys)
        if isinstance(node, Items):
            held = self.any_kinds([each for each in node.items if not isinstance(each, Pair)][:6]) - {"id", "type"}
            return held | self.records_of(node.items) | self._tuple_of(node)
        return NOTHING

    def _tuple_of(self, node: Items) -> Kinds:
        if not is_tuple(node, self.places.reading.language):
            return NOTHING
        return keep_places([self.kinds(each) for each in node.items])

    def _head(self, node: Chain, *, is_called: bool) -> Kinds:
        if isinstance(node.head, Node):
            return self.kinds(node.head)
        if is_called or node.head in ITSELF:
            return NOTHING
        first, *others = node.head.split(".")
        return reach_all(self._named(snake(first), node), *others)

    def _behind(self, node: Chain, place: int, step: Step, calls: Mapping[int, Called], held: list[Kinds]) -> Kinds:
        """Return what a chain holds behind one step."""
        before, above = held[place], node.steps[place - 1].name if place else str(node.head)
        if place in calls:
            if place and node.steps[place - 1].kind == "key" and not step.name:
                return before  # Go's `body["type"].(string)`
            return self.answer(calls[place], held[place - 1] if place and not step.name else before, node)
        if step.kind == "attribute":
            if place + 1 in calls and not node.steps[place + 1].name:
                return before  # the call says
            if node.head in ITSELF and place == 0:
                return self._named(snake(step.name), node)
            if self.places.reading.language in BARE_CALLS and not before - CLIENT:
                names = (str(node.head), *(each.name for each in node.steps[:place]))
                if given := self.answer(Called(snake(step.name), step.name, names, (), place), before, node):
                    return given
            return self._reached(before, step.name, above)
        is_quoted = bool(step.arguments) and isinstance(step.arguments[0], Text)
        is_key = step.name and not step.name.isdigit() and (is_quoted or self.places.reading.language == "perl")
        return self._reached(before, step.name, above) if is_key else taken_by_index(before, step.name)

    def _kept_here(self, node: Chain) -> Kinds:
        """Return the type of `/me` where the file assigns it to the same path: `req.session.kind`."""
        path = clean(segments(node)) if len(self._assigned) and node.steps else ()
        given = self._assigned.get(path)
        return TYPE if given is not None and given.start < node.start and self.kinds(given) == TYPE else NOTHING

    @cached_property
    def _assigned(self) -> dict[tuple[str, ...], Node]:
        """The attributes and keys of the file that are assigned once, with what they are assigned."""
        pairs = [node for node in self.places.syntax.nodes if isinstance(node, Pair) and node.operator == "="]
        found: dict[tuple[str, ...], list[Node]] = {}
        for each in pairs:
            if isinstance(each.key, Chain) and each.key.steps and each.value is not None:
                found.setdefault(clean(segments(each.key)), []).append(each.value)
        return {path: values[0] for path, values in found.items() if len(values) == 1 and len(path) > 1}

    def _reached(self, before: Kinds, name: str, above: str = "") -> Kinds:
        """Return what an attribute or key of a value holds; what is called after the answer of `/me` is one."""
        found = self.reach(before, name)
        if not found and self._is_speaking and above == "info" and name == "user_type":
            return TYPE  # OmniAuth's `auth.info.user_type`
        if not found and snake(name) in self.facts.marks:
            return TYPE
        is_me = self._is_speaking and not found and before <= CLIENT and IDENTITY_NAMES.match(snake(name))
        return ME if is_me and snake(name) != "me" else found

    def _named(self, name: str, node: Node) -> Kinds:
        """Return what a name holds at a node: a parameter, a variable, a field, an object that asks."""
        if not name:
            return NOTHING
        if name in IMPLICIT and (over := self.places.gone_over(node)) is not None:
            return self.kinds(over)
        values = self.places.values_of(name, node)
        looped = self.places.looped(name, node.start)
        if looped and (not values or is_apart(self.kinds(looped[0]))):
            return reach_all(self.kinds(looped[0]), looped[1])
        function = self.places.function_at(node.start)
        if function is not None and any(each.name == name for each in function.parameters):
            values = [each for each in values if function.start < each.start < function.end]
        found = self.any_kinds(values) | self._handed(name, node)
        if not found and name in self.places.by_name and self.places.reading.language in BARE_CALLS:
            return self.gives(name)
        if not found and not values and self._is_own_type(name, node):
            return TYPE
        if not found and self._is_identity(name, node, is_known=bool(values)):
            return ME
        if not found:
            found = self._shapes.kinds(name, node, values)
        if not found and (name in self.owners.clients or (self.owners.is_named(name) and not values)):
            return CLIENT
        return found

    def _is_identity(self, name: str, node: Node, *, is_known: bool) -> bool:
        """Say whether a name is that of the answer of `/me`, by what it is called, or by how it is read."""
        if self._is_speaking and IDENTITY_NAMES.match(name) and not is_known:
            return True
        function = self.places.function_at(node.start)
        return (function.start if function else -1, name) in self._identities or (-1, name) in self._identities

    @cached_property
    def _identities(self) -> frozenset[Name]:
        return find_identity_names(self.places)

    @cached_property
    def _taken_apart(self) -> frozenset[Node]:
        """The values that are taken apart as only the answer of `/me` is."""
        return frozenset(find_taken_apart(self.places))

    def _is_own_type(self, name: str, node: Node) -> bool:
        """Say whether a name is the type of the class around, which the answer of `/me` is read into."""
        around = self.places.reading.class_at(node.start)
        return around is not None and self.facts.identities.get(around.name) == name

    def _handed(self, name: str, node: Node) -> Kinds:
        """Return what a parameter of a function, a lambda or a block holds."""
        found = self.parameters.kinds_at(name, node.start) | self.owners.record_kinds(name)
        if (filled := self.places.filled(name, node.start)) is not None:
            found |= self._put_into(*filled)
        for each, keys in lambdas_around(name, node):
            found |= reach_all(self.handed_to(each), *keys)
        for start, chain, place in self.places.closures.get(name, []):
            around = self.places.function_at(start)
            if start < node.start and (around is None or node.start < around.end):
                found |= self.walk(chain)[place]
        return found

    def _put_into(self, chain: Chain, called: Called) -> Kinds:
        """Return what a call puts into the variable whose address it is handed."""
        before = self.before(chain, called)
        return (self.answer(called, before, chain) | before | self.any_kinds(called.arguments)) & SENT

    def handed_to(self, function: Lambda) -> Kinds:
        """Return what a lambda is handed by the call that it is an argument of."""
        owner = function.call.owner
        held = self.kinds(owner) | self.any_kinds(function.beside)
        is_own = owner is None or str(owner.head) in ITSELF
        return held | (self.gives(snake(function.call.name)) - {"id"} if is_own else NOTHING)

    def _settle(self) -> None:
        """Hand values from calls to parameters until nothing changes."""
        for _ in range(ROUNDS if self._is_read else 0):
            changes = [
                self._hand_over(called, chain)
                for chain in self.places.chains
                for called in self.places.calls(chain)
                if not self.places.is_head(called, chain)
            ]
            if not any(changes):
                return
            self._memo.clear()
            self._given.clear()

    def _hand_over(self, called: Called, chain: Chain) -> bool:
        changed = False
        places: dict[str, Kinds] = {}
        for index, argument in enumerate(called.arguments):
            if kinds := self.kinds(argument):
                places[place_of(index, argument)] = kinds
            elif (referred := _reference(argument)) and (over := self._gone_over(called, chain, argument)):
                changed |= self.parameters.hand(referred, {"0": over})
        if _names_clever(called):
            places |= {
                str(index): ID
                for index, each in enumerate(called.arguments)
                if _is_id(each) and str(index) not in places
            }
        return self.parameters.hand(target_of(called), places) or changed if places else changed

    def _gone_over(self, called: Called, chain: Chain, function: Node) -> Kinds:
        """Return what a function that a call only names is handed: `rows.map(toRow)`, `map(to_row, rows)`."""
        over = self.before(chain, called) if called.owner else NOTHING
        if over - CLIENT or called.name not in OVER:
            return over
        return self.any_kinds([each for each in called.arguments if each is not function])


def _names_clever(called: Called) -> bool:
    """Say whether a call tells that what it hands over is Clever's: `by_credential("clever", uid)`."""
    return any(isinstance(each, Text) and each.value.lower() == "clever" for each in called.arguments[:2])


def _is_id(node: Node) -> bool:
    path = clean(segments(node)) if isinstance(node, Chain) else ()
    return bool(path) and re.search(r"(?:^|_)(?:id|uid|sub|key|ref|subject|identifier)$", path[-1]) is not None


def _reference(node: Node) -> str:
    """Return the function that an argument only names: `map(toPupil)`."""
    if not isinstance(node, Chain) or not isinstance(node.head, str):
        return ""
    if any(step.kind != "attribute" for step in node.steps):
        return ""
    return snake(node.steps[-1].name if node.steps else node.head)
