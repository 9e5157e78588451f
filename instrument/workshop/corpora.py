"""The tunes the folk model learns from: what pip brings, and any ABC a user names.

music21's corpus holds O'Neill's Music of Ireland, Ryan's Mammoth Collection, Aird's Airs, some reels of
the Nottingham collection and two books of miscellany, as ABC files; only the files are read, music21 is
never imported. Every tune that is left out has a reason, and the reasons are counted.
"""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from instrument.music.abc import Refused, read, tunes
from instrument.music.form import order
from instrument.music.notation import tokens
from instrument.music.tune import Misspelt, miscounted, read_tune
from instrument.workshop.books import BOOKS


@dataclass(slots=True)
class Corpus:
    """tunes: (name, tokens) in reading order; a name is "folder/file X:number".

    refused: (name, reason) of every tune left out; dropped: signs that were not kept, counted.
    """

    tunes: list[tuple[str, list[str]]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)

    def reasons(self) -> Counter[str]:
        return Counter(reason for _, reason in self.refused)


def music21_folder() -> Path:
    """Where pip put music21's corpus. Raises FileNotFoundError with the mend."""
    spec = importlib.util.find_spec("music21")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("music21 is not installed; pip install -e .[train] brings its corpus")
    return Path(spec.origin).parent / "corpus"


def default_files() -> list[Path]:
    base = music21_folder()
    return [path for name in BOOKS for path in sorted((base / name).glob("*.abc"))]


def named_files(paths: Iterable[Path]) -> Iterator[Path]:
    """ABC files the user names, folders searched through. Raises FileNotFoundError."""
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"no ABC file or folder at {path}")
        yield from sorted(path.rglob("*.abc")) if path.is_dir() else [path]


def gather(files: Iterable[Path], known: Iterable[str]) -> Corpus:
    """Read every tune of the files whose bars add up and whose tokens are in `known`.

    Exact copies are kept once. Deterministic: the same files give the same corpus in the same order.
    """
    corpus, allowed, seen = Corpus(), set(known), set[tuple[str, ...]]()
    for path in files:
        for text in tunes(path.read_text(encoding="latin-1")):
            name = f"{path.parent.name}/{path.stem} {text.splitlines()[0]}".replace("X: ", "X:")
            try:
                score = read(text)
                found = tokens(score)
                tune = read_tune(found)
                if strange := [t for t in found if t not in allowed]:
                    raise Refused(f"{strange[0]} is not in the vocabulary")
                if miscounted(tune, order(tune.measures)):
                    raise Refused("its bars do not add up")
                if tuple(found) in seen:
                    raise Refused("a copy of a tune above")
            except (Refused, Misspelt) as reason:
                corpus.refused.append((name, str(reason)))
                continue
            seen.add(tuple(found))
            corpus.tunes.append((name, found))
            corpus.dropped.update(score.dropped)
    return corpus
