"""PortAudio, loaded when it is first needed, and the sound cards that it lists."""

from __future__ import annotations

import os
from typing import Any


def portaudio(missing: type[RuntimeError], no: str, package: str) -> Any:
    """The module sounddevice. Raises `missing`, one line that begins with `no`. package: what pip is to install."""
    os.environ.setdefault("JACK_NO_START_SERVER", "1")  # looking for a server must not start one
    try:
        import sounddevice
    except ImportError:
        raise missing(f"{no}: the package sounddevice is missing: pip install {package}.") from None
    except OSError:
        raise missing(f"{no}: PortAudio is missing: apt install libportaudio2 (Debian, Ubuntu).") from None
    return sounddevice


def sound_cards(sd: Any, ways: str, fewest: int, missing: type[RuntimeError], no: str) -> list[Any]:
    """Sound cards with so many channels; the list is made anew where there is none. ways: "input" or "output". Raises
    `missing`, one line that begins with `no`. blocks: half a second where it looks again."""

    def found() -> list[Any]:
        return [card for card in sd.query_devices() if card[f"max_{ways}_channels"] >= fewest]

    try:
        if there := found():
            return there
        sd._terminate()  # PortAudio lists the cards once; look again for what was plugged in since
        sd._initialize()
        return found()
    except sd.PortAudioError as error:
        raise missing(f"{no}: PortAudio fails ({first_line(error)}).") from None


def first_line(error: Exception) -> str:
    """What an error says first, or what it is."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__
