"""MIDI out, through python-rtmidi, which is imported only here and only when a port is wanted.

Ports are chosen by part of their name. Every API that the library was built with is tried: on Linux ALSA's sequencer,
then JACK. Sending never raises: a port that has gone is marked `lost`, and the music goes on.

After a JACK server has died the library may one day block inside `send` for good; nothing in this process can help it
then, so what ends the notes must live in another process.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from instrument.playing.message import Message
from instrument.ports.quiet import quiet_stderr

CLIENT = "Lilt"  #: our name among the ports
CLOSE_LIMIT = 1.0  #: seconds that closing may take
_STATUS = {"off": 0x80, "on": 0x90, "touch": 0xA0, "control": 0xB0, "program": 0xC0, "pressure": 0xD0, "bend": 0xE0}
_WHOLE = {"clock": 0xF8, "start": 0xFA, "continue": 0xFB, "stop": 0xFC}  # of the port, not of a channel


class NoMidi(RuntimeError):
    """The port cannot be had: one line, what was looked for, what there is, its mend."""


class Wire(Protocol):
    """The far side of a `MidiOutput`: takes the bytes of one message."""

    def send_message(self, data: list[int]) -> None: ...

    def close_port(self) -> None: ...


def encode(message: Message) -> list[int]:
    """The bytes of a message. KeyError for a kind there is not."""
    kind = message.kind
    if kind in _WHOLE:
        return [_WHOLE[kind]]
    if kind == "position":
        return [0xF2, message.value & 0x7F, message.value >> 7 & 0x7F]
    status = _STATUS[kind] | (message.channel - 1)
    return [status, message.number] if kind in ("program", "pressure") else [status, message.number, message.value]


class MidiOutput:
    """An open port. name: as people know it; lost: why it takes no more, or None. thread: one at a time."""

    def __init__(self, wire: Wire, name: str) -> None:
        self.name = name
        self.lost: str | None = None
        self._wire = wire
        self._used: set[int] = set()
        self._closed = False

    def send(self, message: Message) -> None:
        """Send now, whatever its `due`. Channel 1..16 is 0..15 on the wire. raises: never, for a port that has gone."""
        if message.kind in _STATUS:
            self._used.add(message.channel)
        self._send(encode(message))

    def panic(self, all_notes: bool = False) -> None:
        """End what sounds: pedals up (64, 66, 67), all notes off (123), all sound off (120) on the channels used.

        all_notes: also a note-off for each of the 128 notes on all 16 channels; over a DIN cable that takes 2 s
        """
        for channel in sorted(self._used):
            for number in (64, 66, 67, 123, 120):
                self._send([0xB0 | (channel - 1), number, 0])
        if all_notes:
            for channel in range(16):
                for note in range(128):
                    self._send([0x80 | channel, note, 0])

    def close(self) -> None:
        """Close the port. Ends no notes: `panic` first. Safe to call twice. blocks: 1 s at most."""
        if not self._closed:
            self._closed = True
            closing = threading.Thread(target=self._close, name="closing MIDI", daemon=True)
            closing.start()
            closing.join(CLOSE_LIMIT)

    def _send(self, data: list[int]) -> None:
        if self._closed or self.lost:
            return
        try:
            self._wire.send_message(data)
        except Exception as error:  # rtmidi's errors, of several kinds; a cable must never stop the music
            self.lost = str(error) or type(error).__name__

    def _close(self) -> None:
        try:
            self._wire.close_port()
            delete = getattr(self._wire, "delete", None)  # rtmidi keeps the client until told
            if delete is not None:
                delete()
        except Exception:  # it has gone already
            return


def outputs() -> list[str]:
    """Names of the ports we can play to, but for our own. Empty where the system has no MIDI.

    Each asking opens and closes a client of every API: not more than once in a few seconds.
    """
    try:
        return list(dict.fromkeys(name for _, name in _ports("MidiOut")))
    except NoMidi:
        return []


def inputs() -> list[str]:
    """Names of the ports we can hear, but for our own. Empty where the system has no MIDI."""
    try:
        return list(dict.fromkeys(name for _, name in _ports("MidiIn")))
    except NoMidi:
        return []


def open_output(name_part: str | None = None, virtual: bool = False) -> MidiOutput:
    """A port by part of its name, in either case; or, virtual, a port of our own that others connect to.

    With neither, the first port that leads out of the machine. Raises NoMidi, one line. thread: any. blocks: for the
    moment that the system takes.
    """
    return _open_virtual() if virtual else _open_named(name_part)


def _open_named(part: str | None) -> MidiOutput:
    found = _ports("MidiOut")
    for api, name in found:
        if part.lower() in name.lower() if part is not None else "through" not in name.lower():
            return MidiOutput(_opened(api, name), name)
    names = ", ".join(f'"{name}"' for _, name in found) or "none"
    wanted = f'no MIDI output matches "{part}"' if part is not None else "no MIDI output"
    raise NoMidi(f"{wanted}. Found: {names}. Connect it and start again, or add --virtual for a port of our own.")


def _opened(api: int, name: str) -> Wire:
    with quiet_stderr():
        out = _rtmidi().MidiOut(api, CLIENT)
        try:
            out.open_port(out.get_ports().index(name), CLIENT)
        except Exception as error:  # it was there a moment ago
            out.delete()
            raise NoMidi(f'the MIDI output "{name}" does not open ({error}). Is another program holding it?') from None
    wire: Wire = out
    return wire


def _open_virtual() -> MidiOutput:
    if sys.platform == "win32":
        raise NoMidi("Windows has no virtual MIDI ports. Install loopMIDI, make a port there, and name it with --midi.")
    for api in _apis():
        with _client("MidiOut", api, keep=True) as out, quiet_stderr():
            if out is None:
                continue
            try:
                out.open_virtual_port(CLIENT)
                return MidiOutput(out, f"{CLIENT} (virtual)")
            except Exception:  # this API has none; the next may
                out.delete()
    raise NoMidi("no virtual MIDI port: neither the ALSA sequencer nor a JACK server is there. Linux: start jackd.")


def _ports(kind: str) -> list[tuple[int, str]]:
    """(API, name) of the ports of a kind, "MidiOut" or "MidiIn"."""
    found: list[tuple[int, str]] = []
    for api in _apis():
        with _client(kind, api) as client:
            if client is not None:
                found += [(api, name) for name in client.get_ports() if not name.startswith(CLIENT)]
    return found


@contextmanager
def _client(kind: str, api: int, keep: bool = False) -> Iterator[Any]:
    """A short-lived client of one API, or None where the API is not running. keep: leave it open."""
    rtmidi = _rtmidi()
    try:
        with quiet_stderr():
            client = getattr(rtmidi, kind)(api, CLIENT)
    except rtmidi.RtMidiError:  # its SystemError, not Python's: no sequencer, no server
        yield None
        return
    try:
        yield client
    finally:
        if not keep:
            client.delete()


def _apis() -> list[int]:
    """The APIs the library was built with, the most usual first; not its dummy."""
    rtmidi = _rtmidi()
    usual = (rtmidi.API_LINUX_ALSA, rtmidi.API_MACOSX_CORE, rtmidi.API_WINDOWS_MM, rtmidi.API_UNIX_JACK)
    return [api for api in usual if api in rtmidi.get_compiled_api()]


def _rtmidi() -> Any:
    try:
        with quiet_stderr():
            import rtmidi
    except ImportError as error:
        if "lib" in str(error) and ".so" in str(error):
            raise NoMidi("no MIDI: a system library is missing: apt install libasound2 (Debian, Ubuntu).") from None
        raise NoMidi("no MIDI: the package python-rtmidi is missing: pip install python-rtmidi.") from None
    return rtmidi
