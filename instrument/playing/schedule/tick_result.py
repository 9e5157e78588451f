"""Result of one turn of the player."""

from __future__ import annotations

from dataclasses import dataclass, field

from instrument.controls.requests import Extend, Laid, Rethink
from instrument.music.cues import Cue
from instrument.music.events import Span
from instrument.playing.midi.output_message import Message

Request = Rethink | Extend | Laid


@dataclass(slots=True)
class TickResult:
    """What one turn of the loop gives, by name. messages: to the ports; requests: to the thinker; announced: for
    the log and the display."""

    silence: list[Message] | None = None  #: these end now, and what is held back is void; before `messages`
    messages: list[Message] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    announced: list[Span] = field(default_factory=list)
    cue: Cue | None = None  #: to the accompanist
    told: list[object] = field(default_factory=list)  #: to the conductor
