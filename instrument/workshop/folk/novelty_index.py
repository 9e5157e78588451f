"""`run.py train index`: the marks of every run of notes in the training tunes, beside the weights trained on them.

Of the training side only: a held-out tune that shares a long run with the index would say that the split leaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from instrument.music.analysis.melody import melody
from instrument.music.note import Note
from instrument.music.tokens.bars import read_tune
from instrument.networks.folk.novelty import NoteIndex
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.workshop.books.corpus import default_files, gather, named_files
from instrument.workshop.books.tokens import numbered


def train_index(paths: Sequence[Path], out: Path, report: Callable[[str], None], books: bool = True) -> NoteIndex:
    """Gather and split as training does, and write OUT.runs.safetensors.

    paths, books: as for `train_folk`; out: stem of the weights. Raises ValueError or FileNotFoundError, one line.
    """
    vocabulary = Vocabulary.shipped()
    corpus = gather([*(default_files() if books else []), *named_files(paths)], vocabulary.texts)
    tunes = numbered(corpus, vocabulary).side("train")
    index = index_of(tunes, vocabulary)
    index.save(out)
    report(f"{len(index)} different runs of eight notes in {len(tunes)} tunes written to {out}.runs.safetensors")
    return index


def index_of(tunes: Sequence[Sequence[int]], vocabulary: Vocabulary) -> NoteIndex:
    """tunes: numbered, `<s>` first and `</s>` last."""
    return NoteIndex.of(_melodies(tunes, vocabulary))


def _melodies(tunes: Sequence[Sequence[int]], vocabulary: Vocabulary) -> Iterator[list[Note]]:
    for tune in tunes:
        yield melody(read_tune(vocabulary.decode(tune[1:-1])))
