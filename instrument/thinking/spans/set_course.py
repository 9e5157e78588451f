"""Course of a set: how many tunes, how many times through each, and what comes behind a time through. Pure.

`set.form` "8x32" is a dance of eight times through 32 bars, which the tunes of the set share; "free" goes by
`set.times` and `set.tunes`. What the leader has called out comes first.
"""

from __future__ import annotations

from instrument.controls.snapshot import Snapshot
from instrument.music.dances import set_form
from instrument.music.set_place import AGAIN, END, NEXT, SetPlace


def dance(snapshot: Snapshot) -> tuple[int, int] | None:
    """(times through, bars of each) of the dance that is asked for; None where the form is free."""
    return set_form.parse(str(snapshot.values["set.form"]))


def tunes(snapshot: Snapshot) -> int:
    """How many tunes the set has; 0 without end."""
    asked, form = int(snapshot.values["set.tunes"]), dance(snapshot)
    return asked if form is None else min(max(1, asked), form[0])


def times(snapshot: Snapshot, place: int) -> int:
    """How many times through tune number `place` of the set, from 0. A dance's are shared as evenly as they can be,
    the first tunes having more."""
    form = dance(snapshot)
    if form is None:
        return int(snapshot.values["set.times"])
    count = tunes(snapshot)
    return form[0] // count + (place < form[0] % count)


def then(snapshot: Snapshot, of: SetPlace, tune: int) -> str:
    """What comes behind the time through at `of`, of tune number `tune`: AGAIN, NEXT or END."""
    signal = snapshot.signal
    if signal is not None and signal.ends(of.first, tune, of.time):
        return END
    place = tune - of.first
    if snapshot.values["tune.stay"]:
        return AGAIN
    if of.time < times(snapshot, place):
        return AGAIN
    count = tunes(snapshot)
    if snapshot.playing_known and snapshot.known is not None and snapshot.known.count == 1 and not count:
        return AGAIN  # the only one that there is
    return END if count and place + 1 >= count else NEXT


def is_set(snapshot: Snapshot) -> bool:
    """Whether tunes are joined as in a set: one begins where the other has ended, without a bar between."""
    return tunes(snapshot) > 0 or times(snapshot, 0) > 1


def form_controls(snapshot: Snapshot) -> tuple[int, int, str]:
    """(parts, bars, repeats) of its tunes, as `instrument.thinking.form.drawing.FormRequest` has them."""
    form = dance(snapshot)
    if form is not None:
        return set_form.parts(form[1])
    values, bars = snapshot.values, str(snapshot.values["form.bars"])
    return int(values["form.parts"]), int(bars) if bars.isdigit() else 0, str(values["form.repeats"])
