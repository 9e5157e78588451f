"""Opening chords in virtual time, their strokes and notes; and where chord, count and click are asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from instrument.controls.devices.plugged import OutputPort, Plugged
from instrument.controls.snapshot import Snapshot
from instrument.files.patch import PatchError, load
from instrument.music.key import Key
from instrument.music.lead_in import LeadIn
from instrument.music.meter import Meter
from instrument.playing.beginning.metronome import CHANNEL
from instrument.playing.beginning.opening_chord import opening_chord
from instrument.playing.messages import Act, PlayerSetup
from instrument.playing.midi.output_message import Message
from instrument.playing.performance import Performance
from instrument.ports.osc.packet import Fault
from instrument.ports.osc.packet import OscCall as Packet
from instrument.ports.osc.request import Set, understand
from tests.fakes.band import BAR, bar_of
from tests.fakes.counted import BEAT, Counted, bars, own
from tests.fakes.sequencer import LEAD

# an opening chord


def chord(stand: Counted, beats: float) -> dict[tuple[float, float], set[int]]:
    """The notes that sound before bar 1, `beats` from the beginning, by when they begin and end, in beats too."""
    first = LEAD + beats * BEAT
    found: dict[tuple[float, float], set[int]] = {}
    for m in stand.messages:
        if m.kind == "on" and m.channel != CHANNEL and m.due < first - 0.01 and m.number != 90:
            off = next(o for o in stand.messages if o.kind == "off" and o.number == m.number and o.due > m.due)
            found.setdefault((round((m.due - LEAD) / BEAT, 3), round((off.due - LEAD) / BEAT, 3)), set()).add(m.number)
    return found


def test_a_chord_of_the_key_is_held_over_the_last_bar_and_ends_before_the_pick_up() -> None:
    stand = own(1, transport__count_in=2, transport__opening_chord="chord").enter(Act("transport.play")).wait(6.0)
    assert chord(stand, 8) == {(4.0, 6.75): {84, 88, 91}}, "C major, at the pick-up's height"
    assert [key for _, key in stand.clicks] == bars(2)


def test_a_chord_without_a_count_in_has_its_bar_and_no_click() -> None:
    stand = own(0, transport__opening_chord="chord").enter(Act("transport.play")).wait(4.0)
    assert list(chord(stand, 4)) == [(0.0, 3.75)] and not stand.clicks
    assert stand.tune[-1][1] >= 1


def test_four_potatoes_are_four_strokes_of_tonic_and_fifth() -> None:
    stand = own(0, transport__opening_chord="potatoes").enter(Act("transport.play")).wait(6.0)
    strokes = chord(stand, 8)
    assert [when for when, _ in strokes] == [n * 2 + beat for n in range(4) for beat in (0.0, 1.0, 1.5)]
    assert set(map(frozenset, strokes.values())) == {frozenset({36, 43})}
    begins = next(when for when, number in stand.tune if number == 1 and when > 3.9)
    assert begins == pytest.approx(LEAD + 4.0, abs=0.01)


@pytest.mark.parametrize(("key", "third"), [("E dorian", 3), ("G major", 4), ("A minor", 3), ("D mixolydian", 4)])
def test_the_voices_share_the_chord_of_the_key_and_the_melody_stays_where_it_plays(key: str, third: int) -> None:
    tonic = Key.parse(key).tonic
    spans = [replace(bar_of(78, 74, 86, 81), key=key)]
    lead = LeadIn(0, 0, 0, 1, 1, Meter(4, 4), Key.parse(key))
    notes = opening_chord("chord", lead, ("melody", "bass", "tenor", "alto"), spans)
    found = {note.voice: note.pitch for note in notes}
    assert len(notes) == 4 and found["melody"] % 12 == found["bass"] % 12 == tonic
    assert (found["tenor"] - tonic) % 12 == 7 and (found["alto"] - tonic) % 12 == third
    assert found["bass"] < found["tenor"] < found["alto"] < found["melody"]
    assert 74 <= found["melody"] <= 86, "a whistle has nothing below its lowest note"
    assert all(note.end < lead.line and note.start == -BAR for note in notes)


# where it is asked for, and where it goes


def test_a_patch_asks_for_it_and_what_cannot_be_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "ceili.toml"
    file.write_text('count_in = 2\nclick = true\n[controls]\ntransport.opening_chord = "chord"\nclick.level = 0.4\n')
    values = load(file).values
    asked = ("transport.count_in", "click.on", "transport.opening_chord", "click.level")
    assert [values[name] for name in asked] == [2, True, "chord", 0.4]
    for text, says in (
        ("count_in = 5", "ceili.toml: count_in = 5 is outside 0..4 (bars)"),
        ('[controls]\ntransport.opening_chord = "bow"', "none, chord, potatoes"),
        ("[controls]\nclick.lvel = 1", 'did you mean "click.level"'),
    ):
        file.write_text(text)
        with pytest.raises(PatchError) as refused:
            load(file)
        assert says in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "good", "clipped", "wrong"),
    [
        ("/lilt/transport/count_in", 2, 9, "two"), ("/lilt/click/level", 0.3, -1.0, "loud"),
        ("/lilt/click/accent", 1.0, 2.0, "much"), ("/lilt/transport/opening_chord", "potatoes", None, "bow"),
        ("/lilt/click/on", 1, None, "maybe"),
    ],
)  # fmt: skip
def test_over_osc_it_is_set_clipped_or_refused_in_one_line(address: str, good: Any, clipped: Any, wrong: Any) -> None:
    (right,) = understand(Packet(address, (good,)))
    assert isinstance(right, Set) and right.value == good and not right.said
    if clipped is not None:
        (moved,) = understand(Packet(address, (clipped,)))
        assert isinstance(moved, Set) and moved.said
    (fault,) = understand(Packet(address, (wrong,)))
    assert isinstance(fault, Fault) and len(fault.reason.splitlines()) == 1


def test_the_click_goes_where_the_rig_sends_it() -> None:
    midi = Plugged((OutputPort("band", "Band", voices=("melody",)), OutputPort("ears", "Ears", voices=("click",))))
    snapshot = Snapshot().with_values([("clock.source", "internal"), ("transport.count_in", 1)])
    stage = PlayerSetup(snapshot, (bar_of(60, 60, 60, 60),), {"melody": (1, 0)}, {}, midi=midi)
    performance = Performance(stage, ["band", "ears", "sound"], LEAD)
    out: list[object] = [*performance.turn(0.0, [Act("transport.play")]).out]
    for n in range(1, 60):
        out += performance.turn(n * 0.05, []).out
    struck = {(m.port, m.channel) for m in out if isinstance(m, Message) and m.kind == "on"}
    assert struck == {("band", 1), ("ears", CHANNEL), ("sound", 1), ("sound", CHANNEL)}
    assert not [m for m in out if isinstance(m, Message) and m.kind == "program" and m.channel == CHANNEL]
