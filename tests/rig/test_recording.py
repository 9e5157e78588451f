"""The recording as an output: what a clock does to the music, both files show; whatever fails, the music goes on."""

from __future__ import annotations

import wave
from pathlib import Path

import mido
import numpy as np
import pytest

from instrument.controls.snapshot import Snapshot
from instrument.files.patch import find
from instrument.playing.messages import Announced, PlayerSetup, Said
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.performance import Performance
from instrument.playing.sound.synth import Synth
from instrument.playing.time.clock import ManualClock
from instrument.playing.time.lateness import Lateness
from instrument.ports.outlets import Outlets
from instrument.ports.recording.recorder import Recorder
from instrument.ports.recording_output import Recording
from instrument.ports.system.boundary import MOST, Boundary
from instrument.rig.conductor import Conductor
from instrument.rig.setup import Rig
from tests.fakes.band import BAR, bar_of
from tests.fakes.sequencer import CONTINUE, LEAD, START, STOP, TURN, Tape, position

RATE = 8000


class Show:
    """A performance under somebody's clock, with a recording as its only output, in virtual time."""

    def __init__(self, folder: Path, bars: int = 64) -> None:
        snapshot = Snapshot().with_values([("clock.source", "midi"), ("search.commit", 1.0)])
        opening = tuple(bar_of(*(31 + n,) * 4, start=n * BAR) for n in range(bars))
        setup = PlayerSetup(snapshot, opening, {"melody": (1, 78)}, {})
        self.clock = ManualClock(9.0)
        self.performance = Performance(setup, ["recording"], LEAD)
        self.recorder = Recorder(folder / "show", RATE, setup.routes(("recording",)))
        self.recording = Recording(Synth(RATE), self.recorder, self.clock.now(), Lateness(), self.clock)
        self.said: list[str] = []
        self.outlets = Outlets([self.recording], self.performance.player.scheduler, self.said.append)
        self.struck: list[tuple[float, int]] = []  # (seconds of the recording, bar), of what was not taken back

    def play(self, tape: Tape, beyond: float = 0.5) -> Show:
        coming = list(tape.heard())
        while self.clock.now() < tape.at + beyond:
            self.clock.advance(TURN)
            now = self.clock.now()
            self.outlets.flush(now, TURN)
            arrived = [one for one in coming if one.at <= now]
            coming = coming[len(arrived) :]
            exits = self.performance.turn(now, arrived)
            self._leave(exits.out, now)
            for told in exits.told:
                if isinstance(told, Announced):
                    self.outlets.announced(told.span)
        self.outlets.close()
        return self

    def _leave(self, out: list[Message | Silence], now: float) -> None:
        for one in out:
            if isinstance(one, Silence):
                self.struck = [(at, bar) for at, bar in self.struck if at + 9.0 <= now + 0.5 / RATE]
                self.outlets.silence(one)
            else:
                if one.kind == "on":
                    self.struck.append((max(one.due, now) - 9.0, one.number - 30))
                self.outlets.send(one, now)

    @property
    def written(self) -> list[tuple[float, int]]:
        now, found = 0.0, []
        for message in mido.MidiFile(str(self.recorder.stem.with_suffix(".mid"))):
            now += message.time
            if message.type == "note_on" and message.velocity:
                found.append((now, message.note - 30))
        return found

    def onsets(self) -> list[float]:
        """Seconds at which the sound begins after silence."""
        with wave.open(str(self.recorder.stem.with_suffix(".wav"))) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
        loud = np.abs(pcm).max(axis=1) > 30
        quiet_before = np.convolve(loud, np.ones(RATE // 4), "full")[: len(loud)] - loud < 0.5
        return [float(k) / RATE for k in np.flatnonzero(loud & quiet_before)]


SHORT = 2 * 96 - 3  #: clocks: two bars, stopped a moment before the third could begin


def thrice() -> Tape:
    tape = Tape(120)
    for _ in range(3):
        tape.send(START).clocks(SHORT).send(STOP).wait(1.0)
    return tape


SHOWS = {
    "started thrice": thrice(),
    "a loop of two bars": Tape(120)
    .send(START)
    .beats(8)
    .send(position(0))
    .beats(8)
    .send(position(0))
    .clocks(SHORT)
    .send(STOP),
    "a pause of 5 s": Tape(120).send(START).clocks(93).send(STOP).wait(5).send(CONTINUE).clocks(93).send(STOP),
    "a jump to bar 21": Tape(120).send(START).beats(4).send(position(16 * 20)).clocks(93).send(STOP),
    "another tempo": Tape(90).send(START).clocks(SHORT).send(STOP).wait(0.5).send(START).clocks(SHORT).send(STOP),
}


@pytest.mark.parametrize("what", SHOWS)
def test_the_file_has_what_was_struck_when_it_was_struck(tmp_path: Path, what: str) -> None:
    show = Show(tmp_path).play(SHOWS[what])
    assert len(show.struck) >= 8 and not show.said
    assert [bar for _, bar in show.written] == [bar for _, bar in show.struck]
    for (at, _), (then, _) in zip(show.written, show.struck, strict=True):
        assert at == pytest.approx(then, abs=0.004)
    moments = [round(at, 2) for at, _ in show.written]
    assert max(map(moments.count, moments)) <= 2, "at a jump the bar left and the bar reached; nothing is stacked"


def test_the_sound_runs_beside_it(tmp_path: Path) -> None:
    show = Show(tmp_path).play(SHOWS["a pause of 5 s"])
    onsets = show.onsets()
    assert onsets[0] == pytest.approx(show.written[0][0], abs=0.03)  # a whistle takes a moment to speak
    assert onsets[-1] == pytest.approx(show.written[4][0], abs=0.03)


@pytest.mark.long  # 5 seconds of CPU
def test_no_note_is_left_on_in_the_file(tmp_path: Path) -> None:
    for what, tape in SHOWS.items():
        show = Show(tmp_path / what).play(tape)
        down: set[int] = set()
        for message in mido.MidiFile(str(show.recorder.stem.with_suffix(".mid"))):
            if message.type == "note_on" and message.velocity:
                down.add(message.note)
            elif message.type == "note_off":
                down.discard(message.note)
        assert not down, what


def test_a_recording_that_ends_is_one_line_and_the_rest_plays_on(tmp_path: Path) -> None:
    show = Show(tmp_path)
    show.recorder.ended = "No space left on device"
    show.play(Tape(120).send(START).clocks(SHORT).send(STOP))
    assert show.said == [
        "the recording has ended: No space left on device; up to here it is in show.wav and show.mid. The music goes on"
    ]
    assert not show.outlets.outputs and show.performance.player.scheduler.begun


class Broken:
    """An output that fails at everything."""

    name, delay = "broken", 0.0

    def take(self, message: Message, now: float) -> None:
        raise KeyError("take")

    def flush(self, now: float) -> float:
        raise OSError(28, "No space left on device")

    def silence(self, offs: list[Message], everything: bool) -> None:
        raise RuntimeError("silence")

    def close(self) -> None:
        raise ZeroDivisionError


class Good(Broken):
    name = "good"

    def __init__(self) -> None:
        self.done: list[str] = []

    def take(self, message: Message, now: float) -> None:
        self.done.append("take")

    def flush(self, now: float) -> float:
        self.done.append("flush")
        return now + 1

    def silence(self, offs: list[Message], everything: bool) -> None:
        self.done.append(f"silence {len(offs)}")

    def close(self) -> None:
        self.done.append("close")


def test_an_output_that_fails_takes_no_other_with_it(tmp_path: Path) -> None:
    said: list[str] = []
    good = Good()
    outlets = Outlets([Broken(), good], Show(tmp_path).performance.player.scheduler, said.append)
    for _ in range(3):
        assert outlets.flush(1.0, 0.005) == 1.005
        for port in ("broken", "good"):
            outlets.send(Message(1.0, "on", 1, 60, 80, port), 1.0)
        outlets.silence(Silence((Message(1.0, "off", 1, 60, 0, "good"),)))
    outlets.close()
    assert good.done == ["flush", "take", "silence 1"] * 3 + ["close"]
    assert said == [
        'output "broken": OSError: No space left on device; the music goes on',
        "output \"broken\": KeyError: 'take'; the music goes on",
        'output "broken": RuntimeError: silence; the music goes on',
        'output "broken": ZeroDivisionError; the music goes on',
    ]


def test_a_boundary_says_a_fault_once_counts_all_and_survives_who_cannot_say_it() -> None:
    def mute(line: str) -> None:
        raise BrokenPipeError

    for say in (lambda line: None, mute):
        safely = Boundary("the page", say)
        assert [safely(lambda: 1 // 0, 7) for _ in range(5)] == [7] * 5
        assert safely(lambda: 3, 7) == 3 and safely.faults == 5
        with pytest.raises(SystemExit):
            safely(lambda: (_ for _ in ()).throw(SystemExit(0)), None)


def test_a_thousand_kinds_of_faults_are_not_a_thousand_lines() -> None:
    said: list[str] = []
    safely = Boundary("the page", said.append)
    for number in range(1000):
        kind = type(f"Fault{number}", (Exception,), {})
        safely.run(lambda kind=kind: (_ for _ in ()).throw(kind()))  # type: ignore[misc]
    assert len(said) == MOST


def test_who_listens_and_fails_ends_neither_the_carrying_of_messages_nor_other_listeners() -> None:
    said: list[str] = []
    conductor = Conductor(find("first"), Rig(log=False), said.append)
    heard: list[object] = []
    conductor.listen(Said, lambda _: 1 // 0)
    conductor.listen(Said, heard.append)
    for _ in range(3):
        conductor._tell(Said("x"))
    assert heard == [Said("x")] * 3
    assert said == ["what hears of Said: ZeroDivisionError: integer division or modulo by zero; the music goes on"]

    def closed(line: str) -> None:
        raise ValueError("I/O operation on closed file")

    conductor._show = closed
    conductor.say("nobody reads this")
