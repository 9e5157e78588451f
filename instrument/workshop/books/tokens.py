"""The training tunes as numbers, in one file, so that a machine without music21 can train.

`gathered` reads the books and splits them; `Tokens.save` and `Tokens.load` carry the result about (safetensors:
numbers only, nothing that runs). A tune is `<s>`, its tokens, `</s>`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.weight_files import refuse
from instrument.workshop.books.corpus import Corpus
from instrument.workshop.books.families import families
from instrument.workshop.books.split import SIDES, side_of

KIN = "akin to a tune that is kept out of training"  #: a reason to leave a tune out


@dataclass(slots=True)
class Tokens:
    """Training tunes as token numbers.

    names, sides, tunes: of each tune, in reading order; group: its family's number; vocabulary: the texts;
    about: what the model card says of the corpus."""

    names: list[str]
    sides: list[str]
    tunes: list[list[int]]
    group: list[int]
    vocabulary: tuple[str, ...]
    about: dict[str, object] = field(default_factory=dict)

    def side(self, name: str) -> list[list[int]]:
        """The tunes of one side, in order."""
        return [tune for tune, side in zip(self.tunes, self.sides, strict=True) if side == name]

    def by_side(self) -> dict[str, list[list[int]]]:
        return {side: self.side(side) for side in SIDES}

    def largest(self) -> int:
        """The number of the largest family on the training side; -1 where there is none."""
        counts = Counter(g for g, side in zip(self.group, self.sides, strict=True) if side == "train")
        return max(counts, key=lambda g: (counts[g], -g)) if counts else -1

    def save(self, path: Path) -> None:
        """Write the file. Raises OSError."""
        told = {"names": self.names, "sides": self.sides, "vocabulary": self.vocabulary, "about": self.about}
        numbers: dict[str, NDArray[Any]] = {
            "tokens": np.array([n for tune in self.tunes for n in tune], np.uint8),
            "lengths": np.array([len(tune) for tune in self.tunes], np.int32),
            "group": np.array(self.group, np.int32),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(numbers, path, {"lilt": json.dumps(told)})

    @staticmethod
    def load(path: Path) -> Tokens:
        """Raises ValueError, one line, for a file that is not there or not one of ours."""
        try:
            refuse(path)
            with safe_open(path, framework="numpy") as file:
                told = json.loads((file.metadata() or {})["lilt"])
                flat, lengths, group = (file.get_tensor(name) for name in ("tokens", "lengths", "group"))
        except FileNotFoundError:
            raise ValueError(f"{path}: no such file; run.py train folk --prepare writes it") from None
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise ValueError(f"{path}: not a file of tokens ({error}); run.py train folk --prepare writes it") from None
        tunes = [piece.tolist() for piece in np.split(flat, np.cumsum(lengths)[:-1])]
        return Tokens(told["names"], told["sides"], tunes, group.tolist(), tuple(told["vocabulary"]), told["about"])


def numbered(
    corpus: Corpus, vocabulary: Vocabulary, about: dict[str, object] | None = None, grouped: bool = True
) -> Tokens:
    """The corpus on its sides. Tunes that must be left out of training move to `corpus.refused`, with the reason.

    grouped: find the families too, some seconds; otherwise each tune is its own
    """
    sides = side_of([name for name, _ in corpus.tunes], [tune for _, tune in corpus.tunes])
    corpus.refused += [(name, KIN) for (name, _), side in zip(corpus.tunes, sides, strict=True) if not side]
    corpus.tunes = [pair for pair, side in zip(corpus.tunes, sides, strict=True) if side]
    whole: list[list[int]] = [[vocabulary.start, *vocabulary.encode(tune), vocabulary.stop] for _, tune in corpus.tunes]
    group: Sequence[int] = families([tune for _, tune in corpus.tunes]) if grouped else range(len(whole))
    return Tokens(
        [name for name, _ in corpus.tunes], [side for side in sides if side], whole, list(group), vocabulary.texts,
        about or {},
    )  # fmt: skip
