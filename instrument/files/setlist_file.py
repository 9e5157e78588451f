"""Set list files: the patches of an evening in order, with times, keys, tempo and notes to oneself.

    # friday: what we play at the Crown.
    [[step]]
    patch = "reel"                       # a patch's name, or a file
    times = 3                            # how often each tune is played; what the patch has where it is left out
    keys  = ["D major", "G major"]       # of its tunes in turn
    tempo = 176                          # quarter notes a minute
    note  = "Anna leads; watch her for the change"

A set list is read whole before it is used: one that names a patch which is not there is refused, and nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from instrument.controls.control import Control, Value
from instrument.controls.table import CONTROLS
from instrument.files import toml
from instrument.files.patch import Patch, PatchError, find
from instrument.files.shipped import OWN, PATCHES

MOST = 99  #: steps
KEYS = ("patch", "times", "keys", "tempo", "note")
TIMES = Control("times", "int", 1, "How often each tune is played", 1, 8)
NOTE = 200  #: characters


class SetlistError(ValueError):
    """A set list that cannot be used. Its text is one line: file, step, key, value, likely fix."""


@dataclass(frozen=True, slots=True)
class Step:
    """Step of a set list.

    patch: as it plays; note: to oneself, "" for none; values: the controls that are other than the patch's
    times, tempo: 0 where the patch's stay; keys: () likewise."""

    patch: Patch
    times: int = 0
    keys: tuple[str, ...] = ()
    tempo: float = 0.0
    note: str = ""

    @property
    def values(self) -> dict[str, Value]:
        """Every control as this step has it."""
        values = dict(self.patch.values)
        if self.tempo:
            values["clock.bpm"] = self.tempo
        if self.keys:
            values |= {"tune.key": self.keys[0], "tune.key_list": ", ".join(self.keys) if self.keys[1:] else "none"}
        if self.times and "set.times" in CONTROLS:
            values["set.times"] = self.times
        return values

    @property
    def begun(self) -> Patch:
        """The patch as Lilt starts with it; without bars to begin with, where they are in another mode."""
        values = self.values
        same = str(values["tune.key"]).split()[-1] == str(self.patch.values["tune.key"]).split()[-1]
        openings = self.patch.openings if same else ()
        return replace(self.patch, values=values, keys=self.keys or self.patch.keys, openings=openings)

    @property
    def line(self) -> str:
        """In one line for people: "reel, D major, 3 times, 176"."""
        times = f"{self.times} times" if self.times > 1 else "once" if self.times else ""
        key, tempo = self.values["tune.key"], f"{float(self.values['clock.bpm']):g}"
        return ", ".join(part for part in (self.patch.name, " then ".join(self.keys) or str(key), times, tempo) if part)


@dataclass(frozen=True, slots=True)
class Setlist:
    """Set list of an evening. name: "friday"; steps: at least one."""

    name: str
    steps: tuple[Step, ...]


def find_setlist(name: str, own: Path = OWN) -> Setlist:
    """The set list of that name (patches/sets/NAME.toml, one's own before those that came along) or at that path.
    Raises SetlistError. Reads files; thread: any."""
    given = Path(name.strip())
    if given.suffix == ".toml" or len(given.parts) > 1:
        return load_setlist(given, own)
    places = [folder / "sets" / f"{given}.toml" for folder in (own, PATCHES)]
    return load_setlist(next((place for place in places if place.exists()), places[0]), own)


def setlist_names(own: Path = OWN) -> list[str]:
    """The set lists that are found by name."""
    return sorted({file.stem for folder in (own, PATCHES) for file in (folder / "sets").glob("*.toml")})


def load_setlist(path: Path, own: Path = OWN) -> Setlist:
    """The set list in a file, with its patches. Raises SetlistError."""
    try:
        data = toml.load(path)
        steps = data.get("step")
        for key in data:
            if key != "step":
                raise ValueError(f'unknown key "{key}"; a set list has [[step]] tables and nothing else')
        if not isinstance(steps, list) or not steps or not all(isinstance(step, dict) for step in steps):
            raise ValueError('there is no step; write [[step]] and patch = "reel" below it')
        if len(steps) > MOST:
            raise ValueError(f"{len(steps)} steps are more than {MOST}")
        found = tuple(_step(number, step, path, own) for number, step in enumerate(steps, start=1))
    except FileNotFoundError:
        there = ", ".join(setlist_names(own)) or "none"
        raise SetlistError(_line(f'there is no set list "{path}"; there is {there}')) from None
    except ValueError as error:
        raise SetlistError(_line(f"{path}: {error}")) from None
    return Setlist(path.stem, found)


def _step(number: int, table: Mapping[str, object], file: Path, own: Path) -> Step:
    label = f"step {number}: "
    for key in table:
        if key not in KEYS:
            raise ValueError(f'{label}unknown key "{key}"; it may be {", ".join(KEYS)}')
    name, note = table.get("patch"), table.get("note", "")
    if not isinstance(name, str):
        raise ValueError(f'{label}names no patch; write patch = "reel"')
    if not isinstance(note, str) or len(note) > NOTE:
        raise ValueError(f"{label}note is no text of {NOTE} characters at most")
    keys = table.get("keys", [])
    keys = [keys] if isinstance(keys, str) else keys
    if not isinstance(keys, list) or len(keys) > 16:
        raise ValueError(f'{label}keys is no list; write keys = ["D major", "G major"]')
    times = int(TIMES.check(table["times"], f"{label}times")) if "times" in table else 0
    tempo = float(CONTROLS["clock.bpm"].check(table["tempo"], f"{label}tempo")) if "tempo" in table else 0.0
    checked = tuple(str(CONTROLS["tune.key"].check(key, f"{label}keys")) for key in keys)
    try:
        beside = file.parent / name if Path(name).suffix == ".toml" and not Path(name).is_absolute() else None
        patch = find(str(beside) if beside is not None and beside.exists() else name, own)
    except PatchError as error:
        raise ValueError(f"{label}{error}") from None
    return Step(patch, times, checked, tempo, " ".join(note.split()))


def _line(text: str) -> str:
    return " ".join(text.split())[:300]
