"""Sound of a MIDI channel of the built-in synth: its timbre, its level and its place between left and right.

Read by every process that is told of outputs, so that nothing is imported here that makes sound.
"""

from __future__ import annotations

from dataclasses import dataclass

from instrument.music.sounds.timbres import TIMBRES
from instrument.playing.sound.percussion import PERCUSSION


@dataclass(frozen=True, slots=True)
class ChannelSound:
    """Sound of one MIDI channel.

    timbre: one of `TIMBRES` or `PERCUSSION` (ValueError otherwise, naming the first); level: gain 0..2; pan: -1 left
    .. 1 right."""

    timbre: str = "whistle"
    level: float = 1.0
    pan: float = 0.0

    def __post_init__(self) -> None:
        if self.timbre not in TIMBRES and self.timbre not in PERCUSSION:
            raise ValueError(f'timbre = "{self.timbre}" is not one of {", ".join(TIMBRES)}')
        if not 0 <= self.level <= 2:
            raise ValueError(f"level = {self.level:g} is outside 0..2")
        if not -1 <= self.pan <= 1:
            raise ValueError(f"pan = {self.pan:g} is outside -1..1 (left..right)")


CLICK = ChannelSound("woodblock", 1.0, 0.0)  #: on the channel of percussion, where no voice has that
