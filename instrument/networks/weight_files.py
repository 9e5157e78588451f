"""Weights on disk, what every model's have in common: a card in JSON, numbers in safetensors, one line of error.

What is read here can run nothing: safetensors holds numbers, the card is JSON. Without torch, so that a process
which keeps time can read weights too.
"""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LARGEST = 8_000_000_000  #: bytes of a file of numbers
LARGEST_HEADER = 1_000_000  #: bytes of what names them
LARGEST_CARD = 4_000_000  #: bytes of a model card
FORMAT = 1  #: version of the layout; a reader refuses any other
FOLDER = Path(__file__).with_name("weights")  #: of the files that come with the instrument

Card = dict[str, Any]  #: the contents of NAME.json; what it holds: `instrument.networks.model_card`


class WeightsError(ValueError):
    """These weights cannot be used; the message is one line: file, fault, likely fix."""


def read_card(path: Path) -> Card:
    """NAME.json alone, its format checked. Raises WeightsError."""
    try:
        refuse(path, LARGEST_CARD)
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WeightsError(f"{path}: no such file; weights are a pair, NAME.safetensors and NAME.json") from None
    except WeightsError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path}: not a readable model card ({line(error)}); fetch it again") from None
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        version = card.get("format") if isinstance(card, dict) else None
        raise WeightsError(f"{path}: format version {version!r}, this instrument reads {FORMAT}; update it")
    return card


def refuse(path: Path, largest: int = LARGEST) -> None:
    """Refuse, before it is read, what no file of weights can be: a device, a mountain, a header of numbers' names that
    is itself a mountain. Raises WeightsError; FileNotFoundError."""
    what = path.stat()
    if not stat.S_ISREG(what.st_mode):
        raise WeightsError(f"{path}: is no file; weights are a pair, NAME.safetensors and NAME.json")
    if what.st_size > largest:
        raise WeightsError(f"{path}: {what.st_size / 1e6:.0f} MB are more than weights of ours take; fetch it again")
    if path.suffix == ".safetensors":
        with path.open("rb") as file:
            header = int.from_bytes(file.read(8), "little")
        if header > LARGEST_HEADER:
            what_is = f"a header of {header / 1e6:.0f} MB"
            raise WeightsError(f"{path}: not a readable safetensors file ({what_is}); fetch it again")


def is_checkpoint(path: Path) -> bool:
    """Whether it is an original folk-rnn checkpoint, a pickle, and not weights of ours."""
    return path.suffix.lower() in (".pkl", ".pickle")


def numbers_file(path: Path, name: str) -> Path:
    """The file that holds the numbers of weights named so: a checkpoint itself, or NAME.safetensors."""
    return path if is_checkpoint(path) else stem_of(path, name).with_suffix(".safetensors")


def card_of(path: Path, name: str) -> Card:
    """The card of weights; of a checkpoint, which has none, its name alone. Raises WeightsError."""
    return {"name": path.name} if is_checkpoint(path) else read_card(stem_of(path, name).with_suffix(".json"))


def mark_of_file(path: Path) -> str:
    """The beginning of a hash of its bytes. Raises OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def model_id(path: Path, name: str) -> str:
    """What names weights in a tunebook: their name, and the beginning of a hash of their bytes where it is known.
    Raises WeightsError, and OSError for a checkpoint that is not there."""
    if is_checkpoint(path):
        return f"{path.name} {mark_of_file(path)}"
    stem = stem_of(path, name)
    mark = str(read_card(stem.with_suffix(".json")).get("id", ""))
    return f"{stem.name} {mark}".strip()


def stem_of(path: Path, name: str) -> Path:
    """Path without suffix: of any of the three files, or of `name` inside a folder; a checkpoint's as it is."""
    path = Path(path)
    if path.suffix in (".safetensors", ".json", ".md"):
        return path.with_suffix("")
    if is_checkpoint(path):
        return path
    return path / name if path.is_dir() and not path.with_suffix(".json").exists() else path


def mark_of(lines: Sequence[str]) -> str:
    """A mark in both files, so that numbers do not pass under another card."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def line(error: Exception) -> str:
    """What went wrong, in one line."""
    return " ".join(str(error).split())[:160] or type(error).__name__
