"""Why an account ends where it does: every code with what it says and what to do about it.

The sentences are the product: a support person reads them out, so they name no table and no rule.
Source: Clever's guides on multi-role users, id changes and "Migrate to the v3.x User ID".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """The codes, proven ones first, then what stops, what only suggests, what is missing, and what people decided."""

    STUDENT_ID_KEPT = "student_id_kept"
    LEGACY_ID_FOUND = "legacy_id_found"
    ON_V3_ALREADY = "on_v3_already"
    NAMED_BY_CSV = "named_by_csv"
    SEVERAL_ACCOUNTS_ONE_USER = "several_accounts_one_user"
    ROLE_NOT_SHARED = "role_not_shared"

    USER_OF_OTHER_DISTRICT = "user_of_other_district"
    CSV_DISAGREES = "csv_disagrees"
    MATCHES_TWO_USERS = "matches_two_users"
    STORED_V3_ID_DIFFERS = "stored_v3_id_differs"
    STUDENT_COMBINED = "student_combined"
    CONTACT_COMBINED = "contact_combined"
    VERSION_MARK_WRONG = "version_mark_wrong"
    ROLE_DIFFERS = "role_differs"
    ID_ON_SEVERAL_ACCOUNTS = "id_on_several_accounts"

    ID_REISSUED = "id_reissued"
    NEVER_HAD_ID = "never_had_id"
    USER_HAS_ACCOUNT = "user_has_account"
    SEVERAL_USERS_ALIKE = "several_users_alike"
    SEVERAL_ACCOUNTS_ALIKE = "several_accounts_alike"
    SHARED_MAILBOX = "shared_mailbox"

    ACCOUNT_OF_OTHER_DISTRICT = "account_of_other_district"
    UNKNOWN_ID = "unknown_id"
    DEPARTED = "departed"

    ACCEPTED_BY_REVIEWER = "accepted_by_reviewer"
    KEPT_APART_BY_REVIEWER = "kept_apart_by_reviewer"

    NO_ACCOUNT = "no_account"
    WAITS_FOR_REVIEW = "waits_for_review"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a reason says, what to do, and whether a reviewer may accept a candidate in spite of it."""

    says: str
    remedy: str
    may_accept: bool = False


_NOTHING = "Nothing to do."

EXPLANATIONS: Mapping[Reason, Explanation] = {
    Reason.STUDENT_ID_KEPT: Explanation("A student's Clever id is the same in v2 and v3.", _NOTHING),
    Reason.LEGACY_ID_FOUND: Explanation("Clever names the account's old id as the legacy id of this role.", _NOTHING),
    Reason.ON_V3_ALREADY: Explanation("The account holds the user's v3 id already.", _NOTHING),
    Reason.NAMED_BY_CSV: Explanation("Clever's migration CSV names this user for the account's old id.", _NOTHING),
    Reason.SEVERAL_ACCOUNTS_ONE_USER: Explanation(
        "Several accounts belong to one v3 user: the person has several roles.",
        "See what the plan folds into which account before you apply it.",
    ),
    Reason.ROLE_NOT_SHARED: Explanation(
        "Clever does not share the account's role with the application, so the role gives no rights.",
        "Ask the district to share the role, or accept that the account loses that role's rights.",
        may_accept=True,
    ),
    Reason.USER_OF_OTHER_DISTRICT: Explanation(
        "The account and the user that its id leads to belong to different districts.",
        "Correct the account's district, or remove the id from the account.",
    ),
    Reason.CSV_DISAGREES: Explanation(
        "Clever's migration CSV and Clever's API name different users for the old id.",
        "Request new migration CSVs, and ask Clever's support if they still differ.",
        may_accept=True,
    ),
    Reason.MATCHES_TWO_USERS: Explanation(
        "The account's ids lead to more than one v3 user.",
        "Decide which user the account belongs to, or split the account.",
        may_accept=True,
    ),
    Reason.STORED_V3_ID_DIFFERS: Explanation(
        "The v3 id stored beside the old id is not the one that the old id leads to now.",
        "Find out whether Clever merged or split the person since, then accept the right user.",
        may_accept=True,
    ),
    Reason.STUDENT_COMBINED: Explanation(
        "A student would be combined with another role, which Clever never does.",
        "Correct the account's role or id; the two are different people.",
    ),
    Reason.CONTACT_COMBINED: Explanation(
        "A contact would be combined with another role, which Clever never does.",
        "Correct the account's role or id; Clever keeps the parent and the employee apart.",
    ),
    Reason.VERSION_MARK_WRONG: Explanation(
        "The account's version mark says another API version than its id does.",
        "Correct the version mark, or accept the user that the id names.",
        may_accept=True,
    ),
    Reason.ROLE_DIFFERS: Explanation(
        "The old id belongs to another role of the user than the account has.",
        "Correct the account's role, or accept the role that Clever names.",
        may_accept=True,
    ),
    Reason.ID_ON_SEVERAL_ACCOUNTS: Explanation(
        "Several accounts hold the same Clever id.",
        "Accept the user for the account that is right and keep the others apart.",
        may_accept=True,
    ),
    Reason.ID_REISSUED: Explanation(
        "The old id is gone, and a user without an account looks like the same person under a new id.",
        "Treat the user as new, as Clever advises, unless somebody who knows the person accepts the pair.",
        may_accept=True,
    ),
    Reason.NEVER_HAD_ID: Explanation(
        "The account never had a Clever id.",
        "Accept a suggested user if it is the same person; else the account stays as it is.",
        may_accept=True,
    ),
    Reason.USER_HAS_ACCOUNT: Explanation(
        "The user that this account looks like has an account already.",
        "Accept only if both accounts belong to the same person.",
        may_accept=True,
    ),
    Reason.SEVERAL_USERS_ALIKE: Explanation(
        "Several users look like this account.",
        "Accept the right one, or keep the account apart.",
        may_accept=True,
    ),
    Reason.SEVERAL_ACCOUNTS_ALIKE: Explanation(
        "Several accounts look like the same user.",
        "Accept the user for the right account and keep the others apart.",
        may_accept=True,
    ),
    Reason.SHARED_MAILBOX: Explanation(
        "Three or more people share the account's e-mail address, so it tells nobody apart.",
        "Give the account its own address or its SIS id, then match again.",
    ),
    Reason.ACCOUNT_OF_OTHER_DISTRICT: Explanation(
        "The account belongs to another district.",
        "Leave it to that district's own migration.",
    ),
    Reason.UNKNOWN_ID: Explanation(
        "The account's id is not one that Clever gave in this district.",
        "Look where the id came from; the account stays as it is.",
    ),
    Reason.DEPARTED: Explanation(
        "Clever no longer knows the account's old id: the person left, or is not shared.",
        "Leave the account as it is; a returning person is found at sign-in.",
    ),
    Reason.ACCEPTED_BY_REVIEWER: Explanation("A reviewer accepted this user for the account.", _NOTHING),
    Reason.KEPT_APART_BY_REVIEWER: Explanation("A reviewer decided that none of the users is this account.", _NOTHING),
    Reason.NO_ACCOUNT: Explanation("The user has no account yet.", "An account is made at the first sync or sign-in."),
    Reason.WAITS_FOR_REVIEW: Explanation(
        "An account that waits for review may belong to this user.",
        "Decide the account first, so that no second account is made for the same person.",
    ),
}
