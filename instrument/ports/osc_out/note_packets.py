"""Notes as OSC packets: bundles whose time tag is the moment at which the note sounds. Pure.

    /lilt/note/VOICE/on i i     pitch 0..127 and velocity 1..127
    /lilt/note/VOICE/off i      its end
    /lilt/note/VOICE/bend i f       a note that sounds is bent so many semitones from its pitch; it begins unbent
    /lilt/note/VOICE/pressure i i   it is pressed, 0..127
    /lilt/note/off              the end of all, sent when the music ends or is stopped by a panic

or, for SuperDirt (TidalCycles), /dirt/play with the parameters s, n, note, gain, sustain and delta; there a note
carries its length, and nothing ends it. VOICE is a voice of the patch, or click, or other for what came by thru.
"""

from __future__ import annotations

import struct

from pythonosc.osc_message_builder import build_msg

from instrument.controls.voice import PARTS

EPOCH = 2_208_988_800  #: seconds from 1900, where time tags begin, to 1970
VOICES = (*PARTS, "click", "other")
ADDRESSES = tuple(f"/lilt/note/{voice}/{what}" for voice in VOICES for what in ("on", "off", "bend", "pressure"))
ALL_OFF = "/lilt/note/off"
DEFAULT_LENGTH = 0.25  #: seconds of a note whose length nobody knows, for SuperDirt
MIDDLE = 60  #: MIDI note that SuperDirt counts from

AT_ONCE = bytes(7) + b"\1"
NoteMessage = tuple[str, tuple[float, ...]]  #: address and arguments, whole numbers where they are


def tag_of(wall: float | None) -> bytes:
    """A time tag, eight bytes. wall: seconds since 1970; None: at once."""
    if wall is None:
        return AT_ONCE
    return struct.pack(">Q", round((wall + EPOCH) * 2**32) & 0xFFFF_FFFF_FFFF_FFFF)


def wall_of(tag: int) -> float:
    """Seconds since 1970 of a time tag as a whole number. The seconds begin again in 2036."""
    since = tag / 2**32 - EPOCH
    return since if since > -(2**31) else since + 2**32


def unbundled(data: bytes) -> bytes:
    """The message of a bundle that has one, for programs that read no bundles."""
    return data[20:] if data.startswith(b"#bundle") else data


def bundled(data: bytes, wall: float | None) -> bytes:
    """A message in a bundle of that moment."""
    return b"#bundle\0" + tag_of(wall) + struct.pack(">i", len(data)) + data


def note_message(voice: str, pitch: int, velocity: int) -> NoteMessage:
    """Address and arguments of a note that begins, or ends (velocity 0)."""
    if velocity:
        return f"/lilt/note/{voice}/on", (pitch, velocity)
    return f"/lilt/note/{voice}/off", (pitch,)


def move_message(voice: str, pitch: int, what: str, value: float) -> NoteMessage:
    """Address and arguments of a bend (semitones) or of pressure (0..127) of a note that sounds."""
    return f"/lilt/note/{voice}/{what}", (pitch, float(value) if what == "bend" else round(value))


def packet(message: NoteMessage, wall: float | None) -> bytes:
    """Either of them as a bundle of that moment."""
    address, arguments = message
    return bundled(bytes(build_msg(address, list(arguments)).dgram), wall)


def dirt_packet(sound: str, pitch: float, velocity: int, seconds: float, wall: float | None) -> bytes:
    """A note as SuperDirt plays it. sound: a synth or a bank of samples there; pitch: with what it is bent by when it
    begins; seconds: how long it sounds."""
    arguments: list[str | int | float] = [
        "_id_", "lilt", "s", sound, "n", 0.0, "note", float(pitch - MIDDLE), "gain", velocity / 100, "sustain", seconds,
        "delta", seconds, "cps", 1.0, "cycle", 0.0,
    ]  # fmt: skip
    return bundled(bytes(build_msg("/dirt/play", arguments).dgram), wall)
