"""ABC files as text: their encoding, the tunes in them, and what in them is not music.

Source: the ABC standard 2.1, sections 2 and 11. A tune ends at an empty line; prose behind it is no music, nor is what
stands between `%%begintext` and `%%endtext`. Fields before the first tune are every tune's (2.2.2).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

_BOMS = ("\ufeff", "ï»¿")  # the second: of a file in UTF-8 that was read as Latin-1
_FIELD = re.compile(r"([A-Za-z]):(.*)")
_FOR_ALL = "MLQRI"  #: fields of the file's header that change how a tune is read


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16 where it says so or is valid, otherwise Latin-1, which never fails."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def plain_lines(text: str) -> list[str]:
    """Its lines, ended as on Unix, Windows or an old Mac, without a byte order mark."""
    for mark in _BOMS:
        text = text.removeprefix(mark)
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def tunes(text: str) -> Iterator[str]:
    """The text of each tune of an ABC file, from its `X:` line to the next, with the fields that the file gives all
    its tunes behind the `X:` line."""
    for_all: list[str] = []
    tune: list[str] | None = None
    for line, in_block in _blocks(plain_lines(text)):
        if line.startswith("X:") and not in_block:
            if tune is not None:
                yield "\n".join(tune) + "\n"
            tune = [line, *for_all]
        elif tune is not None:
            tune.append(line)
        elif not in_block and (match := _FIELD.match(line)) and match[1] in _FOR_ALL:
            for_all.append(line)
    if tune is not None:
        yield "\n".join(tune).rstrip("\n") + "\n"


def parted(lines: list[str], dropped: Counter[str]) -> tuple[list[str], list[str]]:
    """(header, body) of one tune, the header's last line its first `K:`; what is passed over is counted.

    Lines that are no field are text where a header stands. An empty line ends the tune, except before its music.
    """
    marked = list(_blocks(lines))
    lines = [line for line, in_block in marked if not in_block]
    if blocks := sum(in_block and not line.startswith("%%") for line, in_block in marked):
        dropped["line of a text block"] = blocks
    at = next((i for i, line in enumerate(lines) if line.startswith("K:")), None)
    if at is None:
        return [], []
    header: list[str] = []
    for line in lines[: at + 1]:
        if _FIELD.match(line) or line.startswith(("+:", "%%")):
            header.append(line)
        elif line.strip() and not line.startswith("%"):
            dropped["text in the header"] += 1
    body, behind = lines[at + 1 :], False
    while body and not body[0].strip() and any("|" in line for line in _next_lines(body)):
        dropped["empty line before the music"] += 1
        body = body[1:]
    music: list[str] = []
    for line in body:
        behind = behind or not line.strip()
        if not behind:
            music.append(line)
        elif line.strip():
            dropped["line behind the tune's end"] += 1
    return header, music


def _next_lines(lines: list[str]) -> Iterator[str]:
    """The first line that is not empty, fields and comments passed over."""
    for line in lines:
        if line.strip() and not _FIELD.match(line) and not line.startswith("%"):
            yield line
            return


def _blocks(lines: list[str]) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to a block between `%%begin...` and its `%%end...`; one that nothing ends
    lasts to the next tune."""
    awaited = ""
    for i, line in enumerate(lines):
        if awaited and line.startswith("X:") and not any(re.match(awaited, later) for later in lines[i:]):
            awaited = ""
        if awaited:
            yield line, True
            if re.match(awaited, line):
                awaited = ""
        else:
            match = re.match(r"%%\s*begin(\w+)", line)
            awaited = rf"%%\s*end{match[1]}" if match else ""
            yield line, match is not None


def without_comment(line: str) -> str:
    """The line up to its `%`, unless that is written `\\%` or stands between quotation marks."""
    quoted = False
    for i, sign in enumerate(line):
        escaped = i > 0 and line[i - 1] == "\\"
        if sign == '"' and not escaped:
            quoted = not quoted
        elif sign == "%" and not escaped and not (quoted and '"' in line[i:]):
            return line[:i]
    return line
