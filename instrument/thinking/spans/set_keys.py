"""Keys of a set: which key each tune of it stands in, by a list or by the near keys that players go to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from instrument.controls.snapshot import Snapshot, with_changes
from instrument.music.key import Key, key_on

#: from a mode: (semitones up to the next tonic, its mode, how often), as players' sets go on
NEAR: dict[str, tuple[tuple[int, str, float], ...]] = {
    "maj": ((0, "maj", 0.25), (5, "maj", 0.22), (7, "maj", 0.2), (2, "dor", 0.15), (9, "min", 0.13), (7, "mix", 0.05)),
    "dor": ((0, "dor", 0.25), (10, "maj", 0.35), (3, "maj", 0.2), (5, "dor", 0.2)),
    "min": ((0, "min", 0.25), (3, "maj", 0.35), (10, "maj", 0.2), (5, "dor", 0.2)),
    "mix": ((0, "mix", 0.25), (5, "maj", 0.35), (0, "maj", 0.25), (2, "dor", 0.15)),
}
#: from any mode: semitones up to the next tonic; "relative" goes from major to its minor and back
RELATIONS = {"up a tone": 2, "up a fourth": 5, "up a fifth": 7}
RELATIVE = {"maj": (9, "min"), "min": (3, "maj"), "mix": (2, "min"), "dor": (10, "maj")}
SHARPS = (-1, 3)  #: signatures that sets keep to, one flat to three sharps; where the patch's own key allows
STREAM = 2  #: of the random numbers, apart from those of the notes and plans


def with_key(snapshot: Snapshot, tune: int, keys: Sequence[str] = (), first: int = 0) -> Snapshot:
    """The controls with the key in which tune number `tune` of the set stands. keys: the patch's list, whose first is
    its own key; it is gone through as long as the performer leaves that key, and from its first again with tune number
    `first`, which begins a set."""
    key = snapshot.key
    if keys and Key.parse(keys[0]) == key:
        key = Key.parse(keys[(tune - first) % len(keys)])
    else:
        for number in range(1, tune + 1):
            key = _after(key, str(snapshot.values["tune.keys"]), snapshot.seed, number)
    text = str(key)
    if text == snapshot.values["tune.key"]:
        return snapshot
    return replace(snapshot, values=with_changes(snapshot.values, {"tune.key": text}))


def _after(key: Key, how: str, seed: int, tune: int) -> Key:
    """The key behind `key`, as `tune.keys` has it."""
    if how in RELATIONS:
        return key_on(key.tonic + RELATIONS[how], key.mode)
    if how == "relative":
        up, mode = RELATIVE.get(key.mode, (0, key.mode))
        return key_on(key.tonic + up, mode)
    return _next(key, seed, tune) if how == "near" else key


@lru_cache(maxsize=512)
def _next(key: Key, seed: int, tune: int) -> Key:
    """The key behind `key`, drawn. Kept: the way to a late tune of an evening leads through all before it."""
    ways = NEAR.get(key.mode)
    if ways is None:
        return key
    near = [(key_on(key.tonic + up, mode), often) for up, mode, often in ways]
    wide = [(there, often) for there, often in near if SHARPS[0] <= _sharps(there) <= SHARPS[1]] or near
    chance = np.random.Generator(np.random.Philox(key=[seed, tune], counter=[0, 0, 0, STREAM])).random()
    total = sum(often for _, often in wide)
    for there, often in wide:
        chance -= often / total
        if chance < 0:
            return there
    return wide[-1][0]


def _sharps(key: Key) -> int:
    """Sharps of its signature; below 0, flats."""
    return sum(key.signature)
