"""The names of a file that hold an object of an SDK: what `new DataApi()` is kept in, whatever it is called.

A method of such an object is the SDK's, even where the application has a method of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.reading.node import Chain
from playbook.audit.reading.paths import snake
from playbook.audit.reading.token import Reading
from playbook.audit.words import words

API_CLASSES = words("DataApi EventsApi data_api_client DataAPI EventsAPI DataApiFp DataApiFactory")
PARTS = words("Configuration ApiClient APIClient")
"""Classes that every generated client has: the SDK's only where they are imported from it."""

API = r"(?:[\w$]+[.\\:]+)*(?:DataApi|EventsApi|DataAPI|EventsAPI)\b"
MADE = r"(?:[&*]|await\s+|new\s+|try\s+)*"
DECLARED = (
    rf"{API}[?&*]*\s+[$&*]*(\w+)\s*[=;,(){{]",  # Type name
    rf"\b(\w+)\s*[?!]?\s*:\s*{API}",  # name: Type
    rf"@var\s+\\?{API}\s*\*/\s*(?:\w+\s+)*\$(\w+)",
    rf"\bdef\s+(\w+)\([^)\n]*\)\s*->\s*{API}",
)
ROOTS = (
    r"\b(\w+)\s*=\s*require\s*\(?\s*[\"'](?:@[\w\-]+/)?clever(?:-js|-sdk|-node)?[\"']",
    r"\bimport\s+(?:\*\s+as\s+)?(\w+)\s+from\s+[\"'](?:@[\w\-]+/)?clever(?:-js|-sdk|-node)?[\"']",
)
OBJECT = r"Clever(?:District|School|Section|Student|Teacher|Event)(?:::|\.)\w+"
GO_ROOT = re.compile(r'(?m)^\s*(?:import\s+)?(?!import\b)(?P<alias>\w+)?\s*"github\.com/[\w\-]+/clever-go[\w/.\-]*"')
ROUNDS = 2
RUBY_OBJECT = r"\bClever::(?:District|School|Section|Student|Teacher)\.(?:all|find|list|iter)\b(?:\([^()\n]*\))?"
GOES_OVER = r"\.(?:each|map|flat_map|each_with_index|find_each|select)\s*(?:do|\{)\s*\|(?P<name>\w+)"
ASSOCIATIONS = "schools|teachers|students|sections|events|school_admins|district_admins|contacts"


def find_sdk_names(reading: Reading) -> frozenset[str]:
    """Return the names, in snake case, of variables, fields and functions that hold or give an object of an SDK."""
    content = reading.content
    found = {match[1] for pattern in DECLARED for match in re.finditer(pattern, content)}
    roots = [API, OBJECT, *(rf"{root}(?:\.\w+)*" for root in _roots(content))]
    makers = roots
    for _ in range(ROUNDS):
        made = "|".join(makers)
        found |= set(
            re.findall(rf"\b(\w+)\s*:?=\s*(?:\([^()\n]*\)\s*=>\s*)?{MADE}(?:{made})(?:\.new\b|\s*[({{])", content)
        )
        makers = [*roots, *(rf"{re.escape(name)}(?=\()" for name in sorted(found))]
    return frozenset(snake(name) for name in found) - {"new", "return", "class", "import"}


def find_makers(reading: Reading) -> frozenset[str]:
    """Return the functions of a file, in snake case, that give back an object of an SDK which they make."""
    found = re.finditer(rf"\b(?:return|=>)\s+{MADE}{API}\s*(?:\.new\b|\()", reading.content)
    around = (reading.function_at(match.start()) for match in found)
    return frozenset(snake(function.name) for function in around if function is not None and function.name)


def find_associations(reading: Reading) -> Iterator[tuple[int, str]]:
    """Give what is asked of the objects of the first SDK for Ruby, which fetch their people when they are gone over."""
    if reading.language != "ruby" or "Clever::" not in reading.content:
        return
    names = {match["name"] for match in re.finditer(rf"{RUBY_OBJECT}{GOES_OVER}", reading.content)}
    for _ in range(ROUNDS if names else 0):
        over = rf"\b(?:{'|'.join(sorted(names))})\.(?:{ASSOCIATIONS}){GOES_OVER}"
        names |= {match["name"] for match in re.finditer(over, reading.content)}
    asked = rf"\b(?:{'|'.join(sorted(names))})\.(?P<asked>{ASSOCIATIONS})\b(?=\.\w)"
    for match in re.finditer(asked, reading.content) if names else ():
        yield match.start("asked"), match["asked"]


def is_sdk_object(node: Chain, place: int, names: frozenset[str]) -> bool:
    """Say whether what a step of a chain is called on, or asked of, is held by one of these names."""
    if place < 0:
        return False
    for step in reversed(node.steps[:place]):
        if step.name and not step.name.isdigit():
            return snake(step.name) in names
    return isinstance(node.head, str) and snake(node.head) in names


def go_root(content: str) -> str:
    """Return the name under which a file imports Clever's library for Go; blank where it does not."""
    found = GO_ROOT.search(content)
    return (found["alias"] or "clever") if found else ""


def _roots(content: str) -> list[str]:
    """Return the names under which a file imports an SDK whose module is called or whose objects are asked."""
    told = {match[1] for pattern in ROOTS for match in re.finditer(pattern, content)}
    return sorted(re.escape(name) for name in told | {go_root(content)} - {""})
