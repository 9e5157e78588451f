"""What tokens mean, judged by abc2midi: what it plays is what we play, note by note."""

import shutil
from collections import Counter

import pytest

from instrument.music.abc.parse import Refused, read, tunes
from instrument.music.key import Key, transposition
from instrument.music.scores.score import abc_text
from instrument.music.tokens.encode import tokens
from instrument.workshop.books.corpus import default_files
from tests.fakes.paths import DATA
from tests.fakes.thorough import share
from tests.judges.abc2midi import abc2midi
from tests.judges.compare_abc2midi import Verdict, alike, compare, played, read_file, report

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(shutil.which("abc2midi") is None, reason="abc2midi is not installed (Debian: abcmidi)"),
]
JUDGE = DATA / "judge.txt"


def test_every_feature_of_the_language_sounds_as_abc2midi_plays_it() -> None:
    verdicts = list(compare(read_file(JUDGE)))
    assert len(verdicts) >= 60
    assert [v for v in verdicts if v.reasons] == []


def test_the_abc_we_write_sounds_in_its_key() -> None:
    found = read_file(JUDGE)
    keys = [Key.parse(name) for name in ("D", "A", "G", "Bb", "F#", "Eb", "E", "C")]
    asked = [(tune, keys[i % len(keys)]) for i, tune in enumerate(found)]
    heard, _ = abc2midi([silently(abc_text(tune, "x", key, i + 1)) for i, (tune, key) in enumerate(asked)])
    for (tune, key), theirs in zip(asked, heard, strict=True):
        ours = [(start, length, pitch + transposition(key)) for start, length, pitch in played(tune)]
        assert alike(ours, theirs), tune


def silently(abc: str) -> str:
    """Chords struck at once, not spread as abc2midi does by itself."""
    return abc.replace("\nK:", "\n%%MIDI chordattack 0\nK:")


def test_tunes_of_the_old_books_sound_as_abc2midi_plays_them() -> None:
    pytest.importorskip("music21", reason="music21, whose corpus holds the books, is not installed")
    verdicts = list(compare(some_tunes()))
    assert len(verdicts) >= share(200, 500)
    agree = sum(v.mended or not v.reasons for v in verdicts)
    assert agree >= 0.97 * len(verdicts)
    assert Counter(r for v in verdicts for r in v.reasons)["unexplained"] == 0


def some_tunes() -> list[list[str]]:
    """As tokens, of O'Neill, Ryan and Aird; those that the reader refuses are passed over."""
    texts = [t for path in default_files() for t in tunes(path.read_text(encoding="latin-1"))]
    found = []
    for text in texts[:: share(20, 8)]:
        try:
            found.append(tokens(read(text)))
        except Refused:
            continue
    return found


def test_the_report_counts_and_lists() -> None:
    text = report([Verdict(0, ("M:4/4",)), Verdict(1, ("M:4/4", "|:"), ("why",)), Verdict(2, (), ("form",), True)])
    assert "| agree as they stand | 1 | 33.3 % |" in text
    assert "| 1 | `M:4/4 \\|:` | why |" in text
