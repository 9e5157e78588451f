"""Notes as a Standard MIDI File: type 1, 480 ticks to the quarter, a track of tempo and meter, then one per channel.

The same notes give the same bytes. Our 10,080 ticks to the quarter are 21 times the file's 480.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from instrument.music.events import Note
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.ticks import QUARTER

TICKS_PER_BEAT = 480
_TICKS = QUARTER // TICKS_PER_BEAT  # 21 of ours to one of the file's
_MAJORS = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")  # 7 flats .. 7 sharps


def write_midi(
    path: Path,
    notes: Iterable[Note],
    channels: Mapping[str, tuple[int, int]],
    tempos: Sequence[tuple[int, float]],
    meters: Sequence[tuple[int, Meter]],
    title: str,
    keys: Sequence[tuple[int, Key]] = (),
    texts: Sequence[tuple[int, str]] = (),
) -> None:
    """Write `notes` to `path`.

    channels: voice -> (channel 1..16, program 0..127); ValueError, naming it, for a note of another voice
    tempos, meters, keys: (tick, quarter notes a minute | meter | key) from each tick on
    texts: (tick, word) such as the names of chords
    thread: any. Raises OSError as files do.
    """
    import mido

    parts: dict[int, list[tuple[int, int, Any]]] = {}
    for note in notes:
        if note.voice not in channels:
            raise ValueError(f'a note of voice "{note.voice}", which has no channel; there is {", ".join(channels)}')
        channel = channels[note.voice][0]
        start, end = _tick(note.start), max(_tick(note.end), _tick(note.start) + 1)
        wire = {"channel": channel - 1, "note": note.pitch}
        parts.setdefault(channel, []).extend((
            (start, 2, mido.Message("note_on", velocity=note.velocity, **wire)),
            (end, 1, mido.Message("note_off", velocity=64, **wire)),
        ))  # fmt: skip
    for voice, (channel, program) in channels.items():
        if channel in parts:
            parts[channel].append((0, 0, mido.Message("program_change", channel=channel - 1, program=program)))
            parts[channel].append((0, -1, mido.MetaMessage("track_name", name=_latin(voice))))
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT)
    file.tracks.append(_track(_score(title, tempos, meters, keys, texts)))
    file.tracks.extend(_track(parts[channel]) for channel in sorted(parts))
    file.save(str(path))


def _score(
    title: str,
    tempos: Sequence[tuple[int, float]],
    meters: Sequence[tuple[int, Meter]],
    keys: Sequence[tuple[int, Key]],
    texts: Sequence[tuple[int, str]],
) -> list[tuple[int, int, Any]]:
    """The first track: title, meters, keys as their signatures, tempos, words."""
    import mido

    events: list[tuple[int, int, Any]] = [(0, -1, mido.MetaMessage("track_name", name=_latin(title)))]
    for tick, meter in meters:
        figures = {"numerator": meter.upper, "denominator": meter.lower}
        clocks = min(255, meter.beat // (QUARTER // 24))
        events.append((_tick(tick), 0, mido.MetaMessage("time_signature", clocks_per_click=clocks, **figures)))
    for tick, key in keys:
        sharps = sum(key.signature)
        if abs(sharps) <= 7:
            events.append((_tick(tick), 1, mido.MetaMessage("key_signature", key=_MAJORS[sharps + 7])))
    for tick, text in texts:
        events.append((_tick(tick), 3, mido.MetaMessage("text", text=_latin(text))))
    for tick, bpm in tempos:
        events.append((_tick(tick), 2, mido.MetaMessage("set_tempo", tempo=round(60_000_000 / bpm))))
    return events


def _track(events: list[tuple[int, int, Any]]) -> Any:
    """Events in order, offs before ons, with the time since the last as a file wants it."""
    import mido

    track, now = mido.MidiTrack(), 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track"))
    return track


def _tick(ours: int) -> int:
    """In the file's ticks; exact for all that our notation can write down to a 32nd and its triplets."""
    return (max(ours, 0) + _TICKS // 2) // _TICKS


def _latin(text: str) -> str:
    """A name as the format can hold it."""
    return text.encode("latin-1", "replace").decode("latin-1")
