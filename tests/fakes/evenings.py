"""Random evenings: a state machine of everything that may happen, and so many of them played."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from instrument.controls.requests import RoundTrip
from instrument.music.cues import Voiced, Voicing
from instrument.playing.messages import AccompanistState, Act, Plug, Released, Switches, ThinkerState
from tests.fakes.evening import PITCHES, TURN, VOICES, Evening

EXAMPLES = int(os.environ.get("LILT_EXAMPLES", "10000"))
STEPS = 10
TURNED: tuple[tuple[str, Any], ...] = (
    ("clock.bpm", 240.0), ("clock.bpm", 60.0), ("clock.source", "internal"), ("clock.source", "auto"),
    ("clock.source", "midi"), ("clock.on_loss", "stop"), ("search.commit", 0.0), ("search.commit", 8.0),
    ("tune.key", "A minor"), ("tune.meter", "6/8"), ("harmony.follow", "played"), ("harmony.follow", "tune"),
    ("harmony.on", False), ("harmony.voices", 1), ("play.way", "tap"), ("play.way", "hold"), ("play.way", "listen"),
    ("play.way", "answer"), ("play.way", "accompany"), ("play.way", "tap"),
    ("transport.count_in", 1), ("transport.count_in", 4), ("transport.count_in", 0), ("click.on", True),
    ("click.on", False), ("click.level", 0.0), ("click.accent", 0.0), ("transport.opening_chord", "chord"),
    ("transport.opening_chord", "potatoes"), ("transport.opening_chord", "none"),
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
         (0xB1, 123, 0), (0xB0, 120, 0), (0xB1, 127, 0), (0xB0, 7, 90), (0xC0, 5), (0x90, 60), (0xF0,))  # fmt: skip
ACTIONS = ("transport.play", "transport.stop", "panic", "tune.new", "transport.arm", "transport.play", "transport.stop",
           "transport.rewind")  # fmt: skip
PADS = ((), (("keys", 1, 60),), (("pads", 0, 62), ("keys", 1, 60)), (("", 0, 60),))
CLOCK = ((0xF8,), (0xFA,), (0xFB,), (0xFC,), (0xF2, 0, 0), (0xF2, 16, 0), (0xF2, 127, 127))


class EveningMachine(RuleBasedStateMachine):
    """Anything may follow anything."""

    voices = VOICES  #: of the patch

    def __init__(self) -> None:
        super().__init__()
        self.evening = Evening(voices=self.voices)

    @rule(kind=st.integers(0, 22), way=st.integers(0, 63))
    def happen(self, kind: int, way: int) -> None:
        evening, name = self.evening, ("near", "far")[way % 2]
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
        elif way % 2:
            evening.fault(way % 7)
        else:
            evening.clock.advance(way * 0.05)  # the machine stalls

    def teardown(self) -> None:
        self.evening.settle()
        self.evening.end()


def play_evenings(part: int, parts: int = 2, voices: dict[str, tuple[int, int]] = VOICES) -> None:
    """One part of the evenings; in CI the same every time, each part its own. A worker has a part.

    voices: of the patch: name, channel and program
    """
    machine = type(f"Evenings{part}", (EveningMachine,), {"voices": voices})
    run_state_machine_as_test(
        seed(part)(machine) if os.environ.get("CI") else machine,
        settings=settings(
            max_examples=EXAMPLES // parts,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
