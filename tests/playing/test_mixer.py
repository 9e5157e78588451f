"""The mixer while the music plays, in virtual time: sound and messages, and what cannot be had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.controls.voice import PARTS
from instrument.controls.voice_controls import name_of, values_of, voice_at, voices_on
from instrument.files.patch import find
from instrument.playing.messages import Act, Change, PlayerSetup
from instrument.playing.midi.output_message import fine, share_of
from instrument.ports.log.replay import replay
from instrument.ports.midi.output import encode
from instrument.rig.mixer_check import refused
from tests.fakes.band import BAR, bar_of
from tests.fakes.mixing import Evening, band, struck
from tests.fakes.sessions import Session


def test_the_shares_of_fourteen_bits_come_back_as_they_were() -> None:
    for share in (0.0, 0.25, 0.5, 0.8, 1.0):
        assert share_of(fine(0, "gain", 3, share, "sound")) == pytest.approx(share, abs=1e-4)
    assert encode(fine(0, "gain", 3, 1.0, "sound"))[0] == 0xF0


def test_the_level_is_told_to_our_sound_and_to_cables_each_in_its_own_way() -> None:
    evening = Evening(band("melody", "drone"))
    evening.until(0.5)
    sent = evening.change(melody__level=0.25, melody__pan=-1.0)
    assert {(m.kind, m.number) for m in sent if m.port == "keys"} == {("control", 7), ("control", 10)}
    assert {m.value for m in sent if m.kind == "control" and m.number == 7} == {64}
    assert {m.value for m in sent if m.kind == "control" and m.number == 10} == {1}
    assert {m.kind for m in sent if m.port == "sound"} == {"gain", "place"}
    assert not [m for m in sent if m.channel != 1]


def test_nothing_is_said_of_a_voice_that_is_turned_to_where_it_stands() -> None:
    evening = Evening(band("melody", "drone"))
    evening.until(0.5)
    assert evening.change(melody__level=0.8, drone__level=0.4, alto__level=0.1) == []


def test_solo_leaves_one_voice_and_mute_takes_one_away() -> None:
    evening = Evening(band("melody", "drone", "bass"))
    evening.until(0.5)
    evening.change(bass__solo=True)
    silent = {m.channel for m in evening.sent if m.kind == "control" and m.number == 7 and m.value == 0}
    assert silent == {1, 2}
    sent = evening.change(bass__solo=False, melody__mute=True)
    volume = {m.channel: m.value for m in sent if m.kind == "control" and m.number == 7}
    assert volume == {2: 80}, "the drone comes back, the melody stays away"


def test_a_channel_that_changes_under_a_note_lets_it_end_where_it_was_struck() -> None:
    evening = Evening(band("melody", "drone"))
    evening.until(0.5)
    before = evening.hanging()
    assert ("keys", 1, 60) in before
    evening.change(melody__channel=9, drone__output="sound")
    evening.until(1.9)
    assert evening.hanging() == before, "the notes that sound go on"
    evening.until(2.5)
    assert struck([m for m in evening.sent if m.due > 0.5], "keys") == [(9, 60)]
    evening.until(16.0)
    evening.turn(Act("transport.stop"))
    assert not evening.hanging()


def test_a_voice_that_is_taken_away_ends_at_once_and_comes_back_with_its_next_note() -> None:
    evening = Evening(band("melody", "drone"))
    evening.until(0.5)
    sent = evening.change(drone__on=False)
    assert {(m.port, m.kind, m.channel) for m in sent if m.kind == "off"} == {("sound", "off", 2), ("keys", "off", 2)}
    evening.until(3.0)
    assert struck([m for m in evening.sent if m.due > 0.5], "keys") == [(1, 60)]
    evening.change(drone__on=True)
    evening.until(4.5)
    assert ("keys", 2, 61) in evening.hanging()


def test_a_voice_that_was_not_there_is_added_with_its_program_and_level() -> None:
    evening = Evening(band("melody"))
    evening.until(0.5)
    sent = evening.change(alto__on=True)
    cable = [(m.kind, m.number, m.value) for m in sent if m.port == "keys"]
    assert cable == [("program", 52, 0), ("control", 7, 90), ("control", 10, 39)]
    assert {m.kind for m in sent if m.port == "sound"} == {"program", "timbre", "gain", "place"}


def test_a_transposed_instrument_is_sent_other_keys_and_each_is_ended() -> None:
    evening = Evening(band("melody"))
    evening.until(0.5)
    evening.change(melody__transpose=2)
    evening.until(3.0)
    assert ("keys", 1, 62) in evening.hanging() and ("keys", 1, 60) not in evening.hanging()
    evening.change(melody__transpose=-3)
    evening.until(4.5)
    assert ("keys", 1, 57) in evening.hanging() and len(evening.hanging()) == 2


def test_what_you_play_goes_up_by_its_octave_and_comes_down_where_it_was_struck() -> None:
    evening = Evening(band("soprano", bars=1))
    scheduler = evening.performance.player.scheduler
    evening.change(soprano__octave=1)
    on = scheduler.strike("soprano", 60, 90, 0.1)
    evening.change(soprano__octave=-2, soprano__channel=12)
    off = scheduler.end("soprano", 60, 0.2)
    assert [(m.kind, m.channel, m.number) for m in (*on, *off)] == [("on", 3, 72)] * 2 + [("off", 3, 72)] * 2


def test_what_a_recalled_patch_brings_waits_for_the_bar_that_is_not_announced() -> None:
    evening = Evening(band("melody", "drone"))
    evening.until(1.0)
    reel = find("trio").values
    named = [(n, v) for n, v in reel.items() if n.startswith("voice.")] + [("tune.seed", 99)]
    evening.snapshot = evening.snapshot.with_values(named)
    assert not [m for m in evening.turn(Change(evening.snapshot)) if m.kind != "off"]
    evening.until(1.98)
    assert not [m for m in evening.sent if m.channel == 6]
    evening.until(2.1)
    told = [m for m in evening.sent if m.channel == 6]
    assert {m.kind for m in told} == {"program", "control", "timbre", "gain", "place"}
    assert all(m.due == pytest.approx(2.0, abs=0.011) for m in told)
    assert "drone" not in evening.performance.player.scheduler.routes


def test_a_fader_moved_after_a_recall_is_heard_at_once() -> None:
    evening = Evening(band("melody", "drone"))
    evening.until(1.0)
    evening.snapshot = evening.snapshot.with_values([("tune.seed", 9), ("voice.melody.level", 0.1)])
    evening.turn(Change(evening.snapshot))
    sent = evening.change(melody__level=0.9)
    assert share_of(next(m for m in sent if m.kind == "gain")) == pytest.approx(0.9, abs=1e-4)
    assert not [m for m in evening.sent if m.kind == "gain" and m.due > 1.5]


@pytest.mark.long  # 5 seconds of CPU
def test_random_mixing_never_leaves_a_note_hanging() -> None:
    for seed in range(40):
        chance = np.random.default_rng(seed)
        evening = Evening(band(*PARTS, outputs=("sound", "keys", "box", "recording"), bars=6))
        fields = ("on", "level", "mute", "solo", "pan", "transpose", "timbre", "program", "channel", "output")
        while evening.now < 11:
            evening.until(evening.now + float(chance.uniform(0.01, 0.7)))
            part, field = chance.choice(list(PARTS)), chance.choice(fields)
            value = CONTROLS[name_of(part, field)].from_fader(float(chance.random()))
            evening.snapshot = evening.snapshot.with_value(name_of(part, field), value)
            if chance.random() < 0.1:
                evening.snapshot = evening.snapshot.with_value("tune.seed", int(chance.integers(1, 99)))
            evening.turn(Change(evening.snapshot))
            if chance.random() < 0.05:
                evening.turn(Act(str(chance.choice(["panic", "transport.stop", "transport.play"]))))
        evening.turn(Act("transport.stop"))
        assert not evening.hanging(), seed


def test_a_channel_that_another_voice_has_is_refused_with_a_reason() -> None:
    values = find("trio").values
    assert refused(values, [("voice.bass.channel", 4)], ["keys"], {}) == {
        "voice.bass.channel": "channel 4 would be both alto's and bass's; give each voice its own"
    }
    swap: list[tuple[str, Value]] = [("voice.bass.channel", 4), ("voice.alto.channel", 6)]
    assert refused(values, swap, ["keys"], {}) == {}
    apart = [*swap[:1], ("voice.bass.output", "keys"), ("voice.alto.output", "sound")]
    assert refused(values, apart, ["keys"], {}) == {}
    assert refused(values, [("voice.bass.level", 0.1)], [], {}) == {}


def test_an_output_that_is_not_there_is_refused_with_those_that_are() -> None:
    values = find("trio").values
    line = refused(values, [("voice.bass.output", "organ")], ["keys"], {})["voice.bass.output"]
    assert line == 'voice.bass.output: there is no output "organ"; it may be rig, all, sound, keys'
    assert refused(values, [("voice.bass.output", "keys"), ("voice.alto.output", "1")], ["keys"], {}) == {}
    assert "voice.alto.output" in refused(values, [("voice.alto.output", "2")], ["keys"], {})


@pytest.mark.parametrize("name", ["first", "session", "trio", "four", "drone", "reel"])
def test_the_controls_of_a_patch_say_what_its_voices_are(name: str) -> None:
    patch = find(name)
    voices = {n: v for n, v in patch.voices.items() if n != "drone" or patch.drone != "none"}
    there = voices_on(patch.values)
    assert {n: replace(v, compass="any") for n, v in there.items()} == {
        n: replace(v, compass="any") for n, v in voices.items()
    }
    assert voice_at(patch.values, "melody") == patch.voices["melody"]
    channels = [patch.values[name_of(part, "channel")] for part in PARTS]
    assert len(set(channels)) == len(channels), "a voice that comes finds a channel of its own"


def test_a_mixed_session_is_played_again_to_the_byte(tmp_path: Path) -> None:
    values = {**Snapshot().values, **values_of({n: PARTS[n] for n in ("melody", "bass")}, "none")}
    spans = tuple(replace(bar_of(62, 64, start=n * BAR), tune=0) for n in range(8))
    setup = PlayerSetup(
        Snapshot(values=values), spans, {"melody": (1, 74), "bass": (6, 52)}, {}, levels={"melody": 0.8}
    )
    session = Session(tmp_path / "mixed.jsonl", setup, ("sound", "keys"))
    snapshot = setup.snapshot
    moves = {"level": 0.3, "channel": 9, "timbre": "pluck", "transpose": 2, "on": False, "mute": True, "pan": 0.5}
    for name, value in (*moves.items(), ("on", True)):
        session.run(0.7)
        snapshot = snapshot.with_value(f"voice.melody.{name}", value)
        session.take(Change(snapshot))
    session.run(2.0)
    found = replay(session.close())
    assert found.same and found.whole, found.difference
    assert any(data[0] == 0xF0 for _, data in found.sent), "what our own sound was told is in the log"
