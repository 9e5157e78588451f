"""The 137 tokens of folk-rnn v2, as they are numbered in the shipped weights.

122 kinds occur in folk-rnn's published data; start and stop make 124; the other thirteen are the
commonest that our training corpora need besides. `vocabulary.txt` holds one a line, its line its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from instrument.music.tokens.tokens import START, STOP, parse

#: the shipped vocabulary
FILE = Path(__file__).with_name("vocabulary.txt")


class Vocabulary:
    """A fixed numbering of tokens. Immutable; any thread."""

    def __init__(self, texts: Sequence[str]) -> None:
        """texts: all different, `<s>` and `</s>` among them, each a token of the language (ValueError)."""
        self.texts = tuple(texts)
        self.tokens = tuple(parse(text) for text in texts)
        self.index = {text: i for i, text in enumerate(self.texts)}
        if len(self.index) != len(self.texts):
            raise ValueError("a vocabulary names a token twice")
        if START not in self.index or STOP not in self.index:
            raise ValueError("a vocabulary needs <s> and </s>")
        self.start, self.stop = self.index[START], self.index[STOP]

    def __len__(self) -> int:
        return len(self.texts)

    def encode(self, texts: Iterable[str]) -> list[int]:
        """Numbers of tokens. Raises KeyError for one that has none."""
        return [self.index[text] for text in texts]

    def decode(self, numbers: Iterable[int]) -> list[str]:
        return [self.texts[i] for i in numbers]

    @staticmethod
    def shipped() -> Vocabulary:
        return Vocabulary(FILE.read_text(encoding="utf-8").split())
