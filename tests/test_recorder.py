"""The recorder: a WAV that can always be played, a MIDI file that says what was written."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
import pytest

from instrument.music.events import Note, Span
from instrument.music.form import Place
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.playing.message import Message
from instrument.playing.synth import Synth
from instrument.ports import recorder as recorder_module
from instrument.ports.recorder import Recorder, WavWriter, write_midi

SOUND = np.linspace(-0.5, 0.5, 2000, dtype=np.float32).reshape(1000, 2)
CHANNELS = {"melody": (1, 78), "drone": (2, 109)}
NOTES = [
    Note(0, EIGHTH, 62, 80), Note(EIGHTH, EIGHTH, 66, 70), Note(QUARTER, QUARTER // 3, 69),
    Note(0, QUARTER * 4, 38, 60, "drone"),
]  # fmt: skip


@dataclass(frozen=True)
class Route:
    channel: int
    program: int


def read(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    writer = WavWriter(tmp_path / "a.wav", 44_100)
    writer.write(SOUND)
    writer.write(SOUND * 10)  # clipped
    writer.close()
    writer.close()
    pcm = read(tmp_path / "a.wav")
    assert len(pcm) == writer.frames == 2000
    np.testing.assert_array_equal(pcm[:1000], np.rint(SOUND * 32767).astype(int))
    assert pcm.max() == 32767 and pcm.min() == -32767


def test_a_recording_that_was_cut_off_still_plays(tmp_path: Path) -> None:
    """Nothing is closed; what was flushed, at the latest a second ago, is there."""
    writer = WavWriter(tmp_path / "a.wav", 800)
    assert len(read(tmp_path / "a.wav")) == 0
    writer.write(SOUND)
    assert len(read(tmp_path / "a.wav")) == 1000
    writer.write(SOUND[:500])  # less than a second: perhaps not yet on disk, but never in the way
    assert len(read(tmp_path / "a.wav")) >= 1000
    writer.flush()
    assert len(read(tmp_path / "a.wav")) == 1500
    writer.close()


def test_the_midi_file_says_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.mid"
    meters = [(0, Meter(4, 4)), (QUARTER * 4, Meter(6, 8))]
    keys = [(0, Key.parse("D mixolydian"))]
    write_midi(path, NOTES, CHANNELS, [(0, 120.0), (QUARTER * 2, 90.0)], meters, "Lilt é ☘", keys)
    file = mido.MidiFile(str(path))
    assert (file.type, file.ticks_per_beat, len(file.tracks)) == (1, 480, 3)

    def placed(track: mido.MidiTrack) -> list[tuple[int, mido.Message]]:
        now, found = 0, []
        for message in track:
            now += message.time
            found.append((now, message))
        return found

    score = {(at, m.type): m for at, m in placed(file.tracks[0])}
    assert score[0, "set_tempo"].tempo == 500_000 and score[960, "set_tempo"].tempo == 666_667
    assert (score[0, "time_signature"].numerator, score[0, "time_signature"].clocks_per_click) == (4, 24)
    assert (score[1920, "time_signature"].denominator, score[1920, "time_signature"].clocks_per_click) == (8, 36)
    assert score[0, "key_signature"].key == "G"  # one sharp
    melody = placed(file.tracks[1])
    assert [m.type for _, m in melody[:2]] == ["track_name", "program_change"] and melody[1][1].program == 78
    assert [(at, m.type, m.note, m.channel) for at, m in melody if m.type.startswith("note")] == [
        (0, "note_on", 62, 0), (240, "note_off", 62, 0), (240, "note_on", 66, 0), (480, "note_off", 66, 0),
        (480, "note_on", 69, 0), (640, "note_off", 69, 0),
    ]  # fmt: skip
    assert file.tracks[2][2].channel == 1


def test_the_same_notes_give_the_same_bytes(tmp_path: Path) -> None:
    for name, notes in (("a", NOTES), ("b", NOTES)):
        write_midi(tmp_path / name, notes, CHANNELS, [(0, 112.0)], [(0, Meter(4, 4))], "x")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_two_voices_may_share_a_channel(tmp_path: Path) -> None:
    write_midi(tmp_path / "a", NOTES, {"melody": (5, 1), "drone": (5, 1)}, [(0, 112.0)], [], "x")
    assert len(mido.MidiFile(str(tmp_path / "a")).tracks) == 2


def test_a_voice_without_a_channel_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='voice "drone", which has no channel; there is melody'):
        write_midi(tmp_path / "a", NOTES, {"melody": (1, 0)}, [], [], "x")


def test_a_bar_recorded(tmp_path: Path) -> None:
    synth = Synth()
    stem = tmp_path / "new" / "2026-11-22T21-04-05-dusk"
    recorder = Recorder(stem, synth.rate, {v: Route(*c) for v, c in CHANNELS.items()}, "dusk")
    span = bar(0)
    for note in span.notes:
        synth.schedule(note.start, Message(0, "on", 1, note.pitch, note.velocity))
    recorder.add(span, 112.0)
    recorder.add(bar(4 * QUARTER), 112.0)
    for _ in range(10):
        recorder.write(synth.render(4800))
    recorder.close()
    recorder.close()
    pcm = read(stem.with_name(stem.name + ".wav"))
    assert len(pcm) == 48_000 and np.abs(pcm).max() > 3000
    file = mido.MidiFile(str(stem.with_name(stem.name + ".mid")))
    assert file.length == pytest.approx(2 * 4 * 60 / 112, abs=0.01)
    assert sum(m.type == "set_tempo" for m in file.tracks[0]) == 1  # said once, as is the meter
    assert sum(m.type == "time_signature" for m in file.tracks[0]) == 1


def test_a_night_long_recording_goes_on_in_another_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_module, "LARGEST", 4000)
    recorder = Recorder(tmp_path / "a.b", 48_000, {})
    for _ in range(3):
        recorder.write(SOUND)
    recorder.close()
    assert [len(read(tmp_path / name)) for name in ("a.b.wav", "a.b-2.wav", "a.b-3.wav")] == [1000] * 3


def bar(start: int) -> Span:
    notes = tuple(Note(n.start + start, n.duration, n.pitch, n.velocity, n.voice) for n in NOTES)
    fields: dict[str, object] = {
        "start": start, "end": start + 4 * QUARTER, "notes": notes, "meter": "4/4", "key": "D mixolydian",
    }  # fmt: skip
    usual: dict[str, object] = {"written": (), "place": Place, "source": "composed"}
    return Span(**{f: fields.get(f, usual.get(f, 0)) for f in Span.__dataclass_fields__})  # type: ignore[arg-type]
