"""NRPN: controllers 99 and 98 choose a parameter, 6 and 38 set it; read as one message of fourteen bits.

Controllers 101 and 100 choose a registered parameter, which is the receiver's own affair (bend range, tuning) and turns
nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass

from instrument.controls.knobs.knob import Moved

DATA, DATA_LOW, UP, DOWN = 6, 38, 96, 97
PARAMETER_LOW, PARAMETER, REGISTERED_LOW, REGISTERED = 98, 99, 100, 101
OURS = frozenset((DATA, DATA_LOW, UP, DOWN, PARAMETER_LOW, PARAMETER, REGISTERED_LOW, REGISTERED))


@dataclass(slots=True)
class _Chosen:
    """A channel's parameter, as far as it is known; high, low: what it was set to; fine: it is set by both."""

    parameter: int = 0
    parameter_low: int = 0
    known: bool = False
    high: int = 0
    low: int = 0
    fine: bool = False


class NrpnReader:
    """Reader of NRPN messages. thread: one. Remembers one parameter for each input and channel."""

    def __init__(self) -> None:
        self._chosen: dict[tuple[str, int], _Chosen] = {}

    def read(self, message: Moved) -> Moved | None:
        """The parameter that a controller's message has set; None while it sets none. Any other comes back as it is."""
        if message.kind != "cc" or message.number not in OURS:
            return message
        chosen = self._chosen.setdefault((message.port, message.channel), _Chosen())
        number, value = message.number, message.value
        if number in (REGISTERED, REGISTERED_LOW):
            chosen.known = False
        elif number in (PARAMETER, PARAMETER_LOW):
            before = chosen.parameter, chosen.parameter_low
            if number == PARAMETER:
                chosen.parameter = value
            else:
                chosen.parameter_low = value
            chosen.known = (chosen.parameter, chosen.parameter_low) != (127, 127)  # both at 127: none
            if before != (chosen.parameter, chosen.parameter_low):
                chosen.high = chosen.low = 0
                chosen.fine = False
        elif chosen.known:
            return self._set(chosen, message)
        return None

    def _set(self, chosen: _Chosen, message: Moved) -> Moved:
        if message.number == DATA:
            chosen.high = message.value
        elif message.number == DATA_LOW:
            chosen.low, chosen.fine = message.value, True
        else:
            whole = (chosen.high << 7 | chosen.low) + (1 if message.number == UP else -1)
            chosen.high, chosen.low, chosen.fine = max(0, min(whole, 16383)) >> 7, max(0, min(whole, 16383)) & 127, True
        low = chosen.low if chosen.fine else chosen.high  # seven bits alone reach from one end to the other too
        number = chosen.parameter << 7 | chosen.parameter_low
        return Moved(message.port, message.channel, "nrpn", number, chosen.high << 7 | low)
