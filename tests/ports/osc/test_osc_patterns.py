"""OSC address patterns: what they match, that they match quickly, and several controls turned as one change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.music.chorale.experts import TURNED
from instrument.ports.osc.addresses import ADDRESSES
from instrument.ports.osc.pattern import matching
from tests.fakes.osc_client import Client, OscRemote

# patterns


def test_a_pattern_turns_several_controls_as_one_change(client: Client, remote: OscRemote) -> None:
    assert client.ask("/lilt/harmony/expert/*", 0.5) == []
    (changes,) = remote.all_told()
    assert len(changes) == len(TURNED)
    assert {value for _, value in changes} == {0.5}
    assert client.ask("/lilt/tune/{guard,aabb}/norm", 0) == []
    assert remote.all_told() == [[("tune.guard", False), ("tune.aabb", False)]]


def test_a_pattern_reads_several(client: Client) -> None:
    replies = client.ask("/lilt/get", "/lilt/tune/[st]e*")
    assert [address for address, _ in replies] == ["/lilt/tune/seed", "/lilt/tune/temperature"]


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("/a/*", ["/a/b", "/a/cd"]),
        ("/a//b", ["/a/b", "/a/x/b", "/a/x/y/b"]),
        ("/a/?", ["/a/b"]),
        ("/a/[b-d]?", ["/a/cd"]),
        ("/a/[!b]*", ["/a/cd"]),
        ("/a/{b,cd}", ["/a/b", "/a/cd"]),
        ("//b", ["/a/b", "/a/x/b", "/a/x/y/b"]),
        ("/a/b", ["/a/b"]),
        ("/a/[]", []),
        ("/a/{}", []),
    ],
)
def test_patterns_mean_what_osc_says(pattern: str, meant: list[str]) -> None:
    assert matching(pattern, ["/a/b", "/a/cd", "/a/x/b", "/a/x/y/b"]) == meant


@given(st.text(alphabet="/ab*?[]{}!-,", max_size=60))
def test_any_pattern_is_matched_quickly_or_refused(pattern: str) -> None:
    try:
        assert set(matching(pattern, ADDRESSES)) <= set(ADDRESSES)
    except ValueError as error:
        assert len(str(error).splitlines()) == 1
