"""A patch: what a performer prepares. Data, never code: one screen of TOML whose header is its manual.

Before the music starts we are strict: whatever is wrong with a patch is one line that names the file, the key,
the value, what is legal and the likely fix. What a patch leaves out has the control table's default.

    tempo = 96               # clock.bpm; also meter, key, seed, temperature, aabb, guard, lookahead, commit, level,
                             # way, dance, ornament, lilt, phrasing, rubato, human, swing, lean, count_in, click
    key = "D mixolydian"
    keys = ["D mixolydian", "G major"]  # of the tunes of a set in turn; without it, near keys (tune.keys)
    drone = "fifth"          # which notes the drone holds: none, tonic or fifth (tonic and fifth together)
    source = "tune"          # where the melody comes from: a tune composed, a chorale from nothing, or played: you
    openings = "openings/reel.txt"  # the first bars of tunes, one a line, beside the patch; or a list of texts
    tunes = "kesh.abc"       # known tunes to play in place of composed ones: an ABC file or a folder of them
    [voices.melody]          # timbre, channel, program, level, pan, octave
    timbre = "reed"
    [controls]               # any control by its full name
    search.lookahead = 8
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from instrument.controls.control import Control, Value
from instrument.controls.snapshot import Snapshot
from instrument.controls.table import CONTROLS
from instrument.controls.voice import Voice
from instrument.controls.voice_controls import values_of
from instrument.files import toml
from instrument.files.opening_bars import read_opening
from instrument.files.patch_voices import mixed, voices_of
from instrument.files.repertoire import Repertoire, own_tunes, values_with
from instrument.files.shipped import OWN, PATCHES
from instrument.files.toml import check_keys, suggestion, table_of
from instrument.music.repertoire.known_tune import KnownTunes

#: keys at the top of a patch, as performers write them, and the controls they set
SHORT = {
    "tempo": "clock.bpm",
    "meter": "tune.meter",
    "key": "tune.key",
    "dance": "tune.dance",
    "seed": "tune.seed",
    "temperature": "tune.temperature",
    "aabb": "tune.aabb",
    "square": "tune.square",
    "guard": "tune.guard",
    "lookahead": "search.lookahead",
    "commit": "search.commit",
    "level": "sound.level",
    "way": "play.way",
    "ornament": "play.ornament",
    "lilt": "play.lilt",
    "phrasing": "play.phrasing",
    "rubato": "play.rubato",
    "human": "play.human",
    "swing": "play.swing",
    "lean": "play.lean",
    "count_in": "transport.count_in",
    "click": "click.on",
}
DRONE = Control("drone", "choice", "none", "Which notes the drone holds", choices=("none", "tonic", "fifth"))
SOURCE = Control("source", "choice", "tune", "Where the melody comes from", choices=("tune", "chorale", "played"))
KEYS = (*SHORT, "drone", "source", "keys", "openings", "tunes", "voices", "controls")


class PatchError(ValueError):
    """A patch that cannot be played. Its text is one line: file, key, value, legal range, likely fix."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Patch as it is read from its file.

    name: "reel"; path: the file it was read from; values: every control by its dotted name
    voices: by part: "melody" always, "drone" if there is one; openings: tokens without `M:` and `K:`, may be empty
    drone: "none", "tonic" or "fifth" (tonic and fifth together); source: one of SOURCE's
    keys: of the tunes of a set in turn, the patch's own first; () for none listed
    openings_file: as the patch names it, "" where it names none
    repertoire: known tunes that it plays, None for none; known: those of them that it begins with
    Pickles as plain values; never edited.
    """

    name: str
    path: str
    values: Mapping[str, Value]
    voices: Mapping[str, Voice]
    openings: tuple[tuple[str, ...], ...] = ()
    drone: str = "none"
    source: str = "tune"
    keys: tuple[str, ...] = ()
    openings_file: str = ""
    repertoire: Repertoire | None = None
    known: KnownTunes | None = None

    def snapshot(self) -> Snapshot:
        """The controls as the patch sets them: version 0, tune 0."""
        return Snapshot(values=dict(self.values), known=self.known)


def find(name: str, own: Path = OWN, openings: bool = True) -> Patch:
    """The patch of that name ("reel") that came with Lilt or is one's own, or at that path ("sets/fri.toml"). Raises
    PatchError. Reads a file.

    own: folder of one's own; openings: read them too; without, the patch has none, and is there in a tenth of the time
    """
    given = Path(name)
    if given.suffix == ".toml" or len(given.parts) > 1:
        return load(given, openings)
    shipped, saved = PATCHES / f"{name}.toml", own / f"{name}.toml"
    return load(saved if saved.exists() and not shipped.exists() else shipped, openings)


def source_of(name: str, own: Path = OWN) -> str:
    """Where the melody of a patch comes from, of which nothing else is read. Raises PatchError."""
    shipped = PATCHES / f"{name}.toml"
    path = shipped if shipped.exists() else own / shipped.name
    try:
        return str(SOURCE.check(_read(path).get("source", SOURCE.default)))
    except ValueError as error:
        raise PatchError(_one_line(f"{_shown(path)}: {error}")) from None


def load(path: str | Path, openings: bool = True) -> Patch:
    """The patch in a file. Raises PatchError. Reads a file; thread: any, before the music starts."""
    path = Path(path)
    try:
        data = _read(path)
        return _patch(path, data if openings else {key: data[key] for key in data if key != "openings"})
    except ValueError as error:
        raise PatchError(_one_line(f"{_shown(path)}: {error}")) from None


def reads(text: str, path: Path) -> Patch:
    """The patch that a text is, at that place. Raises PatchError."""
    try:
        return _patch(path, toml.loads(text))
    except ValueError as error:
        raise PatchError(_one_line(f"{_shown(path)}: {error}")) from None


def _read(path: Path) -> dict[str, object]:
    try:
        return toml.load(path)
    except FileNotFoundError:
        names = [file.stem for file in path.parent.glob("*.toml")]
        raise ValueError(f"no such patch{suggestion(path.stem, names)}") from None


def _patch(path: Path, data: Mapping[str, object]) -> Patch:
    check_keys(data, KEYS)
    values = _values(data)
    drone = str(DRONE.check(data.get("drone", DRONE.default)))
    named = [(name, value) for name, value in _dotted(table_of(data, "controls")) if name.startswith("voice.")]
    tables, drone = mixed(table_of(data, "voices"), named, drone, "drone" in data)
    source = str(SOURCE.check(data.get("source", SOURCE.default)))
    openings = _openings(_listed(data.get("openings", []), path), Snapshot(values=values))
    if openings and source != "tune":
        raise ValueError(f'source = "{source}" has no openings; remove them, or source')
    listed = values["tune.key_list"]
    keys = _keys(data.get("keys", [] if listed == "none" else str(listed).split(", ")), str(values["tune.key"]))
    if "keys" in data and listed != "none":
        raise ValueError('controls.tune.key_list is already set by "keys"; remove one')
    values["tune.key_list"] = ", ".join(keys) or "none"
    voices = voices_of(tables, drone)
    values |= values_of(voices, drone)
    beside = data.get("openings")
    file = beside if isinstance(beside, str) and openings else ""
    patch = Patch(path.stem, str(path), values, voices, openings, drone, source, keys, file)
    if "tunes" not in data:
        return patch
    stated = {SHORT.get(key, key) for key in data} | {name for name, _ in _dotted(table_of(data, "controls"))}
    repertoire, place = own_tunes(data["tunes"], path.parent, values)
    return with_tunes(patch, repertoire, place, stated)


def with_tunes(patch: Patch, repertoire: Repertoire, place: int | None = None, stated: Collection[str] = ()) -> Patch:
    """The patch with known tunes to play, in their own keys, dances and tempos but for those controls that are stated.
    place: which comes first, from 0; None: the first that can be played. Raises ValueError."""
    if patch.source != "tune":
        raise ValueError(f'{patch.name}: source = "{patch.source}" plays no known tunes; choose a patch that does')
    known = repertoire.from_first(1) if place is None else repertoire.window(place, 1)
    values = values_with(patch.values, known, stated)
    return replace(patch, values=values, openings=(), openings_file="", keys=(), repertoire=repertoire, known=known)


def _keys(texts: object, own: str) -> tuple[str, ...]:
    if not isinstance(texts, list):
        raise ValueError('keys is not a list; write keys = ["D major", "G major"]')
    keys = tuple(str(CONTROLS["tune.key"].check(text, f"keys {place}")) for place, text in enumerate(texts, start=1))
    if keys and keys[0] != own:
        raise ValueError(f'keys begins with "{keys[0]}", not with the patch\'s own key, "{own}"; put that first')
    return keys


def _values(data: Mapping[str, object]) -> dict[str, Value]:
    values = {name: control.default for name, control in CONTROLS.items()}
    given = {SHORT[key]: key for key in data if key in SHORT}
    for name, key in given.items():
        values[name] = CONTROLS[name].check(data[key], key)
    for name, value in _dotted(table_of(data, "controls")):
        check_keys([name], CONTROLS, "controls.")
        if CONTROLS[name].momentary:
            raise ValueError(f"controls.{name} is on only while it is held; remove it")
        if name in given:
            raise ValueError(f'controls.{name} is already set by "{given[name]}"; remove one')
        values[name] = CONTROLS[name].check(value, f"controls.{name}")
    if values["loop.to"] < values["loop.from"]:  # type: ignore[operator]
        swap = f"loop.from = {values['loop.from']}; swap them"
        raise ValueError(f"controls.loop.to = {values['loop.to']} is before {swap}")
    return values


def _dotted(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """`tune.seed = 3` and `"tune.seed" = 3` alike, as ("tune.seed", 3)."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _listed(openings: object, patch: Path) -> object:
    """The texts of a file of openings that a patch names, one a line; whatever else it says, as it is. What does not
    lie beside the patch may be one that came with Lilt."""
    if not isinstance(openings, str) or " " in openings or not openings.endswith(".txt"):
        return openings
    try:
        beside = patch.parent / openings
        file = beside if beside.exists() or Path(openings).is_absolute() else PATCHES / openings
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ValueError(f'openings = "{openings}" cannot be read; it is a text file beside the patch') from None
    return [line for line in lines if line.strip() and not line.startswith("#")]


def _openings(texts: object, controls: Snapshot) -> tuple[tuple[str, ...], ...]:
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError('openings is not a list of texts; write openings = ["E G c G ... |"]')
    openings = []
    for place, text in enumerate(texts, start=1):
        try:
            openings.append(read_opening(text, controls.meter, controls.key))
        except ValueError as error:
            raise ValueError(f"opening {place}: {error}") from None
    return tuple(openings)


def _shown(path: Path) -> str:
    """The path as short as it stays clear: "patches/reel.toml"."""
    for base in (Path.cwd(), PATCHES.parent):
        if path.is_relative_to(base):
            return str(path.relative_to(base))
    return str(path)


def _one_line(text: str, longest: int = 300) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"
