"""Cables that come and go, the library replaced by a small one: waited for by name, never touched when dead."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from instrument.controls.devices.plugged import InputPort, OutputPort, Plugged
from instrument.controls.snapshot import Snapshot
from instrument.playing.messages import Act, PlayerSetup, Plug, Present
from instrument.playing.performance import Performance
from instrument.playing.time.clock import Bell, ManualClock
from instrument.playing.time.lateness import Lateness
from instrument.ports.midi import output as midi
from instrument.ports.midi.hotplug import Looker
from instrument.ports.midi.input import Inbox, MidiInput
from instrument.ports.midi.system import IN, OUT
from instrument.ports.outputs import Midi
from instrument.ports.reconnect import Reconnector
from tests.fakes.band import BAR, bar_of
from tests.fakes.wire import ALSA, JACK, Rtmidi


def present(system: Rtmidi, jack: int = 1) -> Present:
    """What the looking process says of it."""
    names = tuple((api, name) for api, found in system.there.items() for name in found if api == ALSA or jack > 0)
    return Present(names, names, jack)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Rtmidi:
    one = Rtmidi(["Launchkey 20:0"], ["fluid:midi"])
    monkeypatch.setitem(sys.modules, "rtmidi", one)
    return one


class Rig:
    """A performance on two outputs and an input, a turn at a time."""

    def __init__(self, *ports: OutputPort) -> None:
        self.clock = ManualClock(50.0)
        lateness = Lateness()
        self.outputs = []
        for port in ports:
            try:
                opened = midi.open_output(port.port, port.port is None)
            except midi.NoMidi:
                opened = midi.MidiOutput(None, port.name)
            self.outputs.append(Midi(port.name, opened, self.clock, lateness))
        self.inbox = Inbox(self.clock, Bell())
        self.keys = MidiInput(None, "keys", "keys", self.inbox)
        wanted = Plugged(ports, (InputPort("keys", "Launch", tuple(port.name for port in ports)),))
        self.cables = Reconnector(wanted, self.outputs, [self.keys])
        setup = PlayerSetup(Snapshot(), tuple(bar_of(60, 64, start=n * BAR) for n in range(4)), {"melody": (1, 5)}, {},
                      midi=wanted)  # fmt: skip
        self.performance = Performance(setup, [port.name for port in ports], 0.0)
        self.turn(*self.cables.absent(), Act("transport.play"))

    def turn(self, *entries: Any) -> None:
        now = self.clock.now()
        for message in self.performance.turn(now, [*entries, *self.inbox.take()]).out:
            for output in self.outputs:
                if output.name == message.port:
                    output.take(message, now)
        for output in self.outputs:
            output.flush(now)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.01)):
            self.clock.advance(0.01)
            self.turn()


def ons(wire: Any) -> list[tuple[int, ...]]:
    return [data for data in wire.sent if data[0] & 0xF0 == 0x90]


def test_a_port_that_vanishes_is_waited_for_and_taken_up_where_the_music_is(system: Any) -> None:
    rig = Rig(OutputPort("keys", "launch"), OutputPort("synth", "fluid"))
    wire, other = (output.wire for output in rig.outputs)
    rig.cables.found(present(system))
    rig.run(0.5)
    assert len(ons(wire)) == len(ons(other)) == 1
    system.there[ALSA] = []
    plugs = rig.cables.found(present(system))
    assert plugs == [Plug("keys", False), Plug("keys", False, True)], "the input as well"
    rig.turn(*plugs)
    rig.run(2.0)
    assert len(ons(wire)) == 1, "nothing is sent to a port that has gone"
    assert len(ons(other)) == 3, "the other plays on"
    system.there[ALSA] = ["Launchkey 24:0"]  # another number, the same name
    plugs = rig.cables.found(present(system))
    assert plugs == [Plug("keys", True), Plug("keys", True, True)]
    sent = len(wire.sent)
    rig.turn(*plugs)
    rig.run(2.0)
    assert wire.to == "Launchkey 24:0" and rig.outputs[0].whole == wire.to
    assert wire.sent.index((0x80, 60, 0)) == sent - 5 - 1, "what was left sounding is ended, before its panic"
    assert (0xC0, 5) in wire.sent[sent:], "it gets its program again"
    assert len(ons(wire)) == len(ons(other)) - 2 > 1


def test_a_port_that_was_never_there_is_taken_up_when_it_comes(system: Any) -> None:
    rig = Rig(OutputPort("late", "Prophet"))
    assert rig.outputs[0].wire is None
    assert rig.cables.found(present(system)) == [Plug("keys", True, True)]
    rig.run(1.0)
    system.there[ALSA].append("Prophet-6 28:0")
    plugs = rig.cables.found(present(system))
    assert plugs == [Plug("late", True)]
    rig.turn(*plugs)
    rig.run(2.5)
    assert rig.outputs[0].whole == "Prophet-6 28:0"
    assert len(ons(rig.outputs[0].wire)) >= 1
    assert rig.cables.found(present(system)) == []


def test_clients_of_a_dead_server_are_never_touched_again(system: Any) -> None:
    rig = Rig(OutputPort("synth", "fluid"), OutputPort("keys", "launch"))
    assert rig.cables.found(present(system, 1))[0].port == "keys"
    dead = rig.outputs[0].wire
    rig.run(0.5)
    system.kill_jack()
    plugs = rig.cables.found(present(system, -1))
    assert plugs == [Plug("synth", False)]
    rig.turn(*plugs)
    rig.run(2.0)
    assert rig.cables.found(present(system, -1)) == []
    plugs = rig.cables.found(present(system, 2))
    assert plugs == [Plug("synth", True)]
    rig.turn(*plugs)
    rig.run(2.0)
    assert rig.outputs[0].wire is not dead and ons(rig.outputs[0].wire)
    system.kill_jack()
    for plug in rig.cables.found(present(system, 3)):  # so quick a restart that nobody saw it gone
        rig.turn(plug)
    rig.run(2.0)
    assert rig.outputs[0].there and ons(rig.outputs[0].wire)
    system.kill_jack()
    rig.turn(*rig.cables.found(present(system, -3)))
    for output in rig.outputs:
        output.close()
    rig.keys.close()


def test_the_keys_of_an_input_that_vanishes_are_let_go(system: Any) -> None:
    rig = Rig(OutputPort("synth", "fluid"))
    rig.turn(*rig.cables.found(present(system)))
    rig.keys.wire.arrive(0x93, 70, 90)
    rig.run(0.02)
    synth = rig.outputs[0].wire
    assert (0x93, 70, 90) in synth.sent
    system.there[ALSA] = []
    rig.turn(*rig.cables.found(present(system)))
    assert (0x83, 70, 0) in synth.sent
    rig.keys.wire.arrive(0x93, 71, 90)
    assert rig.inbox.take() == [], "what a driver still says of a port that has gone is not heard"


def test_the_looking_process_uses_one_client_for_each_kind(system: Any) -> None:
    class Server:
        run, up, died = 7, True, False

        def alive(self) -> bool:
            return self.up

    server = Server()
    look = Looker(server)  # type: ignore[arg-type]
    first = look.look()
    assert first == Present(((ALSA, "Launchkey 20:0"), (JACK, "fluid:midi")), first.outputs, 7)
    for _ in range(5):
        assert look.look() == first
    assert len(system.clients) == 4
    system.there[ALSA].append("Lilt:Lilt 128:0")
    assert look.look().outputs == first.outputs, "our own do not count"
    system.there[ALSA].pop()
    assert not look.blind
    server.up, server.died = False, True
    system.kill_jack()
    assert look.look() == Present(((ALSA, "Launchkey 20:0"),), ((ALSA, "Launchkey 20:0"),), -7)
    assert look.blind
    assert (OUT, IN) == ("MidiOut", "MidiIn")


def test_a_port_that_is_seen_before_it_can_be_connected_to_is_tried_again(
    system: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(OutputPort("synth", "fluid"))
    system.there[ALSA].remove("Launchkey 20:0")
    rig.cables.found(present(system))
    system.there[ALSA].append("Launchkey 20:0")
    active = False

    def open_port(self: Any, number: int, name: str) -> None:
        if not active:
            raise system.RtMidiError("not active yet")
        self.to = system.there[self.api][number]

    monkeypatch.setattr(system.MidiIn, "open_port", open_port)
    assert not [plug for plug in rig.cables.found(present(system)) if plug.there], "it does not say that it is back"
    assert not rig.cables.retry(100.0) and not rig.cables.retry(100.1)
    active = True
    assert not rig.cables.retry(100.2), "not at every turn"
    assert [(plug.port, plug.there) for plug in rig.cables.retry(100.7)] == [("keys", True)]
    assert rig.keys.there and rig.keys.wire.to == "Launchkey 20:0"
    assert not rig.cables.retry(200.0)
