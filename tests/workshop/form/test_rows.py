"""Form in numbers, on tunes whose form anybody can see: each row once where it holds and once where it does not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.music.key import Key
from instrument.music.tokens.decode import read_tune
from instrument.thinking.tune import tune_writer
from instrument.workshop.form import rows as fr
from instrument.workshop.form.bars import Bar, alike, eights, nearly, plan, strains, units_nearly
from instrument.workshop.form.cadences import long_at_end, resting, rests_on_tonic
from instrument.workshop.form.overlap import Sources
from instrument.workshop.form.rhythms import common, even, rhythms
from instrument.workshop.form.study import study_form
from instrument.workshop.form.tune_files import danced, tunes_of
from instrument.workshop.tune_studies.staff_svg import AGAIN, NEARLY, glyphs, score_svg, shaded
from tests.fakes.paths import DATA

A, B = "c d e f g f e d", "e g c' g e g c' g"
C, D = "d f a f d f a f", "B d g d B d g b"
HALF, HOME = "g f e d d 4", "B c d B c 4"
SAMPLE = DATA


def tune(*bars: str, head: str = "M:4/4 K:Cmaj") -> list[str]:
    return f"{head} {' | '.join(bars)} |".removesuffix(" |" if bars[-1].endswith(":|") else "").split()


def row(name: str, tokens: list[str]) -> float:
    return fr.table([fr.form(tokens)])[name]


def first(bar: str) -> Bar:
    """The bar as the figures see it."""
    return eights(read_tune(tune(*[bar] * 8)))[0][0]


REAL = tune(f"|: {A}", B, C, HALF, A, B, D, f"{HOME} :| |: {C}", D, C, HALF, C, D, D, f"{HOME} :|")
WANDERING = tune(A, B, C, D, HALF, "e f g a b a g f", "G A B c d e f g", "a g a b a g e g")


def test_a_bar_that_comes_again_in_its_place() -> None:
    assert row("bar5_is_bar1", REAL) == 1 and row("bar5_is_bar1", WANDERING) == 0
    assert row("bars56_nearly_bars12", REAL) == 1 and row("bars56_nearly_bars12", WANDERING) == 0
    assert row("plan_abac", REAL) == 1 and row("plan_abac", WANDERING) == 0
    assert row("through_composed", WANDERING) == 1 and row("through_composed", REAL) == 0
    assert row("no_bar_again", WANDERING) == 1 and row("no_bar_again", REAL) == 0


def test_a_note_changed_is_nearly_the_same_and_three_are_not() -> None:
    one, two, three = (first(each) for each in (A, "c d e f g f e e", "c c c f g f e e"))
    bar = read_tune(REAL).meter.bar
    assert alike(one, one, bar) == 1 and alike(one, two, bar) == pytest.approx(7 / 8)
    assert nearly(one, two, bar) and not nearly(one, three, bar) and alike(one, three, bar) == pytest.approx(5 / 8)
    assert units_nearly((one, one), (two, two), bar) and not units_nearly((one, three), (three, one), bar)


def test_the_letters_of_a_plan() -> None:
    def letters(*bars: str) -> str:
        found = read_tune(tune(*bars))
        return plan(eights(found)[0], found.meter.bar)

    assert letters(A, B, A, B, C, D, C, D) == "aabb"
    assert letters(A, B, C, D, A, B, HALF, HOME) == "abac"
    assert letters(A, B, A, B, A, B, A, B) == "aaaa"


def test_parts_are_what_is_between_repeat_signs_and_pickups_are_no_bars() -> None:
    whole = tune("|: G 2", A, B, C, HALF, A, B, D, "B c d B c 2 :| |: G 2", C, D, C, D, C, D, D, "B c d B c 2 :|")
    found = strains(read_tune(whole))
    assert [len(part.bars) for part in found] == [8, 8] and all(part.repeated for part in found)
    assert row("parts_of_8_or_16", whole) == 1 and row("two_parts_of_eight", whole) == 1
    assert row("aabb_with_signs", whole) == 1 and row("pickup", whole) == 1 and row("bars_written", whole) == 16
    assert row("miscounted_bars", whole) == 0
    plain = tune(A, B, C)
    assert row("parts_of_8_or_16", plain) == 0 and row("aabb_with_signs", plain) == 0 and row("pickup", plain) == 0


def test_a_lone_pickup_before_a_sign_is_no_part() -> None:
    found = strains(read_tune(f"M:4/4 K:Cmaj c d |: {A} | {B} :| {C} | {D} |".split()))
    assert [len(part.bars) for part in found] == [2, 2] and [part.repeated for part in found] == [True, False]


def test_the_second_part_closes_as_the_first() -> None:
    assert row("second_closes_as_first", REAL) == 1 and row("last_bar_nearly_first_parts", REAL) == 1
    other = tune(f"|: {A}", B, C, HALF, A, B, D, f"{HOME} :| |: {C}", D, C, HALF, C, D, C, f"{HALF} :|")
    assert row("second_closes_as_first", other) == 0 and row("last_bar_nearly_first_parts", other) == 0


def test_endings_are_seen_and_their_close_counts() -> None:
    whole = f"M:4/4 K:Cmaj |: {' | '.join([A, B, C, HALF, A, B, D])} |1 {HALF} :| |2 {HOME} |".split()
    assert row("endings", whole) == 1 and row("part_ends_on_tonic", whole) == 1 and row("bars_written", whole) == 8
    assert row("endings", REAL) == 0


def test_where_bars_come_to_rest() -> None:
    bar = read_tune(REAL).meter.bar
    home, half, moving = first(HOME), first(HALF), first(A)
    assert resting(home, bar) == 0 and resting(half, bar) == 2 and resting(moving, bar) == 7
    assert rests_on_tonic(home, bar) and not rests_on_tonic(half, bar) and not rests_on_tonic(moving, bar)
    assert long_at_end(home, bar) and not long_at_end(moving, bar)
    assert resting((), bar) == -1 and not rests_on_tonic((), bar) and not long_at_end((), bar)
    assert row("half_close_in_bar4", REAL) == 1 and row("tonic_rests_in_bar8", REAL) == 1
    assert row("long_note_ends_bar8", REAL) == 1 and row("part_ends_on_tonic", REAL) == 1
    early = tune(HOME, B, C, HOME, A, B, D, HOME)
    assert row("tonic_rests_in_bar8", early) == pytest.approx(1 / 3) and row("half_close_in_bar4", early) == 0


def test_the_lead_into_the_next_part_does_not_hide_a_close() -> None:
    bar = read_tune(REAL).meter.bar
    leading = first("B c d B c 2 d e")
    assert resting(leading, bar) == 0 and not rests_on_tonic(leading, bar)


def test_rhythms_tell_a_reel_from_a_hornpipe() -> None:
    reel, hornpipe = tune(A, B), tune("c > d e > f g > f e > d", "e > g c' > g e > g c' > g")
    assert even(read_tune(reel)) and not even(read_tune(hornpipe))
    usual = rhythms(read_tune(reel))
    assert usual.total() == 2 and len(common(usual)) == 1
    beside = fr.Beside(usual)
    assert fr.table([fr.form(reel)], beside)["rhythms_apart"] == 0
    told = fr.table([fr.form(hornpipe)], beside)
    assert told["rhythms_apart"] == 1 and told["rhythms_outside"] == 1 and told["semiquavers"] == 0.5


def test_a_tune_that_is_anothers_is_told() -> None:
    mine, theirs, new = fr.form(REAL), fr.form(tune(A, B, C, HALF, A, B)), fr.form(tune("C D E F G A B c"))
    assert fr.others([mine, theirs, new]) == [True, True, False]
    assert fr.others([new, mine]) == [False, False] and fr.others([mine]) == [False]


def test_what_is_shared_with_training_is_told_in_notes() -> None:
    source = Sources([("book", list(fr.form(REAL).notes))])
    assert fr.table([fr.form(REAL)], fr.Beside(sources=source))["longest_shared"] == len(fr.form(REAL).notes)


def test_the_cap_is_the_composers() -> None:
    assert (fr.CAP, fr.CAP_TOKENS) == (tune_writer.MOST_MEASURES, tune_writer.MOST_TOKENS)
    assert row("stopped_by_cap", tune(*[A] * 64)) == 1 and row("stopped_by_cap", REAL) == 0
    assert row("wide_range", tune("C, c c' c'' c c c c")) == 1 and row("wide_range", REAL) == 0


BODY = "c d e f g a b C G c' | |: :| |1 |2 2 /2 3 > < [ ] z (3 ^f _b =b"
words = st.sampled_from(BODY.split())


@given(st.lists(words, max_size=150), st.sampled_from(["M:4/4", "M:6/8", "M:9/8"]))
def test_whatever_a_model_says_can_be_counted(body: list[str], meter: str) -> None:
    counted = fr.form([meter, "K:Cdor", *body, "</s>"])
    table = fr.table([counted])
    assert all(0 <= table[name] <= 1 for name in table if name != "bars_written")
    assert all(0 <= count <= whole for count, whole in counted.counts.values())
    assert score_svg([meter, "K:Cdor", *body], Key.parse("E dorian")).endswith("</svg>\n")


def test_figures_out_of_range_are_marked() -> None:
    assert fr.within("bar5_is_bar1", 0.5) and fr.within("bar5_is_bar1", 0.01) is False
    assert fr.within("pickup", 0.5) is None
    with pytest.raises(ValueError, match="no tune to count"):
        fr.table([])
    assert {row.name for row in fr.ROWS if row.imposed} >= {"plan_abac", "aabb_with_signs", "bars_written"}
    assert not {"part_ends_on_tonic", "rhythms_apart", "half_close_in_bar4"} & {r.name for r in fr.ROWS if r.imposed}


def test_files_of_tokens_json_lines_and_abc(tmp_path: Path) -> None:
    tokens, lines, abc = (tmp_path / name for name in ("a.txt", "b.jsonl", "c.abc"))
    tokens.write_text("\n\n".join([" ".join(REAL), "no tune", " ".join(WANDERING)]))
    lines.write_text('{"dance": "jig", "tokens": "M:6/8 K:Cmaj c d e f g a |"}\n\n{"tokens": ["M:9/8", "K:Cmaj"]}\n')
    abc.write_text("X:1\nT:a\nM:6/8\nL:1/8\nK:G\nGAB cde|G3 G3|\n\nX:2\nT:b\nM:6/8\nL:1/8\nK:G\nGAB|cd")
    assert [each.dance for each in tunes_of(tokens)] == ["reel", "reel"]
    assert [each.dance for each in tunes_of(lines)] == ["jig", "slip jig"] and tunes_of(abc)[0].dance == "jig"
    assert [each.dance for each in tunes_of(tokens, "hornpipe")] == ["hornpipe", "hornpipe"]
    assert danced([["no", "head"]]) == []


@pytest.mark.parametrize("text, said", [("", "no tune"), ('{"tokens"\n', "line 1"), ('{"dance": "jig"}\n', "line 1")])
def test_a_file_without_tunes_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with pytest.raises(ValueError, match=said) as caught:
        tunes_of(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_the_command_counts_a_file_beside_another(tmp_path: Path) -> None:
    ours, real = tmp_path / "ours.txt", tmp_path / "real.txt"
    ours.write_text(" ".join(WANDERING))
    real.write_text(f"{' '.join(REAL)}\n\n{' '.join(REAL)}")
    said: list[str] = []
    told = study_form([ours], real, "", said.append)
    assert told["form.reel.bar5_is_bar1"] == 0 and told["form.reel.beside.bar5_is_bar1"] == 1
    assert told["form.reel.tunes"] == 1 and told["form.reel.beside.rhythms_apart"] == 0
    line = next(line for line in said if line.startswith("bar 5 the same"))
    assert "0.0 %!" in line and "100.0 % " in line and line.endswith("(the plan sets it)")
    with pytest.raises(ValueError, match="--of FILE"):
        study_form([], None, "", said.append)


def test_a_score_shades_what_comes_again() -> None:
    found = shaded(read_tune(tune(A, B, A, "c d e f g f e e", D)))
    assert found == {2: AGAIN, 3: NEARLY}
    drawn = score_svg(tune(A, B, A, D), Key.parse("E dorian"))
    assert drawn.count(AGAIN) == 1 and drawn.count("<ellipse") == 32 and NEARLY not in drawn
    assert {"CLEF", "SHARP", "FLAT", "NATURAL", "FLAG", "REST4", "REST8"} <= set(glyphs())
