"""The recorder: a WAV that can always be played, a MIDI file that says what was written."""

from __future__ import annotations

from pathlib import Path

import mido
import numpy as np
import pytest

from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.ticks import QUARTER
from instrument.playing.midi.output_message import Message
from instrument.ports.recording.recorder import Recorder, WavWriter, write_midi
from tests.fakes.recorded import CHANNELS, NOTES, SHOW, SOUND, placed, read, struck


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
    """Nothing is closed; what was flushed, at the latest a quarter of a second ago, is there."""
    writer = WavWriter(tmp_path / "a.wav", 800)
    assert len(read(tmp_path / "a.wav")) == 0
    writer.write(SOUND)
    assert len(read(tmp_path / "a.wav")) == 1000
    writer.write(SOUND[:100])  # less than a quarter of a second: not yet told of, but never in the way
    assert len(read(tmp_path / "a.wav")) == 1000
    writer.flush()
    assert len(read(tmp_path / "a.wav")) == 1100
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


def beside(stem: Path, ending: str) -> Path:
    return stem.with_name(stem.name + ending)


def balanced(path: Path) -> bool:
    down: set[tuple[int, int]] = set()
    for _, m in placed(path):
        if m.type == "note_on" and m.velocity:
            assert (m.channel, m.note) not in down, "struck twice"
            down.add((m.channel, m.note))
        elif m.type in ("note_on", "note_off"):
            down.discard((m.channel, m.note))
    return not down


def test_what_was_struck_is_in_the_file_when_it_was_struck(tmp_path: Path) -> None:
    stem = tmp_path / "new" / "2026-11-22T21-04-05-dusk"
    recorder = Recorder(stem, 48_000, SHOW, "dusk é ☘")
    recorder.bar(0.5, 0, Meter(6, 8), Key.parse("D mixolydian"), 112.0)
    recorder.message(0.5, Message(0, "program", 1, 78))
    recorder.message(0.5, Message(0, "on", 1, 62, 80))
    recorder.message(0.75, Message(0, "off", 1, 62))
    recorder.tempo(0.9, 90.0)
    recorder.message(1.25, Message(0, "on", 2, 38, 60))
    recorder.message(1.3, Message(0, "bend", 2, 0, 70))
    recorder.message(2.0, Message(0, "off", 2, 38))
    recorder.write(np.zeros((96_000, 2), np.float32))
    recorder.close()
    recorder.close()
    assert not recorder.ended and recorder.files == [beside(stem, ".wav"), beside(stem, ".mid")]
    assert len(read(beside(stem, ".wav"))) == 96_000
    file = mido.MidiFile(str(beside(stem, ".mid")))
    assert (file.type, file.ticks_per_beat, [track.name for track in file.tracks]) == (
        1, 480, ["dusk é ?", "melody", "drone"])  # fmt: skip
    assert struck(beside(stem, ".mid")) == [(pytest.approx(0.5, abs=0.001), 62), (pytest.approx(1.25, abs=0.001), 38)]
    assert file.length == pytest.approx(2.0, abs=0.002) and balanced(beside(stem, ".mid"))
    score = file.tracks[0]
    assert [m.numerator for m in score if m.type == "time_signature"] == [6]
    assert [m.key for m in score if m.type == "key_signature"] == ["G"]
    assert file.tracks[1][1].type == "program_change" and file.tracks[1][1].program == 78


@pytest.mark.parametrize("begins", [0.4, 1.0, 3.7, 61.3])
@pytest.mark.parametrize("into", [0, QUARTER])
def test_the_files_bar_lines_are_the_musics(tmp_path: Path, begins: float, into: int) -> None:
    recorder = Recorder(tmp_path / "a", 48_000, SHOW)
    recorder.bar(begins, into, Meter(4, 4), Key(), 120.0)
    for k in range(8):
        recorder.message(begins + k / 2, Message(0, "on", 1, 60 + k, 80))
        recorder.message(begins + k / 2 + 0.3, Message(0, "off", 1, 60 + k))
    recorder.close()
    now, ticks = 0, []
    for m in mido.MidiFile(str(tmp_path / "a.mid")).tracks[1]:
        now += m.time
        if m.type == "note_on":
            ticks.append(now)
    assert [(tick - into // 21) % 1920 for tick in ticks] == [k * 480 % 1920 for k in range(8)]
    assert struck(tmp_path / "a.mid")[0][0] == pytest.approx(begins, abs=0.002)
