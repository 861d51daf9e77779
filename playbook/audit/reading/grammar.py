"""The words and marks that the parser knows, of all languages together."""

from __future__ import annotations

from playbook.audit.words import words

MAX_DEPTH = 60


KEYWORDS = words(
    "if else elsif elif unless case when switch match return yield throw raise await async new for foreach while until "
    "in of do then end def defp fn func fun function lambda let const var val static final readonly public private "
    "protected internal export import from begin ensure rescue catch try finally and or not is override abstract "
    "sealed class struct enum interface trait extends implements typeof instanceof default local our my use as guard "
    "mut pub impl void"
)


STARTERS = words("class struct enum interface trait def defp fn func fun function")


LOGIC = words("&& and")


CHOICES = words("|| or ?? ?: //")


COMPARISONS = words("== === != !== =~ !~ eq ne is in < > <= >= instanceof === <=> ~= contains has")


JOINS = words("+ .. <> & ~ << ++ - * / % ^ |+|")


LEADING_JOINS = words("+ .. <> ~ ++ && || ?? ?: |>")


PAIRS = words("= := => : <- += .= ||= ??= -> |= ?=")


REACHES = words(". ?. &. :: !. ?-> ?:: !!.")


GENERIC = words("< > >> , . ? [ ] { } : ; | & ( )")


PREFIXES = words("! - & * ~ ... ** ^ \\ # $ .. % < @ ?")


OPENERS = {"(": ")", "[": "]", "{": "}", "%{": "}", "#{": "}", "${": "}", "#(": ")", "@[": "]", "@{": "}", "?[": "]"}
