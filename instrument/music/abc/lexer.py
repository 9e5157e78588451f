"""The signs of a line of ABC music, one at a time: which is a note, a bar, an ornament, and which is nothing known.

Source: the ABC standard 2.1, section 4, and what older collections write (`!` and `*` at the ends of lines).
"""

from __future__ import annotations

import re

from instrument.music.abc.abc_file import without_comment

#: what may stand between two `!` or `+`: the names of 4.14, dynamics, fingerings; anything else in words is unknown
_NAMES = (
    r"[0-5]|p{1,4}|f{1,4}|mp|mf|sfz|[<>^+/]|[<>]\)|[<>]\(|(?:trill|crescendo|diminuendo|8va|8vb|15ma|15mb)[()]?"
    r"|D\.[CS]\.(?:alfine|alcoda)?|[A-Z]?[a-z]*[h-w][A-Za-z0-9_.()-]*"
)
#: signs that send the player elsewhere, which we do not follow
_JOURNEYS = re.compile(r"[!+](D\.C\.|D\.S\.|dacapo|dalsegno|dacoda|coda|segno|fine)", re.IGNORECASE)

_LEXER = re.compile(
    r"(?P<inline>\[[A-Za-z]:[^\]]*\])"
    r"|(?P<bar>\[\|\]|:*\[?\|[|\]]*(?:\[\|+\]?)?:*|:+)"
    r"|(?P<ending>\[\s*[1-9][0-9]*(?:[,.-][0-9]+)*\.?|[1-9][0-9]*(?:[,.-][1-9][0-9]*)*)"
    r"|(?P<tuplet>\((?P<p>\d+)(?::(?P<q>\d*)(?::(?P<r>\d*))?)?)"
    r"|(?P<acc>\^\^|__|\^|_|=)?(?P<name>[A-Ga-g])(?P<marks>[,']*)(?P<length>\d*/*\d*)"
    r"|(?P<bars>[ZX])(?P<count>\d*)"
    r"|(?P<rest>[zx])(?P<restlength>\d*/*\d*)"
    r"|(?P<spacer>y\d*/*\d*)"
    r"|(?P<open>\[)|(?P<close>\])(?P<chordlength>\d*/*\d*)"
    r"|(?P<broken>>+|<+)|(?P<tie>-)|(?P<space>[\s`\\]+)"
    r"|(?P<slur>\(|\))"
    r'|(?P<chord_symbol>"(?:\\.|[^"\\])*")'
    rf"|(?P<decoration>!(?:{_NAMES})!|\+(?:{_NAMES})\+)"
    r"|(?P<line_break>[!*$])"
    r"|(?P<ornament>[.~H-Wh-w])"
    r"|(?P<grace>\{[^}]*\})"
)
#: group to what its loss is counted as
DROPPED = {
    "slur": "slur", "chord_symbol": "chord symbol", "decoration": "ornament", "ornament": "ornament",
    "grace": "grace notes", "spacer": "spacer", "line_break": "line break",
}  # fmt: skip


MOST_DOTS = 3  #: of broken rhythm, ">>>"
MACRO = "m: field"  #: what a macro is counted as, whose notes are not written out
JOURNEY = "da capo or the like"  #: what such signs are counted as


def sign_at(line: str, at: int) -> re.Match[str] | None:
    """The sign of a line that begins there; None where there is none that we know."""
    match = _LEXER.match(line, at)
    return match if match and match.end() > at else None


def journey(sign: str) -> bool:
    """Does this decoration send the player to another place (da capo and the like)?"""
    return bool(_JOURNEYS.match(sign))


def breaks_line(line: str, at: int, match: re.Match[str] | None, asked: bool) -> bool:
    """Is the `!` there the end of a printed line, as older ABC has it, and not half of an ornament's name?

    match: the sign that begins there; asked: the tune says that `!` is
    """
    if asked or (match and match["decoration"]):
        return asked
    ends = not line[at + 1 :].strip(" \t\\")
    alone = re.sub(rf"!(?:{_NAMES})!", "", line).count("!") == 1
    return ends or alone or line[:at].rstrip()[-1:] in ("|", ":", "]")


_FIELD = re.compile(r"([A-Zmrsw+]):(?![|:\]])(.*)")


def field_of(line: str) -> tuple[str, str] | None:
    """(letter, value) of a line in the body that is a field, `+` for one that goes on; None for music."""
    match = _FIELD.match(line)
    return (match[1], without_comment(match[2]).strip()) if match else None


_UNHEARD = re.compile(r'"[^"]*"|!(?:[^!\s]*)!|\[[A-Za-z]:[^\]]*\]|\{[^}]*\}')


def sounds(line: str) -> bool:
    """Does a line of music hold a note?"""
    return bool(re.search(r"[A-Ga-g]", _UNHEARD.sub("", line)))
