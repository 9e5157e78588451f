"""Hymns from ABC onto the grid: every voice at its step, bars as they are counted, what is left out with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from instrument.commands.main import main
from instrument.networks.chorale.tokens import ALTO, BASS, HOLD, SOPRANO, TENOR, token
from instrument.workshop.hymns.corpus import load_hymns
from instrument.workshop.hymns.read import bar_frame, hymn, read_hymn, tune_name
from tests.fakes import hymns as written


def onsets(voices: tuple[tuple[int, ...], ...], voice: int) -> list[tuple[int, int]]:
    """(step, MIDI pitch) of a voice's notes."""
    return [(step, t + 31) for step, t in enumerate(voices[voice]) if t > HOLD]


def test_a_hymn_is_read_as_it_is_printed() -> None:
    found = hymn("Small-Smallness.abc", written.hymn())
    assert found.steps == 4 * 16 and found.off_grid == 0 and set(found.bars) == {16}
    assert found.places[:5] == (12, 13, 14, 15, 0) and found.places[-1] == 11, "a pick-up, and a bar that it fills"
    assert onsets(found.voices, SOPRANO)[:5] == [(0, 71), (4, 71), (8, 69), (12, 67), (16, 69)]
    assert onsets(found.voices, BASS)[:4] == [(0, 43), (4, 43), (8, 50), (12, 52)]
    assert found.voices[SOPRANO][1:4] == (HOLD,) * 3
    assert found.voices[SOPRANO][53:] == (HOLD,) * 11, "tied notes are one"
    assert (54 + 12, 36) not in onsets(found.voices, ALTO) and (38, token(66) + 31) in onsets(found.voices, ALTO)
    assert (36 + 6, 43 + 12) in onsets(found.voices, BASS), "broken rhythm: a dotted quarter, then an eighth"


def test_the_key_signature_and_the_bars_accidentals_hold_for_each_voice_alone() -> None:
    sharp = {"S2V1": ("G, | D ^C C D | D2 B,", "B, | C D E D/C/ | B,2- B, |]")}
    tenor = dict(onsets(hymn("a.abc", written.hymn(**sharp)).voices, TENOR))
    assert tenor[8] == tenor[12] == 61 and tenor[36] == 60


def test_two_notes_on_a_stem_give_the_higher_and_in_the_bass_the_lower() -> None:
    both = {"S1V1": ("[GB] | B A G A | B2 d", "d | c B A A | G2- G |]"),
            "S2V2": ("[G,,D,] | G,, D, E, D, | G,,2 G,", "G, | A,>G, C, D, | G,,2- G,, |]")}  # fmt: skip
    found = hymn("a.abc", written.hymn(**both))
    assert onsets(found.voices, SOPRANO)[0] == (0, 71) and onsets(found.voices, BASS)[0] == (0, 43)


def test_six_quarters_are_two_bars_of_three_and_a_bar_in_two_halves_is_one() -> None:
    assert bar_frame([12, 24, 12], 12)[0][:25] == [*range(12), *range(12), 0]
    assert bar_frame([4, 16, 12, 4, 16], 16)[0] == [12, 13, 14, 15, *range(16), *range(16), *range(16)]
    with pytest.raises(ValueError, match="longer than"):
        bar_frame([5000], 16)
    with pytest.raises(ValueError, match="no bars"):
        bar_frame([], 16)


@pytest.mark.parametrize(
    ("text", "reason"),
    (
        (written.hymn(meter="6/8"), "beats in threes"),
        (written.hymn(meter="none"), "no meter"),
        (written.hymn(maker="Bach, Johann Sebastian (1685-1750)"), "set by Bach"),
        (written.hymn(maker="Late, Ann (1890-1972)"), "died after 1955"),
        (written.hymn(maker="Living, Ann (1950-)"), "died after 1955"),
        (written.hymn(rights="1999 by somebody"), "public domain"),
        (written.hymn(S1V2=("D | G F E F | G2 G", "G | E/F/ G G | D2- D |]")), "voice 2 does not agree .* bar 4"),
        (written.hymn(S1V2=()), "3 voices"),
        (written.hymn(S2V2=("C,,, | G,, D, E, D, | G,,2 G,", "G, | A,>G, C, D, | G,,2- G,, |]")), "pitch 24 is"),
        ("", "public domain"),
        ("X:1\nC: copyright: public domain\nK:C\n", "0 voices"),
        ("C: copyright: public domain\n\0\0[[[V:", "no K: field"),
    ),
)  # fmt: skip
def test_what_cannot_be_learned_from_is_left_out_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refused:
        hymn("a.abc", text)
    assert "\n" not in str(refused.value)


def test_the_tune_of_a_file_is_in_its_name() -> None:
    assert tune_name("Abide_With_Me-Eventide.abc") == "eventide"
    assert tune_name("All_Glory-Valet_Will_Ich_Dir_Geben-St_Theodulph.abc") == "valetwillichdirgeben"
    assert tune_name("Nothing.abc") == ""


def test_a_folder_is_read_in_order_and_copies_are_kept_once(tmp_path: Path) -> None:
    folder = written.folder(tmp_path / "hymns", ["B-Two.abc", "A-One.abc", "C-Three.abc"])
    (folder / "deeper").mkdir()
    (folder / "deeper" / "D-Copy.abc").write_text((folder / "A-One.abc").read_text())
    (folder / "E-Broken.abc").write_bytes(bytes(range(256)) * 40)
    (folder / "F-Huge.abc").write_bytes(b"x" * 1_100_000)
    (folder / "notes.txt").write_text("not a hymn")
    found = load_hymns(folder)
    assert [c.name for c in found.chorales] == ["A-One.abc", "B-Two.abc", "C-Three.abc"]
    reasons = dict(found.refused)
    assert reasons["D-Copy.abc"] == "a copy of A-One.abc" and "longer" in reasons["F-Huge.abc"]
    assert set(reasons) == {"D-Copy.abc", "E-Broken.abc", "F-Huge.abc"}
    assert read_hymn(folder / "A-One.abc") == found.chorales[0]


def test_a_folder_that_holds_no_hymns_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no folder"):
        load_hymns(tmp_path / "nothing")
    with pytest.raises(ValueError, match=r"no \.abc file"):
        load_hymns(tmp_path)
    (tmp_path / "a.abc").write_text("X:1\nT:A jig\nM:6/8\nK:D\nABc def|\n")
    with pytest.raises(ValueError, match=r"none of its 1 \.abc files is a hymn"):
        load_hymns(tmp_path)


@pytest.mark.parametrize("word", ("train", "evaluate"))
def test_the_command_says_it_in_one_line_and_leaves_with_2(
    word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word, "hymns"]) == 2
    assert main([word, "hymns", str(tmp_path / "nothing")]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert len(lines) == 2 and all("Open Hymnal" in line for line in lines)
