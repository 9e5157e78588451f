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
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
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
        whole = not self._path.exists() or self._path.read_bytes()[-1:] in (b"", b"\n")
        with self._path.open("a", encoding="utf-8") as file:
            file.write(("" if whole else "\n") + text + "\n")
        return self.rows[name]
