"""From the controls to how a tune is to be written. Pure; no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from instrument.controls.snapshot import Snapshot
from instrument.music.dances.dance_meters import dance_in
from instrument.music.sounds.compass import Compass, semitones_up
from instrument.thinking.model.phrase_taste import PhraseTaste
from instrument.thinking.tree.search import Search, may_reject


@dataclass(frozen=True, slots=True)
class TuneSettings:
    """How to compose. seed, tune: number of the tune in its set; search: tuples, beams, temperatures
    stride: tokens of a tuple that are kept, 0 all; guarded: bars add up; square: form by a plan; aabb: wanted
    dance: one of `instrument.music.dances.dance.DANCES`; again: 0..1, how far earlier bars are copied
    futures: continuations of a phrase that are weighed, by taste; 1 is the plain model
    held: keys that limit the pitches, as they sound; limit: "classes" or "range"; up: from written to sounding
    compass: lowest and highest note of the voice, as they sound; None for any."""

    seed: int
    tune: int
    search: Search = Search()  # noqa: RUF009
    stride: int = 0
    guarded: bool = True
    square: bool = False
    aabb: bool = True
    dance: str = "reel"
    again: float = 0.0
    futures: int = 1
    taste: PhraseTaste = PhraseTaste()  # noqa: RUF009
    held: tuple[int, ...] = ()
    limit: str = "classes"
    up: int = 0
    compass: Compass | None = None


def wish_of(snapshot: Snapshot, tune: int, octave: int = 0, compass: Compass | None = None) -> TuneSettings:
    """What the controls ask for. octave: how many octaves above the written tune its voice plays; compass: its own."""
    values, number = snapshot.values, snapshot.number
    search = Search(
        int(values["search.tuple"]), int(values["search.beam"]), str(values["search.mode"]),
        float(values["tune.temperature"]), float(values["search.joint"]),
    )  # fmt: skip
    return TuneSettings(
        snapshot.seed, tune, search, int(values["search.stride"]), bool(values["tune.guard"]),
        bool(values["tune.square"]), bool(values["tune.aabb"]), dance_of(snapshot), number("tune.again"),
        int(values["search.futures"]), taste(snapshot, octave, compass),
        snapshot.held, str(values["hold.limit"]), semitones_up(snapshot.key, octave, compass), compass,
    )  # fmt: skip


def dance_of(snapshot: Snapshot) -> str:
    """The dance that is asked for; the usual one of its meter where none is named, or it cannot be in the meter."""
    return dance_in(snapshot.meter, str(snapshot.values["tune.dance"]))


def taste(snapshot: Snapshot, octave: int = 0, compass: Compass | None = None) -> PhraseTaste:
    """The `wish.*` controls; the range moved from where the tune sounds to where it is written, on C."""
    up = semitones_up(snapshot.key, octave, compass)
    number = snapshot.number
    return PhraseTaste(
        number("wish.likelihood"), number("wish.range"), number("wish.contour"), number("wish.cadence"),
        number("wish.novelty"), int(number("wish.low")) - up, int(number("wish.high")) - up,
        str(snapshot.values["wish.shape"]),
    )  # fmt: skip


def fitting(search: Search, vocab: int, room: int) -> Search:
    """The search, its beam narrowed until its tree has at most `room` nodes."""
    beta = search.beta or vocab
    while not may_reject(search) and search.nodes(vocab) > room:
        beta = max(1, beta * 3 // 4)
        search = replace(search, beta=beta)
    return search
