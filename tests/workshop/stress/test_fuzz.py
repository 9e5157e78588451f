"""A share of the million: broken OSC packets and MIDI messages crash nothing and hang nothing, no note either."""

from __future__ import annotations

import itertools

import pytest

from instrument.ports.osc.packet import Fault, OscCall, read_packet
from instrument.workshop.stress.fuzz import MidiTarget, OscTarget, bench_fuzz, midi_messages, osc_packets


def test_a_share_of_the_million() -> None:
    said: list[str] = []
    figures = bench_fuzz(0, said.append, 10_000)
    assert (figures["fuzz.osc_count"], figures["fuzz.midi_count"]) == (5_000, 5_000)
    assert figures["fuzz.osc_grown_mb"] < 8
    assert figures["fuzz.midi_grown_mb"] < 8
    assert len(said) == 2


def test_the_storm_is_wild_and_the_same_for_the_same_seed() -> None:
    packets = list(itertools.islice(osc_packets(3), 2000))
    assert packets == list(itertools.islice(osc_packets(3), 2000))
    assert packets != list(itertools.islice(osc_packets(4), 2000))
    read = [one for packet in packets for one in read_packet(packet)]
    assert sum(isinstance(one, Fault) for one in read) > 300
    assert sum(isinstance(one, OscCall) for one in read) > 300
    firsts = {data[0] for data in itertools.islice(midi_messages(3), 2000) if data}
    assert len(firsts) > 200


def test_the_targets_notice_what_they_are_there_to_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    osc, midi = OscTarget(), MidiTarget()

    def break_(*_: object) -> None:
        raise RuntimeError("the string broke")

    monkeypatch.setattr(osc.server, "_on_action", break_)
    with pytest.raises(AssertionError, match="the string broke"):
        osc.take(b"/lilt/panic\0,\0\0\0")
    monkeypatch.undo()
    osc.finish()
    midi.sounding.add((1, 60))
    with pytest.raises(AssertionError, match="notes hang"):
        midi.finish()
    monkeypatch.setattr(midi.performance.player, "hear", break_)
    with pytest.raises(AssertionError, match="the string broke"):
        midi.take(b"\x90\x40\x40")
