"""Receiver at the far side of a cable: the keys that are down there, and what of its channels is not at rest."""

from __future__ import annotations

from instrument.playing.time.clock import ManualClock
from tests.fakes.wire import Wire


class Receiver(Wire):
    """The far side of a cable, and what plays there: keys that are down, those that only a pedal holds, and whatever
    else is not at rest. broken: how the law was, in words; raising here would be taken for a lost port."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: list[str] = []
        self.down: dict[tuple[int, int], float] = {}  # key: since when
        self.held: set[tuple[int, int]] = set()  # by a pedal alone
        self.moved: dict[tuple[int, ...], tuple[int, ...]] = {}  # channel and what: where to
        self.pulled = self.all_off = False
        self.clock: ManualClock
        self.chosen: dict[int, list[int]] = {}  # by channel: both halves of the parameter that data sets
        self.members: dict[int, set[int]] = {0: set(), 15: set()}  # of the zones that it has been told of

    @property
    def quiet(self) -> bool:
        """Nothing sounds, no pedal is down, nothing is bent or pressed."""
        return not (self.down or self.held or self.moved)

    def send_message(self, data: list[int]) -> None:
        if self.pulled:
            self.broken.append("sent to a cable that is pulled")
        kind, channel = data[0] & 0xF0, data[0] & 15
        key = (channel, data[1] if len(data) > 1 else -1)
        if kind == 0x90 and data[2]:
            if key in self.down:
                self.broken.append(f"{key} struck while it is down")
            self.down[key] = self.clock.now()
            self.held.discard(key)
        elif kind in (0x80, 0x90):
            if key not in self.down and not self.all_off:
                self.broken.append(f"{key} ended while it is up")
            if self.down.pop(key, None) is not None and self._pedal(channel):
                self.held.add(key)
        elif kind == 0xB0 and data[1] in (6, 98, 99, 100, 101):
            self._parameter(channel, data[1], data[2])
        elif kind == 0xB0 and data[1] == 74 and (channel in self.members[0] | self.members[15] or key in self.moved):
            self._move((channel, 74), (data[2],), (64,))
        elif kind == 0xB0 and data[1] >= 120:
            self._mode(channel, data[1])
        elif kind == 0xB0 and data[1] in (1, 64, 66, 67):
            self._move((channel, data[1]), (data[2],), (0,))
        elif kind == 0xB0 and data[1] in (2, 11):
            self._move((channel, data[1]), (data[2],), (127,))
        elif kind == 0xE0:
            self._move((channel, -1), tuple(data[1:]), (0, 64))
        elif kind == 0xD0:
            self._move((channel, -2), (data[1],), (0,))
        if not self._pedal(channel):
            self.held = {held for held in self.held if held[0] != channel}

    def _pedal(self, channel: int) -> bool:
        return self.moved.get((channel, 64), (0,))[0] >= 64 or self.moved.get((channel, 66), (0,))[0] >= 64

    def _move(self, what: tuple[int, ...], to: tuple[int, ...], rest: tuple[int, ...]) -> None:
        self.moved[what] = to
        if to == rest:
            del self.moved[what]

    def _parameter(self, channel: int, number: int, value: int) -> None:
        """A parameter is chosen, or set: that of an MPE zone says which channels are its members."""
        chosen = self.chosen.setdefault(channel, [127, 127])
        if number in (100, 101):
            chosen[number - 100] = value
        elif number != 6:
            chosen[:] = 127, 127
        elif chosen == [6, 0] and channel in self.members and value < 16:
            step = 1 if channel == 0 else -1
            self.members[channel] = {channel + step * n for n in range(1, value + 1)}
            self.members[15 - channel] -= {*self.members[channel], channel}

    def _mode(self, channel: int, number: int) -> None:
        if number == 121:  # which leaves controllers of the sound as they are (RP-015)
            self.moved = {what: to for what, to in self.moved.items() if what[0] != channel or what[1] == 74}
        elif number != 122 and any(key[0] == channel for key in self.down):  # that one is of its own keyboard
            self.broken.append(f"controller {number} ends what is held by others")
        if number == 120:
            self.held = {held for held in self.held if held[0] != channel}
