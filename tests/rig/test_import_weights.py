"""Importing a checkpoint from the command line, and playing what has another vocabulary than ours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls.explanations import ThinkerFigures
from instrument.controls.requests import Extend, Rethink
from instrument.controls.snapshot import Snapshot
from instrument.files.patch import find
from instrument.music.events import Place, Span
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.phrase import Phrase
from instrument.music.tokens.bars import miscounted
from instrument.music.tokens.decode import read_tune
from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.novelty import NoteIndex
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.vocabulary_file import vocabulary_of
from instrument.rig.setup import Rig, check
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.model.vocabulary_fit import VocabularyFit, unplayable
from instrument.thinking.spans.arrange import Arrangement
from instrument.thinking.thinker import Thinker
from instrument.thinking.tune.load_shedding import Pace
from instrument.thinking.tune.loader import load_memory
from tests.fakes.checkpoints import ORIGINAL, lilt
from tests.fakes.thorough import every

OURS = Vocabulary.shipped()
FIT = VocabularyFit(Vocabulary(ORIGINAL))


def tokens_of(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# played


@pytest.mark.long  # 4 seconds of CPU
@pytest.mark.parametrize("patch", every(2, ["reel", "jig", "waltz", "air"]))
def test_an_imported_model_plays_and_its_bars_add_up(original: Path, tmp_path: Path, patch: str) -> None:
    """Straight from the pickle, with the guard on: composed, sounded, written."""
    assert lilt("render", patch, "--bars", "12", "--seed", "3", "--weights", str(original), "--out", str(tmp_path)) == 0
    notes = [m for m in mido.MidiFile(tmp_path / "tune.mid") if m.type == "note_on" and m.velocity]
    assert len(notes) > 12
    wav = (tmp_path / "tune.wav").read_bytes()
    assert len(wav) > 100_000 and any(wav[100_000:400_000])


def composed(memory: ModelMemory, snapshot: Snapshot, bars: int, before: Snapshot | None = None) -> list[object]:
    """What a thinker says when it is asked for so many bars."""
    thinker = Thinker(memory, Arrangement({}), lambda: 0.0, Pace(0, 0))
    thinker.hear(Rethink(1, snapshot, 0, None, before or snapshot))
    thinker.hear(Extend(bars * snapshot.meter.bar))
    said: list[object] = []
    while thinker.behind:
        said += thinker.work()
    return said


@pytest.mark.parametrize("key", ["E phrygian", "F lydian", "D dorian"])
@pytest.mark.parametrize("meter", ["4/4", "6/8", "3/2"])
def test_a_mode_that_is_lacking_is_said_once_and_the_nearest_plays(original: Path, key: str, meter: str) -> None:
    snapshot = Snapshot().with_values([("tune.key", key), ("tune.meter", meter), ("tune.seed", 5)])
    said = composed(load_memory(ModelChoice(original, "cpu")), snapshot, 6)
    spans = [one for one in said if isinstance(one, Span)]
    lines = [one.line for one in said if isinstance(one, ThinkerFigures) and one.line]
    sounding = {"E phrygian": "E minor", "F lydian": "F major"}.get(key, key)
    assert {span.key for span in spans} == {sounding} and len(spans) >= 6
    told = f"these weights know no {key[2:]} mode; {sounding} is nearest to {key}"
    assert lines == ([told] if sounding != key else [])
    assert {span.written[1] for span in spans} == {f"K:C{Key.parse(sounding).mode}"}


def test_a_meter_that_is_lacking_likewise() -> None:
    few = [token for token in ORIGINAL if token not in ("M:3/2", "M:9/8")]
    memory = ModelMemory(FolkRNN(len(few), 12, 1).eval(), Vocabulary(few), nodes=512)
    for asked, nearest in (("3/2", "3/4"), ("9/8", "12/8")):
        said = composed(memory, Snapshot().with_values([("tune.meter", asked), ("tune.seed", 5)]), 4)
        spans = [one for one in said if isinstance(one, Span)]
        assert {span.meter for span in spans} == {nearest}
        assert [one.line for one in said if isinstance(one, ThinkerFigures) and one.line] == [
            f"these weights know no meter {asked}; {nearest} is nearest"
        ]
        tune = read_tune([t for t in spans[-1].written if t != "</s>"], strict=False)
        assert not [i for i in miscounted(tune, range(len(tune.measures) - 1)) if i < 3]


def test_a_turn_to_such_a_mode_while_it_plays_and_back(original: Path) -> None:
    memory = load_memory(ModelChoice(original, "cpu"))
    thinker = Thinker(memory, Arrangement({}), lambda: 0.0, Pace(0, 0))
    now = before = Snapshot().with_values([("tune.key", "E minor"), ("tune.seed", 5)])
    after: Span | None = None
    lines, keys = [], []
    for plan, key in enumerate(("E minor", "E phrygian", "E phrygian", "E major", "E phrygian"), 1):
        now = now.with_value("tune.key", key)
        thinker.hear(Rethink(plan, now, after.end if after else 0, after, before))
        thinker.hear(Extend((after.end if after else 0) + 2 * 40320))
        while thinker.behind:
            for one in thinker.work():
                after = one if isinstance(one, Span) else after
                lines += [one.line] if isinstance(one, ThinkerFigures) and one.line else []
        assert after is not None
        keys.append(after.key)
        before = now
    assert keys == ["E minor", "E minor", "E minor", "E major", "E minor"]
    assert len(lines) == 2 and all("no phrygian mode; E minor" in line for line in lines)


def test_what_is_played_by_hand_is_answered_in_the_tokens_there_are() -> None:
    """A phrase with a token that the model lacks, once answered, is not answered again at each control."""
    phrase = Phrase(1, tokens_of("B,, 3> C 2 ^E 2 | C 8 |"), 2)
    asked = replace(Snapshot().with_values([("tune.key", "E phrygian"), ("tune.seed", 5)]), phrase=phrase)
    fitted = FIT.request(Rethink(2, asked, 0, None, replace(asked, phrase=None)))
    assert fitted.snapshot.phrase is not None and set(fitted.snapshot.phrase.tokens) <= set(ORIGINAL)
    later = FIT.request(Rethink(3, asked.with_value("tune.key", "E minor"), 0, None, asked))
    assert later.snapshot.phrase == later.before.phrase


def test_before_the_music_it_is_refused_with_the_mend(original: Path, tmp_path: Path) -> None:
    patch = find("reel")
    odd = replace(patch, values={**patch.values, "tune.key": "E phrygian"})
    with pytest.raises(ValueError, match=r"reel: .* no phrygian mode; E minor is nearest.*leave --weights out"):
        check(Rig(model=ModelChoice(original)), odd)
    check(Rig(model=ModelChoice(original)), patch)
    with pytest.raises(ValueError, match="no weights at"):
        check(Rig(model=ModelChoice(tmp_path / "none.pkl")), patch)


def test_ours_lacks_nothing_that_can_be_asked_for() -> None:
    from instrument.controls.table import METERS
    from instrument.controls.text_kinds import KEYS

    fit = VocabularyFit(OURS)
    for key in KEYS:
        assert not fit.lacking(Snapshot().with_value("tune.key", str(key)))
    for meter in METERS:
        assert not fit.lacking(Snapshot().with_value("tune.meter", meter))


@pytest.mark.parametrize(
    ("meter", "nearest"), [("3/8", "3/4"), ("6/4", "3/2"), ("2/2", "4/4"), ("6/8", "6/8"), ("12/8", "12/8")]
)
def test_the_nearest_meter(meter: str, nearest: str) -> None:
    assert str(FIT.meter(Meter.parse(meter))) == nearest


@pytest.mark.parametrize(("mode", "nearest"), [("phr", "min"), ("lyd", "maj"), ("loc", "min"), ("dor", "dor")])
def test_the_nearest_mode(mode: str, nearest: str) -> None:
    assert FIT.mode(mode) == nearest


# tokens that are lacking


def sounded(texts: tuple[str, ...]) -> list[tuple[int, int, int]]:
    measures = read_tune([text for text in texts if text != "</s>"], strict=False).measures
    return [(i, note.start, note.pitch) for i, measure in enumerate(measures) for note in measure.notes]


@pytest.mark.parametrize(
    ("texts", "same"),
    [
        ("M:4/4 K:Cmaj |: ^E 2 E 2 ^E 2 F 2 :|", True),  # an F, and what comes after it still an F sharp's neighbour
        ("M:4/4 K:Cphr C D E F G 4 | A 8 |", True),  # D flat stays D flat in the minor
        ("M:4/4 K:Clyd F 2 G 2 F 2 C 2 |", True),
        ("M:4/4 K:Cmaj A 3> B 3 c 2 | c 8 |", True),  # 9/2 and 3/2: written out, notes struck again
        ("M:4/4 K:Cmaj A 7/4 B /4 c 6 |", True),
        ("M:3/4 K:Cmaj B,, 2 C 2 D 2 |", False),  # too low: an octave up
    ],
)
def test_a_tune_with_tokens_that_are_lacking_is_spelt_otherwise(texts: str, same: bool) -> None:
    before = tuple(texts.split())
    after = FIT.written(before)
    assert set(after) <= {*ORIGINAL, "</s>"}
    starts = {(i, start): pitch for i, start, pitch in sounded(after)}
    for i, start, pitch in sounded(before):
        assert (i, start) in starts
        assert starts[i, start] == pitch or (not same and (starts[i, start] - pitch) % 12 == 0)
    lengths = [[m.length for m in read_tune(t).measures] for t in (before, after)]
    assert lengths[0] == lengths[1]


TOKENS = st.lists(st.sampled_from([t for t in OURS.texts if t[0] not in "MK<"]), max_size=40)


@given(TOKENS, st.sampled_from(["maj", "phr", "lyd", "dor"]), st.sampled_from(["4/4", "6/8", "3/8", "6/4"]))
def test_whatever_was_written_can_be_read_by_the_model(body: list[str], mode: str, meter: str) -> None:
    texts = (f"M:{meter}", f"K:C{mode}", *body)
    after = FIT.written(texts)
    FIT.vocabulary.encode(after)
    assert FIT.written(after) == after, "once is enough"
    measures = [len(read_tune(t, strict=False).measures) for t in (texts, after)]
    assert measures[0] == measures[1], "places in the tune stay"


def test_a_span_that_our_opening_wrote_goes_on_with_other_weights(original: Path) -> None:
    """The opening is made before any model is loaded; the thinker goes on from it."""
    memory = load_memory(ModelChoice(original, "cpu"))
    thinker = Thinker(memory, Arrangement({}), lambda: 0.0, Pace(0, 0))
    snapshot = Snapshot().with_value("tune.seed", 4)
    written = ("M:4/4", "K:Cmaj", *tokens_of("B,, 2 C 2 ^E 2 C 2 | C 3> D E 3 | C 8 | C 8 |"))
    opening = Span(3 * 40320, 4 * 40320, (), 0, 0, 3, written, Place(3), 0, "4/4", "D major", "opening")
    thinker.hear(Rethink(1, snapshot, opening.end, opening, snapshot))
    thinker.hear(Extend(opening.end + 4 * 40320))
    spans = []
    while thinker.behind:
        spans += [one for one in thinker.work() if isinstance(one, Span)]
    assert [span.bar for span in spans][:2] == [4, 5] and [span.place.measure for span in spans][:1] == [4]
    assert len(read_tune(spans[0].written[:-1], strict=False).measures) >= 5


def test_weights_are_known_by_their_vocabulary_without_torch(original: Path) -> None:
    assert list(vocabulary_of(original).texts) == ORIGINAL
    assert not unplayable(Vocabulary(ORIGINAL)) and not unplayable(OURS)
    assert unplayable(Vocabulary(["<s>", "</s>", "|", "|:", ":|", "|1", "|2", "M:4/4", "K:Cmaj"])) == (
        "its vocabulary lacks a pitch"
    )
    assert NoteIndex.load(original) is None
