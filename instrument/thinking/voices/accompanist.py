"""The accompanist: a melody as it is played in, the other voices out. No time, no pipes, no torch: feed it and ask.

It keeps one grid step under way and the voices as they stood before it. A note of the melody belongs to the step it
is nearest to: the next one, opened early, or the one under way, opened again from where the voices stood before it;
so the recurrent states move once a step, however many notes fall on it. Steps that pass without a note are decided
with the melody held: passing notes, suspensions. Without a melody the voices hold for two beats, then are silent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from instrument.controls.control import Value
from instrument.controls.explanations import Reason
from instrument.controls.snapshot import Snapshot
from instrument.music.chorale.experts import TURNED
from instrument.music.cues import Cue, Sung, Voiced, Voicing
from instrument.music.grid import STEPS, Grid
from instrument.networks.chorale.history import NONE, Moment
from instrument.networks.chorale.tokens import BASS, CHAIN, HOLD, LOWEST, NAMES, ONSET, REST, token
from instrument.thinking.spans.arrange import within
from instrument.thinking.voices.choir import Choir, ChoirReady, Chord, Standing, VoiceTaste
from instrument.thinking.voices.harmoniser import MINOR
from instrument.thinking.voices.octave_fold import Fold
from instrument.thinking.voices.reasons import reasons
from instrument.thinking.voices.styled_choir import StyleTurn

SUITS = frozenset((0, 3, 4, 5, 7, 8, 9))  #: semitones, less octaves, from a voice to a new note of the melody
BASS_SUITS = SUITS - {5}  #: from the bass a fourth is none
STILL_BARS = 2  #: of a held note, after which the inner voices rest on theirs
LIVE = 2**32  #: keeps its random numbers apart from those that tunes are composed with
REST_BEATS, SILENT_BEATS = 2, 4  #: without a melody: until the voices end, until everything begins anew


@dataclass(frozen=True, slots=True)
class _Sound:
    """A voice as it sounds. pitch: MIDI, as heard; struck: tick."""

    pitch: int | None = None
    struck: int = 0


_SILENCE = {voice: _Sound() for voice in CHAIN}


class _Stand:
    """Everything as it is after a step; how the models stand is worked out when it is asked for."""

    def __init__(self, sounds: dict[int, _Sound], work: Callable[[], Standing]) -> None:
        self.sounds, self._work = sounds, work
        self._voices: Standing | None = None

    @property
    def voices(self) -> Standing:
        if self._voices is None:
            self._voices = self._work()
        return self._voices


def taste(snapshot: Snapshot) -> VoiceTaste:
    """How to choose, as the controls have it."""
    cool, calm = snapshot.number("harmony.temperature"), snapshot.number("harmony.articulation")
    faders, heats = _turned(snapshot, "expert"), _turned(snapshot, "heat")
    return VoiceTaste(cool, calm, int(snapshot.values["harmony.beam"]), faders, heats)


def _turned(snapshot: Snapshot, kind: str) -> dict[str, float]:
    """By expert, what does not stand at 1."""
    values = {name: snapshot.number(f"harmony.{kind}.{name}") for name, _, _ in TURNED}
    return {name: value for name, value in values.items() if value != 1.0}


class Accompanist:
    """Accompanist of a live melody. thread: one. Each `hear` moves at most a bar of steps."""

    def __init__(self, choir: Choir, snapshot: Snapshot, octaves: Mapping[str, int] = MappingProxyType({})) -> None:
        """octaves: that each voice sounds higher (or lower) than the models have it."""
        self._up = {voice: 12 * octaves.get(NAMES[voice], 0) for voice in CHAIN}
        self._turned_to: dict[int, Value] = {}  # each voice's octave, as the controls had it last
        self.turn = StyleTurn(choir, snapshot.number("harmony.style"))
        self.choir, self.fold = self.turn.now, Fold()  # the choir of the step under way
        self.change(snapshot)
        self.grid = Grid(snapshot.meter.beat)
        self.step: int | None = None  #: the grid step under way; None before the first note and after a long rest
        self.chord: Chord | None = None
        self._decided: int | None = None  # the step that the chord belongs to
        self._first: int | None = None  # the step of the first chord since a long rest: it says which key this is
        self._before = self._now = self._fresh()
        self._ready: ChoirReady | None = None  # for the step under way, to open it again
        self._coming: ChoirReady | None = None  # for the step after it
        self._note: Sung | None = None
        self._sounded = 0  # number of the newest note that has been given a chord
        self._held = self._resting = 0  # steps since the note was struck; since the melody rests
        self._why: dict[int, Callable[[], list[Reason]]] = {}  # by tick: work for later
        self._chances: dict[int, NDArray[np.float64]] = {}  # by step, drawn ahead

    def change(self, snapshot: Snapshot) -> None:
        """The controls have been turned; the next step obeys them."""
        self.taste, self.seed, self.key = taste(snapshot), snapshot.seed, snapshot.key
        self.turn.turn(snapshot.number("harmony.style"))
        self._chances, self._coming = {}, None
        octaves = {voice: snapshot.values.get(f"voice.{NAMES[voice]}.octave", 0) for voice in CHAIN}
        for voice, octave in octaves.items():
            if octave != self._turned_to.get(voice, octave):
                self._up = {**self._up, voice: 12 * int(octave)}
        self._turned_to = octaves

    def hear(self, cue: Cue) -> Voicing:
        """How every voice shall stand now. What its notes do not need is left for `why` and `prepare`."""
        self._why = {}
        self._regrid(cue.grid)
        note, self._note = cue.note, cue.note
        if note is not None and note.number != self._sounded:
            self._strike(note)
        if cue.step is not None and self.step is not None and cue.step > self.step:
            self._run(cue.step)
        sounds = self._now.sounds
        voices = tuple(Voiced(NAMES[v], sounds[v].pitch, sounds[v].struck) for v in CHAIN)
        return Voicing(cue.number, cue.tick, voices)

    def why(self) -> tuple[Reason, ...]:
        """Why each note that the last cue struck was chosen."""
        return tuple(reason for work in self._why.values() for reason in work())

    def prepare(self) -> None:
        """Do ahead of time what the next step needs, and a piece of turning the style. Between cues, off the hot path;
        `turn.busy` says whether there is more."""
        if self.turn.work():
            self._coming = None
        if self.step is not None and self._coming is None:
            self._coming = self._open(self._now, self.step + 1)
            self._chances = {step: self._draw(step) for step in (self.step, self.step + 1)}

    # steps

    def _strike(self, note: Sung) -> None:
        """A note of the melody has been struck: decide the step it belongs to."""
        self._sounded, shift = note.number, self.fold.shift
        heard = token(self.fold.hear(note.pitch))
        target = self.grid.step(note.tick)
        far = self.step is not None and not self.step - self.grid.bar <= target <= self.step + self.grid.bar
        if self.step is None or far:
            self._begin(target)
        elif target > self.step:
            if target > self.step + 1:
                self._run(target - 1)
            self._move(target)
        self._held = self._resting = 0
        again = self.chord if self._decided == self.step else None
        self._decide(heard, note, again, moved=shift != self.fold.shift)

    def _run(self, step: int) -> None:
        """Let steps pass up to and including this one, without a note."""
        assert self.step is not None
        if step > self.step + self.grid.bar:
            self._finish()
            return
        while self.step is not None and self.step < step:
            self._move(self.step + 1)
            self._pass()

    def _pass(self) -> None:
        """The step under way has come without a note."""
        assert self.step is not None
        self._held += 1
        note, at = self._note, self.grid.tick(self.step)
        length = at - self.grid.tick(self.step - 1)
        if note is None or (note.ended is not None and at - note.ended >= length) or self._resting:
            self._resting += 1
        if self._resting > SILENT_BEATS * STEPS:
            self._finish()
        elif self._resting > REST_BEATS * STEPS and (self.step % STEPS == 0 or self._silent()):
            self._decide(REST, None, None, dict.fromkeys(CHAIN, REST))
        elif self._resting:
            self._decide(REST, None, None, dict.fromkeys(CHAIN, HOLD))
        elif self._held > STILL_BARS * self.grid.bar:
            self._decide(HOLD, None, None, dict.fromkeys(CHAIN, HOLD))
        else:
            self._decide(HOLD, None, None)

    def _begin(self, step: int) -> None:
        """Start anew at this step."""
        self._now = _Stand(self._now.sounds, self.choir.start)
        self._coming = None
        self.step, self._decided, self._first = step - 1, None, step
        self._move(step)

    def _finish(self) -> None:
        """A long rest: every voice is silent, and the next note begins anew."""
        self._before = self._now = self._fresh()
        self.step = self._decided = self._coming = self._ready = self.chord = None

    def _fresh(self) -> _Stand:
        return _Stand(dict(_SILENCE), self.choir.start)

    def _move(self, step: int) -> None:
        """On to the next step; what was decided stands."""
        self._before, self.step, self.choir = self._now, step, self.turn.now
        self._ready = self._coming or self._open(self._before, step)
        self._coming = None

    def _open(self, stand: _Stand, step: int) -> ChoirReady:
        moment = Moment.at(self.grid.place(step), self.grid.beats, self.grid.compound)
        moment = moment.with_key(self.key.tonic, self.key.mode in MINOR)  # not first to be found by ear
        return self.turn.now.ready(stand.voices, moment)

    def _regrid(self, grid: Grid) -> None:
        """Another meter or tactus: the step under way keeps its moment."""
        if grid != self.grid:
            if self.step is not None:
                self.step = grid.step(self.grid.tick(self.step))
            self.grid, self._coming = grid, None

    # decisions

    def _decide(
        self, soprano: int, note: Sung | None, again: Chord | None, given: dict[int, int] | None = None,
        moved: bool = False,
    ) -> None:  # fmt: skip
        """Choose the chord of the step under way, from where the voices stood before it."""
        assert self.step is not None and self._ready is not None
        if given is None and again is not None and note is not None:
            given = self._kept(again, soprano, note)
        chance = self._chances.get(self.step)
        chord = self.choir.choose(
            self._ready, soprano, self.taste, self._draw(self.step) if chance is None else chance, given,
            within=self.key.classes if self.step == self._first else None,
        )  # fmt: skip
        self._now = _Stand(self._sounds(chord, moved), partial(self.choir.close, self._ready, chord))
        self.chord, self._decided, self._coming = chord, self.step, None
        if note is not None or given is None:
            tick = self.grid.tick(self.step)
            self._why[tick] = partial(reasons, chord, self._ready, tick, self.choir, self.fold.shift, self._up)

    def _kept(self, again: Chord, soprano: int, note: Sung) -> dict[int, int]:
        """When a step is opened again after its moment: voices that were struck then and suit the new note stay."""
        assert self.step is not None
        if note.tick < self.grid.tick(self.step):
            return {}
        kept = {}
        for voice in CHAIN:
            now = again.tokens[voice]
            if now >= ONSET and now <= soprano and (soprano - now) % 12 in (BASS_SUITS if voice == BASS else SUITS):
                kept[voice] = now
        return kept

    def _sounds(self, chord: Chord, moved: bool) -> dict[int, _Sound]:
        """What is heard of a chord: pitches in the melody's own octave. moved: that octave has just changed."""
        assert self.step is not None
        found, tick = {}, self.grid.tick(self.step)
        for voice in CHAIN:
            now, held = chord.tokens[voice], self._before.sounds[voice]
            if now == REST:
                found[voice] = replace(held, pitch=None, struck=tick) if held.pitch is not None else held
            elif now >= ONSET:
                found[voice] = _Sound(self._heard(voice, now - ONSET), tick)
            else:
                pitch = int(self._ready.standing.history.pitch[0, voice]) if self._ready else NONE
                new = moved and pitch != NONE
                found[voice] = _Sound(self._heard(voice, pitch), tick) if new else held
        return found

    def _heard(self, voice: int, pitch: int) -> int:
        """MIDI, as it sounds."""
        return within(pitch + LOWEST - self.fold.shift + self._up[voice])

    def _silent(self) -> bool:
        return all(sound.pitch is None for sound in self._now.sounds.values())

    def _draw(self, step: int) -> NDArray[np.float64]:
        """A step's random numbers: the same whenever the step is opened again."""
        bits = np.random.Philox(key=[self.seed, LIVE], counter=[0, step % 2**63, 0, 0])
        return np.random.Generator(bits).random((3, 1 + self.taste.beam))
