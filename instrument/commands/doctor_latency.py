"""Latency as `run.py doctor` measures it: MIDI out led back to MIDI in, and what the sound card adds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from instrument.controls.devices.plugged import NOTHING
from instrument.files.bounded import read_text
from instrument.files.rig_file import LARGEST, load
from instrument.files.rig_writer import save, with_latency
from instrument.playing.sound.synth import Synth
from instrument.playing.time.clock import SystemClock
from instrument.ports.audio.sound_card import NoAudio, open_output
from instrument.ports.midi.latency import Looped, measure
from instrument.ports.midi.system import NoMidi, plain

SLOW = 10.0  #: milliseconds from which a way is worth a remark


def loop(
    ports: tuple[str, str] | None, file: Path | None, measured: Callable[[], Looped] | None = None
) -> tuple[bool, str, str, float | None]:
    """MIDI out led back to in. ports: parts of two ports' names, None for a cable of our own; file: the rig file that
    the latency is written into, None for none. Returns (well, line, mend, milliseconds)."""
    out, into = ports or (None, None)
    try:
        found = measured() if measured else measure(SystemClock(), out, into)
    except NoMidi as missing:
        return False, f"MIDI out to in: {missing}", "lilt doctor --loop OUT IN measures two ports that are joined", None
    line = f"MIDI out to in by {plain(found.port)}: {found.median:.2f} ms, p99 {found.p99:.2f} ms"
    line += f", {found.lost} lost" if found.lost else ""
    if file is not None:
        line += f"; {_written(file, found, out)}"
    well = not found.lost and found.p99 < SLOW
    return well, line, "a shorter period of the MIDI or sound server brings it down; USB hubs add to it", found.median


def _written(file: Path, found: Looped, out: str | None) -> str:
    """Put it into the rig file, under the output it has there."""
    text = ""
    with suppress(FileNotFoundError):
        text = read_text(file, LARGEST)
    plugged = load(file) if text else NOTHING
    whole = plain(found.port).lower()
    known = [port.name for port in plugged.outputs if port.port and plain(port.port).lower() in whole]
    name = known[0] if known else out or "Lilt"
    try:
        save(file, with_latency(text, name, out, found.median))
    except (OSError, ValueError) as error:
        return f"{file}: {getattr(error, 'strerror', None) or error}"
    return f"written into {file}, outputs.{name}"


def card() -> tuple[bool, str, str]:
    """Open the sound card, in silence, for what it adds. Returns (well, line, mend)."""
    try:
        audio = open_output(Synth(), SystemClock())
    except NoAudio as missing:
        return False, f"sound: {missing}", "without a card Lilt records to a file"
    try:
        line = f"sound: {audio.name}, latency {audio.latency * 1000:.0f} ms"
        return audio.latency < 0.05, line, "choose a shorter buffer in the sound server"
    finally:
        audio.close()
