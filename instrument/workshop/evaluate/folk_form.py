"""`run.py evaluate folk`, its second half: form of the tunes as played, beside the books' and others' real ones.

Each patch's sets are counted by the place of the tune in its set, because a set may begin well and wander off; place
`all` is every tune of every set together. Beside them stand the tunes of the same dance that were kept out of training
(`book`), and those of a file given (`beside`), which no training has seen either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from instrument.music.note import Note
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.workshop.books.corpus import default_files, gather
from instrument.workshop.books.tokens import Tokens, numbered
from instrument.workshop.evaluate.as_played import PlayedSet
from instrument.workshop.form.overlap import Sources
from instrument.workshop.form.patch_dance import dance_of
from instrument.workshop.form.rows import ROWS, Beside, form, read, table
from instrument.workshop.form.study import by_dance, lines, pooled, real_table
from instrument.workshop.form.tune_files import Danced, danced, tunes_of

Say = Callable[[str], None]
Figures = dict[str, object]


@dataclass(slots=True)
class Real:
    """Real tunes by dance. book: kept out of training; trained: the training tunes; beside: of the file given;
    sources: where passages of the training tunes stand. Empty where they are not at hand."""

    book: dict[str, list[Danced]] = field(default_factory=dict)
    trained: dict[str, list[Danced]] = field(default_factory=dict)
    beside: dict[str, list[Danced]] = field(default_factory=dict)
    sources: Sources | None = None


def real_tunes(beside: Path | None, say: Say) -> Real:
    """What there is to set tunes beside. Raises ValueError, OSError for a file that cannot be read."""
    real = Real(beside=_grouped(tunes_of(beside)) if beside else {})
    try:
        books = the_books()
    except FileNotFoundError as missing:
        say(f"no books to set tunes beside: {missing}")
        return real
    real.book = _grouped(danced(texts(books, ("valid", "test"))))
    trained = texts(books, ("train",))
    real.trained = _grouped(danced(trained))
    real.sources = Sources((str(number), notes(each)) for number, each in enumerate(trained))
    return real


def the_books() -> Tokens:
    """The training books, on their sides. Raises FileNotFoundError where they are not installed."""
    vocabulary = Vocabulary.shipped()
    return numbered(gather(default_files(), vocabulary.texts), vocabulary, grouped=False)


def texts(books: Tokens, sides: Iterable[str]) -> list[list[str]]:
    """The tokens of the tunes on some sides, `M:` and `K:` first."""
    return [[books.vocabulary[number] for number in tune[1:-1]] for side in sides for tune in books.side(side)]


def notes(tokens: Sequence[str]) -> list[Note]:
    """The notes of a tune as written."""
    return [note for measure in read(tokens).measures for note in measure.notes]


def _grouped(tunes: Iterable[Danced]) -> dict[str, list[Danced]]:
    found: dict[str, list[Danced]] = {}
    for each in tunes:
        found.setdefault(each.dance, []).append(each)
    return found


def evaluate_form(played: Sequence[PlayedSet], real: Real, say: Say) -> Figures:
    """Names are `form.<patch>.<place>.<row>`, place 1 to 5 or `all`, `book` or `beside`; and `form.imposed`, the rows
    that a plan sets. Rhythms are told against the training books of the dance, or against `beside` without them."""
    told: Figures = {"form.imposed": [row.name for row in ROWS if row.imposed]}
    for patch in dict.fromkeys(each.patch for each in played):
        columns = _columns([each for each in played if each.patch == patch], dance_of(patch), real)
        rows = {f"form.{patch}.{place}.{name}": value for place in columns for name, value in columns[place].items()}
        for line in lines(rows, {f"{patch} {place}": f"form.{patch}.{place}" for place in columns}):
            say(line)
        told |= {f"form.{patch}.dance": dance_of(patch), **rows}
    return told


def _columns(own: Sequence[PlayedSet], dance: str, real: Real) -> dict[str, dict[str, float]]:
    """By place: how many tunes, and every row."""
    book, others = (by_dance(found.get(dance, [])).get(dance, []) for found in (real.book, real.beside))
    trained = pooled(form(each.tokens) for each in real.trained.get(dance, []))
    beside = Beside(trained or pooled(others) or None, real.sources)
    forms = {each: form(each.tokens) for each in own}
    places = sorted({each.place for each in own})
    sets = {str(place): [forms[each] for each in own if each.place == place] for place in places}
    every = {**sets, "all": list(forms.values()), "book": book, "beside": others}
    columns = {place: {"tunes": len(tunes), **table(tunes, beside)} for place, tunes in every.items() if tunes}
    if others and not trained:
        columns["beside"] |= real_table(others)
    return columns
