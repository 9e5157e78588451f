"""Tunes printed where their instrument reads them, and the program of an instrument."""

from __future__ import annotations

from dataclasses import replace

from instrument.controls.snapshot import Snapshot
from instrument.controls.voice import voice
from instrument.files.patch import find
from instrument.music.abc import parse
from instrument.music.key import Key, transposition
from instrument.music.scores.set_score import abc_of
from instrument.music.sounds.compass import INSTRUMENTS, printed_octave
from instrument.music.sounds.timbres import TIMBRES
from instrument.ports.web.page_state import PageState
from instrument.thinking.spans.arrange import Arrangement
from tests.fakes.band import planner

# printed where it sounds; the instrument's own program


def test_the_page_kept_tunes_and_recordings_print_a_whistle_where_it_sounds() -> None:
    plan = planner(Snapshot().with_value("tune.seed", 3))
    plan.arrangement = Arrangement({"melody": 1})
    span = plan.next_span()
    assert span.octave == 1
    low = replace(span, octave=0)
    state, plain = PageState(), PageState()
    state.announced(span)
    plain.announced(low)
    steps = [
        [head[0] for sign in shown.since(-1)[1]["spans"][0]["score"]["signs"] for head in sign["heads"]]
        for shown in (state, plain)
    ]
    assert steps[0] and steps[0] == [step + 7 for step in steps[1]]
    high, written = (parse.read(abc_of([one], "x", 100, True)) for one in (span, low))
    octaves = [[w.octave for w in score.body if w.kind == "note"] for score in (high, written)]
    assert octaves[0] == [octave + 1 for octave in octaves[1]]


def test_printed_where_its_instrument_reads_it() -> None:
    """A whistle that sounds from d'' reads from d'; a banjo reads above where it sounds; a fiddle where it does."""
    written = 69  # where tunes lie as written on C
    for name, low, high in (("D whistle", 62, 83), ("fiddle", 55, 83), ("banjo", 55, 83), ("low whistle", 62, 83)):
        for key in ("D major", "G major", "A dorian", "E minor"):
            tonic = Key.parse(key)
            read = written + transposition(tonic) + 12 * printed_octave(tonic, 0, INSTRUMENTS[name])
            assert low <= read - 7 and read + 7 <= high + 7, (name, key)
    assert printed_octave(Key.parse("G major"), 1, None) == 1


def test_a_voice_has_the_program_of_its_instrument() -> None:
    assert voice("melody", {}).program == 74
    assert voice("melody", {"timbre": "reed"}).program == TIMBRES["reed"].program == 21
    assert voice("melody", {"timbre": "reed", "program": 68}).program == 68
    assert voice("alto", {}).program == 52
    for name in ("reel", "jig", "hornpipe", "waltz", "air", "first", "session", "answer", "tap", "hold", "drone"):
        for each in find(name).voices.values():
            assert each.program != 78, f"{name}: 78 is a person who whistles"
