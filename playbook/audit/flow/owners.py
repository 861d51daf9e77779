"""Which names of a file hold an object through which the project asks Clever, or a record that is read from it."""

from __future__ import annotations

import re
from functools import cached_property

from playbook.audit.evidence import names_clever
from playbook.audit.flow.calls import Called
from playbook.audit.flow.facts import Facts
from playbook.audit.flow.kinds import CONTACT, ME, NOTHING, PERSON, Kinds
from playbook.audit.reading.paths import snake
from playbook.audit.reading.token import Reading

GENERIC = re.compile(
    r"^(?:get|all|list|read|call|run|fetch|find|load|each|page|pages|items|data|one|many|request|send|query|execute|"
    r"value|values|map|first|next|result|results|body|json|parse|self|me|user|users|person|people|walk|show|index|create|new|perform|handle|process)$"
)
SDK = re.compile(
    r"\bDataApi\b|\bEventsApi\b|\bimport clever\b|\bClever::DataApi|clever-(?:js|ruby|python|sdk)|"
    r"io\.swagger\.client|require.clever|com\.clever"
)
CLEVER_CLIENT = re.compile(
    r"^i?_?clever(?:_?(?:api|client|service|gateway|connection|http|sdk|source|feed|adapter|vendor|provider|roster|rest|data|sis|importer|"
    r"district|connector|fetcher|repository|proxy|http_client|api_client|district_api|roster_client|http_service))?$"
)
TYPE = re.compile(r"\b(?:I?Clever[A-Z]\w+|DataApi|EventsApi)\b")
SDK_TYPES = ("DataApi", "EventsApi")
CONTACT_FIELDS = [re.compile(rf"\b{field}\b", re.IGNORECASE) for field in ("name", "relationship", "students", "phone")]
CLIENT = re.compile(r"client|api$|gateway|connector|roster|source|adapter|provider|service|sdk|feed|fetcher|importer")


class Owners:
    """The clients and records of one file, told by the classes that their names are declared or made with."""

    def __init__(self, reading: Reading, facts: Facts) -> None:
        self._content = reading.content
        self._language = reading.language
        self._blocks = reading.blocks
        self._facts = facts

    @cached_property
    def clients(self) -> frozenset[str]:
        """Names of the objects through which the file asks Clever."""
        return frozenset(self._declared(self._facts.classes | self._client_types))

    @cached_property
    def _client_types(self) -> frozenset[str]:
        """Types that the file names and that tell by their names that they ask Clever."""
        named = set(TYPE.findall(self._content)) if "lever" in self._content else set()
        return frozenset(each for each in named if each in SDK_TYPES or CLEVER_CLIENT.match(snake(each)))

    @cached_property
    def records(self) -> frozenset[str]:
        """Names of the objects that hold a person's record."""
        return frozenset(self._declared(self._facts.records))

    def record_kinds(self, name: str) -> Kinds:
        """Return what a name that is declared with a class holds."""
        if name in self.identities:
            return ME
        if name in self._contacts:
            return CONTACT
        return PERSON if name in self.records else NOTHING

    @cached_property
    def _contacts(self) -> frozenset[str]:
        """Names of the objects that hold a contact, by the fields of the class that the file declares."""
        classes = (block for block in self._blocks if block.kind == "class" and block.name)
        declared = {
            block.name
            for block in classes
            if all(field.search(self._content, block.start, block.end) for field in CONTACT_FIELDS)
        }
        return frozenset(self._declared(frozenset(declared)))

    @cached_property
    def identities(self) -> frozenset[str]:
        """Names of the objects that hold the answer of `/me`."""
        return frozenset(self._declared(frozenset(self._facts.identities)))

    @cached_property
    def is_sdk(self) -> bool:
        """True where the file uses an SDK of Clever's."""
        return SDK.search(self._content) is not None

    def is_named(self, name: str) -> bool:
        """Say whether a name is that of an object or module that asks Clever: `clever`, `clever_client`."""
        return CLEVER_CLIENT.match(name) is not None

    def makes(self, called: Called) -> bool:
        """Say whether a call makes an object of a class through which Clever is asked."""
        made = called.owner[-1] if called.owner and called.name in ("new", "init", "make", "create") else called.written
        bare = re.split(r"[.:\\\\]+", made)[-1]
        return bare[:1].isupper() and (bare in self._facts.classes or CLEVER_CLIENT.match(snake(bare)) is not None)

    def asks(self, called: Called) -> bool:
        """Say whether a call of a name that gives Clever's values elsewhere is one through which Clever is asked."""
        owner = [snake(each) for each in called.owner if each not in ("this", "self", "")]
        if not owner or self._is_piped(called):
            return GENERIC.match(called.name) is None or self._is_imported(called.written)
        last = owner[-1]
        if last in self.clients or snake(last) in {snake(each) for each in self._facts.classes}:
            return True
        return (
            names_clever(called.owner[-1])
            or self._is_of_clever(called.owner[-1])
            or (CLIENT.search(last) is not None and GENERIC.match(called.name) is None)
        )

    def _is_piped(self, called: Called) -> bool:
        """Say whether what a call is made on is its first argument: Elixir's `token |> Clever.students()`."""
        return self._language == "elixir" and not called.owner[-1][:1].isupper()

    def _is_of_clever(self, name: str) -> bool:
        """Say whether a name is imported from a module that names Clever."""
        if "lever" not in self._content or not re.fullmatch(r"\w+", name):
            return False
        imported = rf"(?m)^\s*(?:from|import|use|using|const|let|var|alias)\b([^\n]*\b{name}\b[^\n]*)"
        return any(names_clever(told) for told in re.findall(imported, self._content))

    def _is_imported(self, name: str) -> bool:
        """Say whether a name is imported, so that it is no other function of that name."""
        imported = (
            rf"(?m)^\s*(?:from|import|use|using|export|const|let|var|require|alias|open)\b[^\n]*\b{re.escape(name)}\b"
        )
        return re.search(imported, self._content) is not None

    def _declared(self, classes: frozenset[str]) -> set[str]:
        present = [name for name in classes if name in self._content]
        if not present:
            return set()
        named = "|".join(re.escape(name) for name in sorted(present))
        many = r"(?:List|Array|Vec|Seq|Collection|Iterable|IEnumerable|Optional|Option|Flow)?\W{0,2}(?:\w+[.:]+)*"
        types = rf"{many}(?:{named})\b"
        made = r"[&*]?(?:await\s+|new\s+|try\s+)*(?:[\w.\\]+(?:::|[.\\]))?"
        patterns = (
            rf"(?<![\w.])(?:\w+\.)?(?:{named})\b[\[\]>?&*]*\s+[$@&*]*(\w+)\s*(?=[=;,):{{])",  # Type name
            rf"\b(\w+)\s*[?!]?\s*:\s*[&*]?(?:mut\s+|readonly\s+)?{types}",  # name: Type
            rf"\b(\w+)\s*:?=\s*{made}(?:{named})\b",  # name = Type.new
            rf"\b(\w+)\s+(?:\[\])?[*&]?(?:\[\])?(?:\w+\.)?(?:{named})\b",  # Go's name *Type
        )
        found = {snake(match[1]) for pattern in patterns for match in re.finditer(pattern, self._content)}
        return found - {"new", "return", "class", "struct", "type", "import", "extends", "func", "def", "from"}
