"""Style of the voices, turned while they sing: at the next step, nothing restarted, nothing late, nothing lost."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from multiprocessing import Pipe
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from instrument.controls.explanations import ThinkerFigures
from instrument.controls.requests import Rethink, ThinkerReady
from instrument.controls.snapshot import Snapshot
from instrument.files.patch import find, reads
from instrument.files.patch_save import save
from instrument.music.cues import Voicing
from instrument.networks.chorale.styles import Styles, load_styles
from instrument.networks.weight_files import WeightsError
from instrument.rig.accompanist_service import check
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.voices.accompanist_process import run
from instrument.thinking.voices.choir import Choir
from instrument.thinking.voices.spans_with_voices import SpansWithVoices
from instrument.thinking.voices.styled_choir import StyledChoir, StyleTurn, nearest
from tests.fakes.band import planner, tiny_mind
from tests.fakes.quartet import PLAYED, Duo, play
from tests.fakes.styles import arrays, on_disk, steps, styled, two
from tests.fakes.waiting import until

MELODY = [67, 69, 71, 72, 74, 72, 71, 69]
MIND = tiny_mind()
ALL = Arrangement({"melody": 0, "alto": 0, "tenor": 0, "bass": 0})


def duo(choir: Choir, style: float = 0.0) -> Duo:
    return Duo(choir, Snapshot().with_values([*PLAYED, ("harmony.style", style)]))


def turn(one: Duo, style: float) -> None:
    """Turn the control; what is worked out between keys is worked out."""
    one.accompanist.change(Snapshot().with_values([*PLAYED, ("harmony.style", style)]))
    for _ in range(10_000):
        if not one.accompanist.turn.busy:
            return
        one.accompanist.prepare()
    raise AssertionError("the turn of the style never ends")


def heard(one: Duo) -> list[tuple[str, float, int, int]]:
    return [(m.kind, m.due, m.channel, m.number) for m in one.messages]


def test_at_0_not_a_byte_is_other_than_without_styles() -> None:
    plain, with_styles = duo(Choir(steps(arrays(1)))), duo(styled())
    play(plain, MELODY)
    play(with_styles, MELODY)
    assert heard(plain) == heard(with_styles) and len(heard(plain)) > 20


def test_a_patch_that_begins_at_1_sings_with_the_hymns_from_its_first_key() -> None:
    hymns, turned = duo(Choir(steps(arrays(2)))), duo(styled(), 1.0)
    play(hymns, MELODY)
    play(turned, MELODY)
    assert heard(hymns) == heard(turned)
    assert heard(turned) != heard_of(0.0)


def heard_of(style: float) -> list[tuple[str, float, int, int]]:
    one = duo(styled(), style)
    play(one, MELODY)
    return heard(one)


def test_turned_under_a_held_key_the_step_stands_and_the_next_is_the_other_choirs() -> None:
    one = duo(styled())
    play(one, MELODY[:4])
    accompanist = one.accompanist
    before, standing = accompanist.choir, accompanist._now.voices
    turn(one, 1.0)
    assert accompanist.choir is before, "the step under way goes on with the choir that began it"
    assert accompanist._now.voices is standing, "what has sounded and the recurrent states stand"
    play(one, MELODY[4:])
    assert accompanist.choir is not before
    assert np.array_equal(accompanist.choir.models[3].trunks[0].recurrent, arrays(2)["bass.trunk.recurrent"])
    other = duo(styled())
    play(other, MELODY)
    earlier = [[sound for sound in heard(each) if sound[1] < 2.0] for each in (one, other)]
    assert earlier[0] == earlier[1] and heard(one) != heard(other)


def test_turned_back_it_is_bach_again_to_the_bit() -> None:
    one, never = duo(styled()), duo(styled())
    turn(one, 0.7)
    turn(one, 0.0)
    play(one, MELODY)
    play(never, MELODY)
    assert heard(one) == heard(never) and one.accompanist.choir is one.accompanist.turn.now


def test_a_key_is_answered_while_the_mixture_is_being_made() -> None:
    one = duo(styled())
    play(one, MELODY[:2])
    one.accompanist.change(Snapshot().with_values([*PLAYED, ("harmony.style", 1.0)]))
    one.accompanist.prepare()
    assert one.accompanist.turn.busy, "it is made in pieces"
    before = one.accompanist.choir
    one.key(74)
    one.run(0.05)
    assert one.accompanist.choir is before and one.sounding(), "the key did not wait for it"


def test_a_fader_that_sweeps_makes_the_newest_place_and_none_twice() -> None:
    made: list[float] = []

    class Counted(Styles):
        def pieces(self, models: object, style: float) -> Iterator[object]:
            made.append(style)
            yield from super().pieces(models, style)  # type: ignore[arg-type]

    given = two()
    work = StyleTurn(styled(Counted(given.plan, given.bach, given.hymns)), 0.0)
    for place in range(101):
        work.turn(place / 100)
        work.work()
    while work.busy:
        work.work()
    assert made[-1] == 1.0 and len(made) < 50 and len(set(made)) == len(made)
    work.turn(1.0 - 1e-9)
    assert not work.busy, "less than can be heard is no turn"
    assert nearest(-3.0) == 0.0 and nearest(7.0) == 1.0


def test_a_second_set_that_cannot_be_read_is_told_once_and_the_voices_sing_on(tmp_path: Path) -> None:
    stem = on_disk(tmp_path)
    stem.with_name("chorale_hymns.safetensors").write_bytes(b"nothing")
    choir = StyledChoir(steps(arrays(1)), None, lambda: load_styles(stem))
    one = duo(choir)
    one.accompanist.change(Snapshot().with_values([*PLAYED, ("harmony.style", 1.0)]))
    assert until(lambda: one.accompanist.prepare() or not one.accompanist.turn.busy, 20.0, 0.01)
    play(one, MELODY)
    assert heard(one) == heard_of(0.0)
    line = one.accompanist.turn.told()
    assert "chorale_hymns.safetensors" in line and "style 0" in line and "\n" not in line
    assert one.accompanist.turn.told() == ""


def test_weights_with_one_style_say_so_when_another_is_asked_for() -> None:
    choir = StyledChoir(steps(arrays(1)), None, lambda: None)
    choir.read_ahead()
    assert choir.at(0.0) is choir and choir.told() == ""
    assert choir.at(0.5) is choir and "no hymns' set" in choir.told()
    assert choir.at(0.5) is choir and choir.told() == ""


def test_the_process_answers_keys_while_it_turns_and_tells_what_cannot_be(collector: None) -> None:
    """Its real loop, on real lines, with weights of one style."""
    one = duo(Choir(steps(arrays(1))))
    play(one, MELODY[:2])
    player, cues = Pipe()
    conductor, snapshots = Pipe()
    choir = StyledChoir(steps(arrays(1)), None, lambda: None)
    voiced = Snapshot().with_values([*PLAYED, ("voice.bass.on", True)])
    served = Thread(target=run, args=(cues, snapshots, choir, voiced, {}))
    served.start()
    assert isinstance(conductor.recv(), ThinkerReady)
    conductor.send(voiced.with_value("harmony.style", 0.5))
    player.send(one.cues[0])
    assert player.poll(20) and isinstance(player.recv(), Voicing)
    lines = []
    assert until(lambda: lines.append(conductor.recv()) or isinstance(lines[-1], ThinkerFigures), 20.0, 0.01)
    assert "no hymns' set" in lines[-1].line
    player.send(one.cues[1])
    assert player.poll(20) and isinstance(player.recv(), Voicing)
    player.close()
    conductor.close()
    served.join(20)
    assert not served.is_alive()


@pytest.fixture
def collector() -> Iterator[None]:
    """The process turns garbage collection off, which is not its own here."""
    yield
    gc.unfreeze()
    gc.enable()


def ensemble(choir: Choir, style: float) -> tuple[SpansWithVoices, Snapshot]:
    now = Snapshot().with_values([("tune.seed", 3), ("harmony.style", style)])
    return SpansWithVoices(planner(now, MIND), lambda: choir, ALL), now


def composed(choir: Choir, style: float) -> list[object]:
    one, now = ensemble(choir, style)
    one.rethink(Rethink(1, now, 0, None, now))
    return [one.next_span().notes for _ in range(6)]


def test_voices_under_a_composed_tune_follow_the_style_too() -> None:
    bach, hymns = composed(Choir(steps(arrays(1))), 0.0), composed(Choir(steps(arrays(2))), 0.0)
    assert composed(styled(), 0.0) == bach and composed(styled(), 1.0) == hymns != bach
    between = composed(styled(), 0.5)
    assert between not in (bach, hymns) and between == composed(styled(), 0.5), "the same whenever it is asked"


def test_a_patch_keeps_and_recalls_the_style(tmp_path: Path) -> None:
    chorale = find("chorale")
    path = save(tmp_path, "sunday", {**chorale.snapshot().values, "harmony.style": 0.5}, chorale, "2026-11-29")
    assert "style = 0.5" in path.read_text() and reads(path.read_text(), path).snapshot().number("harmony.style") == 0.5


def test_a_patch_with_a_style_refuses_weights_that_have_none_before_the_music_starts(tmp_path: Path) -> None:
    stem = on_disk(tmp_path)
    path = tmp_path / "sunday.toml"
    chorale = find("chorale")
    save(tmp_path, "sunday", {**chorale.snapshot().values, "harmony.style": 0.5}, chorale, "2026-11-29")
    patch = reads(path.read_text(), path)
    check(patch, stem)
    for end in (".safetensors", ".json", ".md"):
        stem.with_name("chorale_hymns" + end).unlink()
    with pytest.raises(WeightsError, match=r"harmony\.style") as refused:
        check(patch, stem)
    assert "\n" not in str(refused.value)
    check(chorale, stem)  # at 0 none is needed
