"""A SoundFont tried out in a process of its own, before the music: a damaged one crashes the library that reads it.

Every program is played, low, middle and high, and let ring for a moment. What the process does not survive, or does
not finish, is refused in one line. It may have so much memory and so much time and no more.
"""

from __future__ import annotations

import multiprocessing
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from instrument.ports.audio.soundfont import NoSoundFont, SoundFont

PATIENCE = 30.0  #: seconds that the trial may take
MEMORY = 6_000_000_000  #: bytes of addresses, besides what the process has to begin with
KEYS = (24, 38, 52, 60, 67, 76, 88, 100)
RING = 1200  #: frames of each
LAST = 48_000  #: frames that all ring on at the end, through their loops


def try_out(path: Path, rate: int = 48_000, patience: float = PATIENCE) -> None:
    """Raises NoSoundFont, one line, for a file that does not play. blocks: a second or two; `patience` at most."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=trial, args=(theirs, path, rate), name="lilt soundfont", daemon=True)
    process.start()
    theirs.close()
    process.join(patience)
    if process.is_alive():
        process.kill()
        process.join()
        raise NoSoundFont(f"{path} does not play within {patience:.0f} seconds; it is too large or damaged.")
    said = ""
    with suppress(EOFError, OSError):
        said = str(ours.recv()) if ours.poll(0) else ""
    ours.close()
    if said:
        raise NoSoundFont(said)
    if process.exitcode:
        how = signal.Signals(-process.exitcode).name if process.exitcode < 0 else f"status {process.exitcode}"
        raise NoSoundFont(f"{path} is damaged: the library that plays SoundFonts crashes on it ({how}); get it again.")


def trial(line: Connection, path: Path, rate: int) -> None:
    """The process: says nothing where all is well, and one line where the library refuses the file."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bounded()
    try:
        play_all(SoundFont(path, rate))
    except NoSoundFont as refused:
        line.send(str(refused))
    except Exception as error:
        line.send(f"{path} does not play ({' '.join(f'{type(error).__name__}: {error}'.split())[:200]}).")


def play_all(font: SoundFont) -> None:
    """Every program on every channel in turn, the drums' among them."""
    from instrument.playing.midi.output_message import Message

    for program in range(128):
        channel = program % 16 + 1
        font.schedule(font.frame, Message(0, "program", channel, program))
        for key in KEYS:
            font.schedule(font.frame, Message(0, "on", channel, key, 100))
        font.render(RING)
        if program % 16 == 15:
            font.render(LAST // 8)
            for one in range(1, 17):
                for key in KEYS:
                    font.schedule(font.frame, Message(0, "off", one, key))
            font.render(RING)


def _bounded() -> None:
    with suppress(ImportError, ValueError, OSError):  # Windows
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
