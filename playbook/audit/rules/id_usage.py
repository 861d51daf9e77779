"""Where a Clever id is kept, looked up or written: columns, models, migrations, indexes, queries, provider rows.

The ids of everybody but students change; a look-up by the stored id finds nobody, and a bare update overwrites the only
way back.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Migrate to the v3.x User ID")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.evidence import names_clever
from playbook.audit.findings import Finding
from playbook.audit.flow.keeping import is_statement
from playbook.audit.origins import asked_of, origin_of
from playbook.audit.reading.node import Chain, Items, Node, Pair, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.rules.id_declarations import find_declarations, find_schema
from playbook.audit.rules.id_documents import find_in_documents
from playbook.audit.rules.id_names import (
    LOOKUP,
    NO_PERSON,
    NOT_PERSON,
    READ_ONLY,
    UID_KEYS,
    is_clever_id,
    is_field,
    report_id,
)
from playbook.audit.rules.id_others import is_of_others
from playbook.audit.rules.id_passing import is_passed_on
from playbook.audit.rules.id_queries import find_in_query, find_in_script, find_in_text, find_key_paths
from playbook.audit.rules.id_reads import find_reads
from playbook.audit.rules.id_values import (
    find_given_ids,
    find_kept_ids,
    find_known_ids,
    find_spelled_keys,
    find_told_ids,
)
from playbook.audit.rules.provider_rows import find_provider_row, is_of_thing
from playbook.audit.shape import ROLES
from playbook.audit.view import View, key_name, usage_of

NOTHING = re.compile(r"^(?:nil|null|None|undefined|NULL|nothing|Nil|''|\"\")$")
ASKS_FOR = re.compile(r"not$|where|filter|exclude|exists|count|update|merge|assign|save|write")
DECLARING = ("swift", "kotlin", "java", "csharp", "dart", "scala", "groovy")
STORE = re.compile(
    r"(?:^|_)(?:objects|query|unscoped|model|repository|repo|store|dao|table|collection|entity|entities|all|new|where)(?:\(\))?$"
)
TABLE_CALL = re.compile(r"(?i)(?:add|change|modify|alter|create)_?(?:column|field|table)s?$")
LOCAL_READ = re.compile(
    r"^\s*(?:final\s+|const\s+)?(?:[A-Za-z][\w<>?]*\s+|\$)\w+\s*=[^=].*?(?:[.\[>]|get\(|path\(|\b)[\"']?(?:id|Id|ID|getId\(\))"
    r"[\"']?[)\]]*(?:\.\w+\(\))?\s*;?\s*$"
)
MODELS = ("graphql", "prisma")
SCHEMAS = ("graphql", "xml", "yaml", "properties")
METHOD = re.compile(
    r"(?:find|get|load|lookup|fetch|exists|where|query|update|set|with|save|delete|select|link|by)\w*_by_?\w*clever\w*_?(?:u?id|identifier|uuid)|^(?:set|update|assign|store|save|with)_clever_\w*?(?:id|uid)$|by_clever_\w*?(?:id|uid)s?$|by_clever$"
)


def find_id_usages(view: View) -> Iterator[Finding]:
    """Give every place of a file that declares, looks up or writes a Clever id."""
    for finding in _find(view):
        offset = view.reading.start_of(finding.line) + finding.column - 1
        if not is_of_others(view, finding) and (view.is_document or not is_passed_on(view, offset)):
            yield finding


def _find(view: View) -> Iterator[Finding]:
    evidence = view.evidence
    if evidence.speaks:
        yield from _of_names(view)
    if evidence.project.is_clever and (not view.is_document or view.reading.language in MODELS):
        yield from find_kept_ids(view)
        yield from find_given_ids(view)
        yield from find_known_ids(view)
        yield from find_spelled_keys(view)
    elif evidence.project.is_clever:
        yield from find_told_ids(view)


def _of_names(view: View) -> Iterator[Finding]:
    """Give the places that say by their names that they are about a Clever id."""
    if view.is_document:
        yield from find_schema(view) if view.reading.language in SCHEMAS else ()
        return
    if view.reading.language == "sql":
        yield from find_in_script(view)
        return
    for node in view.nodes():
        yield from find_in_documents(view, node)
        if isinstance(node, Pair):
            yield from _of_pair(view, node)
        elif isinstance(node, Chain):
            yield from _of_chain(view, node)
            yield from find_reads(view, node)
        elif isinstance(node, Text):
            yield from find_in_text(view, node)
    yield from find_key_paths(view)
    yield from find_declarations(view)


def _of_pair(view: View, node: Pair) -> Iterator[Finding]:
    """An entry, a named argument or an assignment whose key is an id, and rows of a provider and its uid."""
    is_indexed = view.reading.language == "kotlin"  # Exposed's `it[cleverId] = id`
    name = (_indexed_name(node) if is_indexed else "") or key_name(node)
    if name.endswith("()") or _is_parameter(view, node):
        return
    if is_clever_id(name) and not _has_fallback(view, node):
        is_nested = node.operator in ("->", "=>") and isinstance(node.value, Items)
        if is_nested and not TABLE_CALL.search(usage_of(node).callee):
            return
        if not _is_read_only(view, node) and not _is_from_elsewhere(view, node):
            yield report_id(view, node.start, name, "written" if node.operator == "=" else "keyed")
        return
    yield from find_provider_row(view, node, name)


def _has_fallback(view: View, node: Pair) -> bool:
    """Say whether the line also asks by the legacy id, as it should: this look-up has moved."""
    line = view.reading.text_of(view.reading.line_of(node.start))
    return re.search(r"(?i)legacy_?ids?\b", line) is not None and ROLES.search(view.reading.content) is not None


def _indexed_name(node: Pair) -> str:
    """Return the column of an assignment such as Kotlin's `row[cleverId] = id`."""
    last = node.key.steps[-1] if isinstance(node.key, Chain) and node.key.steps else None
    inner = last.arguments[0] if last is not None and last.kind == "key" and len(last.arguments) == 1 else None
    path = clean(segments(inner)) if isinstance(inner, Chain) else ()
    return path[-1] if path and not path[-1].endswith("()") else ""


def _is_parameter(view: View, node: Pair) -> bool:
    """Say whether a pair is a parameter with its type in the head of a Python function."""
    call = node.parent
    return node.operator == ":" and isinstance(call, Chain) and call.lead == "def" and view.reading.language == "python"


def _is_read_only(view: View, node: Pair) -> bool:
    """Say whether a pair only passes an id on for showing: a local variable, a log line, a prop of a page."""
    if isinstance(node.value, Chain) and node.value.head in ("PropTypes", "props"):
        return True
    text = view.reading.content[node.value.start : node.value.end] if node.value is not None else ""
    if re.search(r"(?i)client_?id", text):
        return True
    usage = usage_of(node)
    if NOTHING.match(text) and isinstance(node.parent, Chain) and not ASKS_FOR.match(usage.callee):
        return True
    if usage.callee and READ_ONLY.search(usage.callee) and not LOOKUP.search(usage.callee):
        return True
    is_local = isinstance(node.key, Chain) and not node.key.steps and node.operator in ("=", ":=", "<-")
    if is_local and not is_field(view, node) and not _fills_field(view, node):
        back = origin_of(view, node.value)
        is_own = bool(back) and back[-1].endswith(("clever_id", "clever_uid")) and not back[-1].endswith("()")
        is_alone = is_statement(node, view.reading.content) or bool(node.lead) or node.operator == ":="
        return is_own or (is_alone and _is_read_from_clever(view, node)) or _is_local_read(view, node)
    return False


def _fills_field(view: View, node: Pair) -> bool:
    """Say whether a bare assignment fills a field of the class, in a language that declares its variables."""
    function, around = view.reading.function_at(node.start), view.reading.class_at(node.start)
    if around is None or function is None or view.reading.language not in DECLARING:
        return False
    before = view.reading.content[view.reading.start_of(view.reading.line_of(node.start)) : node.start]
    name = re.escape(str(getattr(node.key, "head", "")))
    declared = rf"\b(?:var|let|val|private|public|String|string)\b[^\n=(]*\b{name}\b"
    return not before.strip() and re.search(declared, view.reading.content[around.start : function.start]) is not None


def _is_local_read(view: View, node: Pair) -> bool:
    """Say whether a declaration in a function only reads an id out of an answer: `String cleverId = json.get("id")`."""
    line = view.reading.text_of(view.reading.line_of(node.start))
    return view.reading.function_at(node.start) is not None and LOCAL_READ.match(line) is not None


def _is_read_from_clever(view: View, node: Pair) -> bool:
    """Say whether a local variable only gets what Clever sent; what is done with it tells for itself."""
    key = snake(str(getattr(node.key, "head", "")))
    values = (node.value, *view.definitions.find(key, node.end))
    return any(view.values.kinds(each) == {"id"} or _reads_data_id(each) for each in values)


def _reads_data_id(node: Node | None) -> bool:
    """Say whether an access reads `data.id`, as of the answer of `/me`."""
    names = [step.name for step in node.steps] if isinstance(node, Chain) else []
    told = " ".join(name for name in names if name and name not in ("get", "asText", "getAsString", "getString"))
    return re.search(r"(?:^|[ ./])data[ ./]id$", told) is not None


def _is_from_elsewhere(view: View, node: Pair) -> bool:
    """Say whether the id is that of a district, school or section, which does not change."""
    asked = asked_of(view, node.value)
    if re.match(r"/(?:districts|schools|sections|courses|terms)(?:/\{?[^/]*\}?)?$", asked):
        return True
    return is_of_thing(view, node.value) or _is_things(usage_of(node).receiver)


def _is_things(receiver: tuple[str, ...]) -> bool:
    """Say whether a query is about districts, schools or sections: `School.objects`, `this.school_repository`."""
    told = [STORE.sub("", part) for part in receiver]
    last = next((part for part in reversed(told) if part), "")
    return NO_PERSON.search(last) is not None or last in ("district", "clever_district")


def _of_chain(view: View, node: Chain) -> Iterator[Finding]:
    """Calls such as `find_by_clever_id(x)`, `setCleverId(x)`, and indexes such as `by_clever_id[x]`."""
    for index, step in enumerate(node.steps):
        if step.kind == "attribute" and step.name.startswith(("set", "Set")) and _is_set(view, node, step.name):
            yield report_id(view, step.start, step.name, "written")
            return
        following = node.steps[index + 1] if index + 1 < len(node.steps) else None
        is_called = view.reading.language == "ruby" or (following is not None and following.kind in ("call", "key"))
        if step.kind == "attribute" and is_called and _is_id_method(step.name):
            yield report_id(view, step.start, step.name, "method")
            return
    if isinstance(node.head, str) and node.head.startswith(("set", "Set")) and is_clever_id(node.head) and node.steps:
        yield report_id(view, node.start, node.head, "written")
        return
    if _is_assigned(view, node):
        yield report_id(view, node.start, view.reading.content[node.start : node.end], "written")
        return
    if (
        isinstance(node.head, str)
        and METHOD.search(snake(node.head))
        and node.steps
        and node.steps[0].kind in ("call", "key")
    ):
        if _is_id_method(node.head):
            yield report_id(view, node.start, node.head, "method")
        return
    found = list(find_in_query(view, node))
    yield from found
    if found:
        return
    if (
        isinstance(node.head, str)
        and is_clever_id(node.head)
        and view.reading.language == "groovy"
        and any(isinstance(each, Pair) for each in node.arguments)
    ):
        yield report_id(view, node.start, node.head, "constraint")
    if (
        node.head == "uid"
        and _is_in_clever(view, node)
        and re.match(r"\s*(?:\{|do\b)", view.reading.content[node.end : node.end + 6])
    ):
        yield report_id(view, node.start, "uid of the strategy", "strategy_uid")
    if node.callee == "uid" and view.evidence.is_in_path and node.lead == "def":
        yield report_id(view, node.start, node.callee, "strategy_uid")


def _is_assigned(view: View, node: Chain) -> bool:
    """Say whether an attribute that holds a Clever id is assigned, which the syntax may have read as something else."""
    last = node.steps[-1] if node.steps else None
    if last is None or last.kind != "attribute" or not is_clever_id(last.name):
        return False
    if isinstance(node.parent, Pair) and node.parent.key is node:
        return False
    return re.match(r"[ \t]*=(?![=~>])", view.reading.content[node.end : node.end + 8]) is not None


def _is_in_clever(view: View, node: Node) -> bool:
    """Say whether a place is in a file, class or module that is named after Clever."""
    around = view.reading.class_at(node.start)
    return view.evidence.is_in_path or (around is not None and names_clever(around.name))


def _is_set(view: View, node: Chain, name: str) -> bool:
    """Say whether a setter writes a Clever id: by its name, or an external id beside a provider that is Clever."""
    if is_clever_id(name):
        return True
    function = view.reading.function_at(node.start)
    body = view.reading.content[function.start : function.end] if function else ""
    return snake(name) in UID_KEYS and bool(re.search(r"[\"']clever[\"']", body, re.IGNORECASE))


def _is_id_method(name: str) -> bool:
    """Say whether a method finds, sets or links by a Clever id: `find_by_clever_id`, `linkByClever`."""
    told = snake(name)
    finds, by, conditions = told.partition("_by_")
    asked = [each for each in re.split(r"_(?:and|or)_", conditions) if "clever" in each] or [conditions]
    return METHOD.search(told) is not None and not NOT_PERSON.search(f"{finds}{by}{'_and_'.join(asked)}")
