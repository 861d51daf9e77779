"""Where a Clever id is asked for in a query: models and finders called after Clever, columns named in texts, SQL.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Migrate to the v3.x User ID")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playbook.audit.evidence import names_clever
from playbook.audit.findings import Finding
from playbook.audit.reading.node import Chain, Items, Node, Pair, Step, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.rules.id_names import LOOKUP, NO_PERSON, READ_ONLY, is_clever_id, is_provider, is_uid, report_id
from playbook.audit.rules.provider_rows import TABLE_OF_CLEVER, find_provider_text, is_of_clevers_table
from playbook.audit.view import View, usage_of
from playbook.audit.words import words

SQL = re.compile(
    r"\b(?:select|insert|replace|merge|update|delete|where|alter|create|join|index|column|constraint|unique|references|set|add|"
    r"on conflict|group by|order by)\b",
    re.IGNORECASE,
)
SQL_COLUMN = re.compile(
    r"(?<![\w$@])[`\"\[]?((?:\w+_)?clever_?(?:\w+_)?(?:u?id(?:s|entifier)?|key|ref)|\"?cleverId\"?)\b", re.IGNORECASE
)
FINDER = re.compile(r"(?:find|get|load|lookup|fetch|by|for|link)_(?:by_)?clever(?:_(?:user|account|person|teacher))?$")
COMMAND = re.compile(r"\s*(?:add|remove|change|rename)_(?:column|index)\b")
"""Ruby's calls without parentheses, whose first argument is a name: `add_column table, :clever_id`."""

LOOKS_UP = re.compile(r"^(?:lookup|look_up|for|by|resolve|locate|(?:find|get|load|fetch)_(?:by|for))(?:_u?id|_user)?$")
SETTING = re.compile(r"(?i)^(?:get_?env|env|fetch|get|config\w*|require_?env)$")
NESTED = re.compile(
    r"(?:\w+\.)*\w*(?:id|ids|identity|identities|accounts?|logins?|links?|sso|external|providers?|remote)\.clever(?:\.id)?$"
)
"""The way to an id in a document that keeps one for each provider: `externalIds.clever`."""

JSON_PATH = re.compile(r"->>?\s*'(\w+)'\s*\)?$")
"""How a column of JSON is asked for one key: `external_ids ->> 'clever_id'`."""

ROW = re.compile(r"(?i)\b(\w+)\s*=\s*'clever'")
KEY_PATH = re.compile(r"\\\.\$(\w+)")
PREDICATES = words("eq eq_any ne ne_all is_null is_not_null is_in in_ not_in like equal_to asc desc")
"""What query builders ask of a column, and nobody of a text."""

INDEX = re.compile(r"^(?:ix|idx|index|uq|uniq|unique)_\w*clever_\w*id(?:_\w+)?$")
INDEXES = re.compile(r"(?i)(?:drop|remove|rename)_?(?:index|unique|constraint)|^Index$")
"""What names an index rather than its columns: what drops one, and C#'s attribute above a column."""


def find_in_query(view: View, node: Chain) -> Iterator[Finding]:
    """Give the call of a chain that finds somebody by Clever, or names the column of an index or a factory."""
    found = _found_by_clever(view, node)
    if found is not None:
        yield report_id(view, found.start, found.name, "method")
    elif _is_filled(view, node) or _is_named(view, node) or _is_predicate(node):
        yield report_id(view, node.start, view.reading.content[node.start : node.end], "column")


def find_in_script(view: View) -> Iterator[Finding]:
    """Give the columns that a script of SQL names, and what chooses Clever's rows of a table of anybody's ids."""
    for token in view.reading.tokens:
        if token.kind in ("name", "text") and is_clever_id(token.value):
            yield report_id(view, token.start, token.value, "sql")
    start = 0
    for statement in view.reading.content.split(";"):
        match = ROW.search(statement)
        if match and is_provider(match[1]) and any(is_uid(name) for name in re.findall(r"\w+", statement)):
            yield report_id(view, start + match.start(), f"{match[1]} clever", "provider_row")
        start += len(statement) + 1


def find_key_paths(view: View) -> Iterator[Finding]:
    """Give the columns that a query of Swift's names by the property: `filter(\\.$cleverID == key)`."""
    for match in KEY_PATH.finditer(view.reading.content) if view.reading.language == "swift" else ():
        if is_clever_id(match[1]):
            yield report_id(view, match.start(1), match[1], "condition")


def _is_predicate(node: Chain) -> bool:
    """Say whether a column that goes by its bare name is asked: Diesel's `clever_id.eq(key)`."""
    step = node.steps[0] if len(node.steps) > 1 and node.steps[1].kind == "call" else None
    if step is None or not isinstance(node.head, str) or not is_clever_id(node.head):
        return False
    return snake(step.name) in PREDICATES


def _is_filled(view: View, node: Chain) -> bool:
    """Say whether a name stands in front of a block that says what it holds: a factory's `clever_id { … }`."""
    if view.reading.language != "ruby" or node.steps or not isinstance(node.head, str) or not is_clever_id(node.head):
        return False
    return re.match(r"\s*\{", view.reading.content[node.end : node.end + 6]) is not None


def _is_named(view: View, node: Chain) -> bool:
    """Say whether C# spells a column by the property that it is: `[Index(nameof(CleverId))]`."""
    given = node.arguments[0] if node.head == "nameof" and node.arguments else None
    if not isinstance(given, Chain) or not INDEXES.search(usage_of(node).callee):
        return False
    return is_clever_id(clean(segments(given))[-1])


def _found_by_clever(view: View, node: Chain) -> Step | None:
    """Return a step that finds somebody by Clever without saying id, where an id is what it is given."""
    for index, step in enumerate(node.steps[:-1]):
        given = node.steps[index + 1]
        if step.kind != "attribute" or given.kind != "call" or not given.arguments:
            continue
        if index == 0 and _is_scope(node, snake(step.name), given.arguments):
            return step
        if FINDER.match(snake(step.name)):
            text = view.reading.content[given.arguments[0].start : given.arguments[-1].end]
            if re.search(r"(?i)\b\w*u?id[\"'\])]*(?:\.as\[String\]|\.\w+\(\))?\)?$", text):
                return step
    return None


def _is_scope(node: Chain, name: str, given: tuple[Node, ...]) -> bool:
    """Say whether a model is asked by one value: `Identity.clever(uid)`, `CleverAccount.lookup(uid)`."""
    model = node.head.rpartition(":")[2] if isinstance(node.head, str) else ""
    if (
        len(given) != 1
        or not isinstance(given[0], Chain | Text)
        or not model[:1].isupper()
        or NO_PERSON.search(snake(model))
    ):
        return False
    if name == "clever":
        return not names_clever(model) and clean(segments(given[0]))[-1:] != ("token",)
    return TABLE_OF_CLEVER.match(model) is not None and LOOKS_UP.match(name) is not None


def find_in_text(view: View, node: Text) -> Iterator[Finding]:
    """A column's name as a text or symbol, SQL that names it, and `where("provider", "clever")`."""
    value = node.value
    if is_uid(value) and node.value.isidentifier() and (_is_uid_column(view, node) or _is_in_clevers_table(view, node)):
        yield report_id(view, node.start, value, "column")
        return
    if NESTED.match(snake(value)) and len(value) < 50:
        yield report_id(view, node.start, value, "column")
        return
    if is_clever_id(value) and len(value) < 50:
        if any(NO_PERSON.search(part) for part in usage_of(node).receiver[-1:]):
            return
        if _is_column(view, node):
            yield report_id(view, node.start, snake(value), "column")
        return
    if INDEX.match(snake(value)) and INDEXES.search(usage_of(node).callee):
        yield report_id(view, node.start, value, "column")
        return
    asked = usage_of(node).callee
    is_condition = re.match(r"\w*\.?\w+\s*(?:=|in\b|is\b|<>|!=)", value, re.IGNORECASE) and (
        LOOKUP.search(asked) or asked.endswith("Predicate")
    )
    if len(value) > 9 and (is_condition or SQL.search(value)):
        lines: set[int] = set()
        for match in SQL_COLUMN.finditer(view.reading.content, node.start, node.end):
            line = view.reading.line_of(match.start())
            if is_clever_id(match[1]) and line not in lines:
                lines.add(line)
                yield report_id(view, match.start(1), match[1], "sql")
    elif (path := JSON_PATH.search(value)) is not None and is_clever_id(path[1]):
        yield report_id(view, node.start, path[1], "sql")
    elif value.lower() == "clever":
        yield from find_provider_text(view, node)


def _is_in_clevers_table(view: View, node: Text) -> bool:
    """Say whether a text names a column in a table that is named after Clever, or a rule of such a class."""
    is_key = isinstance(node.parent, Pair) and node.parent.key is node
    return not is_key and bool(usage_of(node).callee) and is_of_clevers_table(view, node)


def _is_uid_column(view: View, node: Text) -> bool:
    """Say whether a column for anybody's id is Clever's too: declared beside the word, or asked with Clever's id."""
    usage = usage_of(node)
    if usage.call is None or not LOOKUP.search(usage.callee) or usage.index > 1:
        return False
    if re.search(r"create_?table|Schema::|Blueprint|migrations\.", view.reading.content, re.IGNORECASE):
        return re.search(r"[\"']clever[\"']", view.reading.content) is not None
    following = usage.call.arguments[usage.index + 1 :]
    path = clean(segments(following[-1])) if following else ()
    return (
        view.evidence.is_in_path
        and path[-1:] in (("id",), ("uid",))
        and usage.callee.lower().startswith(("where", "find", "get", "first"))
    )


def _is_column(view: View, node: Text) -> bool:
    """Say whether a text names a column: in a migration, a schema, a query, a validation, a list of fields."""
    usage = usage_of(node)
    if node.value.isupper() and SETTING.search(usage.callee):
        return False
    line = view.reading.text_of(view.reading.line_of(node.start))
    if re.search(r"(?i)client_?id", line):
        return False
    if isinstance(node.parent, Chain) and any(
        step.kind == "key" and node in step.arguments for step in node.parent.steps
    ):
        return isinstance(node.parent.parent, Pair) and node.parent.parent.key is node.parent
    if isinstance(node.parent, Pair) and node.parent.key is node:
        return False
    if usage.callee:
        return bool(LOOKUP.search(usage.callee)) or not READ_ONLY.search(usage.callee)
    is_command = node.parent is None and view.reading.language == "ruby" and COMMAND.match(line) is not None
    return is_command or any(isinstance(parent, Pair | Items) for parent in node.ancestors())
