"""The voice of a tune in ABC that has one: its lines, freed of `V:` fields. Pure."""

from __future__ import annotations

import re
from collections import Counter

from instrument.music.abc.abc_file import without_comment
from instrument.music.abc.fields import voice
from instrument.music.abc.lexer import field_of, sounds
from instrument.music.abc.written_tune import Refused

_INLINE = re.compile(r"\[V:([^\]]*)\]")

OTHER_VOICE = "voice besides the first"  #: what one that is not read is counted as


def one_voice(
    header: list[str], lines: list[str], dropped: Counter[str], first_of: bool = False
) -> tuple[list[str], int]:
    """(the lines of the only voice that has notes, semitones it sounds higher than written).

    first_of: of several voices the first is read, and the others are dropped and counted.

    Music before the first `V:` is the first voice's; voices of rests are dropped and counted. Raises Refused.
    """
    semitones: dict[str, int] = {}
    pieces: list[tuple[str, str]] = []  # of which voice; a field of all voices is of ""
    now = ""
    for line in header:
        if line.startswith("V:"):
            name, shift = voice(without_comment(line[2:]))
            semitones[name] = shift
    for line in lines:
        found = field_of(line)
        if found and found[0] == "V":
            now, shift = voice(found[1])
            semitones[now] = shift or semitones.get(now, 0)
        elif found or line.startswith("%"):
            pieces.append(("", line))
        else:
            for i, piece in enumerate(_INLINE.split(without_comment(line))):
                if i % 2:
                    now, shift = voice(piece)
                    semitones[now] = shift or semitones.get(now, 0)
                elif piece.strip():
                    pieces.append((now, piece))
    heard = {name for name, piece in pieces if sounds(piece) and not (field_of(piece) or piece.startswith("%"))}
    named = sorted(heard - {""})
    first = next((name for name, _ in pieces if name), "")
    several = len(named) > 1 or (bool(named) and "" in heard and named[0] != first)
    if several and not first_of:
        raise Refused("several voices")
    if several:
        named = [next(name for name, _ in pieces if name in heard)]
        dropped[OTHER_VOICE] += len(heard) - 1
    chosen = named[0] if named else ""
    if others := {name for name, _ in pieces} - heard - {chosen, ""}:
        dropped["voice of rests"] += len(others)
    return [piece for name, piece in pieces if name in (chosen, "")], semitones.get(chosen, 0)
