"""Random ABC, of every feature that we read, judged by abc2midi: what it plays is what we play, note by note."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from instrument.music.abc.parse import read
from instrument.music.tokens.encode import tokens
from tests.judges.abc2midi import abc2midi
from tests.judges.compare_abc import QUIET, judge, plain, report, same
from tests.judges.compare_abc2midi import played

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(shutil.which("abc2midi") is None, reason="abc2midi is not installed (Debian: abcmidi)"),
]
TUNES = 200

name = st.sampled_from(["C", "D", "E", "F", "G", "A", "B", "c", "d", "e", "f", "g", "a", "b", "G,", "A,", "c'"])
accidental = st.sampled_from(["", "", "", "", "", "^", "_", "="])
length = st.sampled_from(["", "", "", "2", "2", "3", "4", "/", "/2", "3/2", "//"])
pitch = st.builds("{}{}".format, accidental, name)
note = st.builds("{}{}".format, pitch, length)
rest = st.builds("{}{}".format, st.sampled_from("zx"), length)
before = st.sampled_from(["", "", "", "", '"Am"', "{g}", "(", "u", "v", "!p!", "H"])
after = st.sampled_from(["", "", "", "", ")", " ", " y ", "`"])
chord = st.builds(
    lambda notes, length: "[" + "".join(notes) + "]" + length,
    st.lists(name, min_size=2, max_size=3, unique_by=lambda n: n.upper().strip(",'")), length,
)  # fmt: skip
plainly = st.builds("{}{}{}".format, before, note | rest | chord, after)
tied = st.builds(
    lambda p, a, b, gap: f"{p}{a}-{gap}{p.lstrip('^_=')}{b}", pitch, length, length, st.sampled_from(["", " "])
)
tied_chord = st.builds(
    lambda notes, a, b: f"[{''.join(notes)}]{a}-[{''.join(notes)}]{b}",
    st.lists(name, min_size=2, max_size=3, unique_by=lambda n: n.upper().strip(",'")), length, length,
)  # fmt: skip
dots = st.sampled_from([">", "<", ">>", "<<", " > "])
broken = st.builds("{}{}{}{}".format, note, dots, st.sampled_from(["", "{g}"]), note)
alike = st.builds(lambda a, b, n, s: f"{a}{n}{s}{b}{n}", pitch, pitch, length, dots)
tuplet = st.builds(
    lambda kind, notes: kind[0] + "".join(notes[: kind[1]]),
    st.sampled_from([("(3", 3), ("(2", 2), ("(4", 4), ("(3:2:4", 4), ("(3::2", 2), ("(6", 6), ("(5:4:5", 5)]),
    st.lists(pitch, min_size=6, max_size=6),
)  # fmt: skip
tied_tuplet = st.builds(lambda a, b, c: f"(3{a}{b}{c}-{c.lstrip('^_=')}2", pitch, pitch, pitch)
field = st.sampled_from(["[K:G]", "[K:Dm clef=bass]", "[r:remark]", "[L:1/16]", "[L:1/8]", "[Q:1/4=90]"])
item = st.one_of(plainly, plainly, plainly, tied, tied_chord, broken, alike, tuplet, tied_tuplet, field)
measure = st.builds("{}{}".format, st.lists(item, max_size=4).map("".join), note)
over = st.sampled_from(
    ["|", "|", "|", "||", "|\n", "|!\n", "|\\\n", "|*\n", "|% remark\n", "|\n%%text CDE\n", "|\nN:note\n", "|$\n"]
)


@st.composite
def held(draw: st.DrawFn) -> str:
    """Measures with bar lines, some with a note tied over them."""
    found = draw(st.lists(measure, min_size=1, max_size=4))
    text = ""
    for here in found:
        held = draw(st.one_of(st.just(""), name.map(lambda n: n + "2")))
        text += f"{here}{held}{'-' if held else ''}{draw(over)}{held}"
    return text + draw(measure) + "|\n"


part = st.one_of(
    held(),
    held().map(lambda m: f"|:{m[:-2]}:|\n"),
    st.builds(lambda a, b, c: f"|:{a[:-2]}|1{b}:|2{c}||\n", held(), measure, measure),
    st.sampled_from(["Z2|c8|\n", "c8|Z|\n", "c8|X3|d8|\n"]),
)
body = st.lists(part, min_size=1, max_size=3)
head = st.sampled_from(
    ["", "P:AABB\n", "P:ABA\n", "P:A2(BC)2\n", "O:Irish\nsome words\n", "%%begintext\nCDE\n%%endtext\n"]
)
meter = st.sampled_from(["4/4", "6/8", "3/4", "C|", "2+3/8"])
key = st.sampled_from(
    ["C", "G", "Dmix", "Am treble", "Bb", "F#m clef=treble", "E dor", "D exp _b", "Ddor ^f", "HP", "none"]
)


@st.composite
def tune(draw: st.DrawFn) -> str:
    """A whole tune, its parts marked where its header orders them."""
    top, parts = draw(head), draw(body)
    if top.startswith("P:"):
        parts = [f"P:{letter}\n{text}" for letter, text in zip("ABC", parts, strict=False)]
    end = draw(st.sampled_from(["", "\nWords of the tune, CDE.\n", "w:la la\n+:la\n", "W:la la\n"]))
    return f"X:1\nT:t\nM:{draw(meter)}\nL:1/8\n{top}K:{draw(key)}\n{''.join(parts)}{end}"


def drawn() -> list[str]:
    """Many tunes at once, since a run of the program costs more than they do."""
    texts: list[str] = []

    @settings(max_examples=TUNES, phases=[Phase.generate], deadline=None, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(tune())
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    return texts


def test_random_abc_sounds_as_abc2midi_plays_it() -> None:
    texts = drawn()
    assert len(texts) >= TUNES / 2
    found = [tokens(read(text)) for text in texts]  # what the grammar makes is never refused
    heard, _ = abc2midi([plain(text, n) for n, text in enumerate(texts, 1)], *QUIET)
    unlike = [t for t, ours, theirs in zip(texts, found, heard, strict=True) if not same(played(ours), theirs)]
    assert not unlike, min(unlike, key=len)


def test_the_report_tells_what_agrees_and_why_the_rest_does_not() -> None:
    head = "T:t\nM:4/4\nL:1/8\nK:C\n"
    texts = [
        f"X:1\n{head}CDEF GABc|c8|\n", f"X:2\n{head}|:C8|1D8:|2E8|F8|]\n", f"X:3\n{head}\nC8|\n",
        f"X:4\n{head}[c2e2]2 d4|\n", f"X:5\n{head}c4&e4|\n",
    ]  # fmt: skip
    verdicts = list(judge(texts))
    assert [v.how for v in verdicts] == ["agrees", "agrees", "form", "differs", "refused"]
    assert [v.reason for v in verdicts[2:]] == [
        "an empty line before the music, which ends the tune for abc2midi", "a length in a chord and one behind it",
        "a voice overlay",
    ]  # fmt: skip
    assert "| share that agrees, of those read | 75.00 % |" in report(verdicts)


def test_ornaments_and_the_like_are_all_that_the_program_is_spared() -> None:
    text = 'X:7\nT:t\nR:hornpipe\nM:4/4\nL:1/8\nK:C\n\n~C!trill!D.E "Am"F {g}G|[1 HA:|\nw:hah\n'
    assert plain(text, 1).split("K:C\n")[1] == 'CDE "Am"F {g}G|[1 A:|\nw:hah\n'
    assert "R:" not in plain(text, 1) and plain(text, 1, form=False).split("K:C\n")[1].startswith('CDE "Am"F {g}G| A|')
