"""Results kept as they come, a line of JSON each, so that hours of work survive a stop."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class KeptResults:
    """Results by name, of one question. thread: one."""

    def __init__(self, path: Path, of: str) -> None:
        """path: JSON Lines, made when there is a first; of: what they are results of, as weights and counts: what
        stands there of anything else is left alone. A line that was being written when it stopped is passed over."""
        self._path, self._of = path, of
        self.rows: dict[str, Any] = {}
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        self._whole = text[-1:] in ("", "\n")  # the last line was written to its end
        for line in text.splitlines():
            try:
                found = json.loads(line)
                if found["of"] == of:
                    self.rows[str(found["name"])] = found["row"]
            except (ValueError, KeyError, TypeError):
                continue

    def keep(self, name: str, row: object) -> Any:
        """Remember a result; returns it as it will be read back. Writes a line. Raises OSError."""
        text = json.dumps({"of": self._of, "name": name, "row": row})
        self.rows[name] = json.loads(text)["row"]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            whole, self._whole = self._whole, False  # should the disk be full
            file.write(("" if whole else "\n") + text + "\n")
        self._whole = True
        return self.rows[name]
