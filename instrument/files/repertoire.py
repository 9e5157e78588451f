"""Repertoire files: tunes in ABC that somebody has, one file, a tunebook or a folder, listed at once, read as needed.

Whoever hands us a file is told in one line what is wrong with it; a collection of thousands of tunes is there in a
moment, since only what is about to be played is read.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from instrument.controls.control import Value
from instrument.controls.table import CONTROLS, METERS
from instrument.files import bounded
from instrument.music.abc.abc_file import decoded, tunes
from instrument.music.dances.dance_meters import dance_in
from instrument.music.repertoire.from_abc import LONGEST, TITLE, known_tune
from instrument.music.repertoire.known_tune import WINDOW, KnownTune, KnownTunes

LARGEST = 16_000_000  #: bytes of a file, and of a folder's files together
PASTED = 200_000  #: bytes of a text that is handed over while it plays
MOST = 20_000  #: tunes
FILES = 2_000  #: of a folder
SHOWN = 12  #: tunes that are listed where one is not there
TEMPO = CONTROLS["clock.bpm"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A tune before it is read. number: its `X:`; text: its ABC; file: the name of the file that it stands in."""

    number: str
    title: str
    text: str
    file: str = ""

    def known(self) -> KnownTune:
        """The tune, to be played. Raises ValueError, one line."""
        try:
            if len(self.text) > LONGEST:
                raise ValueError(f"it is longer than {LONGEST // 1000} kB; no tune is")
            return _known(self.text)
        except (ValueError, ArithmeticError) as error:
            raise ValueError(f"{self.name} cannot be played: {' '.join(str(error).split())[:160]}") from None

    @property
    def name(self) -> str:
        """What people call it: "The Kesh (X:3)"."""
        return f"{self.title} (X:{self.number})" if self.title else f"X:{self.number}"


@dataclass(frozen=True, slots=True)
class Repertoire:
    """Repertoire: known tunes of a file or folder.

    name: of the file or folder; tunes: at least one; path: where it lies, "" for a text that was handed over.
    """

    name: str
    tunes: tuple[Listed, ...]
    path: str = ""

    def place(self, number: str) -> int:
        """Where the tune with that `X:` stands, from 0. Raises ValueError, one line that lists those there are."""
        found = next((place for place, tune in enumerate(self.tunes) if tune.number == number.strip()), None)
        if found is None:
            there = ", ".join(tune.name for tune in self.tunes[:SHOWN])
            more = f" and {len(self.tunes) - SHOWN} more" if len(self.tunes) > SHOWN else ""
            raise ValueError(f"{self.path or self.name}: there is no X:{number.strip()[:20]}; there is {there}{more}")
        return found

    def from_first(self, load: int) -> KnownTunes:
        """As `window`, from the first tune that can be played. Raises ValueError, one line, where none can."""
        why: list[ValueError] = []
        for place in range(len(self.tunes)):
            try:
                return self.window(place, load)
            except ValueError as error:
                why.append(error)
        raise why[0]

    def window(self, place: int, load: int) -> KnownTunes:
        """The tune at `place` and those that come next, as they go with the controls; what cannot be played is left
        out behind the first. Raises ValueError, one line, for the first."""
        count = len(self.tunes)
        found: list[KnownTune | None] = [self.tunes[place].known()]
        for following in range(place + 1, place + min(WINDOW, count)):
            try:
                found.append(self.tunes[following % count].known())
            except ValueError:
                found.append(None)
        return KnownTunes(load, tuple(found), place, place, count, self.name, key=found[0].key if found[0] else "")


@functools.lru_cache(maxsize=256)
def _known(text: str) -> KnownTune:
    return known_tune(text)


def open_repertoire(path: Path) -> Repertoire:
    """The tunes of an ABC file, a tunebook, or a folder of them. Raises ValueError, one line; reads files."""
    if path.is_dir():
        return _folder(path)
    if not path.exists():
        raise ValueError(f"{path}: no such file or folder")
    return Repertoire(path.stem, tuple(_listed(path)), str(path))


def repertoire_of(text: str, name: str) -> Repertoire:
    """The tunes of a text that somebody has handed over. Raises ValueError, one line."""
    if len(text.encode(errors="replace")) > PASTED:
        raise ValueError(f"{name}: is larger than {PASTED // 1000} kB; start with the file: lilt play FILE.abc")
    return Repertoire(name, tuple(_split(text, name)))


def _folder(path: Path) -> Repertoire:
    files = sorted(file for file in path.iterdir() if file.suffix.lower() == ".abc")
    if not files:
        raise ValueError(f"{path}: there is no ABC file in it; a repertoire is a folder of .abc files")
    if len(files) > FILES:
        raise ValueError(f"{path}: {len(files)} files are more than {FILES}; make a smaller folder")
    if sum(file.stat().st_size for file in files) > LARGEST:
        raise ValueError(f"{path}: its files are larger than {LARGEST // 1_000_000} MB together; make a smaller folder")
    found: list[Listed] = []
    why = ""
    for file in files:
        try:
            found += _listed(file)
        except ValueError as error:
            why = why or str(error)
    if not found:
        raise ValueError(why)
    return Repertoire(path.resolve().name, tuple(found[:MOST]), str(path))


def _listed(path: Path) -> Iterator[Listed]:
    try:
        text = decoded(bounded.read_bytes(path, LARGEST))
    except ValueError as error:
        raise ValueError(f"{path}: {error}; is it a tune?") from None
    yield from _split(text, str(path), path.name)


def _split(text: str, name: str, file: str = "") -> Iterator[Listed]:
    if not text.strip():
        raise ValueError(f"{name}: is empty")
    lines = text.splitlines()
    if "\0" in text[:4000] or not any(line.lstrip("\ufeff").startswith("K:") for line in lines):
        raise ValueError(f"{name}: is not ABC; a tune has lines that begin with X:, T:, M: and K:, then its notes")
    if not any(line.lstrip("\ufeff").startswith("X:") for line in lines):
        text = "X:1\n" + text.lstrip("\ufeff\n\r ")
    for count, one in enumerate(tunes(text)):
        if count == MOST:
            raise ValueError(f"{name}: holds more than {MOST} tunes; split it")
        number, title = "", ""
        for line in one[:4000].splitlines():
            if line.startswith("X:") and not number:
                number = line[2:].split("%")[0].strip()[:20]
            elif line.startswith("T:"):
                title = " ".join(line[2:].split())[:TITLE]
                break
        yield Listed(number, title, one, file)


def controls_of(tune: KnownTune) -> dict[str, Value]:
    """What a tune asks of the controls, by their names. Pure."""
    meter, key = tune.head()
    values: dict[str, Value] = {
        "tune.known": True, "tune.key": str(key), "tune.key_list": "none", "tune.dance": dance_in(meter, tune.dance),
    }  # fmt: skip
    if str(meter) in METERS:
        values["tune.meter"] = str(meter)
    if tune.tempo:
        values["clock.bpm"] = min(max(round(tune.tempo, 1), float(TEMPO.low)), float(TEMPO.high))
    return values


def values_with(values: Mapping[str, Value], known: KnownTunes, stated: Collection[str] = ()) -> dict[str, Value]:
    """Controls with those that a known tune asks for; where it is to be played, and but for those that are stated. Its
    meter is always its own. Pure."""
    if "tune.known" in stated and not values["tune.known"]:
        return dict(values)
    turned = {**controls_of(known.tune(known.at)), "repertoire.go": known.at + 1}
    own = {name: value for name, value in turned.items() if name == "tune.meter" or name not in stated}
    return {**values, **own, "tune.known": True}


def own_tunes(name: object, folder: Path, values: Mapping[str, Value]) -> tuple[Repertoire, int]:
    """The repertoire that a patch in that folder names, and which of its tunes comes first. Raises ValueError."""
    if not isinstance(name, str):
        raise ValueError('tunes is no text; write tunes = "kesh.abc", a file of ABC beside the patch, or a folder')
    repertoire, place = open_repertoire(folder / name), int(values["repertoire.go"])
    if place > len(repertoire.tunes):
        raise ValueError(f"controls.repertoire.go = {place}, and {name} has {len(repertoire.tunes)} tunes")
    return repertoire, place - 1


def said(tune: KnownTune) -> str:
    """One line for people: its title, key, meter, and what does not add up in it. Pure."""
    wrong = f"; {'; '.join(tune.wrong)}; played as written" if tune.wrong else ""
    return f"{tune.title}, {tune.key}, {tune.meter}{wrong}"
