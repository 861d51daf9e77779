"""Decisions by a role that Clever sent: switches, and the first comparison of a chain; a default that grants says so.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Account for Identity API Changes")
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from playbook.audit.findings import Finding, Severity
from playbook.audit.origins import is_own_record, origin_of, value_of
from playbook.audit.reading.node import Chain, Join, Node, Pair, Text
from playbook.audit.reading.paths import clean, segments, snake
from playbook.audit.roles import role_of
from playbook.audit.rules.role_chains import goes_on, is_first_of_chain
from playbook.audit.rules.role_reading import IDENTITIES, NOT_IDENTITY, OLD_WORDS, READ_ROLES, TYPE_NAMES, report_role
from playbook.audit.view import View

SUBJECTS = re.compile(
    r"^(?:(?:\w+_)?(?:user_)?type|user_?role|(?:clever_)?(?:user_)?(?:role|kind)|role_name|account_type|person_type|me_type)$"
)


GRANTS_NOTHING = re.compile(
    r"raise|throw|reject|deny|denied|forbid|unauthori[sz]ed|error|fail|abort|nil\b|null\b|None\b|unknown|guest|"
    r"unsupported|panic|return\s*(?:;|$)|false|none|pending|no_access|no_role|student|4\d\d|invalid|skip|continue|pass\b",
    re.IGNORECASE,
)


DEFAULT = re.compile(
    r"^\s*(?:\}\s*)?(?:else\b(?!\s*if)(?!if)|default\b\s*:?|case\s+_\b|_\s*(?:=>|->)|otherwise\b|:else\b|\*\))(?P<rest>[^\n]*)",
    re.M,
)


def find_comparison(view: View, node: Join) -> Iterator[Finding]:
    """`user_type == "teacher"` where nothing around says where the type comes from; the first one of a chain."""
    compares = ("==", "===", "eq", "!=", "!==", "in", *(("is",) if view.reading.language == "coffeescript" else ()))
    if node.operator not in compares or len(node.items) != 2:
        return
    if node.lead == "for" or node.items[0].lead == "for":
        return
    subject, value = node.items
    if isinstance(subject, Text):
        subject, value = value, subject
    told = (
        [value] if isinstance(value, Text) else [each for each in getattr(value, "items", ()) if isinstance(each, Text)]
    )
    if (
        not isinstance(subject, Chain)
        or not told
        or not any(role_of(each.value) and not each.value.endswith("s") for each in told)
    ):
        return
    path = clean(segments(subject))
    if not path or not SUBJECTS.match(path[-1]) or any(NOT_IDENTITY.search(part) for part in path):
        return
    back = origin_of(view, subject)
    is_own = is_own_record(back) and not _is_from_link(view, subject)
    if is_own or "roles" in back or not _is_subject(view, subject, path, back, told):
        return
    if goes_on(view, node) or not is_first_of_chain(view, node):
        return
    severity: Severity = "high" if _grants_otherwise(view, node) else "medium"
    yield report_role(
        view,
        node.start,
        f"{'.'.join(path)} {node.operator} {told[0].value}",
        "role_switch",
        READ_ROLES.format(what=path[-1], id="{id}"),
        severity,
    )


def find_lisp_comparison(view: View, node: Chain) -> Iterator[Finding]:
    """`(= type "student")`: a comparison where the operator is a function."""
    if view.reading.language == "clojure" and node.head in ("=", "==", "not=") and len(node.arguments) == 2:
        yield from find_comparison(view, Join(node.start, node.end, operator="==", items=node.arguments))


def _is_subject(view: View, subject: Node, path: tuple[str, ...], back: tuple[str, ...], told: Sequence[Text]) -> bool:
    """Say whether what is compared or switched over is a type that Clever sent."""
    if re.search(r"user_?type|clever|me_type", path[-1]):
        return True
    if path[-1] == "type":
        return (len(path) == 1 and view.evidence.is_about) or any(
            IDENTITIES.match(part) for part in (*path[:-1], *back[:-1])
        )
    if any(part in TYPE_NAMES for part in back) or _is_from_link(view, subject):
        return True
    if len(path) > 1:
        return False
    is_old = any(each.value.lower() in OLD_WORDS for each in told)
    return (path[-1] in ("role", "kind") and view.evidence.is_in_path) or (is_old and view.evidence.speaks)


def _is_from_link(view: View, subject: Node) -> bool:
    """Say whether a name was taken from the path of a link just before."""
    name = subject.head if isinstance(subject, Chain) and isinstance(subject.head, str) else ""
    made = value_of(view, snake(name), subject.start) if name else None
    text = view.reading.content[made.start : made.end + 40] if made is not None else ""
    if not re.search(r"split|explode|Segments|Components|basename|%r\{|=~|match|[rR]egex", text):
        return False
    before = view.reading.content[max(0, subject.start - 400) : subject.start]
    return re.search(r"canonical|\blinks?\b|\buri\b|href", text + before) is not None


def _grants_otherwise(view: View, node: Node) -> bool:
    following = view.reading.content[node.end : node.end + 900]
    found = DEFAULT.search(following)
    if not found:
        return False
    rest = found["rest"].strip(" {:") or following[found.end() :].strip().partition("\n")[0]
    return not GRANTS_NOTHING.search(rest)


def find_switches(view: View) -> Iterator[Finding]:
    """A `case user_type` with role words in its arms."""
    for node in view.nodes():
        subject = _subject_of(view, node)
        if subject is None:
            continue
        body = switch_body(view, subject)
        roles = {role_of(word) for word in re.findall(r"[\"':](\w+)", body) if role_of(word) and not word.endswith("s")}
        old = {word for word in re.findall(r"[\"':](\w+)", body) if word.lower() in OLD_WORDS}
        path = clean(segments(subject))
        is_me = len(path) > 1 and path[-2] in ("me", "identity", "whoami") and bool(roles)
        if len(roles) < 2 and not old and not is_me:
            continue
        if not path or not SUBJECTS.match(path[-1]) or any(NOT_IDENTITY.search(part) for part in path):
            continue
        back = origin_of(view, subject)
        if is_own_record(back) or "roles" in back or "event" in " ".join(back):
            continue
        if not view.evidence.speaks and not (old and re.search(r"user_?type|me_type", path[-1])):
            continue
        if re.search(r"\w\.(?:created|updated|deleted)\b", body):
            continue
        if path[-1] in ("role", "kind") and not (old or view.evidence.is_about):
            continue
        grants = _default_grants(body)
        what = f"switch over {'.'.join(path)}" + (" whose default grants rights" if grants else "")
        remedy = READ_ROLES.format(what=".".join(path), id="{id}")
        if grants:
            remedy += " Its default is what every student would get: let it give no rights."
        yield report_role(view, subject.start, what, "role_switch", remedy)


def _subject_of(view: View, node: Node) -> Chain | None:
    """Return what a switch goes over, where a node is one."""
    if not isinstance(node, Chain):
        return None
    if node.lead in ("case", "switch", "match", "when") and not isinstance(node.parent, Pair):
        return node if node.lead != "when" or view.reading.language in ("kotlin",) else None
    if (
        view.reading.language == "clojure"
        and node.head in ("case", "condp")
        and node.steps
        and node.steps[-1].arguments
    ):
        first = node.steps[-1].arguments[0]
        return first if isinstance(first, Chain) else None
    following = view.reading.content[node.end : node.end + 60]
    if re.match(r"\s*(?:match|switch)\s*\{", following) and view.reading.language in ("scala", "csharp"):
        return node
    if isinstance(node.parent, Pair) and node.parent.value is node and node.lead in ("case", "switch", "match", "when"):
        return node
    return None


def switch_body(view: View, subject: Node) -> str:
    """Return the text of a switch behind its subject: to its closing brace, else as far as it is indented."""
    content = view.reading.content
    opened = re.match(r"[\s)]*(?:match|switch)?\s*\{", content[subject.end : subject.end + 40])
    if opened:
        depth, position = 0, subject.end + opened.end() - 1
        for position in range(subject.end + opened.end() - 1, min(len(content), subject.end + 6_000)):
            depth += {"{": 1, "}": -1}.get(content[position], 0)
            if depth == 0:
                break
        return content[subject.end : position]
    lines = content[subject.end : subject.end + 6_000].split("\n")
    line = view.reading.text_of(view.reading.line_of(subject.start))
    indent = len(line) - len(line.lstrip())
    kept = [lines[0]]
    for each in lines[1:]:
        depth = len(each) - len(each.lstrip())
        arms = r"\s*(?:when|else|in|case|default|\w+\)|\*\)|;;|[\"'])"
        if each.strip() and depth <= indent and not (depth == indent and re.match(arms, each)):
            break
        if each.strip() and depth < indent:
            break
        kept.append(each)
    return "\n".join(kept)


def _default_grants(body: str) -> bool:
    defaults = list(DEFAULT.finditer(body))
    if not defaults:
        return False
    found = defaults[-1]
    rest = found["rest"].strip(" {:=>-") or body[found.end() :].strip().partition("\n")[0]
    return bool(rest) and not GRANTS_NOTHING.search(rest)
