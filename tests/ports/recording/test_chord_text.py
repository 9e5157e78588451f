"""Names of chords in MIDI files: text events where the chords are, as other programs read them."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import mido

from instrument.music.chord import Chord, PlacedChord
from instrument.music.events import Note, Span
from instrument.music.lead_in import LeadIn
from instrument.music.meter import Meter
from instrument.music.play_order import Place
from instrument.music.ticks import QUARTER
from instrument.playing.midi.output_message import Message
from instrument.ports.recording.midi_file import write_midi
from instrument.ports.recording.midi_take import MidiTake
from instrument.ports.recording_output import Recording

BAR = 4 * QUARTER


def texts(path: Path) -> list[tuple[int, str]]:
    """(tick, text) of every text event."""
    found = []
    for track in mido.MidiFile(str(path)).tracks:
        at = 0
        for message in track:
            at += message.time
            if message.type == "text" and message.text:  # what is to come stands as an empty one
                found.append((at, message.text))
    return sorted(found)


def test_a_file_of_notes_has_the_names_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "one.mid"
    write_midi(path, [Note(0, QUARTER, 60)], {"melody": (1, 0)}, [(0, 120.0)], [(0, Meter(4, 4))], "one", (),
               [(0, "D"), (BAR // 2, "A7/C#")])  # fmt: skip
    assert texts(path) == [(0, "D"), (960, "A7/C#")]


def test_a_recording_has_them_while_it_grows_and_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    take = MidiTake(path, "take", {1: "melody"})
    take.message(0.0, bytes([0x90, 60, 80]))
    take.text(0.0, "D")
    take.message(1.0, bytes([0x80, 60, 0]))
    take.text(1.0, "Ges♭")  # what the format cannot hold is no reason to stop
    take.flush()
    assert [text for _, text in texts(path)] == ["D", "Ges?"]
    take.finish()
    assert [text for _, text in texts(path)] == ["D", "Ges?"]


class _Recorder:
    def __init__(self) -> None:
        self.said: list[tuple[float, str]] = []

    def text(self, at: float, text: str) -> None:
        self.said.append((at, text))

    def bar(self, *given: object) -> None: ...
    def tempo(self, *given: object) -> None: ...
    def message(self, *given: object) -> None: ...


class _Music:
    begun, bpm, playing, begun_at = 1, 120.0, True, 0
    lead: LeadIn | None = None

    def tick(self, now: float) -> int:
        return round(now * 2 * QUARTER)

    def seconds(self, tick: int) -> float:
        return tick / QUARTER / 2


def test_each_chord_is_named_once_with_the_first_note_over_it() -> None:
    recording = Recording.__new__(Recording)
    recording.recorder = said = _Recorder()  # type: ignore[assignment]
    recording.music, recording._spans, recording._begun, recording._measure = _Music(), deque(), -1, ("", "")
    recording._early, recording._down, recording._chord = None, set(), ("", 0)
    for number, names in enumerate((("D", "G"), ("G",), ("A",), ("A", "A"))):
        length = BAR // len(names)
        chords = tuple(PlacedChord(number * BAR + i * length, length, Chord.parse(n)) for i, n in enumerate(names))
        recording._spans.append(Span(number * BAR, (number + 1) * BAR, (), 1, 0, number, (), Place(number), 0, "4/4",
                                     "D major", chords=chords))  # fmt: skip
    for quarter in range(16):
        recording._write(quarter / 2, Message(quarter / 2, "on", 1, 60 + quarter, 80))
    assert said.said == [(0.0, "D"), (1.0, "G"), (4.0, "A"), (7.0, "A")]
