"""An ensemble in virtual time: one leads and the others back, over a network that loses, doubles, delays and reorders;
the lead is handed on, taken, and lost with its leader."""

from __future__ import annotations

import itertools

import pytest

from instrument.controls.control import Value
from instrument.music.events import Span
from instrument.music.ticks import QUARTER
from instrument.playing.ensemble.roles import EnsembleRole
from instrument.playing.messages import Act
from tests.fakes.balance import balance
from tests.fakes.ensembles import Band, Member
from tests.fakes.thorough import every, share

NEAR = 0.012  #: seconds: a turn, within which two moments are the same
BAD = {"loses": 0.3, "doubles": 0.3, "late": 0.25}


def melody(member: Member, since: float, until: float) -> list[tuple[float, int]]:
    return member.sounds("melody", since, until)


def places(member: Member, since: float) -> dict[float, tuple[object, ...]]:
    """Of each bar: when it begins to sound, and which bar of which tune it is."""
    return {
        round(begins, 1): (span.tune, span.bar, span.place, span.meter, span.key)
        for begins, _, span in member.announced
        if begins >= since
    }


def tune(span: Span) -> tuple[object, ...]:
    return (span.tune, span.bar, span.place)


def two(**bad: float) -> tuple[Band, Member, Member]:
    band = Band(seed=5, **bad)  # type: ignore[arg-type]
    first = band.join("first", "aa")
    band.pass_time(8)
    return band, first, band.join("second", "bb")


def alone_at(members: list[Member], since: float, until: float, bar: float) -> list[int]:
    """Of each bar's length of time, how many members strike a melody in it."""
    found, at = [], since
    while at + bar <= until:
        found.append(sum(bool(melody(member, at, at + bar)) for member in members))
        at += bar
    return found


def test_who_is_there_first_leads_and_who_joins_backs_its_tune_on_the_same_beat() -> None:
    band, first, second = two()
    band.pass_time(20)
    assert band.leaders == ["first"] and second.roles[-1][1] == EnsembleRole("follows")
    theirs, ours = places(first, 12), places(second, 12)
    assert len(ours) >= 9 and all(theirs[at] == place for at, place in ours.items() if at in theirs)
    assert set(ours) <= set(theirs)
    assert {span.source for begins, _, span in second.announced if begins > 12} == {"heard"}
    assert not melody(second, 0, 28) and len(melody(first, 12, 28)) > 20
    assert len(second.sounds("drone", 12, 27)) >= 9, "its own voices sound with every bar"


def test_played_along_the_tune_is_the_leaders_note_for_note() -> None:
    band, first, second = two()
    second.snapshot = second.snapshot.with_value("ensemble.melody", "play along")
    second.performance.player.snapshot = second.snapshot
    band.pass_time(20)
    theirs, ours = melody(first, 13, 27), melody(second, 13, 27)
    assert len(ours) == len(theirs) > 20
    assert all(abs(a - b) < NEAR and p == q for (a, p), (b, q) in zip(theirs, ours, strict=True))


def test_before_it_hears_anything_who_joins_is_silent() -> None:
    band, _, second = two()
    band.cut = frozenset({"second"})
    band.pass_time(0.9)
    band.cut = frozenset()
    band.pass_time(10)
    begins = min(at for at, _, span in second.announced if span.source == "heard")
    assert not [m for m in second.messages if m.kind == "on" and m.due < begins - NEAR]


@pytest.mark.parametrize("seed", range(share(2, 6)))
def test_over_a_bad_network_every_bar_is_backed_in_its_place(seed: int) -> None:
    band, first, second = two(**BAD)
    band._chance.seed(seed)
    band.pass_time(40)
    theirs, ours = places(first, 14), places(second, 14)
    assert len(ours) > 18
    wrong = [at for at in ours if at in theirs and ours[at] != theirs[at]]
    assert not wrong and set(ours) <= set(theirs)
    starts = [bar.span.start for bar in second.heard if bar.span.start > 6 * 4 * QUARTER]
    assert len(starts) == len(set(starts)), "a bar announced twice is heard once"
    assert not melody(second, 0, band.now)
    band.members[0].entries.append(Act("transport.stop"))
    band.members[1].entries.append(Act("transport.stop"))
    band.pass_time(0.5)
    assert not balance(first.messages) and not balance(second.messages)


def test_a_bar_that_never_comes_is_played_as_the_leader_has_written_it() -> None:
    band, first, second = two()
    band.pass_time(8.6)
    band.cut = frozenset({"second"})  # for less than it takes to be gone
    band.pass_time(0.5)
    band.cut = frozenset()
    band.pass_time(12)
    theirs, ours = places(first, 12), places(second, 12)
    assert all(theirs[at] == place for at, place in ours.items() if at in theirs)
    assert second.roles[-1][1].role == "follows" and len(second.roles) == 1


@pytest.mark.parametrize("after", every(2, [0.0, 0.4, 0.8, 1.2]))
def test_when_the_leader_dies_the_tune_goes_on_within_a_bar(after: float) -> None:
    band, first, second = two()
    third = band.join("third", "cc")
    band.pass_time(14 + after)
    died = band.now
    band.kill(first)
    band.pass_time(14)
    assert band.leaders == ["second"], "the smallest number of those that are left"
    assert third.roles[-1][1].role == "follows" and any("second leads" in line for line in third.lines)
    last = max(at for at, _ in melody(first, 0, died))
    begins = melody(second, 0, band.now)[0][0]
    assert begins - died < 0.75 + 1.25 * band.bar() + NEAR, "with the first bar line that is not announced by then"
    before = [span for at, _, span in second.announced if at <= last]
    behind = [span for at, _, span in second.announced if at > last]
    assert all(a.end == b.start for a, b in itertools.pairwise([*before, *behind]))
    assert behind[0].tune == before[-1].tune or behind[0].bar == 0, "the same tune goes on"
    for member in (second, third):
        drone = [at for at, _ in member.sounds("drone", died - 2, band.now - 1)]
        assert max(b - a for a, b in itertools.pairwise(drone)) < 1.1 * band.bar(), "their own voices never pause"
    assert not melody(third, 0, band.now)
    theirs, ours = places(second, died + 4), places(third, died + 4)
    assert len(ours) >= 4 and all(theirs[at] == place for at, place in ours.items() if at in theirs)


def test_who_leaves_says_so_and_is_succeeded_at_once() -> None:
    band, first, second = two()
    band.pass_time(12)
    first.do(first.ensemble.close(band.now))
    band.kill(first)
    band.pass_time(0.1)
    assert band.leaders == ["second"] and any("has left" in line for line in second.lines)


def test_the_lead_is_taken_at_a_bar_line_and_one_melody_sounds_all_the_while() -> None:
    band, first, second = two()
    band.pass_time(10)
    since = band.now
    second.do(second.ensemble.lead(band.now))
    band.pass_time(0.3)
    assert band.leaders == ["second"] and first.roles[-1][1].role == "follows"
    band.pass_time(16)
    # every bar line of the session, from the one at hand
    begins = next(at for at in sorted(places(first, since)) if at >= since)
    assert set(alone_at([first, second], begins - NEAR, band.now - 2, band.bar())) == {1}
    theirs, ours = places(second, since), places(first, since)
    both = [at for at in ours if at in theirs]
    assert len(both) > 7 and all(theirs[at] == ours[at] for at in both)
    assert [at for at, _ in melody(second, since, band.now)]
    assert not melody(first, since + 3 * band.bar() + 0.2, band.now)


def test_the_lead_is_handed_on_to_the_next_member() -> None:
    band, first, second = two(**BAD)
    third = band.join("third", "cc")
    band.pass_time(10)
    assert second.ensemble.hand_on(band.now).lines == ["somebody else leads; ensemble.lead takes the lead"]
    for leader, name in ((first, "second"), (second, "third"), (third, "first")):
        leader.do(leader.ensemble.hand_on(band.now))
        band.pass_time(3)
        assert band.leaders == [name]
    assert first.ensemble.lead(band.now).lines == ["you lead the ensemble already"]


def test_two_that_claim_at_once_are_settled_alike_for_all() -> None:
    band, _, second = two(late=0.15)
    third = band.join("third", "0c")
    fourth = band.join("fourth", "0d")
    band.pass_time(10)
    second.do(second.ensemble.lead(band.now))
    fourth.do(fourth.ensemble.lead(band.now))
    band.pass_time(1)
    assert band.leaders == ["fourth"], "the smaller number"
    assert {m.ensemble.readings["ensemble.leader"] for m in band.members} == {"0d"}
    band.pass_time(12)
    assert sum(bool(melody(m, band.now - 4, band.now)) for m in band.members) == 1
    assert not melody(third, 0, band.now)


def test_two_that_start_at_once_have_one_leader() -> None:
    band = Band(late=0.1)
    band.join("first", "0b")
    band.join("second", "0a")
    band.pass_time(6)
    assert band.leaders == ["second"]


def test_a_leader_out_of_reach_for_a_while_leads_on_when_it_is_back() -> None:
    band, first, second = two()
    band.pass_time(10)
    band.cut = frozenset({"second"})
    band.pass_time(6)
    assert set(band.leaders) == {"first", "second"}, "each plays on by itself"
    band.cut = frozenset()
    band.pass_time(8)
    assert band.leaders == ["first"] and second.roles[-1][1].role == "follows"
    assert not melody(second, band.now - 3, band.now) and melody(first, band.now - 3, band.now)


def test_when_the_leader_stops_the_others_rest_and_go_on_with_it() -> None:
    band, first, second = two()
    band.pass_time(10)
    first.entries.append(Act("transport.stop"))
    band.pass_time(4)
    assert second.roles[-1][1].role == "rests"
    assert not second.sounds("drone", band.now - 1, band.now)
    first.entries.append(Act("transport.play"))
    band.pass_time(10)
    assert second.roles[-1][1].role == "follows" and second.sounds("drone", band.now - 3, band.now)
    theirs, ours = places(first, band.now - 4), places(second, band.now - 4)
    assert ours and all(theirs[at] == place for at, place in ours.items() if at in theirs)


def test_when_the_leaders_set_is_over_the_others_rest_and_play_with_its_next() -> None:
    band = Band(seed=2)
    first = band.join("first", "aa", set__tunes=1, set__chord=False)
    band.pass_time(4)
    second = band.join("second", "bb")
    band.pass_time(75)
    assert not first.player.scheduler.playing, "its set is over"
    assert second.player.scheduler.playing and second.roles[-1][1].role == "rests"
    assert not second.sounds("drone", band.now - 2, band.now)
    first.entries.append(Act("transport.play"))
    band.pass_time(10)
    assert first.player.scheduler.playing and second.sounds("drone", band.now - 4, band.now)


@pytest.mark.parametrize("turned", [("tune.key", "A dorian"), ("tune.meter", "6/8"), ("set.times", 2)])
def test_what_the_leader_turns_is_followed(turned: tuple[str, Value]) -> None:
    from instrument.playing.messages import Change

    band, first, second = two()
    band.pass_time(8)
    first.snapshot = first.snapshot.with_value(*turned)
    first.entries.append(Change(first.snapshot))
    band.pass_time(14)
    theirs, ours = places(first, band.now - 8), places(second, band.now - 8)
    both = [at for at in ours if at in theirs]
    assert len(both) >= 3 and all(theirs[at] == ours[at] for at in both)
    if turned[0] != "set.times":
        assert second.snapshot.values[turned[0]] == turned[1], "so that the next leader goes on in it"


@pytest.mark.parametrize("seed", range(share(1, 3)))
def test_all_that_was_heard_is_among_what_came_in_so_that_it_replays(seed: int) -> None:
    band, _, second = two(**BAD)
    band._chance.seed(seed)
    band.pass_time(8)
    second.do(second.ensemble.lead(band.now))
    band.pass_time(12)
    for member in band.members:
        assert member.again() == member.messages
