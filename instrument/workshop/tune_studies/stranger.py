"""`run.py study stranger`: tunes of ours, and of others, judged against real tunes of the same dance and mode.

Three comparisons keep each other honest. Ours against real ones of a file (`beside`) or of the books (`book`); tunes of
a network without the rest of the instrument (`--plain`, or a file by `--rival`) against the same; and the books against
the file, both real, whose AUC is what mere repertory tells: nobody should hope to come below it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from instrument.workshop.evaluate.folk_form import Real
from instrument.workshop.form.tune_files import Danced, tunes_of
from instrument.workshop.tune_studies.stranger_test import HeardTune, StrangerVerdict, heard, judge

Say = Callable[[str], None]
Figures = dict[str, object]
Plain = Callable[[Sequence[tuple[str, str]]], Sequence[Sequence[str]]]
MOST = 500  #: real tunes of a dance
FEWEST = 40  #: real tunes in the modes of ours, below which every mode is taken


def study_stranger(
    ours: Sequence[Path], rivals: Mapping[str, Path], real: Real, say: Say, plain: Plain | None = None
) -> Figures:
    """Names are `stranger.<dance>.<whose>.<against>.auc` and so on. Raises ValueError, OSError, RuntimeError.

    plain: gives a network's own tunes with these meters and modes, to be judged as the rival `network`
    """
    if not ours and not rivals:
        raise ValueError("name the tunes to judge: --of FILE, as `evaluate folk --keep FILE` writes it")
    whose = {"ours": [each for path in ours for each in tunes_of(path)]} if ours else {}
    whose |= {name: tunes_of(path) for name, path in rivals.items()}
    if plain:
        heads = [(each.dance, each.tokens) for tunes in whose.values() for each in tunes]
        made = plain([(tokens[0][2:], tokens[1][3:]) for _, tokens in heads])
        rival = [Danced(dance, tuple(tokens)) for (dance, _), tokens in zip(heads, made, strict=True)]
        whose["network"] = rival
    told: Figures = {}
    modes: dict[str, list[str]] = {}
    for name, tunes in whose.items():
        for dance in dict.fromkeys(each.dance for each in tunes):
            own = [each.tokens for each in tunes if each.dance == dance]
            modes.setdefault(dance, [tokens[1] for tokens in own])
            for against, found in _real(real, dance).items():
                told |= _asked(f"stranger.{dance}.{name}.{against}", own, found, modes[dance], say)
    for dance, wanted in modes.items():
        sources = _real(real, dance)
        if len(sources) == 2:
            book = matched(sources["book"], wanted)
            told |= _asked(f"stranger.{dance}.book.beside", book, sources["beside"], [t[1] for t in book], say)
    return told


def plain_tunes(weights: Path | None) -> Plain:
    """What a network says by itself: each bar adds up, and nothing else of the instrument is at work."""
    from instrument.thinking.model.model_choice import ModelChoice
    from instrument.thinking.tune.loader import load_memory
    from instrument.workshop.evaluate.generate import generate

    memory = load_memory(ModelChoice(weights, "cpu"))
    return lambda headers: generate(memory, len(headers), True, headers=headers)


def _real(real: Real, dance: str) -> dict[str, list[tuple[str, ...]]]:
    """The real tunes of a dance, by where they are from."""
    book: list[Danced] = [*real.book.get(dance, []), *real.trained.get(dance, [])]
    every = {"book": book, "beside": real.beside.get(dance, [])}
    return {name: [each.tokens for each in found] for name, found in every.items() if found}


def _asked(
    name: str, own: Sequence[tuple[str, ...]], real: Sequence[tuple[str, ...]], modes: Sequence[str], say: Say
) -> Figures:
    """One verdict as figures; nothing where there are too few."""
    try:
        verdict = judge(_heard(own), _heard(matched(real, modes)))
    except ValueError as few:
        say(f"{name}: {few}")
        return {}
    for line in spoken(name, verdict):
        say(line)
    return {
        f"{name}.auc": verdict.auc, f"{name}.spread": verdict.spread, f"{name}.tunes": verdict.ours,
        f"{name}.real": verdict.real, f"{name}.form_alone": verdict.form, f"{name}.bars_alone": verdict.bars,
        **{f"{name}.{which.replace(' ', '_')}": auc for which, auc in verdict.by.items()},
        f"{name}.tells": [str(tell) for tell in verdict.tells],
    }  # fmt: skip


def matched(real: Sequence[tuple[str, ...]], modes: Sequence[str]) -> list[tuple[str, ...]]:
    """Real tunes in the modes that ours have, as often as those have them: a patch keeps to its mode, and that is no
    tell. Every mode where there are too few. The same each time. tokens[1] of a tune is its mode."""
    shuffled = list(real)
    random.Random(1).shuffle(shuffled)
    share = {mode: modes.count(mode) / len(modes) for mode in set(modes)}
    by_mode = {mode: [tokens for tokens in shuffled if tokens[1] == mode] for mode in share}
    most = min((len(by_mode[mode]) / part for mode, part in share.items()), default=0)
    if most < FEWEST:
        return shuffled[:MOST]
    return [tokens for mode, part in share.items() for tokens in by_mode[mode][: round(min(most, MOST) * part)]]


def _heard(tunes: Iterable[Sequence[str]]) -> list[HeardTune]:
    return [each for each in map(heard, tunes) if each is not None]


def spoken(name: str, verdict: StrangerVerdict) -> list[str]:
    """The verdict for people."""
    head = (
        f"{name}: AUC {verdict.auc:.2f} +- {verdict.spread:.2f} ({verdict.which}), {verdict.ours} against "
        f"{verdict.real} real; form alone {verdict.form:.2f}, bars alone {verdict.bars:.2f}"
    )
    return [head, *(f"    {tell}" for tell in verdict.tells)]


def named(asked: Sequence[str]) -> dict[str, Path]:
    """["plain=tunes.txt"] to {"plain": Path("tunes.txt")}. Raises ValueError, one line."""
    pairs = [text.partition("=") for text in asked]
    if wrong := ["".join(pair) for pair in pairs if not (pair[0].isidentifier() and pair[2])]:
        raise ValueError(f'--rival {wrong[0]}: write NAME=FILE, as "plain=tunes.txt"')
    return {name: Path(file) for name, _, file in pairs}
