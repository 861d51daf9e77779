"""Which packages speak to Clever: official SDKs, OAuth strategies, and the names that forks of them go by.

A package is Clever's by its name; CleverTap, Clever Cloud, CleverReach and whatever else begins with the adjective are
kept out by name too.

Source: Clever's own SDK repositories (all archived on v1 or v2), and the forks that integrators run instead.
"""

from __future__ import annotations

import re

from playbook.audit.evidence import CLEVER
from playbook.audit.words import words

OTHERS = words(
    "clever-tools clever-client clever-components clever-discovery clever-frontend-utils clever-react clever-bench "
    "clever-config clever-chat clever-alexis clever-sync cleverapi clever-selects clever-pages clever-cache "
    "clever-history cleverbot cleverbot-py clever_bot clever-algorithms clever_tap clever-uploader clever-buttons "
    "clever-logger clever-log clever-test clever-go-lib clever-auth-server clever-age clever-elements"
)
CLOUD = re.compile(
    r"clever[\-_]?(?:cloud|tap|reach|bot|push|ads|elements|csv|dict|tech|map|stack|brush|age|hans)", re.I
)
OTHER_OWNERS = re.compile(r"(?:@clever|@clevercloud|@clevertap|github\.com/clevercloud|github\.com/CleverTap)/", re.I)
V3 = words("clever_sdk")
"""Packages that are on v3 in every version that was published."""

SERVICES = words(
    "social_core.backends.clever allauth.socialaccount.providers.clever social.backends.clever "
    "socialiteproviders/clever "
    "SocialiteProviders\\Clever hwi_oauth.resource_owner.clever accounts-clever"
)
FIRST_KEY = words("social_core.backends.clever allauth.socialaccount.providers.clever")
"""Backends that are on v3 but take the first key of roles as the person's role."""

NAME = re.compile(r"[@\w][\w./@:\\\-]*")


def is_clever_package(name: str) -> bool:
    """Say whether a package's name is that of an SDK or OAuth strategy for Clever, or a fork of one."""
    bare = name.strip().strip("\"'").rstrip("/").removesuffix(".git")
    last = re.split(r"[/:\\]", bare)[-1]
    if not CLEVER.search(bare) or CLOUD.search(bare) or OTHER_OWNERS.search(f"{bare}/"):
        return False
    if any(other in last.lower().replace("_", "-") for other in OTHERS):
        return False
    words_in = re.split(r"[-_./@:\\\s]|(?<=[a-z])(?=[A-Z])", bare)
    return any(word.lower() == "clever" for word in words_in)


def state_of_package(name: str) -> str:
    """Return already_v3 for a package that is on v3 in every version, else legacy: nobody maintains a v3 SDK."""
    return "already_v3" if name.lower().replace("-", "_") in V3 else "legacy"
