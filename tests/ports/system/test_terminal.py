"""Lines on the terminal: whatever becomes of it, who says a line is neither held up nor ended."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading

import pytest

from instrument.ports.system.terminal import MOST, Terminal
from instrument.ports.web.qr_code import PLAIN, WHITE_ON_BLACK
from tests.fakes.paths import ROOT
from tests.fakes.puppet import eventually

PROGRAM = """
import sys
sys.path.insert(0, {root!r})
from instrument.ports.system.terminal import Terminal
one = Terminal(sys.stdout, {live})
for number in range({lines}):
    one.say("a line \\udcff \\u2618 " + str(number))
one.close()
print("after it")
sys.stderr.write("to the end")
"""


def run(stdout: object, live: bool, lines: int = 5, **env: str) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.format(root=str(ROOT), live=live, lines=lines)
    return subprocess.run(
        [sys.executable, "-c", program], stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60,  # type: ignore[call-overload]
        env={**os.environ, **env},
    )  # fmt: skip


@pytest.mark.parametrize("live", [True, False])
def test_a_reader_that_has_gone_and_a_full_disk_end_nothing(live: bool) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    for where in (writing, os.open("/dev/full", os.O_WRONLY)):
        done = run(where, live)
        os.close(where)
        assert done.stderr.startswith("to the end")
        if where == writing:
            assert (done.returncode, done.stderr) == (0, "to the end")


def test_what_the_code_page_lacks_is_written_otherwise() -> None:
    done = run(subprocess.PIPE, False, 1, PYTHONIOENCODING="latin-1")
    assert done.returncode == 0 and done.stdout == "a line \\udcff \\u2618 0\nafter it\n"
    done = run(subprocess.PIPE, False, 1, PYTHONIOENCODING="utf-8")
    assert done.stdout == "a line \\udcff ☘ 0\nafter it\n"


def test_a_terminal_that_is_stopped_holds_up_nobody_and_its_newest_lines_come_when_it_goes_on() -> None:
    reading, writing = os.pipe()
    one = Terminal(os.fdopen(writing, "w"))
    for number in range(50_000):
        one.say(f"{number} {'x' * 100}")
    found = b""

    def read() -> None:
        nonlocal found
        while data := os.read(reading, 1 << 16):
            found += data

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    assert eventually(lambda: f"49999 {'x' * 100}\n".encode() in found)
    assert len(found.splitlines()) < MOST + 2000
    one.close()


def test_where_no_music_plays_every_line_is_printed() -> None:
    done = run(subprocess.PIPE, False, 10 * MOST)
    assert len(done.stdout.splitlines()) == 10 * MOST + 1


def test_a_stream_without_a_file_is_written_to_and_none_is_nothing() -> None:
    stream = io.StringIO()
    for where in (stream, None):
        one = Terminal(where)
        one.say("a line")
        one.close()
        one.say("too late")
    assert stream.getvalue() == "a line\n"


def test_signs_that_steer_a_terminal_are_written_out_and_our_own_colours_are_not() -> None:
    """A port, a patch or an OSC address may be named so that it clears the screen, rings, or turns a line round."""
    stream = io.StringIO()
    one = Terminal(stream, live=True)
    for line in ("\x1b[2J", "\x1b]0;title\x07", "a\rb", "\x9b31m", "\u202egnp", "\u2028", "\x1b", "\x7f", "\0"):
        one.say(line)
    one.say(f"{WHITE_ON_BLACK}\u2580{PLAIN}")
    one.say("two\nlines\tand \u266f \u00e9")
    one.close()
    shown = stream.getvalue()
    own, rest = f"{WHITE_ON_BLACK}\u2580{PLAIN}", "two\nlines\tand \u266f \u00e9\n"
    assert own in shown and shown.endswith(rest)
    plain = shown.replace(own, "").removesuffix(rest)
    assert all(sign.isprintable() or sign == "\n" for sign in plain)
    assert "\\x1b[2J" in plain and "\\u202egnp" in plain and "a\\x0db" in plain
