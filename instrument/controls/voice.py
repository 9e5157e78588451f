"""A voice: how one part of the music is sounded, on the built-in synth and over MIDI.

The parts are named here; a patch may change every field of each. Field ranges are declared like controls, so that
range checks and messages are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from instrument.controls.control import Control, Value
from instrument.music.sounds.compass import INSTRUMENTS, Compass, parse
from instrument.music.sounds.timbres import NAMES, TIMBRES

#: of the rig's outputs; any of its names may stand here too
OUTPUTS = ("rig", "all", "sound", *"12345678")
BENDS = ("off", "channel", "mpe")
MANAGERS = (1, 16)  #: channels of voices that bend each note by itself


@dataclass(frozen=True, slots=True)
class Voice:
    """Voice of a patch. name: the part, as in `Note.voice`; timbre: of the built-in synth, one of TIMBRES
    channel: MIDI, 1..16; program: MIDI program number, 0..127 (74 is General MIDI's recorder, its
    nearest to a tin whistle: 78, "whistle", is a person's)
    level: 0..1; pan: -1 left .. 1 right; octave: shift, -3..3
    compass: "any", the name of an instrument, or its lowest and highest note, "D5 B6"
    mute, solo: as on a mixing desk; transpose: semitones that it is sent higher, -12..12
    bend: what bends of keys that play it become: "off", "channel" (one bend for all its notes) or "mpe" (each note its
    own, on the member channels of a zone whose manager is its channel, 1 or 16); bend_range: semitones of a full bend
    output: "rig" (those that the rig file sends it to), "all", "sound" (the built-in), "1".."8" or a name of the rig's
    """

    name: str
    timbre: str
    channel: int
    program: int
    level: float = 0.8
    pan: float = 0.0
    octave: int = 0
    compass: str = "any"
    mute: bool = False
    solo: bool = False
    transpose: int = 0
    output: str = "rig"
    bend: str = "channel"
    bend_range: int = 2

    @property
    def range(self) -> Compass | None:
        """Its lowest and highest MIDI note; None for any."""
        return parse(self.compass)


def misplaced(voice: Voice) -> str:
    """Why a voice cannot bend each note by itself where it is, in one line; "" where it can, or need not. Pure."""
    if voice.bend != "mpe" or voice.channel in MANAGERS:
        return ""
    return f'"mpe" needs channel 1 or 16, with free ones beside it, not {voice.channel}; 16 is free in most patches'


#: the parts there are, each as it is when the patch says no more; a soprano is what you play, the three below
#: accompany (program 52 is General MIDI's choir); guitar, piano, double bass, bodhran and pads back the tune
PARTS: dict[str, Voice] = {
    "melody": Voice("melody", "whistle", 1, 74),
    "drone": Voice("drone", "drone", 2, 109, 0.4),
    "soprano": Voice("soprano", "whistle", 3, 52, 0.8),
    "alto": Voice("alto", "reed", 4, 52, 0.5, -0.4),
    "tenor": Voice("tenor", "reed", 5, 52, 0.5, 0.4),
    "bass": Voice("bass", "reed", 6, 52, 0.6),
    "guitar": Voice("guitar", "guitar", 7, 25, 0.4, -0.3),
    "piano": Voice("piano", "piano", 8, 0, 0.4, 0.3),
    "double_bass": Voice("double_bass", "double bass", 9, 32, 0.4, 0.1),
    "bodhran": Voice("bodhran", "frame drum", 11, 117, 0.3, 0.2),
    "pads": Voice("pads", "reed", 12, 89, 0.2),
}

#: what may stand in a [voices.*] table
FIELDS: dict[str, Control] = {
    field.name: field
    for field in (
        Control("timbre", "choice", "whistle", "Sound on the built-in synth", choices=NAMES),
        Control("channel", "int", 1, "MIDI channel", 1, 16),
        Control("program", "int", 74, "MIDI program, sent at the start; its timbre's if another than usual", 0, 127),
        Control("level", "float", 0.8, "Level", 0, 1),
        Control("pan", "float", 0.0, "Place, left to right", -1, 1),
        Control("octave", "int", 0, "Shift in octaves", -3, 3),
        Control(
            "compass", "compass", "any", "Lowest and highest note of its instrument", choices=("any", *INSTRUMENTS)
        ),
        Control("mute", "bool", False, "Silent, and in its place again when it is not"),
        Control("solo", "bool", False, "Of all voices only those that are solo are heard, if any is"),
        Control(
            "transpose",
            "int",
            0,
            "Semitones that it is sent higher: 2 for an instrument in Bb, 9 or -3 in Eb",
            -12,
            12,
            "semitones",
        ),
        Control(
            "output",
            "output",
            "rig",
            "Where it sounds: where the rig file sends it, everywhere, on the built-in "
            "sound, or on one MIDI output, by number or by the rig's name",
            choices=OUTPUTS,
        ),
        Control(
            "bend",
            "choice",
            "channel",
            "What bends of the keys that play it become: nothing, a bend of all its notes, or "
            "of each by itself (MPE, on channel 1 or 16 with the free ones beside it)",
            choices=BENDS,
        ),
        Control("bend_range", "int", 2, "Semitones that a full bend of it means", 1, 48, "semitones"),
    )
}


def voice(part: str, fields: Mapping[str, Value]) -> Voice:
    """The part's Voice with some checked fields changed. Pure."""
    usual = PARTS[part]
    full = {name: fields.get(name, getattr(usual, name)) for name in FIELDS}
    if full["timbre"] != usual.timbre and "program" not in fields:
        full["program"] = TIMBRES[str(full["timbre"])].program
    return Voice(
        part,
        str(full["timbre"]),
        int(full["channel"]),
        int(full["program"]),
        float(full["level"]),
        float(full["pan"]),
        int(full["octave"]),
        str(full["compass"]),
        bool(full["mute"]),
        bool(full["solo"]),
        int(full["transpose"]),
        str(full["output"]),
        str(full["bend"]),
        int(full["bend_range"]),
    )
