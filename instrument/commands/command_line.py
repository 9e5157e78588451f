"""Command line as it was typed: the command that is meant, and one line with its mend for what cannot be had.

Nothing is imported here that an environment might lack.
"""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

from instrument.commands import COMMANDS
from instrument.files.shipped import patch_names

ALIASES = {"list": "patches", "patch": "patches"}
#: what else people hand over, and which command takes it
OTHERS = {
    ".jsonl": "{0} is a session log, not a patch. Play it again: lilt replay {0}",
    ".sf2": "{0} is a SoundFont, not a patch. Play through it: lilt --synth {0}",
    ".safetensors": "{0} is a model, not a patch. Play with it: lilt --weights {0}",
    ".mid": "{0} is MIDI, not a patch, and nothing of ours reads it",
    ".wav": "{0} is sound, not a patch, and nothing of ours reads it",
}
#: packages that come with an extra of ours, and the extra
EXTRAS = {
    "music21": "train",
    "matplotlib": "plot",
    "PIL": "plot",
    "link": "link",
    "selenium": "test",
    "ray": "cluster",
    "grpc": "cluster",
}
FROM_PIP = {
    "rtmidi": "python-rtmidi",
    "pythonosc": "python-osc",
    "PIL": "pillow",
    "link": "LinkPython-extern",
    "ray": "ray[client]",
    "grpc": "grpcio",
}


def command_names() -> list[str]:
    """Every command, playing first."""
    return ["play", *(command.name for command in COMMANDS)]


def with_command(argv: list[str]) -> list[str]:
    """The arguments with the command that is meant in front: playing, where none is named."""
    if argv and argv[0] == "help":
        return [*([argv[1]] if argv[1:] and argv[1] in command_names() else []), "--help"]
    if argv and argv[0] in ALIASES:
        argv = [ALIASES[argv[0]], *argv[1:]]
    if argv and argv[0] in ("-h", "--help", "--version", *command_names()):
        return argv
    return ["play", *argv]


def refusal(word: str) -> str:
    """Why the first thing after `play` names no patch and no tunes, with the mend; "" if it may be one."""
    path = Path(word)
    if word.startswith("-") or word in patch_names() or path.suffix == ".toml":
        return ""
    if path.suffix.lower() in OTHERS:
        return OTHERS[path.suffix.lower()].format(word)
    if path.suffix.lower() == ".abc" or path.is_dir():
        return ""
    if len(path.parts) > 1 or path.exists():
        return f"{word} is no patch; a patch is a file that ends in .toml (lilt patches lists those that came along)"
    near = difflib.get_close_matches(word[:80], [*command_names(), "help", *patch_names()], 1)
    meant = f'; did you mean "{near[0]}"?' if near else ";"
    found = "lilt help lists the commands, lilt patches the patches"
    return f'no command and no patch is called "{" ".join(word.split())[:80]}"{meant} {found}'


def mend_of(error: ImportError) -> str:
    """One line for a package that is missing or does not load."""
    name = (error.name or "").split(".")[0]
    if not name or name == "instrument":
        return " ".join(str(error).split())
    if extra := EXTRAS.get(name):
        return f"this needs the package {name}: pip install -e .[{extra}] (or: pip install {FROM_PIP.get(name, name)})"
    return (
        f"the package {FROM_PIP.get(name, name)} is missing in this Python ({sys.executable}); "
        "use the environment's: .venv/bin/python run.py, or: pip install -e ."
    )
