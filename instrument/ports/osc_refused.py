"""What OSC asks for and cannot be had as things stand, though it is understood: a loop that the tune cannot have."""

from __future__ import annotations

from collections.abc import Callable

from instrument.controls.control import Value
from instrument.controls.table import LOOPING
from instrument.ports.osc_packet import Fault
from instrument.ports.osc_request import Set

Refusal = Callable[[list[tuple[str, Value]]], str]  #: why these changes cannot be made, in one line, or ""


def possible(
    changes: list[Set], refusal: Refusal, first: Callable[[], object] = lambda: None
) -> tuple[list[Set], Fault | None]:  # fmt: skip
    """Those that can be made, and why the others cannot. Those of a loop are made together, or none of them.

    first: hands on what waits, which may be the loop's other end
    """
    loop = [change for change in changes if change.name in LOOPING]
    if loop:
        first()
    if loop and (reason := refusal([(change.name, change.value) for change in loop])):
        return [change for change in changes if change not in loop], Fault(loop[-1].address, reason)
    return changes, None
