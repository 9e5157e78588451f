"""`lilt evaluate chords --own` and `--page`: our own tunes' chords counted, and docs/chords.md: twelve tunes with
chords, why they were chosen, and the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from instrument.files.patch import find
from instrument.music.key import Key
from instrument.music.measure import Tune
from instrument.music.scores.score import abc_text
from instrument.music.sounds.compass import printed_octave
from instrument.music.tokens.bars import read_tune
from instrument.thinking.chords.bars_played import played
from instrument.thinking.chords.choice import Choice
from instrument.thinking.chords.numbers import load_numbers
from instrument.thinking.chords.product import Product
from instrument.thinking.chords.taste import taste
from instrument.thinking.model.model_choice import ModelChoice
from instrument.thinking.tune.loader import load_memory
from instrument.workshop.chords.evaluate import evaluate_chords
from instrument.workshop.chords.nottingham import read_books
from instrument.workshop.chords.own import OwnTune, counted, of_nottingham, with_chords
from instrument.workshop.evaluate.as_played import play_set

Say = Callable[[str], None]
#: patch, key, seed: of the tunes that are shown; keys that players of these dances have, every mode among them
SHOWN = (
    ("reel", "D major", 1), ("reel", "D mixolydian", 2), ("reel", "A dorian", 3), ("reel", "E minor", 4),
    ("jig", "G major", 5), ("jig", "E dorian", 6), ("jig", "A mixolydian", 7), ("hornpipe", "G major", 8),
    ("polka", "D major", 9), ("slip-jig", "E minor", 10), ("waltz", "G major", 11), ("march", "A mixolydian", 12),
)  # fmt: skip
TOLD = 4  #: chords of a tune whose reasons are told
MARK = "<!-- from here on written by a command -->"


def chord_figures(folder: Path, numbers: Path | None, own: bool, page: Path | None, say: Say) -> dict[str, object]:
    """Figures by name; `own`, `page`: our own tunes too, into a page whose beginning stays as somebody wrote it. Raises
    ValueError, OSError. blocks: minutes."""
    books = read_books(folder)
    figures: dict[str, object] = {} if own and page is None else evaluate_chords(books, numbers, say)
    if not (own or page):
        return figures
    tunes = our_tunes(numbers, say)
    ours = counted((tune.half, tune.states) for tune in tunes)
    theirs = of_nottingham(books)
    for name, value in ours.items():
        figures |= {f"own.{name}": round(value, 2), f"nottingham.{name}": round(theirs[name], 2)}
        say(f"{name:34} ours {value:6.2f}   Nottingham's {theirs[name]:6.2f}")
    if page is not None:
        before = page.read_text(encoding="utf-8").partition(MARK)[0].rstrip() if page.exists() else "# Chords"
        page.write_text(f"{before}\n\n{MARK}\n\n" + "\n".join(_lines(tunes, figures)), encoding="utf-8")
        say(str(page))
    return figures


def our_tunes(numbers: Path | None, say: Say) -> list[OwnTune]:
    """The first tunes of those sets, as they are played with nothing changed but the key, backed as in a patch."""
    loaded = load_numbers(numbers) if numbers else load_numbers()
    product, memory, found = Product(loaded.ahead), load_memory(ModelChoice(None, "cpu")), list[OwnTune]()
    for name, key, seed in SHOWN:
        patch = find(name)
        patch = replace(patch, values={**patch.values, "tune.key": key}, openings=())
        tokens = play_set(memory, patch, seed, 1)[0].tokens
        how = taste(patch.snapshot().with_value("tune.seed", seed))
        voice = patch.voices["melody"]
        octave = printed_octave(Key.parse(key), voice.octave, voice.range)
        found.append(with_chords(f"{name}, seed {seed}, in {key}", tokens, Key.parse(key), product, how, octave))
        say(found[-1].title)
    return found


def _lines(tunes: Sequence[OwnTune], figures: Mapping[str, object]) -> Iterator[str]:
    yield "## Figures\n"
    yield "Agreement with the chords of Nottingham's players, % of half bars, on tunes kept out of the fitting.\n"
    yield "| way of choosing | root | root and quality |\n|---|---|---|"
    for name in (n for n in figures if n.startswith("chords.") and f"{n}, quality too" in figures):
        yield f"| {name.removeprefix('chords.')} | {figures[name]} | {figures[f'{name}, quality too']} |"
    yield f"\nThe published figure to beat is {figures.get('chords.published', 66)} % of seven classes.\n"
    yield "| as they are played | our tunes below | Nottingham's, as written |\n|---|---|---|"
    for name in (n.removeprefix("own.") for n in figures if n.startswith("own.")):
        yield f"| {name} | {figures[f'own.{name}']} | {figures[f'nottingham.{name}']} |"
    yield "\n## Twelve tunes\n"
    for number, tune in enumerate(tunes, 1):
        yield from _section(number, tune)


def _section(number: int, tune: OwnTune) -> Iterator[str]:
    read = read_tune(tune.tokens, strict=False)
    yield f"### {number}. {tune.title}\n"
    abc = abc_text(tune.tokens, tune.title, tune.key, number, octave=tune.octave, chords=names(tune, read))
    yield f"```abc\n{abc}```\n"
    count = Counter(choice.chord.moved(tune.key.tonic).name(tune.key) for choice in tune.choices)
    total = sum(count.values())
    yield "Half bars: " + ", ".join(f"{name} {100 * n / total:.0f} %" for name, n in count.most_common()) + ".\n"
    for at in _telling(tune):
        yield "- " + _why(tune, at)
    yield ""


def names(tune: OwnTune, read: Tune) -> dict[int, list[tuple[int, str]]]:
    """By measure, the chords as it is played first, told where they change."""
    whole = played(read.measures, read.meter.bar)
    found: dict[int, list[tuple[int, str]]] = {}
    for start, place in zip(whole.starts, whole.places, strict=True):
        if place.measure in found:
            continue
        length, before = read.measures[place.measure].length, ""
        found[place.measure] = []
        for choice, begins in zip(tune.choices, tune.half.begins.tolist(), strict=True):
            name = choice.chord.moved(tune.key.tonic).name(tune.key)
            if start <= begins < start + length and name != before:
                found[place.measure].append((begins - start, name))
                before = name
    return found


def _telling(tune: OwnTune) -> list[int]:
    """The half bars that are told of: the first, the two where the choice was nearest, the last."""
    nearest = sorted(range(1, len(tune.choices) - 1), key=lambda at: tune.choices[at].chances[0][1])
    seen: list[int] = []
    for at in nearest:
        if len(seen) < TOLD - 2 and all(_plain(tune.choices[at]) != _plain(tune.choices[other]) for other in seen):
            seen.append(at)
    return sorted({0, *seen, len(tune.choices) - 1})


def _plain(choice: Choice) -> str:
    return choice.chord.name()


def _why(tune: OwnTune, at: int) -> str:
    choice = tune.choices[at]
    name = choice.chord.moved(tune.key.tonic).name(tune.key)
    others = ", ".join(
        f"{chord.moved(tune.key.tonic).name(tune.key)} {share:.2f}" for chord, share in choice.chances[:3]
    )
    instead = choice.instead.moved(tune.key.tonic).name(tune.key)
    nats = ", ".join(f"{expert} {value:+.1f}" for expert, value in choice.gains if abs(value) >= 0.05)
    number = int(tune.half.bar[at]) + 1 - int(tune.half.bar[0])
    where = ("", ", second half", ", third beat")[int(tune.half.within[at])] if not tune.half.triple else \
        f", beat {int(tune.half.within[at]) + 1}"  # fmt: skip
    return f"bar {number}{where}: **{name}**. Chances: {others}. Over {instead}: {nats}."
