"""Microphone of a rig: which device, what is played before it, and where its notes go. A frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from instrument.music.sounds.compass import Compass, parse

MICROPHONE = "microphone"  #: the name of its input, and of its table in a rig file
KEYS = ("device", "instrument", "thru", "listen")


@dataclass(frozen=True, slots=True)
class Microphone:
    """Microphone of a rig.

    device: part of its name, None: the system's own choice; instrument: "any", one of `INSTRUMENTS`, or its lowest
    and highest note; thru: outputs that what is heard goes on to; listen: its notes only tell what the chord is."""

    device: str | None = None
    instrument: str = "any"
    thru: tuple[str, ...] = ()
    listen: bool = False

    @property
    def compass(self) -> Compass | None:
        """Lowest and highest note; None for any."""
        return parse(self.instrument)


def read(table: Mapping[str, object], thru: tuple[str, ...]) -> Microphone:
    """From the table of a rig file whose keys are known. Raises ValueError, one line."""
    device, instrument, listen = table.get("device"), table.get("instrument", "any"), table.get("listen", False)
    if not (device is None or isinstance(device, str)) or not isinstance(instrument, str):
        raise ValueError(f"{MICROPHONE}.device and {MICROPHONE}.instrument are texts in quotes")
    if not isinstance(listen, bool):
        raise ValueError(f"{MICROPHONE}.listen = {listen!r} is neither true nor false")
    if listen and thru:
        raise ValueError(f"{MICROPHONE}.listen is for what others play, which goes nowhere; remove thru, or listen")
    return asked_for(device, instrument, listen, thru, f"{MICROPHONE}.instrument: ")


def asked_for(
    device: str | None, instrument: str = "any", listen: bool = False, thru: tuple[str, ...] = (), label: str = ""
) -> Microphone:
    """Checked. label: before what is said of an instrument that is none. Raises ValueError, one line."""
    try:
        parse(instrument)
    except ValueError as error:
        raise ValueError(f"{label}{error}") from None
    return Microphone(device or None, instrument, thru, listen)
