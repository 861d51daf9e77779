"""All rules of matching in the order in which they are asked; what `str` prints of each is its documentation."""

from __future__ import annotations

from playbook.matching.absences import ABSENCES, OTHER_DISTRICT
from playbook.matching.objections import OBJECTIONS
from playbook.matching.proofs import PROOFS
from playbook.matching.rule import Rule
from playbook.matching.suggestions import SUGGESTIONS

RULES: tuple[Rule, ...] = (*PROOFS, *OBJECTIONS, OTHER_DISTRICT, *SUGGESTIONS, *ABSENCES)
"""Every rule: the proofs, what stops a proven pair, what suggests one, and at last why there is none."""

RULE_NAMES: tuple[str, ...] = (*(rule.name for rule in RULES), "reviewer")
"""What the column `rule` may hold: a rule's name, or that a reviewer decided on evidence that still stands."""
