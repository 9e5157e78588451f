"""Backing as notes: from chords, a bar, the patterns of the dance and how it is to be played. Pure.

Every note begins and ends within its bar, so that each bar stands by itself; the same bar, manner and seed give the
same notes, in whatever order bars are thought.
"""

from __future__ import annotations

from collections.abc import Iterable

from instrument.music.backing.bar import PADS, PLAYS, BackedBar, Manner
from instrument.music.backing.instruments import PLAYERS, note
from instrument.music.backing.pattern import DancePatterns, Sign
from instrument.music.backing.strokes import strokes
from instrument.music.backing.voicing import bass_note, close_voicing
from instrument.music.note import Note

PAD_VELOCITY = 80
PAD_BASS = (36, 47)  #: range of the lowest note that pads hold


def realised(bar: BackedBar, patterns: DancePatterns, manner: Manner, voices: Iterable[str]) -> tuple[Note, ...]:
    """The notes of the backing voices in a bar, in the order of their beginnings. voices: of `BACKERS`; others, and
    those for which there is no pattern, are silent."""
    found: list[Note] = []
    for voice in voices:
        instrument = PLAYS.get(voice, "")
        if voice == PADS:
            found += _pads(bar) if manner.pads else ()
        elif instrument in patterns.of:
            signs = strokes(instrument, patterns.of[instrument], bar, manner)
            found += PLAYERS[instrument](_until_rest(signs, bar, instrument), bar, manner, voice)
    return tuple(sorted(found, key=lambda each: (each.start, each.voice, each.pitch)))


LAST = {"guitar": "!", "piano": "!", "bass": "R", "bodhran": "D"}  #: what is struck where everything comes to rest


def _until_rest(signs: list[Sign], bar: BackedBar, instrument: str) -> list[Sign]:
    """With the last chord, which rings, in place of what would be struck from there on."""
    if bar.rest is None or not bar.start <= bar.rest < bar.end:
        return signs
    kept = [Sign(s.at, s.sign, min(s.length, bar.rest - s.at), s.hand) for s in signs if s.at < bar.rest]
    return [*kept, Sign(bar.rest, LAST[instrument], bar.end - bar.rest)]


def _pads(bar: BackedBar) -> list[Note]:
    """Every chord held as long as it sounds, its bass lowest."""
    found = []
    for placed in bar.chords:
        if not placed.chord.silent:
            start, end = max(placed.begins, bar.start), min(placed.ends, bar.end)
            low = bass_note(placed.chord.lowest, None, *PAD_BASS)
            for pitch in (low, *close_voicing(placed.chord)):
                found.append(note(PADS, start, end, pitch, PAD_VELOCITY))
    return found


AT_ONCE = {"guitar": "D", "piano": "!", "bass": "R", "bodhran": "D"}


def struck_at_once(bar: BackedBar, at: int, manner: Manner, voices: Iterable[str]) -> tuple[Note, ...]:
    """The chord at a tick of a bar, struck by every voice and ringing to the bar's end: no pattern."""
    found: list[Note] = []
    for voice in voices:
        instrument = PLAYS.get(voice, "")
        if voice == PADS:
            found += [each for each in _pads(bar) if manner.pads]
        elif instrument:
            found += PLAYERS[instrument]([Sign(at, AT_ONCE[instrument], bar.end - at)], bar, manner, voice)
    return tuple(found)
