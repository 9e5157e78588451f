"""The program abc2midi (Debian package abcmidi) as a judge: tokens in, what it plays out.

Tokens become ABC in the most literal way, by dropping blanks, and never through our own reader or writer.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import mido

from instrument.music.tokens.tokens import BARS

Heard = list[tuple[int, int, int]]  #: (onset, length, pitch) in 480ths of a quarter, in order of onset
GRID = 480  #: ticks to the quarter in abc2midi's files


def literal_abc(tokens: Sequence[str], number: int) -> str:
    """ABC with the same signs in the same order. A note and its length close up; all else stays apart."""
    meter, mode, *body = tokens
    text = ""
    for token in body:
        close_up = re.fullmatch(r"[\d/]+[<>]?|[<>\]]", token) or text.endswith(("[", "(2", "(3", "(4", "(5", "(9"))
        text += token if close_up else " " + token
    text = re.sub(r":\| *\|([12])", r":|\1", text)
    return f"X:{number}\n{meter}\nL:1/8\n%%MIDI chordattack 0\nQ:1/4=120\n{mode}\n{text.strip()}\n"


def abc2midi(texts: Sequence[str], *options: str) -> tuple[list[Heard], list[str]]:
    """What the program plays for tunes numbered X:1, X:2, ... and what it says of each. options: as for the program.

    A tune it makes no file of is []. Raises FileNotFoundError where the program is not installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "t.abc").write_text("\n".join(texts), encoding="utf-8")
        run = subprocess.run(
            ["abc2midi", "t.abc", *options], cwd=folder, capture_output=True, text=True, errors="replace", check=False
        )
        files = [Path(folder) / f"t{n}.mid" for n in range(1, len(texts) + 1)]
        heard = [_heard(f) if f.exists() else [] for f in files]
    return heard, _sayings(run.stdout, texts)


def _sayings(said: str, texts: Sequence[str]) -> list[str]:
    """Its errors and warnings, by tune: it gives the line number in the whole file."""
    if not texts:
        return []
    starts, line = [], 1
    for text in texts:
        starts.append(line)
        line += text.count("\n") + 1
    by_tune = [""] * len(texts)
    for match in re.finditer(r"(?m)^(?:Error|Warning) in line-char (\d+)-\d+ : (.*)$", said):
        at = int(match[1])
        tune = max(i for i, first in enumerate(starts) if first <= at)
        by_tune[tune] += match[2] + "\n"
    return by_tune


def _heard(path: Path) -> Heard:
    """Notes of a MIDI file. The program starts at tick 1 and ends each note one tick early.

    A unison within a chord is one note.
    """
    notes: Heard = []
    for track in mido.MidiFile(path).tracks:
        now, sounding = 0, dict[int, list[int]]()
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                sounding.setdefault(message.note, []).append(now)
            elif message.type in ("note_off", "note_on"):
                if not sounding.get(message.note):
                    continue  # it ends some notes twice
                start = sounding[message.note].pop(0)
                notes.append((start - 1, now - start + 1, message.note))
    return sorted(set(notes))


def written_out(tokens: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """(tokens with the signs that abc2midi needs and the writer left out, what was mended).

    A second ending is ended as long after its sign as the first ending lasts. What begins behind a repeat or
    a second ending and itself ends in a repeat gets its `|:`. Written from the tokens alone, knowing nothing
    of `instrument.music.play_order`.
    """
    out, done = list(tokens), dict[str, None]()
    bars = [i for i, t in enumerate(tokens) if t in BARS]
    signs = [tokens[i] for i in bars] + [""]
    first = second = length = 0  # numbers of bar signs: the endings under way, and how long they are
    for k, at in enumerate(bars):
        sign, before, after = signs[k], signs[k - 1] if k else "", signs[k + 1]
        joined = k > 0 and at == bars[k - 1] + 1
        beside = k + 1 < len(bars) and bars[k + 1] == at + 1
        opening = "|:" if next((s for s in signs[k + 1 :] if s in ("|:", ":|", "|2")), "") in (":|", "|2") else "||"
        opening = "" if beside or not after or at == len(tokens) - 1 else opening
        if sign == "|:" and before == "|:":
            out[bars[k - 1]] = "|" if k > 1 and bars[k - 2] != bars[k - 1] - 1 else ""
            done["`|:` twice, round a pick-up"] = None
        elif sign == "|1":
            first = k
            if before == ":|" and joined:
                out[bars[k - 1]] = ""
                done["`:|` right before a first ending"] = None
        elif sign == "|2":
            if first and before != ":|":
                out[at] = ":| |2"
                done["a first ending without its `:|`"] = None
            length = max(1, k - first - (before == ":|" and joined)) if first else 1
            first, second = 0, k
        elif second and k - second == length:
            second = 0
            if sign == ":|":
                out[at] = "|" if after == "|:" and beside else opening or "||"
                done["`:|` ends a second ending"] = None
            elif sign == "|" and opening:
                out[at] = opening
                done["nothing ends a second ending"] = None
        elif sign == ":|" and opening == "|:":
            out[at] = ":| |:"
            done["a repeat without its `|:`"] = None
    return [t for t in out if t], tuple(done)
