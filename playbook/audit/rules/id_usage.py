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
from playbook.audit.origins import asked_of, origin_of
from playbook.audit.reading.node import Chain, Items, Join, Node, Pair, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.rules.id_declarations import find_declarations, find_schema
from playbook.audit.rules.id_names import NOT_PERSON, UID_KEYS, is_clever_id, is_provider, is_uid, report_id
from playbook.audit.view import View, key_name, usage_of

LOOKUP = re.compile(
    r"find|where|get|first|filter|exists|query|select|lookup|look_up|count|pluck|search|scope|match|by_|one|fetch|all|load|"
    r"create|update|insert|upsert|save|build|new|add|set|assign|store|link|attach|register|merge|put|write|index|column|"
    r"unique|validates?|string|text|varchar|field|attribute|property|references|remove|drop|change|rename|not|eq|equal|on_conflict|"
    r"belongs_to|has_one|has_many|key|column|cast|permit|factory|group|order|join",
    re.IGNORECASE,
)
SQL = re.compile(
    r"\b(?:select|insert|update|delete|where|alter|create|join|index|column|constraint|unique|references|set|add|"
    r"on conflict|group by|order by)\b",
    re.IGNORECASE,
)
SQL_COLUMN = re.compile(
    r"(?<![\w$@])[`\"\[]?((?:\w+_)?clever_?(?:\w+_)?u?id(?:s|entifier)?|\"?cleverId\"?)\b", re.IGNORECASE
)
NOTHING = re.compile(r"^(?:nil|null|None|undefined|NULL|nothing|Nil|''|\"\")$")
METHOD = re.compile(
    r"(?:find|get|load|lookup|fetch|exists|where|query|update|set|with|save|delete|select|link|by)\w*_by_?\w*clever\w*_?(?:u?id|identifier|uuid)|^(?:set|update|assign|store|save|with)_clever_\w*?(?:id|uid)$|by_clever_\w*?(?:id|uid)s?$|by_clever$"
)
READ_ONLY = re.compile(
    r"log|puts|print|debug|info|warn|error|trace|render|format|sprintf|escape|console|echo|assert|expect|write_line|json$|to_s|include\??$",
    re.IGNORECASE,
)


def find_id_usages(view: View) -> Iterator[Finding]:
    """Give every place of a file that declares, looks up or writes a Clever id."""
    evidence = view.evidence
    if not evidence.speaks or (
        view.is_document and view.reading.language not in ("graphql", "xml", "yaml", "properties")
    ):
        return
    if view.is_document:
        yield from find_schema(view)
        return
    if view.reading.language == "sql":
        yield from (
            report_id(view, token.start, token.value, "sql")
            for token in view.reading.tokens
            if token.kind in ("name", "text") and is_clever_id(token.value)
        )
        return
    for node in view.nodes():
        if isinstance(node, Pair):
            yield from _of_pair(view, node)
        elif isinstance(node, Chain):
            yield from _of_chain(view, node)
        elif isinstance(node, Text):
            yield from _of_text(view, node)
    yield from find_declarations(view)


def _of_pair(view: View, node: Pair) -> Iterator[Finding]:
    """An entry, a named argument or an assignment whose key is an id, and rows of a provider and its uid."""
    name = key_name(node)
    if name.endswith("()"):
        return
    if is_clever_id(name):
        if node.operator in ("->", "=>") and isinstance(node.value, Items):
            return
        if not _is_read_only(view, node) and not _is_from_elsewhere(view, node):
            yield report_id(view, node.start, name, "written" if node.operator == "=" else "keyed")
        return
    if is_provider(name) and _is_clever_word(node.value):
        uid = _uid_beside(node)
        if uid is not None:
            yield report_id(view, uid.start, f"provider clever, {key_name(uid)}", "provider_row")
    elif (
        name in UID_KEYS
        and view.evidence.is_about
        and node.operator in ("=", ":", "=>")
        and _is_clever_record_id(view, node)
    ):
        yield report_id(view, node.start, name, "external_id")


def _is_read_only(view: View, node: Pair) -> bool:
    """Say whether a pair only passes an id on for showing: a local variable, a log line, a prop of a page."""
    if isinstance(node.value, Chain) and node.value.head in ("PropTypes", "props"):
        return True
    text = view.reading.content[node.value.start : node.value.end] if node.value is not None else ""
    if NOTHING.match(text) and isinstance(node.parent, Chain):
        return True
    usage = usage_of(node)
    if usage.callee and READ_ONLY.search(usage.callee) and not LOOKUP.search(usage.callee):
        return True
    is_local = isinstance(node.key, Chain) and not node.key.steps and node.operator in ("=", ":=", "<-")
    if is_local and not _is_field(view, node):
        back = origin_of(view, node.value)
        return bool(back) and back[-1].endswith(("clever_id", "clever_uid")) and not back[-1].endswith("()")
    return False


def _is_from_elsewhere(view: View, node: Pair) -> bool:
    """Say whether the id is that of a district, school or section, which does not change."""
    asked = asked_of(view, node.value)
    return bool(re.match(r"/(?:districts|schools|sections|courses|terms)(?:/\{?[^/]*\}?)?$", asked))


def _is_field(view: View, node: Pair) -> bool:
    """Say whether an assignment declares a field of a class rather than a local variable."""
    function, around = view.reading.function_at(node.start), view.reading.class_at(node.start)
    return around is not None and (function is None or function.start < around.start)


def _is_clever_word(node: Node | None) -> bool:
    if isinstance(node, Text):
        return node.value.lower() in ("clever", "clever_v2", "clever_sso", "clever-v2")
    path = clean(segments(node))
    return bool(path) and names_clever(path[-1]) and not path[-1].endswith("()") and not is_clever_id(path[-1])


def _uid_beside(node: Pair) -> Pair | None:
    """Return the uid that stands beside a provider: in the same call, dictionary or row."""
    parent = node.parent
    beside: tuple[Node, ...] = ()
    if isinstance(parent, Items):
        beside = parent.items
    elif isinstance(parent, Chain) and (call := parent.call_with(node)):
        beside = call.arguments
    found = [each for each in beside if isinstance(each, Pair) and each is not node]
    chains = [each for each in beside if isinstance(each, Chain) and not each.steps]
    short = [each for each in chains if isinstance(each.head, str) and is_uid(each.head)]
    if short:  # JavaScript's `{ provider: "clever", uid }`
        return Pair(short[0].start, short[0].end, key=short[0], value=short[0])
    return next((each for each in found if is_uid(key_name(each)) or is_clever_id(key_name(each))), None)


def _is_clever_record_id(view: View, node: Pair) -> bool:
    """Say whether an external id is taken from a Clever record."""
    if isinstance(node.value, Text):
        return node.value.value in ("data.id", "$.data.id", "data[id]") and view.evidence.is_in_path
    back = origin_of(view, node.value)
    function = view.reading.function_at(node.start)
    body = view.reading.content[function.start : function.end] if function else ""
    if (
        not back
        or "roles" in body
        or (view.evidence.bases and all(base.startswith("v3") for base in view.evidence.bases))
    ):
        return False
    if back[-1] in ("identifier", "clever_id", "clever_user_id"):
        return node.operator != "=" or isinstance(node.parent, Chain) or _is_field(view, node)
    if back[-1] not in ("id", "uid") or len(back) < 2:
        return False
    if re.search(r"section|school|course|district|term|event", " ".join(back)):
        return False
    is_attribute = view.reading.content[node.start] == "@" or (isinstance(node.key, Chain) and bool(node.key.steps))
    return node.operator != "=" or isinstance(node.parent, Chain) or is_attribute


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
    if (
        isinstance(node.head, str)
        and METHOD.search(snake(node.head))
        and node.steps
        and node.steps[0].kind in ("call", "key")
    ):
        if not NOT_PERSON.search(snake(node.head)):
            yield report_id(view, node.start, node.head, "method")
        return
    yield from _of_lambda(view, node)
    if (
        isinstance(node.head, str)
        and is_clever_id(node.head)
        and view.reading.language == "groovy"
        and any(isinstance(each, Pair) for each in node.arguments)
    ):
        yield report_id(view, node.start, node.head, "constraint")
    if (
        node.head == "uid"
        and view.evidence.is_in_path
        and re.match(r"\s*(?:\{|do\b)", view.reading.content[node.end : node.end + 6])
    ):
        yield report_id(view, node.start, "uid of the strategy", "strategy_uid")
    if node.callee in ("uid", "extract_uid") and view.evidence.is_in_path and node.lead == "def":
        yield report_id(view, node.start, node.callee, "strategy_uid")


def _is_set(view: View, node: Chain, name: str) -> bool:
    """Say whether a setter writes a Clever id: by its name, or an external id beside a provider that is Clever."""
    if is_clever_id(name):
        return True
    function = view.reading.function_at(node.start)
    body = view.reading.content[function.start : function.end] if function else ""
    return snake(name) in UID_KEYS and bool(re.search(r"[\"']clever[\"']", body, re.IGNORECASE))


def _is_id_method(name: str) -> bool:
    """Say whether a method finds, sets or links by a Clever id: `find_by_clever_id`, `linkByClever`."""
    return bool(METHOD.search(snake(name))) and not NOT_PERSON.search(snake(name))


def _of_lambda(view: View, node: Chain) -> Iterator[Finding]:
    """A condition of a query written as code: `users.Where(u => u.CleverId == id)`, `User.clever_id == x`."""
    path = clean(segments(node))
    if not path or not is_clever_id(path[-1]) or len(path) < 2:
        return
    join = node.parent
    if getattr(join, "operator", "") not in ("==", "===", "eq", "in") or (
        join is not None and join.lead in ("if", "unless", "while", "elsif", "elif")
    ):
        return
    is_class = isinstance(node.head, str) and node.head[:1].isupper()
    calls = [parent for parent in join.ancestors() if isinstance(parent, Chain) and parent.callee] if join else []
    names = {snake(step.name) for call in calls for step in call.steps if step.name} | {
        snake(call.callee) for call in calls
    }
    if is_class or any(re.search(r"where|filter|find|first|single|any|query|get|exists", name) for name in names):
        yield report_id(view, node.start, path[-1], "condition")


def _of_text(view: View, node: Text) -> Iterator[Finding]:
    """A column's name as a text or symbol, SQL that names it, and `where("provider", "clever")`."""
    value = node.value
    if is_clever_id(value) and len(value) < 50:
        if _is_column(view, node):
            yield report_id(view, node.start, snake(value), "column")
        return
    if len(value) > 12 and SQL.search(value):
        lines: set[int] = set()
        for match in SQL_COLUMN.finditer(view.reading.content, node.start, node.end):
            line = view.reading.line_of(match.start())
            if is_clever_id(match[1]) and line not in lines:
                lines.add(line)
                yield report_id(view, match.start(1), match[1], "sql")
    elif value.lower() == "clever":
        yield from _of_provider_text(view, node)


def _is_column(view: View, node: Text) -> bool:
    """Say whether a text names a column: in a migration, a schema, a query, a validation, a list of fields."""
    usage = usage_of(node)
    if isinstance(node.parent, Chain) and any(
        step.kind == "key" and node in step.arguments for step in node.parent.steps
    ):
        return isinstance(node.parent.parent, Pair) and node.parent.parent.key is node.parent
    if isinstance(node.parent, Pair) and node.parent.key is node:
        return False
    if usage.callee:
        return bool(LOOKUP.search(usage.callee)) or not READ_ONLY.search(usage.callee)
    return any(isinstance(parent, Pair | Items) for parent in node.ancestors())


def _of_provider_text(view: View, node: Text) -> Iterator[Finding]:
    """`->where('provider', 'clever')->where('provider_id', $id)` and `find_by_provider_and_uid("clever", id)`."""
    condition = node.parent
    if isinstance(condition, Join) and isinstance(condition.parent, Join) and condition.operator in ("==", "==="):
        chains = [
            each for item in condition.parent.items for each in getattr(item, "items", ()) if isinstance(each, Chain)
        ]
        if any(is_uid(path[-1]) for each in chains if (path := clean(segments(each)))):
            yield report_id(view, node.start, "provider clever, external id", "provider_row")
        return
    usage = usage_of(node)
    call = usage.call
    if call is None:
        return
    first = call.arguments[0] if call.arguments else None
    if usage.index == 1 and isinstance(first, Text) and is_provider(first.value):
        texts = {
            argument.value for step in call.chain.steps for argument in step.arguments if isinstance(argument, Text)
        }
        uid = next((text for text in sorted(texts) if snake(text) in UID_KEYS), "")
        if uid:
            yield report_id(view, node.start, f"provider clever, {uid}", "provider_row")
    elif (
        usage.index == 0 and len(call.arguments) >= 2 and _finds_by_provider(snake(call.name), " ".join(usage.receiver))
    ):
        yield report_id(view, node.start, f"{call.name}(clever, …)", "provider_row")


def _finds_by_provider(name: str, receiver: str) -> bool:
    if re.search(r"driver|use|strategy|register$|provider$|challenge|configure|scope", name):
        return False
    finds = re.search(r"find|get|load|lookup|by|link|create|associate|where|sign_?in|authenticate_uid|for", name)
    return bool(finds and re.search(r"provider|social|identit|external|login|oauth|sso", f"{name} {receiver}"))
