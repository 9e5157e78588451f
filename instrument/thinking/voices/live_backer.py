"""Live backer: the chord under what is played, where anybody here plays or shows chords. No time, no pipes."""

from __future__ import annotations

from instrument.controls.explanations import ChordReason
from instrument.controls.snapshot import Snapshot
from instrument.controls.voice_controls import voices_on
from instrument.music.backing.bar import WITH_CHORDS
from instrument.music.chord import PlacedChord
from instrument.music.cues import CHAIN, Cue
from instrument.thinking.chords.chords_live import ChordsLive
from instrument.thinking.chords.numbers import load_numbers
from instrument.thinking.chords.product import Product


class LiveBacker:
    """Live backer. thread: the accompanist's. Loads its numbers when they are first needed, some milliseconds."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._chords: ChordsLive | None = None
        self.change(snapshot)

    def change(self, snapshot: Snapshot) -> None:
        """The controls have been turned."""
        there, values = voices_on(snapshot.values), snapshot.values
        self.voices = any(voice in there for voice in CHAIN)  #: whether chorale voices are there
        plays = bool(values.get("backing.on", True)) and any(voice in there for voice in WITH_CHORDS)
        self._wanted = plays or bool(values.get("chords.show", False))
        if self._wanted and self._chords is None:
            self._chords = ChordsLive(Product(load_numbers().live), snapshot)
        if self._chords is not None:
            self._chords.change(snapshot)

    def hear(self, cue: Cue) -> tuple[PlacedChord | None, tuple[ChordReason, ...]]:
        """The chord that stands now, and why, where it was decided just now."""
        if not self._wanted or self._chords is None:
            return None, ()
        placed, choice = self._chords.hear(cue)
        if placed is None or choice is None:
            return placed, ()
        key = self._chords.key
        chances = tuple((chord.name(key), share) for chord, share in choice.chances)
        return placed, (ChordReason(placed.begins, placed.name(key), choice.nats, chances),)
