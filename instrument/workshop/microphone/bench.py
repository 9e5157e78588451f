"""`bench mic`: notes of a microphone set beside those that were played, how late each was known, and what it costs.

Melodies of the books as FluidSynth's flute, fiddle and recorder play them: as they are, with room noise 20 dB below,
with our own playing 10 dB below, and our own playing alone, where every note heard is one too many. Sound goes in by
blocks of 128 frames, and a note counts as known at the end of its block, so the figures are those of the machine
without its sound card; `doctor --mic` adds that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from instrument.playing.microphone.melody_listener import MelodyListener
from instrument.playing.time.clock import worked
from instrument.workshop.microphone.material import (
    PLAYERS,
    RATE,
    Sound,
    Take,
    TrueNote,
    melodies,
    mixed,
    own_playing,
    room,
    take,
)
from instrument.workshop.microphone.scoring import Known, Score, score

BLOCK = 128  #: frames
TUNES, LONGEST = 6, 14.0  #: melodies, each by every instrument; seconds of each
NOISE, OURS = 20.0, 10.0  #: decibels that they are below

Case = tuple[str, Sound, Sequence[TrueNote], Sequence[TrueNote]]  #: name, sound, what is played, what we play


def bench_mic(seconds: int, say: Callable[[str], None]) -> dict[str, float]:
    """seconds: of music at most, all melodies of one instrument together; FileNotFoundError where a peer is missing."""
    tunes = melodies(TUNES, LONGEST)
    tunes = tunes[: max(1, min(len(tunes), round(seconds / LONGEST)))]
    scores: dict[str, Score] = {}
    work = heard = 0.0
    for number, (name, notes) in enumerate(tunes):
        for player in PLAYERS:
            one = take(name, notes, player)
            for case, sound, played, own in cases(one, tunes[(number + 1) % len(tunes)][1], number):
                began = worked()
                found = score(played, known(one, sound, own))
                work, heard = work + worked() - began, heard + len(sound) / RATE
                scores.setdefault(case, Score()).add(found)
                scores.setdefault(f"{case}.{player}", Score()).add(found)
        say(f"{number + 1} of {len(tunes)} melodies")
    figures: dict[str, float] = {}
    for case, found in scores.items():
        if case.startswith("alone"):
            figures[f"mic.{case}.notes_a_minute"] = found.heard / (heard / 4 / 60) * (1 if "." not in case else 3)
        else:
            figures[f"mic.{case}.f1"] = found.f1
            figures[f"mic.{case}.p50_ms"] = 1000 * float(np.median(found.latencies or [np.nan]))
            figures[f"mic.{case}.p95_ms"] = 1000 * float(np.percentile(found.latencies or [np.nan], 95))
    every = [late for case in ("clean", "noise", "ours") for late in scores[case].latencies]
    figures["mic.p50_ms"] = 1000 * float(np.median(every))
    figures["mic.cpu_percent"] = 100 * work / heard
    return figures


def cases(one: Take, other: Sequence[TrueNote], seed: int) -> Iterator[Case]:
    """A melody as it is heard in each of the rooms. other: the tune that we play ourselves meanwhile."""
    frames = len(one.sound)
    own, ours = own_playing(other, frames)
    beside = mixed(one.sound, ours, OURS)
    yield "clean", one.sound, one.notes, ()
    yield "noise", mixed(one.sound, room(frames, seed), NOISE), one.notes, ()
    yield "ours", beside, one.notes, own
    yield "alone", beside - one.sound, (), own


def known(one: Take, sound: Sound, own: Sequence[TrueNote]) -> list[Known]:
    """The notes that a listener makes of a sound, told of what we play as the performance tells it."""
    listener = MelodyListener(RATE, one.compass)
    plan = [(note.begins, "ours", note.pitch, note.velocity) for note in own]
    listener.play(sorted(plan + [(note.ends, "ours", note.pitch, 0) for note in own]))
    found = []
    for at in range(0, len(sound) - BLOCK + 1, BLOCK):
        ends = (at + BLOCK) / RATE
        found += [Known(n.at, n.pitch, ends) for n in listener.hear(sound[at : at + BLOCK], ends) if n.velocity]
    return found
