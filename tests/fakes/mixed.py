"""Controls as an evening of mixing leaves them."""

from __future__ import annotations

from pathlib import Path

EVENING = """# friday
[[step]]
patch = "session"
times = 3
keys = ["D major", "G major"]
tempo = 176
note = "Anna leads"
[[step]]
patch = "air"
[[step]]
patch = "jig"
keys = "E dorian"
"""


def evening(folder: Path, text: str = EVENING) -> Path:
    (folder / "sets").mkdir(parents=True, exist_ok=True)
    path = folder / "sets" / "friday.toml"
    path.write_text(text)
    return path
