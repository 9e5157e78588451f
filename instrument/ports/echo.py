"""The echo guard: what we have just sent and what comes straight back, from a synth's thru or a DAW's, is not heard.

Each message sent excuses one like it at each input, for as long as the rig file says there. A note that the performer
strikes in those milliseconds on the same channel and key is taken for the echo; with echo_ms = 0 nothing is. A release
is an echo only where the stroke before it was, so that no key that was heard stays down.
"""

from __future__ import annotations

from collections.abc import Iterable

from instrument.controls.rig_file import InputPort
from instrument.playing.heard import Heard

Kind = tuple[int, ...]  #: what makes two messages alike


class EchoGuard:
    """thread: the player's. Remembers the newest of each kind of message: bounded by what MIDI has."""

    def __init__(self, inputs: Iterable[InputPort]) -> None:
        self._windows = {one.name: one.echo_ms / 1000 for one in inputs if one.echo_ms > 0}
        self._sent: dict[Kind, float] = {}
        self._echoing: dict[tuple[str, Kind], bool] = {}  # by input and release: whether the stroke was an echo
        self._excused: dict[tuple[str, Kind], float] = {}  # by input: the sending that was answered there

    @property
    def wanted(self) -> bool:
        """Whether any input asks for it."""
        return bool(self._windows)

    def sent(self, data: list[int], at: float) -> None:
        """A message has left. at: seconds."""
        if 0x80 <= data[0] < 0xF0:
            self._sent[_kind(data)] = at

    def echo(self, heard: Heard) -> bool:
        """Whether that is what we sent, coming back."""
        kind = _kind(heard.data)
        if len(kind) == 2 and kind[0] & 0xF0 == 0x80 and len(heard.data) == 3:
            return self._echoing.pop((heard.port, kind), False)
        window, at = self._windows.get(heard.port, 0.0), self._sent.get(kind)
        back = at is not None and 0 <= heard.at - at <= window and self._excused.get((heard.port, kind)) != at
        if back and at is not None:
            self._excused[heard.port, kind] = at
        if kind[0] & 0xF0 == 0x90:
            self._echoing[heard.port, (kind[0] - 0x10, *kind[1:])] = back
        return back


def _kind(data: list[int] | bytes) -> Kind:
    """Strokes are alike by channel and key, and so are releases; a note-on without velocity is a release."""
    status = data[0] & 0xF0
    if status in (0x80, 0x90) and len(data) == 3:
        on = status == 0x90 and data[2] > 0
        return (0x90 if on else 0x80) | data[0] & 0x0F, data[1]
    return tuple(data)
