"""Files of patterns, `patterns/reel.toml` beside the patches: what backing instruments play in the bars of a dance.

    dance = "reel"           # that it is for; a dance may have several files, one a length of bar
    meters = ["4/4", "2/2"]
    unit = "1/8"             # what a sign lasts: 1/4, 1/8, 1/12, 1/16, 1/24
    [[guitar]]               # also piano, bass, bodhran; as many as there are
    bars = "D-duD-du"        # one bar or several, `|` between them; the signs: `instrument/music/backing/pattern.py`
    density = 0.5            # where backing.density calls for it, 0..1
    often = 2                # how likely it is beside others as near
    role = "usual"           # usual, or fill: the last bar of a part
    hand = "00112200"        # bodhran: how far the hand presses the skin, 0..9, a digit a sign
    unit = "1/16"            # of this pattern alone

Read strictly; a mistake is one line. One's own file, in `patterns` of one's folder of patches, comes before Lilt's.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from instrument.controls.control import figure
from instrument.files import toml
from instrument.files.shipped import OWN, PATCHES
from instrument.music.backing.pattern import ROLES, SIGNS, STYLES, UNITS, DancePatterns, Pattern, alike, read_bars
from instrument.music.meter import Meter

FOLDER = "patterns"
KEYS = ("bars", "density", "often", "role", "hand", "unit")
MOST = 64  #: patterns of one instrument


class PatternError(ValueError):
    """Patterns that cannot be played. Its text is one line: file, place, what is legal."""


def load(path: Path) -> DancePatterns:
    """The patterns in a file. Raises PatternError; FileNotFoundError for none. Reads a file."""
    try:
        return _patterns(path.stem, toml.load(path))
    except FileNotFoundError:
        raise
    except ValueError as error:
        raise PatternError(" ".join(f"{path.parent.name}/{path.name}: {error}".split())[:300]) from None


def patterns(own: Path = OWN) -> tuple[DancePatterns, ...]:
    """All there are: Lilt's, and in place of a file of the same name one's own. Raises PatternError. Reads once."""
    return _read(own.resolve())


def playable(own: Path = OWN) -> tuple[DancePatterns, ...]:
    """All there are, for who plays already: where one's own cannot be read, Lilt's alone."""
    try:
        return patterns(own)
    except (PatternError, OSError):
        return _read(PATCHES)


@lru_cache(maxsize=4)
def _read(own: Path) -> tuple[DancePatterns, ...]:
    files = {file.stem: file for folder in (PATCHES, own) for file in sorted((folder / FOLDER).glob("*.toml"))}
    return tuple(load(file) for file in files.values())


def _patterns(name: str, data: Mapping[str, object]) -> DancePatterns:
    _known(data, ("dance", "meters", "unit", *SIGNS))
    dance = data.get("dance", name)
    if dance not in STYLES:
        raise ValueError(f'dance = "{dance}" is not one of {", ".join(STYLES)}')
    meters = data.get("meters")
    if not isinstance(meters, list) or not meters or not all(isinstance(each, str) for each in meters):
        raise ValueError('meters is not a list of meters; write meters = ["4/4"]')
    read = [Meter.parse(each) for each in meters]
    if not all(alike(meter, read[0]) for meter in read):
        raise ValueError(f"meters = {', '.join(meters)} have bars that differ; give each its own file")
    unit = _unit(data.get("unit", "1/8"), "unit")
    of = {}
    for instrument in SIGNS:
        if instrument in data:
            of[instrument] = _of_instrument(instrument, data[instrument], unit, read[0])
    if not of:
        raise ValueError(f"no instrument has a pattern; write [[guitar]], or another of {', '.join(SIGNS)}")
    return DancePatterns(str(dance), tuple(str(meter) for meter in read), of)


def _of_instrument(instrument: str, tables: object, unit: str, meter: Meter) -> tuple[Pattern, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError(f"{instrument} is not a list of tables; write [[{instrument}]] above each pattern")
    if len(tables) > MOST:
        raise ValueError(f"{instrument} has {len(tables)} patterns; at most {MOST}")
    found = []
    for number, table in enumerate(tables, start=1):
        label = f"{instrument} {number}"
        try:
            found.append(_pattern(instrument, table, unit, meter))
        except ValueError as error:
            raise ValueError(f"{label}: {error}") from None
    if not any(pattern.role == "usual" for pattern in found):
        raise ValueError(f'{instrument} has no pattern of role "usual"')
    return tuple(found)


def _pattern(instrument: str, table: Mapping[str, object], unit: str, meter: Meter) -> Pattern:
    _known(table, KEYS)
    text, hand, role = table.get("bars"), table.get("hand", ""), table.get("role", "usual")
    if not isinstance(text, str) or not text.strip(" |"):
        raise ValueError('bars is not a text of signs; write bars = "D-du D-du"')
    if not isinstance(hand, str):
        raise ValueError('hand is not a text of digits; write hand = "0012"')
    if role not in ROLES:
        raise ValueError(f'role = "{role}" is not one of {", ".join(ROLES)}')
    own = _unit(table.get("unit", unit), "unit")
    bars = read_bars(text, instrument, own, meter.bar, hand)
    return Pattern(bars, _number(table, "density", 0.5, 0, 1), _number(table, "often", 1, 0.01, 100), str(role), text)


def _unit(value: object, label: str) -> str:
    if not isinstance(value, str) or value not in UNITS:
        raise ValueError(f'{label} = "{value}" is not one of {", ".join(UNITS)}')
    return value


def _number(table: Mapping[str, object], key: str, usual: float, low: float, high: float) -> float:
    value = table.get(key, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"{key} = {figure(value)} is outside {figure(low)}..{figure(high)}")
    return float(value)


def _known(table: Mapping[str, object], legal: tuple[str, ...]) -> None:
    for key in table:
        if key not in legal:
            near = difflib.get_close_matches(key[:80], legal, 1)
            hint = f'; did you mean "{near[0]}"?' if near else f"; it may be {', '.join(legal)}"
            raise ValueError(f'unknown key "{key}"{hint}')
