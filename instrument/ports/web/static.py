"""Static files of the page, and nothing else that lies on this disk. Read once each."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "page"
KINDS = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
    ".js": "text/javascript; charset=utf-8",
}  # fmt: skip
HEAD = FOLDER / "head.part"  #: what every page's head begins with, in place of its {head}
#: what a browser may load for the page: only what we serve ourselves
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " \
         "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"  # fmt: skip


#: what the band's page is made of; it is shown to whoever may reach us, without a code
BAND = ("/band", "/look.css", "/band.css", "/band.js", "/band_staff.js", "/staff.js", "/ornaments.js", "/spacing.js",
        "/music.js", "/frames.js", "/glyphs.js", "/theme.js", "/icon.svg")  # fmt: skip


@lru_cache(maxsize=64)
def page_file(path: str) -> tuple[str, bytes] | None:
    """(its type, its bytes) of a file of the page by the path of its URL, or None. `/` is index.html, and `/band` is
    band.html."""
    name = {"/": "index.html", "/band": "band.html"}.get(path, path.removeprefix("/"))
    there = {file.name: file for file in FOLDER.iterdir() if file.suffix in KINDS}
    if name not in there:
        return None
    body = there[name].read_bytes()
    return KINDS[there[name].suffix], body.replace(b"{head}", HEAD.read_bytes()) if name.endswith(".html") else body
