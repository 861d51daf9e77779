"""What names a Clever id, a provider or a foreign id, and how a place that keeps one is reported.

Source: https://dev.clever.com/docs/api-v3-upgrade-guide ("Migrate to the v3.x User ID")
"""

from __future__ import annotations

import re

from playbook.audit.evidence import names_clever
from playbook.audit.findings import Finding
from playbook.audit.reading.node import Pair
from playbook.audit.reading.paths import snake
from playbook.audit.roles import roles_in
from playbook.audit.view import View
from playbook.audit.words import words

LOOKUP = re.compile(
    r"find|where|get|first|filter|exists|query|select|lookup|look_up|count|pluck|search|scope|match|by_|one|fetch|all|load|"
    r"create|update|insert|upsert|save|build|new|add|set|assign|store|link|attach|register|merge|put|write|index|column|"
    r"unique|validates?|string|text|varchar|field|attribute|property|references|remove|drop|change|rename|not|eq|equal|on_conflict|"
    r"belongs_to|has_one|has_many|key|column|cast|permit|factory|group|order|join",
    re.IGNORECASE,
)
READ_ONLY = re.compile(
    r"log|puts\b|print|debug|info|warn|error|trace|render|format|sprintf|escape|console|echo|assert|expect|write_line|json$|to_s|include\??$",
    re.IGNORECASE,
)
CLEVER_ID = re.compile(
    r"^(?:\w+_)?clever_?(?:v2_|legacy_|old_)?(?:user|student|teacher|account|person|contact|admin|staff|member|profile|"
    r"library|external|school_admin|district_admin|guardian|parent|role|identity|owner|source|remote)?_?"
    r"(?:id|ids|uid|uids|uuid|identifier|guid|keys?|refs?|reference)(?:n?eq|in|not_?in)?(?:_\w+)?$"
)


NOT_PERSON = re.compile(
    r"client|app_|(?:api|public|private|secret|signing|cache|access|shared)_?key|key_?(?:path|file|pair)|application|district_id|school_id|schools?_ids?|section|course|term|event|token|session|request|secret|"
    r"district_ids|org|class|institution|v3|multi_role|tenant|config|provider_id$|idp|id_token|resource|import|batch|sync_id|ident(?:ity)?_provider"
)


NO_PERSON = re.compile(r"(?:^|_)(?:schools?|sections?|groups?|classes|class_?rooms?|courses?|terms?|districts)$")
"""Models and tables of what keeps its ids."""

UID_KEYS = words(
    "uid remote remote_key "
    "provider_id provider_uid external_id external_identifier authorization_identifier authentication_id subject "
    "remote_id sso_id foreign_id identifier oauth_id provider_user_id oauth_uid external_uid sub credential_id "
    "user_identifier "
    "remote_identifier permanent_id provider_user sso_uid third_party_id external_user_id social_id provideruserid "
    "provider_account_id provider_key login_provider_key loginprovider uid_hash external_ref source_id "
    "source_user_id extern_id"
)


PROVIDER_KEYS = words(
    "provider source sso_provider auth_provider identity_provider sso credential_type provider_name login_provider idp "
    "oauth_provider system external_system origin backend authentication_provider strategy service source_system kind "
    "provider_type auth_source integration type oauth_type sso_type vendor auth_type external_source sync_source"
)


def report_id(view: View, offset: int, what: str, variant: str) -> Finding:
    """Return a place that keeps, looks up or writes a Clever id, keyed by the role that its surroundings name."""
    line = view.reading.text_of(view.reading.line_of(offset))
    around = view.reading.class_at(offset)
    function = view.reading.function_at(offset)
    roles = roles_in(snake(line)) or roles_in(
        " ".join((around.name if around else "", function.name if function else ""))
    )
    only_students = roles == ("student",)
    remedy = (
        f"Keep {what}: the ids of students do not change; make sure that it never holds anybody else's."
        if only_students
        else f"Store the v3 user id beside {what} and a version mark; look up by it, then by every roles.*.legacy_id."
    )
    return view.find(
        "id_usage", offset, legacy=f"{what} holds a v2 id", v3=f"{what} and the v3 user id side by side",
        change=("id",), remedy=remedy, severity="low" if only_students else "high", variant=variant, roles=roles,
    )  # fmt: skip


def is_clever_id(name: str) -> bool:
    """Say whether a name is that of a person's Clever id: `clever_id`, `cleverUserId`, `teacher_clever_id`."""
    told = snake(name).removesuffix("()").replace(".", "_")
    if re.match(r"(?:(?:unique_)?ind(?:ex|ices)|idx|uniq(?:ue)?|uq|fk|uk|ix|pk|constraint|no|missing|without)_", told):
        return False
    return bool(CLEVER_ID.match(told)) and not NOT_PERSON.search(re.sub(r"^clever_", "", told)) and names_clever(told)


def is_provider(name: str) -> bool:
    """Say whether a name is that of a column that says whose id stands beside it."""
    told = snake(name)
    return told in PROVIDER_KEYS or re.search(r"_(?:provider|source|system|idp|strategy)$", told) is not None


def is_uid(name: str) -> bool:
    """Say whether a name is that of a column for somebody else's id."""
    told = snake(name)
    is_external = re.search(
        r"(?:provider|external|sso|oauth|idp|remote|auth|foreign|federated|social)_(?:user_)?(?:id|uid|identifier|key|subject)$",
        told,
    )
    return told in UID_KEYS or (is_external is not None and told != "foreign_key")


def is_field(view: View, node: Pair) -> bool:
    """Say whether an assignment declares a field of a class rather than a local variable."""
    function, around = view.reading.function_at(node.start), view.reading.class_at(node.start)
    return around is not None and (function is None or function.start < around.start)
