"""`run.py doctor` and `run.py ports`: what this machine has, what is missing, how to mend it."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = {
    "torch": "pip install torch (without an NVIDIA card: see README, the CPU build)",
    "numpy": "pip install numpy", "safetensors": "pip install safetensors", "mido": "pip install mido",
    "tomlkit": "pip install tomlkit", "filelock": "pip install filelock", "tqdm": "pip install tqdm",
    "rtmidi": "pip install python-rtmidi", "sounddevice": "pip install sounddevice",
    "pythonosc": "pip install python-osc", "websockets": "pip install websockets (without it there is no page)",
    "ifaddr": "pip install ifaddr (without it our own addresses are not known)",
    "zeroconf": "pip install zeroconf (without it clients must be told our address)",
}  # fmt: skip


NEEDED = ("torch", "numpy", "safetensors", "pythonosc", "mido", "tomlkit", "filelock", "tqdm")  #: nothing plays without


@dataclass(frozen=True, slots=True)
class Finding:
    """Finding of `doctor` about this machine.

    name: short, for programs; what: one line for people; mend: what to do; needed: without it nothing plays.
    """

    name: str
    ok: bool
    what: str
    mend: str = ""
    needed: bool = False


def ports() -> dict[str, list[str]]:
    """MIDI outputs and inputs, sound cards and microphones, by name. Empty where the system has none."""
    from instrument.ports.audio.sound_card import outputs as sound_cards
    from instrument.ports.microphone.capture import sources as microphones
    from instrument.ports.midi import output

    return {
        "MIDI outputs": output.outputs(), "MIDI inputs": output.inputs(), "sound cards": sound_cards(),
        "microphones": microphones(),
    }  # fmt: skip


def examine(joined: tuple[str, str] | None = None, rig: Path | None = None) -> list[Finding]:
    """Everything a performance needs, looked at and measured, in silence. joined: parts of the names of a MIDI output
    and an input that a cable joins; rig: the file their latency is written into."""
    found = list(_python())
    if all(finding.ok or not finding.needed for finding in found):  # without those there is nothing to look with
        found += [*_weights(), *_devices(), *_measured(joined, rig)]
    return found


def microphone(device: str, instrument: str, say: Callable[[str], None]) -> list[Finding]:
    """A microphone, measured while somebody plays. Raises ValueError for an instrument that is none."""
    from instrument.commands.microphone.doctor import measured
    from instrument.controls.devices.microphone import asked_for

    rows = measured(asked_for(device, instrument, label="--mic-instrument: "), say)
    return [Finding(name, well, what, mend) for name, well, what, mend in rows]


def _measured(joined: tuple[str, str] | None, rig: Path | None) -> Iterator[Finding]:
    from instrument.commands.doctor_latency import card, loop
    from instrument.ports.audio.sound_card import outputs as sound_cards
    from instrument.ports.midi import output

    if sound_cards():
        well, what, mend = card()
        yield Finding("sound.latency", well, what, mend)
    well, what, mend, found = loop(joined, rig)
    if found is not None or joined or output.outputs():  # where there is no MIDI at all, that has been said
        yield Finding("midi.loop", well, what, mend)


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] <= (3, 12)
    yield Finding(
        "python", fits, f"Python {version}", "use Python 3.11 or 3.12, for which python-rtmidi has wheels", True
    )
    for name, mend in PACKAGES.items():
        found = importlib.util.find_spec(name) is not None
        needed = name in NEEDED
        yield Finding(name, found, f"package {name}", mend, needed)
    environment = Path(__file__).parents[2] / ".venv" / "bin" / "python"
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        make = "make one: python3 -m venv .venv, .venv/bin/pip install -e ."
        how = f"use {environment}" if environment.exists() else make
        yield Finding("environment", False, f"{sys.executable} is not Lilt's environment", how, True)


def _weights() -> Iterator[Finding]:
    try:
        from instrument.networks.folk.weights import shipped

        _, vocabulary, _ = shipped()
        yield Finding("weights", True, f"the folk model loads ({len(vocabulary)} tokens)")
    except (ImportError, ValueError, OSError) as error:
        mend = "get the repository's weights, or make some: lilt train folk"
        yield Finding("weights", False, f"the folk model: {error}", mend, True)
    try:
        from instrument.networks.chorale.styles import load_styles
        from instrument.networks.chorale.weights import SHIPPED, load

        load(SHIPPED)
        styles = "in both styles" if load_styles() else "in one style"
        yield Finding("experts", True, f"the experts of the accompanying voices load, {styles}")
    except (ImportError, ValueError, OSError) as error:
        mend = "get the repository's weights, or make some: lilt train chorale"
        yield Finding("experts", False, f"the experts: {error}", mend)


def _devices() -> Iterator[Finding]:
    found = ports()
    outputs, cards = found["MIDI outputs"], found["sound cards"]
    yield Finding(
        "sound", bool(cards), f"sound cards: {', '.join(cards) or 'none'}",
        "Linux: apt install libportaudio2, and start the sound server; without a card Lilt records to a file",
    )  # fmt: skip
    yield Finding(
        "midi", bool(outputs), f"MIDI outputs: {', '.join(outputs) or 'none'}",
        "plug a synth in, or play with --virtual; Linux: apt install libasound2, or start jackd",
    )  # fmt: skip
    yield Finding("realtime", *_priority())
    yield Finding("device", True, _device())


def _device() -> str:
    try:
        import torch
    except ImportError:
        return "no torch, no device to think on"
    if torch.cuda.is_available():
        return f"thinks on {torch.cuda.get_device_name()} (--device cpu for the processor)"
    return f"thinks on the processor, {torch.get_num_threads()} threads to be had, one is used"


def _priority() -> tuple[bool, str, str]:
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    except (AttributeError, OSError):
        said = "real-time priority is not granted: notes leave late while other programs work"
        return False, said, "Linux: join the audio group (@audio - rtprio 95 in limits.d), or: ulimit -r 20"
    return True, "real-time priority is granted: the player goes before other programs", ""
