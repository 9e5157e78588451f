"""ABC files that real programs and people write, each with what has to be heard: onset, length, pitch, in eighths."""

from __future__ import annotations

from collections import Counter

import pytest

from instrument.music.abc.fields import parts_order
from instrument.music.abc.parse import Refused, decoded, read, tunes
from instrument.music.tokens.encode import tokens
from tests.fakes.abc_heard import CASES, abc, heard

SCALE = "0:1:60 1:1:62 2:1:64 3:1:65 4:1:67 5:1:69 6:1:71 7:1:72"
FOUR_BARS = SCALE + " 8:2:72 10:2:71 12:2:69 14:2:67 16:4:64 20:4:62 24:8:60"
IN_G = "0:1:67 1:1:69 2:1:71 3:1:72 4:1:74 5:1:76 6:1:74 7:1:71 8:8:67"
TWICE = (
    "0:1:60 1:1:62 2:1:64 3:1:65 4:1:67 5:1:69 6:1:71 7:1:72 8:1:60 9:1:62 10:1:64 11:1:65 12:1:67 13:1:69 14:1:71 "
    "15:1:72"
)

#: what abc2midi 4.84 plays of each file, but for a byte order mark and `\%` in quotes, at which it stops
HEARD = {
    "abc-begintext-in-body": [SCALE + " 8:8:72"],
    "abc-begintext-in-header": [FOUR_BARS],
    "abc-bom-two-tunes": [FOUR_BARS, IN_G],
    "abc-file-header-meter": [FOUR_BARS, IN_G],
    "abc-key-with-clef-word": [FOUR_BARS],
    "abc-linebreak-bang": [SCALE + " 8:2:72 10:2:71 12:2:69 14:2:67 16:8:60"],
    "abc-linebreak-dollar": [SCALE + " 8:2:72 10:2:71 12:2:69 14:2:67 16:8:60"],
    "abc-lyrics-continued": [SCALE + " 8:8:60"],
    "abc-multimeasure-rest": [SCALE + " 24:8:60"],
    "abc-old-mac-line-ends": [FOUR_BARS],
    "abc-one-voice-V1": [FOUR_BARS],
    "abc-parts-order-AABB": [TWICE + " 16:2:72 18:2:71 20:2:69 22:2:67 24:2:72 26:2:71 28:2:69 30:2:67"],
    "abc-percent-in-quotes": [SCALE + " 8:8:60"],
    "abc-spacer-y2-in-repeat": [TWICE + " 16:8:72"],
    "abc-text-between-tunes": [FOUR_BARS, IN_G],
    "abc-tie-across-bar": ["0:4:72 4:8:74 12:4:76 16:8:60"],
    "abc-tie-in-triplet": ["0:2/3:72 2/3:4/3:74 2:2:76 4:4:72 8:8:60"],
    "abc-tie-into-broken-rhythm": ["0:7/2:72 7/2:1/2:74 4:4:76 8:8:60"],
    "abc-tie-of-chords": ["0:8:60 0:8:64 0:8:67 8:8:60"],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(HEARD))
def test_it_sounds_as_it_is_written(name: str) -> None:
    text = decoded((CASES / f"{name}.abc").read_bytes())
    assert [heard(tune) for tune in tunes(text)] == HEARD[name]


def test_every_case_has_its_value() -> None:
    assert {path.stem for path in CASES.glob("abc-*.abc")} == set(HEARD)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        # ties: over bar lines, lines, graces and symbols; into chords, tuplets and endings
        ("c4 c4-|c4-|c8|", "0:4:72 4:16:72"),
        ("c2-\nc2 d4|", "0:4:72 4:4:74"),
        ("c4|-c4 d8|", "0:8:72 8:8:74"),
        ('c2-"G"c2 c-{d}c c2|', "0:4:72 4:2:72 6:2:72"),
        ("_B4-|B4 B4|", "0:8:70 8:4:71"),
        ("^c4-|c4 c4|", "0:8:73 8:4:72"),
        ("[ce]4-[eg]4|", "0:4:72 0:8:76 4:4:79"),
        ("[c-e]4 [cg]4|", "0:4:76 0:8:72 4:4:79"),
        ("c4-[ce]4|", "0:8:72 4:4:76"),
        ("[CE]4-|[CE]4 C4|", "0:8:60 0:8:64 8:4:60"),
        ("(3cd-|d e2|", "0:2/3:72 2/3:4/3:74 2:2:76"),
        ("(3c-cd e2|", "0:4/3:72 4/3:2/3:74 2:2:76"),
        ("c>d-d2 c4|", "0:3/2:72 3/2:5/2:74 4:4:72"),
        ("c-c>d e|", "0:5/2:72 5/2:1/2:74 3:1:76"),
        ("c->c d2|", "0:2:72 2:2:74"),
        ("c2-d2 c4|", "0:2:72 2:2:74 4:4:72"),
        ("c2-z2 c4|", "0:2:72 4:4:72"),
        ("|:c4-:|d8|", "0:4:72 4:4:72 8:8:74"),
        ("|:c4 d4-|1 d4 e4:|2 d4 f4|]", "0:4:72 4:8:74 12:4:76 16:4:72 20:8:74 28:4:77"),
        ("|:c4 d4-|1 d4 e4:|2 d8|]", "0:4:72 4:8:74 12:4:76 16:4:72 20:8:74 24:8:74"),
        # spacers, rests, line breaks
        ("c y d y2|y3 e|", "0:1:72 1:1:74 2:1:76"),
        ("c8|X2|d8|", "0:8:72 24:8:74"),
        ("c8|Z|d8|", "0:8:72 16:8:74"),
        ("CD!trill!E!F|", "0:1:60 1:1:62 2:1:64 3:1:65"),
        ("c8|*\nd8|**\n", "0:8:72 8:8:74"),
        ("c8|!\nd8|! e8|!", "0:8:72 8:8:74 16:8:76"),
        ("c8|$d8|", "0:8:72 8:8:74"),
        ("c8|\\\nd8|", "0:8:72 8:8:74"),
        ("+trill+c d|", "0:1:72 1:1:74"),
        ("IcJdKe|", "0:1:72 1:1:74 2:1:76"),
        # broken rhythm: between alike notes only, except beside a chord
        ("c>d/e|", "0:1:72 1:1/2:74 3/2:1:76"),
        ("c2>d e|", "0:2:72 2:1:74 3:1:76"),
        ("c>d>e f|", "0:3/2:72 3/2:1/2:74 2:1:76 3:1:77"),
        ("c>>d e<<f|", "0:7/4:72 7/4:1/4:74 2:1/4:76 9/4:7/4:77"),
        ("c > d|", "0:3/2:72 3/2:1/2:74"),
        ("c>[de]2 f|", "0:3/2:72 3/2:1:74 3/2:1:76 5/2:1:77"),
        ("c>{g}d e>\nf|", "0:3/2:72 3/2:1/2:74 2:3/2:76 7/2:1/2:77"),
        ("c>(3def|", "0:1:72 1:2/3:74 5/3:2/3:76 7/3:2/3:77"),
        # tuplets of any kind
        ("(3:2:4cded f|", "0:2/3:72 2/3:2/3:74 4/3:2/3:76 2:2/3:74 8/3:1:77"),
        ("(3::2c2d f|", "0:4/3:72 4/3:2/3:74 2:1:77"),
        ("(5:4:5cdefg|", "0:4/5:72 4/5:4/5:74 8/5:4/5:76 12/5:4/5:77 16/5:4/5:79"),
        # chords last as their first note
        ("[c2e]d|", "0:2:72 0:2:76 2:1:74"),
        ("[ce2]d|", "0:1:72 0:1:76 1:1:74"),
        # one voice, under whatever name
        ("V:1\nc8|\nV:1\nd8|", "0:8:72 8:8:74"),
        ("[V:melody]c8|[V:melody]d8|", "0:8:72 8:8:74"),
        ("V:2\nc8|", "0:8:72"),
        ("V:1\nc8|\nV:2\nz8|", "0:8:72"),
        # fields in the line, remarks, changes that leave the bar alone
        ("[K:G clef=bass]F8|", "0:8:66"),
        ("K:bass\nF8|", "0:8:65"),
        ("[L:1/16]c8 d8|", "0:4:72 4:4:74"),
        ("[r:a remark]c8|[P:A]d8|", "0:8:72 8:8:74"),
        ("c8|\nN:note\nT:second title\nd8|\nw:la la\n+:la\ne8|", "0:8:72 8:8:74 16:8:76"),
        ("c8| % a comment\n%%text CDE\nd8|", "0:8:72 8:8:74"),
        ("%%beginps\nCDE\n\nCDE\n%%endps\nd8|", "0:8:74"),
        ("c8|\n\nThis was a reel.\n", "0:8:72"),
        ("\nc8|d8|", "0:8:72 8:8:74"),
    ],
)  # fmt: skip
def test_siblings_of_the_cases(body: str, expected: str) -> None:
    assert heard(abc(body)) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("Am treble", "60 65 71"), ("D clef=bass", "61 66 71"), ("G bass", "60 66 71"), ("C treble-8", "48 53 59"),
        ("C octave=-1", "48 53 59"), ("C transpose=2", "62 67 73"), ("HP", "61 66 71"), ("none", "60 65 71"),
        ("D exp _b", "60 65 70"), ("Ddor ^f", "60 66 71"), ("D =c", "60 66 71"), ("A Mix", "61 66 71"),
        ("G % comment", "60 66 71"), ("G (repeat of part A)", "60 66 71"), ("Em clef=treble middle=B", "60 66 71"),
    ],
)  # fmt: skip
def test_keys_with_clefs_and_accidentals_of_their_own(key: str, expected: str) -> None:
    assert [note.split(":")[2] for note in heard(abc("C2 F2 B4|", key)).split()] == expected.split()


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("AABB", "60 60 62 62"), ("A2B3", "60 60 62 62 62"), ("(AB)2", "60 62 60 62"), ("A.B.A", "60 62 60"),
        ("A", "60"), ("ABAB", "60 62 60 62"), ("AXB", "60 62"), ("BA % as in the book", "62 60"), ("part one", "60 62"),
    ],
)  # fmt: skip
def test_parts_are_played_in_their_order(order: str, expected: str) -> None:
    for body in ("P:A\nC8|\nP:B\nD8||", "[P:A]C8|[P:B]D8||"):
        found = heard(abc(body, head=f"P:{order}\n"))
        assert " ".join(note.split(":")[2] for note in found.split()) == expected


def test_an_order_of_parts_has_an_end() -> None:
    assert parts_order("((A2B)2C)2") == "AABAABCAABAABC"
    assert parts_order("A,B") is None
    with pytest.raises(Refused, match="more than 200 parts"):
        parts_order("((((A99)99)99)99)99")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (abc("V:1\nc8|\nV:2\ne8|"), "several voices"),
        (abc("[V:1]c8|[V:2]e8|"), "several voices"),
        (abc("c8&e8|"), "a voice overlay"),
        (abc("+ceg+d|"), r'stray "\+"'),
        (abc("C8!D8!E8|"), 'stray "!"'),
        (abc("c 2 d|"), 'stray "2"'),
        (abc("c2 1d|"), 'stray "1"'),
        (abc("[ce d|"), "a bar line inside a chord"),
        (abc("[ce d"), "a chord that nothing closes"),
        (abc("ce] d|"), r'stray "\]"'),
        (abc("^/c d|"), r'stray "\^"'),
        (abc('"Am c d|'), 'stray """'),
        (abc("{g c|"), r'stray "\{"'),
        (abc("c<>d|"), "broken rhythm twice"),
        (abc("c8|", "G harmonic"), "is not a key"),
        (abc("c8|", "g"), "is not a key"),
        (abc("c8|", ""), "no key"),
        (abc("P:A\nC8|\nP:B\nD8|\nP:A\nE8|", head="P:ABA\n"), "a part that is written twice"),
        (abc("Z9999|c8|"), "a rest of 9999 bars"),
        (abc("c999999999|"), "a length of"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        tokens(read(text))


def test_what_is_lost_is_counted() -> None:
    body = 'P:A\n"^50\\% slower"~c y2 d !D.C.!{g}e>f/ (a-b) |!\nw:la\n\nA word at the end.\n'
    text = abc(body, "Am treble (or so)", "P:AAB\nsome text\n%%begintext\nprose\n%%endtext\n")
    assert read(text).dropped == Counter({
        "chord symbol": 1, "ornament": 1, "spacer": 1, "da capo or the like": 1, "grace notes": 1, "slur": 2,
        "broken rhythm between unequal lengths": 1, "tie to another note": 1, "line break": 1, "lyrics": 1,
        "line behind the tune's end": 1, "clef": 1, "remark in a key": 1, "text in the header": 1,
        "line of a text block": 1, "part that is not written": 1,
    })  # fmt: skip


def test_a_tie_that_no_vocabulary_has_is_struck_again_and_counted() -> None:
    score = read(abc("c4 d4-|d4 e4|"))
    assert " ".join(tokens(score, ties=False)[2:]) == "c 4 d 4 | d 4 e 4 |"
    assert score.dropped["tie, struck again"] == 1
