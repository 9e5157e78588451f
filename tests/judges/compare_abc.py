"""Our reading of ABC files against abc2midi's, note by note: `python -m tests.judges.compare_abc FILE`.

The program is given each tune as it stands, but for what it plays beyond the notes: ornaments, grace notes, chord
symbols, the swing of `R:hornpipe`. Both readings must have the same onsets, lengths and intervals (ours stand on C,
and quick tunes in 2/4 are written in 4/4). Where they differ, the tune is heard without its signs of form, which must
agree, and its form by itself as `compare_abc2midi` does; what then differs is listed with the reason.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from instrument.music.abc.abc_file import without_comment
from instrument.music.abc.lexer import field_of, sign_at
from instrument.music.abc.parse import Refused, decoded, read, tunes
from instrument.music.tokens.encode import tokens
from instrument.music.tokens.tokens import BARS
from tests.judges.abc2midi import Heard, abc2midi
from tests.judges.compare_abc2midi import NEAR, compare, played


@dataclass(frozen=True, slots=True)
class Judged:
    """name: `X:` and title; reason: why it differs or is refused, "" where it agrees
    how: "agrees", "form" (agrees once its form is written out), "differs", "refused"."""

    name: str
    how: str
    reason: str = ""


def judge(texts: Sequence[str], batch: int = 200) -> Iterator[Judged]:
    """One verdict a tune, in order."""
    for first in range(0, len(texts), batch):
        part = [_Tune(text) for text in texts[first : first + batch]]
        asked = [tune for tune in part if tune.tokens]
        heard, said = abc2midi([plain(tune.text, n) for n, tune in enumerate(asked, 1)], *QUIET)
        unlike = [k for k, tune in enumerate(asked) if not same(played(tune.tokens), heard[k])]
        bare = [plain(asked[k].text, n, form=False) for n, k in enumerate(unlike, 1)]
        again = dict(zip(unlike, abc2midi(bare, *QUIET)[0], strict=True))
        forms = dict(zip(unlike, compare([asked[k].tokens for k in unlike]), strict=True))
        for k, tune in enumerate(asked):
            if k not in again:
                tune.verdict = Judged(tune.name, "form", GAP) if tune.gap else Judged(tune.name, "agrees")
                continue
            notes = same(played(_formless(tune.tokens)), again[k])
            form = forms[k]
            if notes and (form.mended or not form.reasons):
                why = "; ".join(form.reasons) or "signs of form that it reads otherwise"
                tune.verdict = Judged(tune.name, "form", why)
            else:
                reason = "; ".join(form.reasons) if notes else _why(tune, said[k])
                tune.verdict = Judged(tune.name, "differs", reason)
        yield from (tune.verdict for tune in part)


GAP = "an empty line before the music, which ends the tune for abc2midi"
QUIET = ("-NGUI", "-NGRA", "-NFNP", "-NFER")  #: no chord symbols, grace notes, dynamics, fermatas


class _Tune:
    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.reason, self.gap = text, list[str](), "", False
        titles = re.findall(r"(?m)^T:(.*)", text)
        self.name = f"{text.splitlines()[0]} {titles[0].strip() if titles else ''}"
        try:
            score = read(text)
            self.tokens, self.gap = tokens(score), score.dropped["empty line before the music"] > 0
        except Refused as refused:
            self.reason = str(refused)
        self.verdict = Judged(self.name, "refused", self.reason)


def plain(text: str, number: int, form: bool = True) -> str:
    """The tune's text without ornaments and `R:`, chords struck at once, and no empty line before the music.

    form: with its repeats and endings
    """
    out = [f"X:{number}"]
    in_body = music = False
    for line in text.splitlines()[1:]:
        if line.startswith("R:"):
            continue
        if line.startswith("K:") and not in_body:
            in_body = True
            out += ["%%MIDI chordattack 0", line]
        elif in_body and not music and not line.strip():
            continue
        elif in_body and not line.startswith("%") and not field_of(line):
            music = True
            out.append(_bare(without_comment(line), form))
        else:
            out.append(line)
    return "\n".join(out) + "\n"


def _bare(line: str, form: bool) -> str:
    out, at = "", 0
    while at < len(line):
        match = sign_at(line, at)
        if match is None:
            out, at = out + line[at], at + 1
            continue
        if match["ornament"] or match["decoration"]:
            pass
        elif not form and (match["ending"] or match["bar"]):
            out += "|" if match["bar"] else ""
        else:
            out += match[0]
        at = match.end()
    return out


def _why(tune: _Tune, said: str) -> str:
    if re.search(r"- :\|", " ".join(tune.tokens)):
        return "a tie over a repeat sign"
    if re.search(r"\[[^]\n:]*[A-Ga-g][,']*\d[^]\n]*\][\d/]", tune.text):
        return "a length in a chord and one behind it"
    return f"it says: {said.splitlines()[0]}" if said else "unexplained"


def _formless(texts: Sequence[str]) -> list[str]:
    return ["|" if text in BARS else text for text in texts]


def same(ours: Heard, theirs: Heard) -> bool:
    """The same notes but for a transposition and for note values twice as long; ties may round."""
    if len(ours) != len(theirs) or not ours:
        return False
    by = 2 if ours[-1][0] + ours[-1][1] > 1.5 * (theirs[-1][0] + theirs[-1][1]) else 1
    apart = ours[0][2] - theirs[0][2]
    return all(
        a[2] - b[2] == apart and abs(a[0] - by * b[0]) <= NEAR * by and abs(a[1] - by * b[1]) <= NEAR * by
        for a, b in zip(ours, theirs, strict=True)
    )


def report(verdicts: Sequence[Judged]) -> str:
    """Markdown: the totals, then every tune that differs or is refused."""
    counts = Counter(v.how for v in verdicts)
    read_ = len(verdicts) - counts["refused"]
    agree = counts["agrees"] + counts["form"]
    lines = [
        "| tunes | number |", "|---|---|", f"| in the file | {len(verdicts)} |", f"| refused | {counts['refused']} |",
        f"| read | {read_} |", f"| agree as they stand | {counts['agrees']} |",
        f"| agree once their form is written out, or an empty line is taken out | {counts['form']} |",
        f"| differ | {counts['differs']} |",
        f"| share that agrees, of those read | {100 * agree / max(1, read_):.2f} % |",
        "", "| tune | | reason |", "|---|---|---|",
    ]  # fmt: skip
    lines += [f"| {v.name} | {v.how} | {v.reason} |".replace(":|", ":\\|") for v in verdicts if v.how != "agrees"]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Compare our reading of ABC files with abc2midi's.")
    parser.add_argument("files", type=Path, nargs="+", help="ABC files")
    chosen = parser.parse_args(arguments)
    texts = [text for path in chosen.files for text in tunes(decoded(path.read_bytes()))]
    sys.stdout.write(report(list(judge(texts))))


if __name__ == "__main__":
    main()
