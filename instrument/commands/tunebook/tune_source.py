"""The tune that is asked about: from an ABC file, a session log, a file of tokens, or the seed of a new one.

Strict: what cannot be read is one line that names the file, the place and the likely fix.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from instrument.files import bounded
from instrument.files.patch import find
from instrument.files.tunebook import SIGN, read
from instrument.music.abc import parse as abc
from instrument.music.tokens.decode import read_tune
from instrument.music.tokens.encode import tokens
from instrument.music.tokens.tokens import START, STOP, Kind, Token, parse
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.model.vocabulary_fit import VocabularyFit
from instrument.workshop.evaluate.generate import guards_of, one_by_one

LARGEST = 64_000_000  #: bytes of a file that we read
LONGEST = 40_000  #: letters of one tune; the longest of sixteen thousand public ones has nine thousand
MOST = 50_000  #: tunes of a file


@dataclass(frozen=True, slots=True)
class Asked:
    """Tune that a command was asked about.

    name: for titles and file names; texts: `M:` and `K:` first, without `<s>`, `</s>` at the end of a whole tune.
    """

    name: str
    texts: tuple[str, ...]


def asked_for(
    source: Path | None, seed: int | None, memory: ModelMemory, number: int = 1, patch: str = "first"
) -> Asked:
    """The tune of a file (its `number`-th, from 1), or a new one of `seed` in the meter and mode of `patch`.

    Raises ValueError, one line; FileNotFoundError for no such file.
    """
    if (source is None) == (seed is None):
        raise ValueError("name a tune: an ABC file, a session log, a file of tokens, or --seed N")
    if source is None:
        assert seed is not None
        if seed < 0:
            raise ValueError(f"seed {seed} is below 0")
        snapshot = find(patch).snapshot()
        VocabularyFit(memory.vocabulary).refuse(snapshot, patch)
        headers = [(str(snapshot.meter), snapshot.key.mode)]
        texts = one_by_one(memory, seed, guards_of(memory, headers), headers=headers)
        return Asked(f"{patch}-seed-{seed}", (*texts, STOP))
    found = read_file(source, number)
    if not 1 <= number <= len(found):
        raise ValueError(f"{source}: there is no tune {number}; it holds {len(found)}")
    asked = found[number - 1]
    _check(asked.texts, memory.vocabulary, source)
    return asked


def read_file(path: Path, number: int | None = None) -> list[Asked]:
    """Every tune of a file, by its contents: JSON Lines, ABC, or tokens. Raises ValueError, one line.

    number: only this one is wanted, from 1: of an ABC file the others' tokens are left out
    """
    try:
        text = abc.decoded(bounded.read_bytes(path, LARGEST))
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such file") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}; is it a tune?") from None
    if not text.strip():
        raise ValueError(f"{path}: is empty")
    if text.lstrip().startswith("{"):
        return _of_log(path, text)
    if any(line.startswith("X:") for line in text.splitlines()):
        return _of_abc(path, text, number)
    if text.split(maxsplit=1)[0].startswith("M:") or text.split(maxsplit=1)[0] == START:
        return _of_tokens(path, text)
    raise ValueError(f"{path}: is neither ABC (X: and K: fields), tokens (M: first), nor a session log (JSON Lines)")


def _of_abc(path: Path, text: str, wanted: int | None) -> list[Asked]:
    if SIGN in text:  # a tunebook: the tokens as the model wrote them, where they are kept
        kept = read(path)
        if kept and all(each.tokens for each in kept):
            return [Asked(f"{path.stem}-{k}", each.tokens) for k, each in enumerate(kept, 1)]
    found = []
    for number, tune in enumerate(abc.tunes(text), 1):
        if number > MOST:
            raise ValueError(f"{path}: holds more than {MOST} tunes; split it")
        if wanted not in (None, number):
            found.append(Asked(f"{path.stem}-{number}", ()))
            continue
        if len(tune) > LONGEST:
            raise ValueError(f"{path}: tune {number} is longer than {LONGEST // 1000} kB; no tune is")
        try:
            found.append(Asked(f"{path.stem}-{number}", (*tokens(abc.read(tune), ties=False), STOP)))
        except ValueError as error:
            raise ValueError(f"{path}: tune {number}: {error}") from None
    return found


def _of_tokens(path: Path, text: str) -> list[Asked]:
    """One tune a paragraph, as folk-rnn's data has them."""
    paragraphs = [p.split() for p in text.replace("\r", "").split("\n\n") if p.strip()]
    found = []
    if len(paragraphs) > MOST or max(map(len, paragraphs)) > LONGEST // 4:
        raise ValueError(f"{path}: holds more than {MOST} tunes, or one of over {LONGEST // 4} tokens; split it")
    for number, words in enumerate(paragraphs, 1):
        texts = tuple(word for word in words if word != START)
        try:
            read_tune(texts, strict=False)
        except ValueError as error:
            raise ValueError(f"{path}: tune {number}: {error}") from None
        found.append(Asked(f"{path.stem}-{number}", texts))
    return found


def _of_log(path: Path, text: str) -> list[Asked]:
    """The tunes of a session in the order they began, each as far as it was written."""
    longest: dict[tuple[int, tuple[str, ...]], tuple[str, ...]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}: line {number} is not JSON ({error}); the log is damaged there") from None
        for tune, written in _spans(entry):
            key = (tune, written[:2])
            longest[key] = max(longest.get(key, ()), written, key=len)
    if not longest:
        raise ValueError(f"{path}: holds no tune that a model wrote; is it a session log?")
    return [Asked(f"{path.stem}-{k}", texts) for k, texts in enumerate(longest.values(), 1)]


def _spans(entry: Any) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(tune, tokens) of every span in an entry, however deep."""
    waiting = [entry]
    while waiting:
        here = waiting.pop()
        if isinstance(here, list):
            waiting += reversed(here)
        elif isinstance(here, dict):
            written, tune = here.get("written"), here.get("tune")
            if isinstance(written, list) and len(written) > 2 and isinstance(tune, int):
                if all(isinstance(word, str) for word in written) and written[0].startswith("M:"):
                    yield tune, tuple(written)
            else:
                waiting += reversed(list(here.values()))


def _check(texts: Sequence[str], vocabulary: Vocabulary, path: Path) -> None:
    for place, text in enumerate(texts, 1):
        if text not in vocabulary.index:
            near = nearest(text, vocabulary)
            raise ValueError(f'{path}: token {place}, "{text}", is not in the vocabulary; the nearest is "{near}"')


def nearest(text: str, vocabulary: Vocabulary) -> str:
    """The token that comes nearest: of its kind by pitch or length, otherwise by spelling. Pure."""
    try:
        token = parse(text)
    except ValueError:
        close = difflib.get_close_matches(text, vocabulary.texts, 1, 0.0)
        return close[0]
    alike = [t for t in vocabulary.tokens if t.kind is token.kind and t.kind not in (Kind.START, Kind.STOP)]
    return min(alike or vocabulary.tokens, key=lambda t: _distance(token, t)).text


def _distance(a: Token, b: Token) -> tuple[float, float]:
    if a.kind is Kind.PITCH:
        signs = [0.5 if t.accidental is None else t.accidental for t in (a, b)]  # no sign is not a natural
        return abs(7 * (a.octave - b.octave) + a.letter - b.letter), abs(signs[0] - signs[1])
    if a.kind is Kind.DURATION:
        return abs(float(a.length - b.length)), abs(a.broken - b.broken)
    return 1 - difflib.SequenceMatcher(None, a.text, b.text).ratio(), 0.0
