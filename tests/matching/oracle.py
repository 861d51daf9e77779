"""A second opinion on who is who: plain loops over plain records, one account after the other.

Written from Clever's documentation and the states of the design; it shares no code with the room that it judges.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

EMPLOYEES = {"teacher", "staff", "district_admin"}
ORDER = {
    "student": ["sis_id", "number", "state_id", "email", "name"],
    "teacher": ["email", "sis_id", "number", "state_id", "name"],
    "staff": ["email", "sis_id", "name"],
    "district_admin": ["email", "name"],
    "contact": ["sis_id", "email"],
    "": ["email"],
}
PROOFS = ["student_id", "stored_v3_id", "v3_id_beside", "legacy_id", "official_csv"]


@dataclass
class Record:
    """What is known of one account; an account with several ids has several rows."""

    rows: list[dict]
    proofs: list[list[tuple[str, str, str]]] = field(default_factory=list)  # a row: (rule, user, role or "")
    best: tuple[str, str, str, dict] | None = None
    verdict: tuple[str, str, str, str, str] = ("", "", "", "", "")  # state, reason, user, role, rule
    looks_like: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # rule: (user, role)

    @property
    def role(self):
        """The role that the application gave the account."""
        return self.rows[0]["role"]


class Oracle:
    """Everything that is said about one district, asked one question at a time."""

    def __init__(self, accounts, users, roles, mapping, *, district, former_ids=None, shared_roles=None):
        self.district, self.former_ids = district, former_ids
        self.users = {user["user_id"]: user for user in users}
        self.roles = sorted(roles, key=lambda role: (role["user_id"], role["role"]))
        self.shown = {user: {r["role"] for r in roles if r["user_id"] == user} for user in self.users}
        self.shared_roles = {r["role"] for r in roles} if shared_roles is None else shared_roles
        self.csv = [
            line
            for line in mapping
            if line["fault"] in ("", "conflicting_user")
            and line["district_id"] in ("", district)
            and line["legacy_id"]
            and line["user_id"]
        ]
        self.records: dict[str, Record] = {}
        for row in sorted(accounts, key=lambda row: (row["account_id"], row["clever_id"])):
            self.records.setdefault(row["account_id"], Record([])).rows.append(row)
        for record in self.records.values():
            self.prove(record)
        for record in self.records.values():
            self.object(record)
        self.note_groups()
        for record in self.records.values():
            if not record.verdict[0]:
                self.look_around(record)
        self.settle_lookalikes()

    # -- ids

    def prove(self, record):
        """Collect what every id of the account leads to, and pick the best."""
        options = []
        for number, row in enumerate(record.rows):
            found = self.follow_ids(row)
            record.proofs.append(found)
            if found:
                rule, user, _ = found[0]
                role = next((r for _, u, r in found if u == user and r), "")
                options.append((role != row["role"], PROOFS.index(rule), number, user, role))
        if options:
            _, rule, number, user, role = min(options)
            record.best = (PROOFS[rule], user, role, record.rows[number])

    def follow_ids(self, row):
        """Every user that one row's ids lead to, in the order of the proofs."""
        found = []
        stored = row["clever_id"]
        if stored in self.users:
            if "student" in self.shown[stored]:
                found.append(("student_id", stored, "student"))
            else:
                found.append(("stored_v3_id", stored, self.role_shown(stored, row["role"])))
        if row["v3_id"] in self.users:
            found.append(("v3_id_beside", row["v3_id"], self.role_shown(row["v3_id"], row["role"])))
        claims = self.claims(stored)
        if claims:
            found.append(("legacy_id", claims[0]["user_id"], claims[0]["role"]))
        named = self.named_by_csv(stored)
        if len({line["user_id"] for line in named}) == 1 and named[0]["user_id"] in self.users:
            user = named[0]["user_id"]
            found.append(("official_csv", user, named[0]["role"] or self.role_shown(user, row["role"])))
        return found

    def role_shown(self, user, declared):
        """The account's role if the user shows it; for an account of unknown role the user's only one."""
        if declared in self.shown[user]:
            return declared
        return next(iter(self.shown[user])) if not declared and len(self.shown[user]) == 1 else ""

    def claims(self, old_id):
        """The roles that had this id in v2."""
        return [role for role in self.roles if old_id and role["legacy_id"] == old_id]

    def named_by_csv(self, old_id):
        """The usable lines of the CSVs about this id."""
        return [line for line in self.csv if old_id and line["legacy_id"] == old_id]

    # -- objections

    def object(self, record):
        """Give the account the first objection's verdict, or the proof's."""
        checks = [
            ("belongs_to_other_district", "user_of_other_district", self.is_across_districts),
            ("csv_and_api_disagree", "csv_disagrees", self.has_csv_against_api),
            ("stored_v3_id_differs", "stored_v3_id_differs", self.has_other_v3_id),
            ("matches_two_users", "matches_two_users", self.has_two_users),
            ("combines_student", "student_combined", lambda r: self.combines(r, "student")),
            ("combines_contact", "contact_combined", lambda r: self.combines(r, "contact")),
            ("version_mark_is_wrong", "version_mark_wrong", self.has_wrong_mark),
            ("role_differs", "role_differs", lambda r: r.best and r.best[2] and r.role and r.best[2] != r.role),
            ("id_on_several_accounts", "id_on_several_accounts", self.shares_an_id),
        ]
        for rule, reason, holds in checks:
            if holds(record):
                record.verdict = ("tie" if rule == "id_on_several_accounts" else "conflict", reason, "", "", rule)
                return
        if record.best:
            record.verdict = self.accept(record)

    def accept(self, record):
        """The verdict on a proven pair."""
        rule, user, role, _ = record.best
        state = "already_v3" if rule in ("stored_v3_id", "v3_id_beside") else "matched"
        reason = {"legacy_id": "legacy_id_found", "official_csv": "named_by_csv"}.get(rule, "on_v3_already")
        if "student" in self.shown[user]:
            state, reason = "matched", "student_id_kept"
        if role not in self.shown[user] and (role or record.role):
            return state, "role_not_shared", user, "", rule
        return state, reason, user, role, rule

    def is_foreign(self, thing):
        """Whether an account or a user names another district than this one."""
        return thing["district_id"] not in ("", self.district)

    def is_across_districts(self, record):
        """The account or its user is of another district."""
        return record.best and (
            any(self.is_foreign(row) for row in record.rows) or self.is_foreign(self.users[record.best[1]])
        )

    def leads_by_api(self, row):
        """The user that the API gives for the stored id, or nothing."""
        return next(
            (u for rule, u, _ in self.follow_ids(row) if rule in ("student_id", "stored_v3_id", "legacy_id")), ""
        )

    def has_csv_against_api(self, record):
        """The CSVs contradict themselves or the API."""
        for row in record.rows:
            named = {line["user_id"] for line in self.named_by_csv(row["clever_id"])}
            api = self.leads_by_api(row)
            if len(named) > 1 or (named and api and named != {api}):
                return True
        return False

    def has_other_v3_id(self, record):
        """The column beside holds another v3 id than the stored id leads to."""
        for row in record.rows:
            by_csv = next((u for rule, u, _ in self.follow_ids(row) if rule == "official_csv"), "")
            by_id = self.leads_by_api(row) or by_csv
            if row["v3_id"] and by_id and row["v3_id"] != by_id:
                return True
        return False

    def has_two_users(self, record):
        """The ids lead to several users, or an id is claimed by several."""
        users = {user for found in record.proofs for _, user, _ in found}
        contested = any(len({c["user_id"] for c in self.claims(row["clever_id"])}) > 1 for row in record.rows)
        return len(users) > 1 or contested

    def combines(self, record, kind):
        """A student or contact would be combined with another role."""
        if not record.best:
            return False
        shown = self.shown[record.best[1]]
        mixed = kind in shown and len(shown) > 1
        return mixed or (bool(record.role) and (record.role == kind) != (kind in shown))

    def has_wrong_mark(self, record):
        """The version mark contradicts what the deciding id is."""
        if not record.best:
            return False
        rule, mark = record.best[0], record.best[3]["version"]
        return (rule == "stored_v3_id" and mark == "v2") or (rule in ("legacy_id", "official_csv") and mark == "v3")

    def shares_an_id(self, record):
        """Another account holds the same id; a v3 id may stand once for each role."""
        if not record.best:
            return False
        by_v3 = ("student_id", "stored_v3_id", "v3_id_beside")
        old_ids = {row["clever_id"] for row in record.rows if row["clever_id"] not in self.users}
        known = {old_id for old_id in old_ids if self.claims(old_id) or self.named_by_csv(old_id)}
        for other in self.records.values():
            if other is record:
                continue
            if other.best and other.best[0] in by_v3 and record.best[0] in by_v3 and other.best[1] == record.best[1]:
                mine, theirs = ((r.best[2], "") if r.best[2] else ("", r.role) for r in (record, other))
                if mine == theirs:
                    return True
            if known & {row["clever_id"] for row in other.rows}:
                return True
        return False

    def note_groups(self):
        """Say so where several accounts are one user's."""
        held = Counter(r.verdict[2] for r in self.records.values() if r.verdict[2])
        for record in self.records.values():
            state, reason, user, role, rule = record.verdict
            if user and held[user] > 1 and reason != "role_not_shared":
                record.verdict = (state, "several_accounts_one_user", user, role, rule)

    # -- likeness

    def look_around(self, record):
        """Find whom an account looks like that no id proves, or say why it looks like nobody."""
        row = record.rows[0]
        if any(self.is_foreign(r) for r in record.rows):
            record.verdict = ("unmatched", "account_of_other_district", "", "", "account_of_other_district")
            return
        for clue in ORDER[record.role]:
            alike = [(u, r) for u, r in self.alike(row, clue) if not record.role or r == record.role]
            if alike:
                record.looks_like[f"same_{clue}"] = alike
        if record.role in EMPLOYEES:
            others = {u for u, r in self.alike(row, "email") if r in EMPLOYEES and record.role not in self.shown[u]}
            if others:
                record.looks_like["same_email_other_role"] = [(u, "") for u in sorted(others)]
        if not record.looks_like:
            record.verdict = self.miss(record)

    def alike(self, row, clue):
        """Every (user, role) of the district with the same clue, shared mailboxes apart."""
        value = fold(row[clue])
        if not value or (clue == "email" and self.is_crowded(value)):
            return []
        return [(r["user_id"], r["role"]) for r in self.ours() if fold(self.clue(r, clue)) == value]

    def ours(self):
        """The roles of users of this district."""
        return [role for role in self.roles if not self.is_foreign(self.users[role["user_id"]])]

    def clue(self, role, clue):
        """A clue of one (user, role)."""
        user = self.users[role["user_id"]]
        if clue == "email":
            return user["email"]
        return f"{user['first'].strip()} {user['last'].strip()}" if clue == "name" else role[clue]

    def is_crowded(self, address):
        """Three or more people share the address, among users or among accounts."""
        users = {r["user_id"] for r in self.ours() if fold(self.users[r["user_id"]]["email"]) == address}
        people = {
            record.best[1] if record.best else f"account {account_id}"
            for account_id, record in self.records.items()
            if fold(record.rows[0]["email"]) == address
        }
        return len(users) >= 3 or len(people) >= 3

    def miss(self, record):
        """Why nothing was found."""
        row, role = record.rows[0], record.role
        ids = [r["clever_id"] for r in record.rows if r["clever_id"]]
        crossed = {
            kind
            for _, shown in self.alike(row, "email")
            for kind in ("student", "contact")
            if role and (shown == kind) != (role == kind)
        }
        if row["email"].strip() and self.is_crowded(fold(row["email"])):
            return "conflict", "shared_mailbox", "", "", "shares_a_mailbox"
        if "student" in crossed:
            return "conflict", "student_combined", "", "", "looks_like_a_student"
        if "contact" in crossed:
            return "conflict", "contact_combined", "", "", "looks_like_a_contact"
        if not ids and not any(r["v3_id"] for r in record.rows):
            return "unmatched", "never_had_id", "", "", "never_had_an_id"
        if role and role not in self.shared_roles:
            return "unmatched", "role_not_shared", "", "", "role_is_not_shared"
        known = [i for r in record.rows for i in (r["clever_id"], r["v3_id"])]
        if not any(len(i) == 24 and (self.former_ids is None or i in self.former_ids) for i in known):
            return "unmatched", "unknown_id", "", "", "id_is_unknown"
        return "unmatched", "departed", "", "", "departed"

    def settle_lookalikes(self):
        """Give every account that looks like somebody its verdict."""
        taken = {r.verdict[2:4] for r in self.records.values() if r.verdict[2]}
        chosen = {}
        for account_id, record in self.records.items():
            if not record.looks_like:
                continue
            strong = [rule for rule in record.looks_like if rule not in ("same_name", "same_email_other_role")]
            named = [rule for rule in record.looks_like if rule == "same_name"]
            rules = strong or named or ["same_email_other_role"]
            pairs = [pair for rule in rules for pair in record.looks_like[rule]]
            users = {user for user, _ in pairs}
            roles = {role for _, role in pairs}
            role = roles.pop() if len(roles) == 1 else ""
            if len(users) > 1:
                record.verdict = ("tie", "several_users_alike", "", "", rules[0])
                continue
            user = users.pop()
            chosen[account_id] = (user, role)
            record.verdict = ("suggested", self.why_suggested(record, user, role, rules, taken), user, role, rules[0])
        alike = Counter(chosen.values())
        for account_id, pair in chosen.items():
            if alike[pair] > 1:
                rule = self.records[account_id].verdict[4]
                self.records[account_id].verdict = ("tie", "several_accounts_alike", "", "", rule)

    def why_suggested(self, record, user, role, rules, taken):
        """Why a single lookalike is a suggestion and no match."""
        if rules == ["same_email_other_role"]:
            return "role_not_shared"
        if (user, role) in taken:
            return "user_has_account"
        has_id = any(row["clever_id"] or row["v3_id"] for row in record.rows)
        return "id_reissued" if has_id else "never_had_id"

    # -- what is compared

    def verdicts(self):
        """Each account with its state, reason, user, role and rule."""
        return {account_id: record.verdict for account_id, record in self.records.items()}

    def candidates(self):
        """The (account, user) pairs that a reviewer may see."""
        pairs = set()
        for account_id, record in self.records.items():
            if record.verdict[0] in ("matched", "already_v3"):
                continue
            pairs |= {(account_id, user) for found in record.proofs for _, user, _ in found}
            for row in record.rows:
                claimed = {c["user_id"] for c in self.claims(row["clever_id"])}
                named = {line["user_id"] for line in self.named_by_csv(row["clever_id"])}
                pairs |= {(account_id, u) for u in claimed if len(claimed) > 1}
                pairs |= {(account_id, u) for u in (named if len(named) > 1 else set()) if u in self.users}
            pairs |= {(account_id, user) for alike in record.looks_like.values() for user, _ in alike}
        return pairs

    def new_users(self):
        """Each (user, role) without an account, and whether it waits for a reviewer."""
        settled = {r.verdict[2] for r in self.records.values() if r.verdict[0] in ("matched", "already_v3")}
        awaited = {user for _, user in self.candidates()}
        return {
            (r["user_id"], r["role"]): "waits_for_review" if r["user_id"] in awaited else "no_account"
            for r in self.roles
            if r["user_id"] not in settled
        }


def fold(text):
    """The spelling in which clues are compared."""
    return text.strip().lower()
