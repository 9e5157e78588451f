"""Messages of an ensemble on the wire: what is said comes back as it was; what else comes is one line and no harm."""

from __future__ import annotations

import itertools
import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message_builder import OscMessageBuilder

from instrument.controls.snapshot import Snapshot
from instrument.music.chord import Chord, PlacedChord
from instrument.playing.ensemble.bar_text import LONGEST, span_of, text_of
from instrument.playing.ensemble.ensemble import Ensemble
from instrument.playing.ensemble.packets import Bar, Hello
from instrument.ports.ensemble.packet_text import BAR, HELLO, LARGEST, packed, unpacked
from tests.fakes.planned_set import controls, plan_of

SPANS = list(itertools.islice(iter(plan_of(controls(seed=4, set_times=2)).next_span, None), 24))
HELLO_SAID = Hello("0a1b2c3d", "reel", 123456789012, True, 2, 1, -40320, "ffff0000", False)


def bar_of(text: str, **controls: Any) -> Bar:
    return Bar("0a1b2c3d", 7, 403200, text, controls or {"tune.key": "A dorian", "tune.meter": "6/8"})


def changed(**fields: Any) -> str:
    """The text of a bar with other fields."""
    return json.dumps({**json.loads(text_of(SPANS[9])), **fields})


def test_what_is_said_comes_back_as_it_was() -> None:
    for packet in (HELLO_SAID, bar_of(text_of(SPANS[3]))):
        assert unpacked(packed(packet, "us"), "us") == packet


@pytest.mark.parametrize("number", range(len(SPANS)))
def test_a_span_comes_back_without_its_notes(number: int) -> None:
    span = SPANS[number]
    again, sounds = span_of(text_of(span))
    assert sounds and not again.notes
    kept = ("start", "end", "tune", "bar", "place", "written", "lacking", "meter", "key", "form", "octave", "primed")
    assert all(getattr(again, name) == getattr(span, name) for name in kept)
    of = again.of_set
    assert (of.time, of.top, of.ending, of.then) == (
        span.of_set.time,
        span.of_set.top,
        span.of_set.ending,
        span.of_set.then,
    )
    assert of.base in (span.of_set.base, span.written)


def test_chords_come_with_it() -> None:
    from dataclasses import replace

    span = SPANS[5]
    half = (span.end - span.start) // 2
    chords = (PlacedChord(span.start, half, Chord(7, "seventh", 11)), PlacedChord(span.start + half, half, Chord(0)))  # type: ignore[arg-type]
    assert span_of(text_of(replace(span, chords=chords)))[0].chords == chords


def test_another_ensembles_messages_are_not_ours_and_no_fault() -> None:
    assert unpacked(packed(HELLO_SAID, "them"), "us") is None


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "{}", "[" * 5000, "x" * (LONGEST + 1), changed(at=[0, -5]), changed(at=[0, 10**9]),
        changed(at=[0, 2.5]), changed(at=[True, False]), changed(written="M:4/4"), changed(written="M:0/0 K:Cmaj C |"),
        changed(written="M:4/4 K:Cmaj " + "C " * 5000), changed(place=[99, 1, 0]), changed(place=[0, 3, 0]),
        changed(place=[0, 1, 99]), changed(place=[-1, 1, 0]), changed(meter="17"), changed(key="H"), changed(key=3),
        changed(octave=9), changed(set=[0] * 8), changed(set=[0, 1, 10**6, 0, 0, 0, 1, 0]), changed(then=["never", ""]),
        changed(then=["next", "H"]), changed(form=[["|", 0]]), changed(form=[["?", *[0] * 9]]),
        changed(form=[["|", 0, 0, 0, 5, 0, 0, 0, 1, 0]]), changed(form={}), changed(chords=[[0, 1, 99, "major", 0]]),
        changed(chords=[[0, 1, 0, "loud", 0]]), changed(chords=[[-1, 1, 0, "major", 0]]), changed(chords=7),
        changed(primed=[-1, 0]), changed(sounds=2), changed(lacking=-1), changed(tune=[-1, 0]), changed(base=7),
    ],
)  # fmt: skip
def test_a_bar_that_is_none_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ValueError) as refusal:
        span_of(text)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 200


def osc(address: str, *values: Any) -> bytes:
    builder = OscMessageBuilder(address)
    for value in values:
        builder.add_arg(value)
    return bytes(builder.build().dgram)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0" * 3, b"#bundle\0" + b"\xff" * 40, osc("/lilt/panic"), osc(HELLO), osc(HELLO, 1), osc(HELLO, 1, "us"),
        osc(HELLO, 2, "us", "aa"), osc(HELLO, "1", "us"), osc(BAR, 1, "us", "aa", 1, 2, "{}"),
        osc(BAR, 1, "us", "aa", 1, 2, "{}", "{"), osc(BAR, 1, "us", "aa", 1, 2, "{}", "[]"),
        osc(BAR, 1, "us", "a" * 99, 1, 2, "{}", "{}"), osc(BAR, 1, "us", "aa", 1, 2, "{}", '{"tune.key": "H"}'),
        osc(BAR, 1, "us", "aa", -1, 2, "{}", "{}"), b"x" * (LARGEST + 1), packed(HELLO_SAID, "us")[:-3],
        packed(Hello("aa", "n" * 60, 0, True), "us"), packed(Hello("aa", "a\x07", 0, True), "us"),
        packed(Hello("aa", "n", 2**50, True), "us"), packed(Hello("a a", "n", 0, True), "us"),
        packed(Hello("aa", "n", 0, True, called=-4), "us"), packed(Hello("aa", "n", 0, True, called=10**7), "us"),
    ],
)  # fmt: skip
def test_a_packet_that_is_none_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(ValueError) as refusal:
        packet = unpacked(data, "us")
        assert packet is not None, "it was taken for another ensemble's"
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 200


def test_other_controls_than_those_that_are_shared_are_left_out() -> None:
    found = unpacked(packed(bar_of("{}", **{"tune.key": "G major", "sound.level": 0.0, "panic": 1}), "us"), "us")
    assert isinstance(found, Bar) and found.controls == {"tune.key": "G major"}


@given(st.integers(0, 2**31), st.integers(1, 12))
def test_whatever_is_broken_on_the_way_harms_nothing(seed: int, times: int) -> None:
    chance, member = Random(seed), Ensemble("cc", "ours", 0.0)
    data = bytearray(packed(chance.choice((HELLO_SAID, bar_of(text_of(chance.choice(SPANS))))), "us"))
    for _ in range(times):
        place = chance.randrange(len(data))
        data[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(4))
    try:
        packet = unpacked(bytes(data), "us")
        if packet is not None:
            member.hear(packet, 0.0)
    except ValueError as error:
        assert "\n" not in str(error)
    member.advance(0.1)
    assert Snapshot().values["tune.key"] == "D major"
