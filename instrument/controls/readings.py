"""What can be read but not set: the table of readings. `/lilt/get` answers with them, the page and the log show them.

A reading is declared once, like a control; whoever knows its value publishes it by name, and the conductor keeps the
newest.
"""

from __future__ import annotations

from dataclasses import dataclass

from instrument.controls.control import Value


@dataclass(frozen=True, slots=True)
class Reading:
    """name: dotted; start: its value before anything is known, which also says its type."""

    name: str
    start: Value
    help: str
    unit: str = ""

    @property
    def address(self) -> str:
        """Its OSC address: /lilt/status/ahead."""
        return "/lilt/" + self.name.replace(".", "/")


READINGS: dict[str, Reading] = {
    reading.name: reading
    for reading in (
        Reading("status.playing", False, "Whether the music is running"),
        Reading("status.bar", 0, "Bars announced so far", "bars"),
        Reading("status.bpm", 0.0, "Tempo in force", "quarter notes per minute"),
        Reading("status.ahead", 0.0, "Bars planned beyond what sounds now", "bars"),
        Reading("status.repeated", 0, "Bars the player had to fill in by itself", "bars"),
        Reading("status.late_ms", 0.0, "Worst lateness of a message in the last second", "ms"),
    )
}
