"""Patch saver: everything as it stands becomes a patch for whoever asks, written in the keeper's thread.

A name that may not be is said to who asks, at once; a disk that is full is said when it is known. Either way nothing is
changed, and the music goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from instrument.controls.control import Value
from instrument.controls.snapshot import Snapshot
from instrument.files.patch import Patch
from instrument.files.patch_save import checked_name, save
from instrument.playing.time.clock import today

Done = Callable[[str, str], None]  #: is given why it was not done, or "", and the name that it got
LONGEST = 40  #: characters of a name that we make ourselves, before the day


class PatchSaver:
    """Patch saver. thread: any. blocks: never."""

    def __init__(
        self, folder: Path, snapshot: Callable[[], Snapshot], do: Callable[[Callable[[], None]], None],
        say: Callable[[str], None],
    ) -> None:  # fmt: skip
        """folder: one's own patches; do: has something done in a thread that may wait for a disk."""
        self.count = 0  #: patches that have been saved
        self.folder, self._snapshot, self._do, self._say = folder, snapshot, do, say

    def save(self, name: str, base: Patch, done: Done = lambda why, name: None) -> None:
        """Save under that name, or, where it is empty, under the patch's and the day. base: what plays.

        Raises ValueError, one line, for a name that may not be; what comes later is told to `done`, and said.
        """
        name = checked_name(name) if name.strip() else f"{base.name[:LONGEST]}-{today()}"
        values = dict(self._snapshot().values)  # as it stands now, whatever is turned before the disk has it
        self._do(lambda: self._save(name, values, base, done))

    def _save(self, name: str, values: Mapping[str, Value], base: Patch, done: Done) -> None:
        try:
            path = save(self.folder, name, values, base, today()[:10])
        except (OSError, ValueError) as error:
            why = f"not saved: {getattr(error, 'strerror', None) or error}"
            self._say(f'patch "{name}" {why}')
            done(why, "")
            return
        self.count += 1
        beside = f' ("{name}" is there already)' if path.stem != name else ""
        self._say(f"saved as {path}{beside}")
        done("", path.stem)
