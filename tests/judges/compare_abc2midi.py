"""Our reading of tunes against abc2midi's, note by note: `python -m tests.judges.compare_abc2midi FILE`.

What the program plays must be what we play: same onsets, same lengths, same pitches. A tune that differs is
listed with the reason; where the reason is a sign of form that the tune leaves out, the tune is heard again
with that sign written, and must then agree. What we keep and why is in `docs/abc2midi.md`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from instrument.music.play_order import order
from instrument.music.ticks import QUARTER
from instrument.music.tokens.bars import Misspelt, read_tune
from tests.judges.abc2midi import GRID, Heard, abc2midi, literal_abc, written_out

NEAR = 2  #: ticks by which odd tuplets may differ: they round, we do not


@dataclass(frozen=True, slots=True)
class Verdict:
    """index: of the tune in its file, from 0; reasons: why the readings differ, () where they agree.

    mended: once its form is written out in full (`written_out`), they agree
    """

    index: int
    tokens: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    mended: bool = False


def read_file(path: Path) -> list[list[str]]:
    """The tunes of a file of folk-rnn tokens, one a paragraph, without `<s>` and `</s>`."""
    paragraphs = re.split(r"\n\s*\n", path.read_text(encoding="utf-8"))
    found = [[t for t in p.split() if t not in ("<s>", "</s>")] for p in paragraphs]
    return [tune for tune in found if tune]


def played(tokens: Sequence[str]) -> Heard:
    """Our own reading, unrolled as played, on the same grid. Raises Misspelt."""
    tune = read_tune(tokens)
    notes, at = [], 0
    for i in order(tune.measures):
        for n in tune.measures[i].notes:
            start, end = at + n.start, at + n.end
            notes.append((start * GRID // QUARTER, (end - start) * GRID // QUARTER, n.pitch))
        at += tune.measures[i].length
    return sorted(set(notes))


def compare(tunes: Sequence[Sequence[str]], batch: int = 200) -> Iterator[Verdict]:
    """One verdict a tune, in order; those that differ are heard a second time, written out in full."""
    for first in range(0, len(tunes), batch):
        part = tunes[first : first + batch]
        heard, said = abc2midi([literal_abc(t, n + 1) for n, t in enumerate(part)])
        full = [written_out(t) for t in part]
        unlike = [n for n, t in enumerate(part) if not _agrees(t, heard[n])]
        again, _ = abc2midi([literal_abc(full[n][0], k + 1) for k, n in enumerate(unlike)]) if unlike else ([], [])
        second = dict(zip(unlike, again, strict=True))
        for n, tune in enumerate(part):
            mended = n in second and bool(full[n][1]) and _agrees(tune, second[n])
            reasons = () if n not in second else full[n][1] if mended else _reasons(tune, said[n]) or full[n][1]
            yield Verdict(first + n, tuple(tune), reasons or (("unexplained",) if n in second else ()), mended)


def alike(ours: Heard, theirs: Heard) -> bool:
    """The same notes, onsets and lengths within `NEAR`."""
    return len(ours) == len(theirs) and all(
        a[2] == b[2] and abs(a[0] - b[0]) <= NEAR and abs(a[1] - b[1]) <= NEAR
        for a, b in zip(ours, theirs, strict=True)
    )


def _agrees(tokens: Sequence[str], heard: Heard) -> bool:
    try:
        return alike(played(tokens), heard)
    except Misspelt:
        return False


def _reasons(tokens: Sequence[str], said: str) -> tuple[str, ...]:
    """Why abc2midi's reading is another, from what it says and from the tokens."""
    try:
        read_tune(tokens)
    except Misspelt as error:
        return (f"we refuse it: {error}",)
    signs = {
        "broken rhythm between unequal lengths": "Notes not equal durations" in said,
        "broken rhythm inside a chord": "not allowed in chord" in said,
        "a length in a chord and one behind it": bool(re.search(r"\[[^\]]*\d [^\]]*\] [\d/]", " ".join(tokens))),
        "(5, (7 or (9 in 3/4": tokens[0] == "M:3/4" and bool({"(5", "(7", "(9"} & set(tokens)),
        "broken rhythm before no note": bool(re.search(r"[<>] (\|2 )?:\|( \||$)|[<>] \|?$", " ".join(tokens))),
        "a second ending without a first": "found [1 or like before" in said and "|1" not in tokens,
    }
    return tuple(reason for reason, holds in signs.items() if holds)


def report(verdicts: Sequence[Verdict]) -> str:
    """Markdown: the totals, then every tune that differs."""
    agree = sum(not v.reasons for v in verdicts)
    mended = [v for v in verdicts if v.mended]
    differ = [v for v in verdicts if v.reasons and not v.mended]
    percent = 100 / max(1, len(verdicts))
    lines = [
        "| tunes | number | share |", "|---|---|---|",
        f"| compared | {len(verdicts)} | |",
        f"| agree as they stand | {agree} | {agree * percent:.1f} % |",
        f"| agree once their form is written out | {len(mended)} | {len(mended) * percent:.1f} % |",
        f"| differ | {len(differ)} | {len(differ) * percent:.1f} % |",
        "", "| reason | agree once written out | differ |", "|---|---|---|",
    ]  # fmt: skip
    counts = {side: Counter(r for v in some for r in v.reasons) for side, some in ((0, mended), (1, differ))}
    for reason in sorted(counts[0] | counts[1], key=lambda r: -(counts[0][r] + counts[1][r])):
        lines.append(f"| {_cell(reason)} | {counts[0][reason]} | {counts[1][reason]} |")
    for title, some in (("Tunes that differ", differ), ("Tunes that agree once their form is written out", mended)):
        lines += ["", f"## {title}", "", "| tune | begins | reason |", "|---|---|---|"]
        lines += [f"| {v.index} | `{_cell(' '.join(v.tokens[:10]))}` | {_cell('; '.join(v.reasons))} |" for v in some]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Compare our reading of folk-rnn tokens with abc2midi's.")
    parser.add_argument("file", type=Path, help="folk-rnn tokens, one tune a paragraph")
    parser.add_argument("--tunes", type=int, help="only the first so many")
    chosen = parser.parse_args(arguments)
    sys.stdout.write(report(list(compare(read_file(chosen.file)[: chosen.tunes]))))


if __name__ == "__main__":
    main()
