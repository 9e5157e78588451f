"""Random evenings: everything that may happen, in any order, and so many of them played.

An evening is twenty bytes, two for each thing that happens: as steps of a state machine, drawn one by one, it took a
third longer.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, given, note, seed, settings
from hypothesis import strategies as st

from instrument.controls.requests import RoundTrip
from instrument.music.cues import Voiced, Voicing
from instrument.playing.messages import AccompanistState, Act, Plug, Released, Switches, ThinkerState
from tests.fakes.evening import PITCHES, TURN, VOICES, Evening

EXAMPLES = int(os.environ.get("LILT_EXAMPLES", "10000"))
STEPS = 10  #: things that happen on an evening
KINDS, WAYS = 26, 64  #: of what happens
TURNED: tuple[tuple[str, Any], ...] = (
    ("clock.bpm", 240.0), ("clock.bpm", 60.0), ("clock.source", "internal"), ("clock.source", "auto"),
    ("clock.source", "midi"), ("clock.on_loss", "stop"), ("search.commit", 0.0), ("search.commit", 8.0),
    ("tune.key", "A minor"), ("tune.meter", "6/8"), ("harmony.follow", "played"), ("harmony.follow", "tune"),
    ("harmony.on", False), ("harmony.voices", 1), ("play.way", "tap"), ("play.way", "hold"), ("play.way", "listen"),
    ("play.way", "answer"), ("play.way", "accompany"), ("play.way", "tap"),
    ("transport.count_in", 1), ("transport.count_in", 4), ("transport.count_in", 0), ("click.on", True),
    ("click.on", False), ("click.level", 0.0), ("click.accent", 0.0), ("transport.opening_chord", "chord"),
    ("transport.opening_chord", "potatoes"), ("transport.opening_chord", "none"),
    ("input.curve", "fixed"), ("input.curve", "hard"), ("input.floor", 90), ("input.ceiling", 1),
    ("input.split", "C4"), ("input.split", "D4"), ("input.split", "none"), ("input.below", "bass"),
    ("input.below", "chords"), ("input.below", "control"), ("input.above", "soprano"), ("input.above", "melody"),
    ("backing.zone", "C4"), ("backing.zone", "none"), ("voice.soprano.bend", "mpe"), ("voice.soprano.bend", "off"),
    ("voice.soprano.bend", "channel"), ("voice.soprano.channel", 16), ("voice.soprano.channel", 2),
    ("voice.soprano.bend_range", 12), ("voice.bass.channel", 15), ("voice.bass.channel", 3),
)  # fmt: skip
LOOPS: tuple[tuple[tuple[str, Any], ...], ...] = (
    (("loop.from", 1), ("loop.to", 2), ("loop.on", True)), (("loop.on", True),), (("loop.on", False),),
    (("loop.from", 2), ("loop.to", 2)), (("loop.from", 3), ("loop.to", 2)), (("loop.to", 4),), (("tune.stay", True),),
    (("temp", True),), (("temp", False),), (("temp", True), ("tune.key", "E minor")),
)  # fmt: skip
WENT = ("undo", "redo", "undo", "tune.back", "tune.new", "undo")
BYTES = ((0x90, 60, 80), (0x90, 60, 0), (0x80, 60, 0), (0x90, 62, 80), (0x80, 62, 0), (0x91, 62, 90), (0x81, 62, 0),
         (0xB0, 64, 127), (0xB0, 64, 0), (0xB1, 64, 90), (0xB1, 64, 0), (0xB0, 66, 127), (0xB0, 1, 99), (0xB0, 1, 0),
         (0xE0, 1, 2), (0xE0, 0, 64), (0xE1, 127, 127), (0xD0, 55), (0xA0, 60, 44), (0xB0, 121, 0), (0xB0, 123, 0),
         (0xB1, 123, 0), (0xB0, 120, 0), (0xB1, 127, 0), (0xB0, 7, 90), (0xC0, 5), (0x90, 60), (0xF0,),
         (0xB0, 11, 40), (0xB0, 2, 0), (0xB0, 67, 127))  # fmt: skip
#: MPE and its like: parameters whole and by halves, zones, members' notes, bends, pressure and slides, and NRPN between
PARAMETERS = ((0xB0, 101, 0), (0xB0, 100, 6), (0xB0, 6, 4), (0xB0, 6, 0), (0xB0, 6, 99), (0xB0, 100, 0),
              (0xB0, 38, 127), (0xB1, 101, 0), (0xB1, 100, 0), (0xB1, 6, 12), (0xB0, 99, 1), (0xB0, 96, 0),
              (0xBF, 101, 0), (0xBF, 100, 6), (0xBF, 6, 15))  # fmt: skip
MEMBERS = ((0x91, 60, 80), (0x81, 60, 0), (0x92, 62, 70), (0x82, 62, 0), (0x92, 60, 70), (0x82, 60, 0), (0xE1, 5, 90),
           (0xE2, 0, 0), (0xE1, 0, 64), (0xD1, 66), (0xD2, 0), (0xB1, 74, 5), (0xE0, 0, 99), (0xB0, 64, 127),
           (0xB0, 64, 0), (0xB0, 123, 0), (0xE3, 1, 1))  # fmt: skip
ZONE = ((0xB0, 101, 0), (0xB0, 100, 6), (0xB0, 6, 3))
ACTIONS = ("transport.play", "transport.stop", "panic", "tune.new", "transport.arm", "transport.play", "transport.stop",
           "transport.rewind")  # fmt: skip
PADS = ((), (("keys", 1, 60),), (("pads", 0, 62), ("keys", 1, 60)), (("", 0, 60),))
CLOCK = ((0xF8,), (0xFA,), (0xFB,), (0xFC,), (0xF2, 0, 0), (0xF2, 16, 0), (0xF2, 127, 127))


def happen(evening: Evening, kind: int, way: int) -> None:
    """One thing that may follow any other. kind: below KINDS; way: below WAYS."""
    name = ("near", "far")[way % 2]
    if kind <= 1:
        evening.pass_time(TURN * (1 + way // 2))
    elif kind <= 3:
        evening.answer(way)
    elif kind == 4:
        evening.turn(TURNED[way % len(TURNED)])
    elif kind == 5:
        evening.take(Act(ACTIONS[way % len(ACTIONS)]))
    elif kind <= 7:
        evening.hear(("keys", "pads")[way % 2], BYTES[way // 2 % len(BYTES)])
    elif kind == 8:
        evening.hear("keys", CLOCK[way % len(CLOCK)])
    elif kind == 9:
        for _ in range(way // 2):
            evening.clock.advance((0.005, 0.02, 0.05)[way % 3])
            evening.hear("keys", (0xF8,))
    elif kind == 10:
        evening.plug(name) if way % 4 < 2 else evening.pull(name)
    elif kind == 11:
        voicing = Voicing(way, way % 3 * 10000, (Voiced("bass", PITCHES[way % 3], way),))
        evening.take((voicing, AccompanistState(True), AccompanistState(False), Plug("keys", False, True))[way % 4])
    elif kind == 12:
        evening.take(RoundTrip(way % 7 * 0.1), ThinkerState(way % 4 > 0))
    elif kind == 13:
        evening.take(Switches(PADS[way % len(PADS)]))  # a pad is learned, or forgotten
    elif kind == 14:
        port = ("keys", "pads", "page 1", "osc there")[way // 4 % 4]
        evening.take(Plug(port, False, True) if way % 4 < 2 else Released(port))
    elif kind == 15:
        evening.hear(("keys", "pads")[way % 2], BYTES[way // 2 % len(BYTES)])
    elif kind == 16:
        evening.begin(way)
    elif kind == 17:
        evening.go(WENT[way % len(WENT)])
    elif kind == 18:
        evening.turn(*LOOPS[way % len(LOOPS)])
    elif kind == 19:
        evening.pass_time(way // 8 * 0.5, 2 * TURN)  # some bars go by
    elif kind == 20:
        evening.hear(("page 1", "page 2", "osc there")[way % 3], BYTES[way // 2 % len(BYTES)], way % 5 * 0.1)
    elif kind == 21:
        voice = ("melody", "soprano", "drone", "alto")[way % 4]
        evening.voice(voice, PITCHES[way // 4 % 3], way // 12 % 3 * 40, way % 5 * 0.1)
    elif kind == 22:
        if way % 8 == 0:
            evening.turn(("voice.soprano.channel", 16), ("voice.soprano.bend", "mpe"))
        for data in ZONE if way % 3 == 0 else (PARAMETERS[way % len(PARAMETERS)],):
            evening.hear(("keys", "pads")[way // 4 % 2], data)
    elif kind <= 24:
        evening.hear(("keys", "pads")[way % 2], MEMBERS[way // 2 % len(MEMBERS)])
    elif way % 2:
        evening.fault(way % 7)
    else:
        evening.clock.advance(way * 0.05)  # the machine stalls


def play_evenings(part: int, parts: int = 2, voices: dict[str, tuple[int, int]] = VOICES) -> None:
    """One part of the evenings; in CI the same every time, each part its own. A worker has a part.

    voices: of the patch: name, channel and program
    """

    @settings(max_examples=EXAMPLES // parts, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.binary(min_size=2 * STEPS, max_size=2 * STEPS))
    def play(drawn: bytes) -> None:
        happened = [(kind % KINDS, way % WAYS) for kind, way in zip(drawn[::2], drawn[1::2], strict=True)]
        note(f"kinds and ways: {happened}")
        evening = Evening(voices=voices)
        for kind, way in happened:
            happen(evening, kind, way)
        evening.settle()
        evening.end()

    (seed(part)(play) if os.environ.get("CI") else play)()
