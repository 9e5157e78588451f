"""Turn of a performance: the entries that have come in for it, and its exits, the messages that go out.

Read by every process that writes or watches what the player does, so that nothing of the player is imported here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from instrument.controls.requests import RoundTrip
from instrument.music.cues import Cue, Voicing
from instrument.music.events import Span
from instrument.playing.ensemble.roles import EnsembleRole, HeardBar
from instrument.playing.messages import (
    AccompanistState,
    Act,
    Change,
    Further,
    Plug,
    Released,
    Switches,
    ThinkerState,
)
from instrument.playing.midi.midi_input import ReceivedMidi, VoiceNote
from instrument.playing.midi.output_message import Message, Silence
from instrument.playing.time.jack_state import JackState
from instrument.playing.time.link_state import LinkState

#: what may come in
Entry = (
    Span
    | Change
    | ThinkerState
    | RoundTrip
    | Act
    | ReceivedMidi
    | LinkState
    | JackState
    | Voicing
    | AccompanistState
    | Plug
    | Released
    | Switches
    | Further
    | VoiceNote
    | HeardBar
    | EnsembleRole
)


@dataclass(slots=True)
class Exits:
    """Output of one turn of the performance.

    out: to the ports, in order; told: to the conductor, in order; cue: to the accompanist, the newest
    faults: tracebacks, for the log; quit: it is over."""

    out: list[Message | Silence] = field(default_factory=list)
    told: list[object] = field(default_factory=list)
    cue: Cue | None = None
    faults: list[str] = field(default_factory=list)
    quit: bool = False
