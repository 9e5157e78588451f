"""ABC in and out: what is read, what is refused and why, and that nothing is lost between tokens and ABC."""

from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from instrument.music.abc.parse import Refused, read, tunes
from instrument.music.key import LETTER_SEMITONES, Key, transposition
from instrument.music.play_order import order
from instrument.music.scores.score import abc_text
from instrument.music.tokens.bars import read_tune
from instrument.music.tokens.encode import tokens
from instrument.music.tokens.tokens import Kind, parse, pitch_text


def abc(body: str, key: str = "C", meter: str = "4/4", unit: str = "1/8") -> str:
    return f"X:1\nT:a tune\nM:{meter}\nL:{unit}\nK:{key}\n{body}\n"


def on_c(body: str, key: str = "C") -> str:
    """The body's tokens in the octave of our examples, whose first note lies between c and b."""
    found = [parse(t) for t in tokens(read(abc(body, key)))[2:]]
    lift = 1 - next(t.octave for t in found if t.kind is Kind.PITCH)
    lifted = (pitch_text(t.letter, t.octave + lift, t.accidental) if t.kind is Kind.PITCH else t.text for t in found)
    return " ".join(lifted)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("cdef gabc'|", "c d e f g a b c' |"),
        ("|:c2d/2e/ f3/2g/|]", "|: c 2 d /2 e /2 f 3/2 g /2 |"),
        ("c>d e<f|c>>d e2|", "c > d e < f | c 7/4 d /4 e 2 |"),
        ("(3cde [ceg]2 (5cdefg|", "(3 c d e [ c e g ] 2 (5 c d e f g |"),
        ("|:c2|1d2:|2e2|]", "|: c 2 |1 d 2 :| |2 e 2 |"),
        ("c2::d2:|", "c 2 :| |: d 2 :|"),
        ("^cc'|c_B B,B|", "^c c' | c _B B, B |"),
        ("c-c d2-|d2|", "c 2 d 2 - | d 2 |"),
        ('"Am"c{de}!trill!~e (fg) .a|', "c e f g a |"),
        ("z2 x c|", "z 2 z c |"),
        ("[c2z2]2 [ce]|", "[ c ] 4 [ c e ] |"),
    ],
)  # fmt: skip
def test_what_is_heard_is_kept(body: str, expected: str) -> None:
    assert on_c(body) == expected


@pytest.mark.parametrize(
    ("key", "body", "expected"),
    [
        ("D", "d f a c' ^g|", "c e g b ^f |"),
        ("Am", "A ^G A B c|", "c =B c d e |"),
        ("Edor", "e d c B|", "c B A G |"),
        ("Bb", "B e =e|", "c f ^f |"),
        ("Gmix", "g f ^f|", "c B =B |"),
    ],
)
def test_a_tune_moves_to_c_letter_by_letter(key: str, body: str, expected: str) -> None:
    assert on_c(body, key) == expected


def test_sixteenths_in_two_four_become_eighths_in_four_four() -> None:
    found = tokens(read(abc("cdef gabc'|g2e2 c4|", meter="2/4", unit="1/16")))
    assert " ".join(found) == "M:4/4 K:Cmaj C D E F G A B c | G 2 E 2 C 4 |"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("X:1\nT:x\nM:4/4\nabc\n", "no K: field"),
        (abc("abc", meter="none"), "no meter"),
        (abc("abc", meter="4/5"), "is not a meter"),
        (abc("abc", key="H"), "is not a key"),
        (abc("V:1\nabc|\nV:2\nabc|"), "several voices"),
        (abc("|z4|"), "no notes"),
        (abc("abc|\nM:3/4\nabc|"), "the meter changes"),
        (abc("abc ? d|"), r'stray "\?"'),
        (abc("(1abc|"), "a tuplet"),
        (abc("|:a|1b:|2c:|3d|"), "an ending for time 3"),
        (abc("a0|"), "a length of"),
        (abc("abc|", unit="eight"), "is not a length"),
    ],
)
def test_what_is_refused_has_a_reason(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        tokens(read(text))


def test_dropped_signs_are_counted() -> None:
    score = read(abc('"Am"c {de}f "G"g (ab)|'))
    assert score.dropped == {"chord symbol": 2, "grace notes": 1, "slur": 2}


def test_a_file_holds_tunes() -> None:
    assert [t[:3] for t in tunes("% a book\nX:1\nK:C\nabc|\n\nX:2\nK:D\nabc|\n")] == ["X:1", "X:2"]


def sounding(texts: list[str]) -> list[tuple[int, int, int]]:
    """(onset, length, pitch) as played, in ticks."""
    tune, at, notes = read_tune(texts, strict=False), 0, []
    for i in order(tune.measures):
        notes += [(at + n.start, n.duration, n.pitch) for n in tune.measures[i].notes]
        at += tune.measures[i].length
    return notes


def joined(parts: Iterable[list[str]]) -> list[str]:
    return [token for part in parts for token in part]


LENGTHS = ["", "", "", "2", "3", "4", "/2", "3/2", "/4"]
PITCHES = "C D E F G A B c d e f g a b c' G, A, ^F _B =B ^c _e ^G =E ^^C __b"
pitch = st.sampled_from(PITCHES.split())
length = st.sampled_from(LENGTHS)
note = st.tuples(pitch, length).map(lambda p: [t for t in p if t])
rest = length.map(lambda n: [t for t in ("z", n) if t])
chord = st.tuples(st.lists(pitch, min_size=1, max_size=4), length).map(lambda c: ["[", *c[0], "]", *c[1].split()])
broken = st.tuples(pitch, st.sampled_from(["<", ">", "2>", "/2<"]), pitch).map(list)
triplet = st.tuples(pitch, pitch, pitch).map(lambda p: ["(3", *p])
measure = st.lists(note | rest | chord | broken | triplet, min_size=1, max_size=6).map(joined)
plain = st.lists(measure, min_size=1, max_size=6).map(lambda ms: joined([*m, "|"] for m in ms))
part = st.one_of(
    plain,
    plain.map(lambda p: ["|:", *p[:-1], ":|"]),
    st.tuples(plain, measure, measure).map(lambda p: ["|:", *p[0][:-1], "|1", *p[1], ":|", "|2", *p[2], "|"]),
)
body = st.lists(part, min_size=1, max_size=3).map(joined).filter(
    lambda b: any(t.strip("^_=,'").lower() in set("abcdefg") for t in b)
)  # fmt: skip
keys = st.sampled_from(["C", "D", "A", "G", "Bb", "F#", "Eb", "B", "Ab", "E", "C#"]).map(Key.parse)


OPENED = ["|:", "C", "|1", "C", ":|", "|2", "z", "|", "C", "|", "C", "|", "|:", "z", ":|"]  #: a bar that repeats itself


@settings(deadline=None)
@given(st.sampled_from(["4/4", "6/8", "3/4", "9/8"]), st.sampled_from(["maj", "min", "dor", "mix"]), body, keys)
@example("4/4", "maj", OPENED, Key.parse("C"))
def test_tokens_to_abc_and_back_are_the_same_notes(meter: str, mode: str, body: list[str], key: Key) -> None:
    there = [f"M:{meter}", f"K:C{mode}", *body]
    try:
        back = tokens(read(abc_text(there, "a tune", key)))
    except Refused as reason:
        assert str(reason) == "an accidental beyond a double"
        return
    ours, theirs = sounding(there), sounding(back)
    assert back[:2] == there[:2]
    assert [n[:2] for n in theirs] == [n[:2] for n in ours]
    octaves = {a[2] - b[2] for a, b in zip(theirs, ours, strict=True)}
    assert len(octaves) <= 1 and all(o % 12 == 0 for o in octaves)


@settings(deadline=None)
@given(body, keys)
def test_written_abc_sounds_in_its_key(body: list[str], key: Key) -> None:
    there = ["M:4/4", "K:Cdor", *body]
    score = read(abc_text(there, "a tune", key))
    notes = [w for w in score.body if w.kind == "note"]
    ours = {n.pitch for m in read_tune(there).measures for n in m.notes}
    assert {60 + 12 * w.octave + LETTER_SEMITONES[w.letter] + w.alteration for w in notes} == {
        pitch + transposition(key) for pitch in ours
    }


SIGNS = "C c ^f [ ] | |: :| |1 |2 (3 > 2 z 2< h"


@given(st.lists(st.sampled_from(SIGNS.split()), max_size=30))
def test_whatever_a_model_says_can_be_written_down(body: list[str]) -> None:
    assert abc_text(["M:4/4", "K:Cmaj", *body], "", Key()).startswith("X:1\nT:untitled\nM:4/4\n")


def test_written_abc_is_laid_out_for_people() -> None:
    texts = "M:6/8 K:Cmix G |: c 3 e > d c | B G G G 2 F | (3 E F G c d 3/2 B /2 G | c 3 c 2 G :| "
    texts += "|: [ c e ] 3 z 2 g |1 c 3 c 2 G :| |2 c 3 c 3 | e f g g 3 :|"
    assert abc_text(texts.split(), "The  Test\n", Key.parse("D mixolydian"), 7, 90).splitlines() == [
        "X:7", "T:The Test", "M:6/8", "L:1/8", "Q:1/4=90", "K:Dmix",
        "A |: d3 f>ed | cAA A2G | (3FGAd e3/2c/2A | d3 d2A :|",
        "|: [df]3 z2a |1 d3 d2A :|2 d3 d3 ||",
        "|: fga a3 :|",
    ]  # fmt: skip


def test_beats_group_by_half_bars_in_four_four() -> None:
    body = "c d e f g a b c' | c > d e > f g 4 |"
    lines = abc_text(["M:4/4", "K:Cmaj", *body.split()], "x", Key())
    assert lines.splitlines()[-1] == "cdef gabc' | c>de>f g4 |]"
