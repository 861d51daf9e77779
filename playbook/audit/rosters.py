"""Other rosters and student systems: what speaks of them is not Clever, however alike the fields are."""

from __future__ import annotations

OTHER_ROSTERS = (
    r"canvas|instructure|google_?\s?classroom|one_?\s?roster|sourced_?id|class_?link|power_?school|skyward|"
    r"infinite_?\s?campus|schoology|blackboard|aeries|moodle|sis_user_id|edlink|clever_?(?:tap|reach)"
)
"""A pattern of their names, in any case of letters."""
