"""The band's page: what each viewer reads, that nobody turns anything there, and how it looks in a browser."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from instrument.music.key import Key
from instrument.music.scores.engraving import engraved, signature
from instrument.playing.messages import Announced
from instrument.ports.remote import Remote
from instrument.ports.web.band_reading import CLEFS, INSTRUMENTS, BandView, checked, reading_of
from instrument.ports.web.band_visit import AT_ONCE, PAST, BandVisit
from instrument.ports.web.page_state import PageState
from instrument.ports.web.server import BAND_LIVE, REFUSALS
from instrument.ports.web.static import BAND, FOLDER
from tests.fakes.band import planner
from tests.fakes.browser import play
from tests.fakes.puppet import Puppet
from tests.fakes.thorough import every
from tests.fakes.web_client import LIMIT, get, opened

KEYS = [Key.parse(f"{tonic} {mode}") for tonic in ("C", "D", "G", "A", "E", "F", "Bb", "F#") for mode in
        ("major", "dorian", "mixolydian", "minor")]  # fmt: skip


def pitches(span: Any, key: Key, octave: int) -> list[int]:
    """MIDI notes of a measure as written: heads with the signature and the accidentals of the bar."""
    score = engraved(span.written, span.place.measure, key, octave)
    assert score is not None
    now, found = dict[int, int](), list[int]()
    for sign in score.signs:
        for step, shown in sign.heads:
            now[step] = shown if shown is not None else now.get(step, key.signature[step % 7])
            octaves, letter = divmod(step, 7)
            found.append(60 + 12 * octaves + (0, 2, 4, 5, 7, 9, 11)[letter] + now[step])
    return found


@pytest.mark.long  # 5 seconds of CPU
@pytest.mark.parametrize("name", every(3, list(INSTRUMENTS)))
def test_a_transposing_player_reads_every_note_so_many_semitones_away(name: str) -> None:
    plan = planner()
    spans = [plan.next_span() for _ in range(8)]
    reading = BandView(name)
    for key in KEYS:
        for span in spans:
            sounding = pitches(span, key, span.octave)
            read = pitches(span, reading.key(key), span.octave + reading.octaves(key))
            assert read == [pitch + INSTRUMENTS[name] for pitch in sounding], (name, str(key))


def test_keys_are_read_with_the_fewer_signs_and_chords_go_with_them() -> None:
    assert str(BandView("Bb").key(Key.parse("D major"))) == "E major"
    assert str(BandView("Eb").key(Key.parse("E dorian"))) == "C# dorian"
    assert str(BandView("Bb").key(Key.parse("G mixolydian"))) == "A mixolydian"
    for name, read in {"D": "E", "Em7": "F#m7", "A/C#": "B/D#", "N.C.": "N.C.", "Bbmaj7": "Cmaj7"}.items():
        assert BandView("Bb").chord(name) == read
    assert BandView("C").chord("Em7") == "Em7"


@pytest.mark.parametrize("clef", CLEFS)
def test_a_signature_stands_on_the_staff_in_every_clef(clef: str) -> None:
    for key in KEYS:
        placed = BandView("C", clef).signature(key)
        assert len(placed) == len(signature(key)) and all(2 <= step <= 10 or step in (1, 11) for step, _ in placed)
        for (there, sign), (step, own) in zip(placed, signature(key), strict=True):
            assert sign == own and (there - BandView("C", clef).step(step)) % 7 == 0, "the same letter, another octave"


@pytest.mark.parametrize(
    ("query", "reading"),
    [
        ("for=Bb", BandView("Bb")), ("for=eb&clef=bass&octave=-1", BandView("Eb", "bass", -1)), ("", BandView()),
        ("for=%F0%9F%8E%BA&clef=tab&octave=99", BandView()), ("octave=9", BandView("C", "treble", 2)),
        ("for=B%E2%99%AD", BandView("Bb")), ("for=" + "x" * 10_000, BandView()), ("octave=" + "9" * 5000, BandView()),
    ],
)  # fmt: skip
def test_an_address_that_makes_no_sense_reads_as_it_sounds(query: str, reading: BandView) -> None:
    assert reading_of(query) == reading


def test_whatever_is_sent_as_a_reading_is_one() -> None:
    for odd in (None, 3, [], {}, "x" * 999, float("nan"), True):
        found = checked(odd, odd, odd)
        assert (found.instrument, found.clef) == ("C", "treble") and -2 <= found.octave <= 2


# nobody turns anything there


def heard(page: Any, name: str) -> Any:
    while True:
        news = json.loads(page.recv(timeout=LIMIT))
        if name in news:
            return news[name]


@pytest.mark.parametrize(
    "message",
    [
        {"set": {"clock.bpm": 200.0}}, {"do": "transport.stop"}, {"do": "panic"}, {"patch": "jig"}, {"again": 1},
        {"read": {"for": "Bb"}, "set": {"clock.bpm": 200.0}}, {"ping": 1, "do": "panic"}, [], {}, 3, "panic", None,
        {"read": 3}, {"save": "mine"}, {"step": 1},
    ],
)  # fmt: skip
def test_what_turns_anything_is_refused_by_the_server(served: tuple[Puppet, Remote], message: object) -> None:
    puppet, remote = served
    before = puppet.snapshot
    with opened(remote, f"{BAND_LIVE}?for=Bb") as page:
        page.send(json.dumps(message))
        assert "only shows" in heard(page, "error")
        page.send(json.dumps({"ping": 1}))
        assert heard(page, "pong") == 1
    assert puppet.snapshot == before and not puppet.done and remote.playing == "first"


def test_osc_and_rubbish_on_the_bands_line_turn_nothing(served: tuple[Puppet, Remote]) -> None:
    from pythonosc.osc_message_builder import build_msg

    puppet, remote = served
    before = puppet.snapshot
    with opened(remote, BAND_LIVE) as page:
        osc = build_msg("/lilt/clock/bpm", [200.0]).dgram
        for data in (osc, b"\xff\x00", "{", '{"COMMAND": "LISTEN", "DATA": "/lilt"}'):
            page.send(data)
            heard(page, "error")
    assert puppet.snapshot == before and not puppet.done


def test_who_keeps_trying_is_shown_out(served: tuple[Puppet, Remote]) -> None:
    _, remote = served
    with opened(remote, BAND_LIVE) as page, pytest.raises(ConnectionClosed):
        for _ in range(REFUSALS + 5):
            page.send('{"do": "panic"}')
        for _ in range(200):
            page.recv(timeout=LIMIT)
    with opened(remote, BAND_LIVE) as page:
        assert heard(page, "hello")


def test_without_the_code_only_the_bands_page_is_shown(
    served: tuple[Puppet, Remote], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, remote = served
    monkeypatch.setattr(remote.pairing, "welcome", lambda host: False)
    assert get(remote, "/")[0] == 403 and get(remote, "/main.js")[0] == 403 and get(remote, "/lilt/clock/bpm")[0] == 403
    for path in BAND:
        assert get(remote, path)[0] == 200, path
    with pytest.raises(InvalidStatus, match="403"):
        opened(remote, "/live")
    with pytest.raises(InvalidStatus, match="403"):
        opened(remote, "/lilt")
    with opened(remote, BAND_LIVE) as page:
        assert heard(page, "hello")["reading"] == {"for": "C", "clef": "treble", "octave": 0}


def test_another_site_gets_no_score(served: tuple[Puppet, Remote]) -> None:
    _, remote = served
    assert get(remote, "/band", Host="evil.example")[0] == 403
    with pytest.raises(InvalidStatus, match="403"):
        opened(remote, BAND_LIVE, origin="http://evil.example")


def test_the_bands_page_is_made_of_what_it_may_load_and_nothing_else() -> None:
    files = ("head.part", "band.html", "band.js", "band_staff.js", "staff.js", "music.js")
    text = "".join((FOLDER / name).read_text() for name in files)
    wanted = {f"/{name}" for name in re.findall(r'"(?:\./)?([a-z_]+\.(?:js|css|svg))"', text)}
    assert wanted <= set(BAND)
    assert not re.search(r"link\.set|\bset:|\bdo:|patch:", (FOLDER / "band.js").read_text())


# what it is told


def test_each_viewer_reads_in_a_key_of_its_own(served: tuple[Puppet, Remote]) -> None:
    puppet, remote = served
    play(puppet, remote)
    with opened(remote, f"{BAND_LIVE}?for=Bb&clef=bass") as horn, opened(remote, BAND_LIVE) as flute:
        written, sounding = heard(horn, "spans"), heard(flute, "spans")
        assert {span["key"] for span in written} == {"E major"} and {span["key"] for span in sounding} == {"D major"}
        assert {span["sounds"] for span in written} == {"D major"}
        assert [len(span["score"]["signs"]) for span in written] == [len(span["score"]["signs"]) for span in sounding]
        horn.send(json.dumps({"read": {"for": "Eb", "clef": "treble"}}))
        assert heard(horn, "hello")["reading"] == {"for": "Eb", "clef": "treble", "octave": 0}
        puppet.change([("tune.key", "G major")])
        assert heard(flute, "values")["tune.key"] == "G major"


def test_the_chord_of_a_hand_is_read_as_its_player_reads() -> None:
    values = {"backing.chord": "G/B", "tune.key": "G major", "status.tick": 0}
    for instrument, chord in (("C", "G/B"), ("Bb", "A/C#"), ("Eb", "E/G#")):
        visit = BandVisit(PageState(), lambda name: values.get(name, ""), BandView(instrument))
        assert visit.news()["values"]["backing.chord"] == chord


def test_what_is_known_already_is_not_told_again(served: tuple[Puppet, Remote]) -> None:
    puppet, remote = served
    play(puppet, remote)
    with opened(remote, BAND_LIVE) as page:
        first = heard(page, "spans")
        plan = planner(puppet.snapshot)
        spans = [plan.next_span() for _ in range(len(first) + 1)]
        remote.state.planned(spans[-1])
        puppet.tell(Announced(spans[2]))
        starts = [span["start"] for span in heard(page, "spans")]
        assert spans[2].start in starts and len(starts) < len(first)


def test_a_long_score_comes_in_parts_what_sounds_first_and_each_once() -> None:
    state, plan = PageState(), planner()
    spans = [plan.next_span() for _ in range(40)]
    for span in spans[:25]:
        state.planned(span)
        state.announced(span)
    for span in spans[25:]:
        state.planned(span)
    values = {"status.tick": spans[20].start + 5}
    visit = BandVisit(state, lambda name: values.get(name, ""), BandView("Bb"))
    told, news = list[int](), visit.news()
    assert news["spans"][0]["start"] == spans[20].start
    while news.get("spans"):
        assert len(news["spans"]) <= AT_ONCE
        told += [span["start"] for span in news["spans"]]
        news = visit.news()
    assert sorted(told) == [span.start for span in spans[20 - PAST :]] and not visit.more
    assert visit.news() == {}
    state.announced(spans[25])
    news = visit.news()
    assert [(span["start"], span["announced"]) for span in news["spans"]] == [(spans[25].start, True)]
    assert news["starts"] == sorted(told)
