"""`run.py study form`: the form of the tunes in a file, counted row by row, a column a dance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from instrument.workshop.form.rhythms import Rhythm
from instrument.workshop.form.rows import ROWS, Beside, FormCounts, form, table, within
from instrument.workshop.form.tune_files import Danced, tunes_of

Say = Callable[[str], None]
REAL = (".beside", ".book")  #: ends of prefixes of real tunes, of which nothing is asked
Figures = dict[str, float]


def study_form(files: Sequence[Path], beside: Path | None, dance: str, say: Say) -> Figures:
    """Names are `form.<dance>.<row>`, and `form.<dance>.beside.<row>` for the real tunes. Raises ValueError."""
    if not files:
        raise ValueError("name the tunes to count: --of FILE")
    ours = by_dance(each for path in files for each in tunes_of(path, dance))
    real = by_dance(tunes_of(beside)) if beside else {}
    told: Figures = {}
    for name, forms in ours.items():
        others = real.get(name, [])
        if name in real:
            told |= {f"form.{name}.beside.{row}": value for row, value in real_table(others).items()}
        found = table(forms, Beside(pooled(others) or None))
        told |= {f"form.{name}.tunes": len(forms)} | {f"form.{name}.{row}": value for row, value in found.items()}
    for line in lines(told, {name: f"form.{name}" for name in ours} | {f"{n}, real": f"form.{n}.beside" for n in real}):
        say(line)
    return told


def by_dance(tunes: Iterable[Danced]) -> dict[str, list[FormCounts]]:
    """The tunes counted, by dance."""
    found: dict[str, list[FormCounts]] = {}
    for each in tunes:
        found.setdefault(each.dance, []).append(form(each.tokens))
    return found


def real_table(forms: Sequence[FormCounts]) -> Figures:
    """Real tunes beside themselves: the rhythms of every other tune are the measure of the rest."""
    return table(forms) | {
        row: value for row, value in table(forms[::2], Beside(pooled(forms[1::2]) or None)).items()
        if row.startswith("rhythms")
    }  # fmt: skip


def pooled(forms: Iterable[FormCounts]) -> Counter[Rhythm]:
    """The bar rhythms of all these tunes."""
    return sum((each.rhythms for each in forms), Counter[Rhythm]())


def lines(told: Figures, columns: dict[str, str]) -> list[str]:
    """A table for people: a row a line, `!` behind a figure outside what is asked. columns: title to prefix."""
    columns = {title: prefix for title, prefix in columns.items() if any(n.startswith(f"{prefix}.") for n in told)}
    width = max(len(row.text) for row in ROWS) + 2
    head = " " * width + "".join(f"{title:>16}" for title in columns) + f"{'asked':>20}"
    body = []
    for row in ROWS:
        figures = {prefix: told.get(f"{prefix}.{row.name}") for prefix in columns.values()}
        if any(figure is not None for figure in figures.values()):
            cells = "".join(f"{_shown(row.name, figure, prefix):>16}" for prefix, figure in figures.items())
            asked = "" if row.asked is None else " to ".join(_plain(row.name, bound) for bound in row.asked)
            body.append(f"{row.text:<{width}}{cells}{asked:>20}{'  (the plan sets it)' if row.imposed else ''}")
    return [head, *body]


def _shown(name: str, figure: float | None, prefix: str) -> str:
    if figure is None:
        return ""
    ours = not prefix.endswith(REAL)
    return _plain(name, figure) + ("!" if ours and within(name, figure) is False else " ")


def _plain(name: str, figure: float) -> str:
    if name == "rhythms_apart":
        return f"{figure:.2f}"
    return f"{figure:.1f}" if name in ("bars_written", "longest_shared") else f"{100 * figure:.1f} %"
