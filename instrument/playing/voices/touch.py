"""Expression of voices that are played by hand: pedals, bend, pressure, modulation, breath and expression of keys.

A voice that bends as a whole takes the bend of the newest of its keys, in semitones, whatever range the input has. One
that bends each note by itself (MPE) gets what a zone's member channel does on the channel of that key's note, and what
any other does on its own. What an input has moved goes back to rest when the input goes, as thru has it; so does a
voice that is no longer played by these keys.
"""

from __future__ import annotations

from collections.abc import Iterable

from instrument.controls.midi_messages import BREATH, EXPRESSION, MODULATION, RESET, MidiMessage
from instrument.playing.midi.channel_controllers import BEND, PEDALS, PRESSURE, SLID, Part, move, rest_of
from instrument.playing.midi.held_inputs import Key
from instrument.playing.midi.input_channels import CENTRE, MEMBER_RANGE
from instrument.playing.midi.midi_input import ReceivedMidi
from instrument.playing.midi.output_message import Message
from instrument.playing.schedule.ledger import Sounding
from instrument.playing.schedule.route import Route
from instrument.playing.schedule.scheduler import Scheduler
from instrument.playing.schedule.thru import Thru

MOVED = (MODULATION, BREATH, EXPRESSION, *PEDALS)  #: controllers of a voice as a whole
OF_CHANNEL = {"bend": BEND, "pressure": PRESSURE}  #: what moves with a channel, and so with a note


class Touch:
    """Expression of voices that are played by hand.

    thread: the player's. blocks: never. Cost: the voices and outputs of an input.
    """

    def __init__(self, scheduler: Scheduler, thru: Thru) -> None:
        """thru: which moves controllers of the same outputs, and hears the same inputs."""
        self._scheduler = scheduler
        self._controllers, self.channels = thru.controllers, thru.channels
        self._controllers.zoned = self._zoned
        self._down: dict[str, dict[Key, list[Sounding]]] = {}  # by voice: keys, the newest last, and where each sounds
        self._striking: tuple[Key, tuple[str, ...]] | None = None
        self._left: dict[str, str] = {}  # voices that a member's key was the last to bend and press: its input
        scheduler.shape = self._shape

    # keys

    def strike(self, key: Key, voices: tuple[str, ...]) -> None:
        """A key is about to go down: the notes of these voices that are struck before `struck` are its own."""
        self._striking = key, voices
        for voice in voices:
            self._down.setdefault(voice, {}).pop(key, None)

    def struck(self) -> None:
        """It has gone down."""
        self._striking = None

    def lift(self, key: Key, at: float) -> list[Message]:
        """A key goes up: a voice that bends as a whole is bent as the newest of those that are left."""
        messages: list[Message] = []
        for voice, keys in self._down.items():
            newest = next(reversed(keys), None)
            if keys.pop(key, None) is None or key != newest:
                continue
            heir, route = next(reversed(keys), None), self._scheduler.routes.get(voice)
            if heir is not None and heir[0] == key[0] and heir[1] != key[1] and route and not route.members:
                messages += self._whole(route, heir[0], heir[1], at)
            elif heir is None and self.channels.manager(*key[:2]) is not None:
                self._left[voice] = key[0]
        return messages

    def _shape(self, voice: str, sounding: list[Sounding], at: float) -> list[Message]:
        """What goes before notes that are struck there: see `Scheduler.shape`."""
        key = self._striking[0] if self._striking and voice in self._striking[1] else None
        route, messages = self._scheduler.routes.get(voice), list[Message]()
        if key is not None and route is not None:
            self._down[voice].setdefault(key, []).extend(sounding)
            self._left.pop(voice, None)
            if not route.members:
                return self._whole(route, key[0], key[1], at)
        if route is not None and not route.members and (left := self._left.pop(voice, None)) is not None:
            for output in self._there(route):  # it has rung out as it was bent
                for part in (BEND, PRESSURE):
                    messages += self._bring(left, output, route.channel, part, rest_of(part), at)
        for port, channel, _ in sounding:
            if key is not None and route is not None and channel in route.members:
                messages += self._note(route, port, channel, key, at)
            elif route is None or channel in route.members:
                messages += self._controllers.rest(at, port, (channel,))
        return messages

    # controllers

    def hear(self, heard: ReceivedMidi, voices: Iterable[str]) -> list[Message]:
        """What a message that is no note means to the voices that the keys of its input sound."""
        said = heard.message
        if said is None:
            return []
        if said.kind == "control" and said.number == RESET:
            return self._reset(heard.port, said.channel, heard.at)
        routes = [(voice, self._scheduler.routes[voice]) for voice in voices if voice in self._scheduler.routes]
        return [message for voice, route in routes for message in self._moved(heard, said, voice, route)]

    def _moved(self, heard: ReceivedMidi, said: MidiMessage, voice: str, route: Route) -> list[Message]:
        port, at = heard.port, heard.at
        if said.kind == "touch":
            return self._pressed(route, voice, port, said, at)
        if said.kind == "control" and said.number in MOVED:
            return self._everywhere(route, port, ("control", said.number), (0, said.value), at)
        part = SLID if (said.kind, said.number) == SLID else OF_CHANNEL.get(said.kind)
        if part is None or (part == BEND and not route.bends):
            return []
        keys = self._down.get(voice, {})
        member = self.channels.manager(port, said.channel) is not None
        if route.members and member:
            own = [key for key in keys if key[:2] == (port, said.channel)]
            return [
                m
                for key in own
                for where in keys[key]
                if where[1] in route.members
                for m in self._bring(port, where[0], where[1], part, self._value(part, port, said.channel), at)
            ]
        if part == SLID:
            return []
        newest = next(reversed(keys), None)
        meant: int | None = said.channel
        if not route.members and newest is not None and newest[0] == port:
            meant = newest[1] if newest[1] in self.channels.reach(port, said.channel) else None
        elif not route.members and member and newest is not None:  # nothing of that note sounds
            meant = None
        return self._everywhere(route, port, part, self._value(part, port, meant, route), at) if meant else []

    def _pressed(self, route: Route, voice: str, port: str, said: MidiMessage, at: float) -> list[Message]:
        """Pressure of one key."""
        if not route.members:
            return self._everywhere(route, port, ("touch", route.pitch(said.number)), (0, said.value), at)
        sounding = self._down.get(voice, {}).get((port, said.channel, said.number), [])
        there = [(output, channel) for output, channel, _ in sounding if channel in route.members]
        return [m for where in there for m in self._bring(port, *where, PRESSURE, (0, said.value), at)]

    def _reset(self, source: str, channel: int, at: float) -> list[Message]:
        """A channel of an input, with its zone where it is a manager, is as nobody moved it. The keys that are down are
        still down, and those of other channels bent and pressed as they were."""
        gone = self.channels.reach(source, channel)
        for one in gone:
            self.channels.release(source, one)
        messages = self._controllers.release(source, at)
        for voice, keys in self._down.items():
            route, own = self._scheduler.routes.get(voice), [key for key in keys if key[0] == source]
            if route is None or not own:
                continue
            if not route.members:
                messages += self._whole(route, source, own[-1][1], at)
                continue
            for key in own:
                for output, on, _ in keys[key]:
                    messages += self._note(route, output, on, key, at) if key[1] not in gone else []
        return messages

    # letting go

    def release(self, source: str, at: float) -> list[Message]:
        """An input lets go of what it has moved."""
        self.channels.release(source)
        self.lift_all(source)
        return self._controllers.release(source, at)

    def lift_all(self, source: str, channel: int | None = None) -> None:
        """All keys of an input are up, on one channel or all; what they have moved stays."""
        for keys in self._down.values():
            for key in [key for key in keys if key[0] == source and channel in (None, key[1])]:
                del keys[key]

    def rest(self, at: float, output: str | None = None) -> list[Message]:
        """Every voice as nobody touched it (on one output, or all)."""
        if output is None:
            self._down.clear()
        return self._controllers.rest(at, output)

    def leave(self, voice: str, at: float) -> list[Message]:
        """A voice is no longer played by these keys, or goes elsewhere: what they have moved of it goes to rest."""
        self._down.pop(voice, None)
        route = self._scheduler.routes.get(voice)
        if route is None:
            return []
        channels = (route.channel, *route.members)
        return [m for port in route.ports for m in self._controllers.rest(at, port, channels)]

    # inside

    def _whole(self, route: Route, port: str, channel: int, at: float) -> list[Message]:
        """A voice that bends as a whole, as a channel of an input has it now."""
        parts = (BEND, PRESSURE) if route.bends else (PRESSURE,)
        return [
            m
            for output in self._there(route)
            for part in parts
            for m in self._bring(port, output, route.channel, part, self._value(part, port, channel, route), at)
        ]

    def _note(self, route: Route, output: str, channel: int, key: Key, at: float) -> list[Message]:
        """A member channel, before a note of its own is struck there."""
        if self.channels.manager(*key[:2]) is None or not route.bends:
            return self._controllers.rest(at, output, (channel,))
        return [
            m
            for part in (BEND, PRESSURE, SLID)
            for m in self._bring(key[0], output, channel, part, self._value(part, *key[:2]), at)
        ]

    def _value(self, part: Part, port: str, channel: int, route: Route | None = None) -> tuple[int, int]:
        """Where a part of an input's channel stands, for a voice as a whole, or (None) for a note by itself."""
        if part == PRESSURE:
            return 0, self.channels.pressure(port, channel)
        if part == SLID:
            return 0, self.channels.slide(port, channel)
        reach = float(route.bend_range) if route else MEMBER_RANGE
        bent = self.channels.bend(port, channel, reach, alone=route is None)
        whole = min(max(round(CENTRE + bent / reach * CENTRE), 0), 2 * CENTRE - 1)
        return whole & 127, whole >> 7

    def _everywhere(self, route: Route, source: str, part: Part, value: tuple[int, int], at: float) -> list[Message]:
        """A part of a voice's own channel, on every output of it that is there."""
        return [
            m
            for output in self._there(route)
            for m in self._controllers.hear(source, move(at, output, route.channel, part, value))
        ]

    def _bring(self, source: str, output: str, channel: int, part: Part, value: tuple[int, int], at: float
               ) -> list[Message]:  # fmt: skip
        return self._controllers.bring(source, at, output, channel, part, value)

    def _zoned(self, output: str, channel: int) -> bool:
        return any(channel in route.members and output in route.ports for route in self._scheduler.routes.values())

    def _there(self, route: Route) -> list[str]:
        return [port for port in route.ports if port not in self._scheduler.ledger.absent]
