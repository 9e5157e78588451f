"""`run.py train forms`: the bank of plans and the counts of idiom, from the training side of the books.

Structure and counts are kept, no tune. Files go where `instrument.thinking.form` reads them, or into a folder named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

import numpy as np

from instrument.music.tokens.bars import read_tune
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.form import bank, idiom
from instrument.workshop.books.corpus import default_files, gather, named_files
from instrument.workshop.books.tokens import numbered
from instrument.workshop.form.bank_source import lines
from instrument.workshop.form.idiom_counts import count_idiom

HEAD = "# Forms of the training books; instrument/thinking/form/bank.py says how to read a line.\n"


def train_forms(abc: Iterable[Path], out: Path | None, say: Callable[[str], None]) -> dict[str, float]:
    """Write plans.txt and idiom.npz. abc: files besides the books. Raises OSError, FileNotFoundError."""
    vocabulary = Vocabulary.shipped()
    corpus = gather(chain(default_files(), named_files(abc)), vocabulary.texts)
    books = numbered(corpus, vocabulary, grouped=False)
    pairs = zip(books.names, books.sides, books.tunes, strict=True)
    trained = [(corpus.told[name].dance, tune[1:-1]) for name, side, tune in pairs if side == "train"]
    read = [(read_tune(vocabulary.decode(tune), strict=False), tune, dance) for dance, tune in trained]
    forms = lines((tune, dance) for tune, _, dance in read)
    counts = count_idiom(read, vocabulary)
    folder = out or bank.FILE.parent
    (folder / bank.FILE.name).write_text(HEAD + "\n".join(forms) + "\n", encoding="utf-8")
    np.savez_compressed(
        folder / idiom.FILE.name, values=np.array(counts.values), rhythm=counts.rhythm, pitch=counts.pitch
    )
    say(f"{len(forms)} forms of {len(read)} training tunes in {folder}")
    return {"forms": len(forms), "tunes": len(read), "rhythm_rows": len(counts.rhythm)}
