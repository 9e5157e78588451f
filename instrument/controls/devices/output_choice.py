"""Output routing: which of the outputs a voice sounds on, by its `output` control and the rig file. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

COPIES = ("recording", "listeners")  #: outputs of our own that take whatever sounds
OURS = ("sound", *COPIES)  #: outputs of our own

Only = Mapping[str, tuple[str, ...]]  #: of an output that takes certain voices only: which


def ports_of(choice: str, voice: str, outputs: Sequence[str], only: Only) -> tuple[str, ...]:
    """The outputs, in their order. choice: "rig", "all", "sound", the number of a MIDI output from 1, or a name.

    outputs: all there are, by the rig's names. What is not there gives nothing but the recording, and who listens.
    """
    if choice == "rig":
        return tuple(output for output in outputs if voice in only.get(output, (voice,)))
    if choice == "all":
        return tuple(outputs)
    if choice == "sound":
        return tuple(output for output in outputs if output in OURS)
    cables = [output for output in outputs if output not in OURS]
    named = choice if choice in outputs else ""
    if not named and choice.isdecimal() and 1 <= int(choice) <= len(cables):
        named = cables[int(choice) - 1]
    return tuple(output for output in outputs if output in (named, *COPIES))


def refusal(choice: str, cables: Sequence[str]) -> str:
    """Why a choice means no output of this rig, in one line; "" if it means one. cables: the rig's MIDI outputs."""
    if choice in ("rig", "all", "sound", *cables) or (choice.isdecimal() and 1 <= int(choice) <= len(cables)):
        return ""
    there = f", {', '.join(cables)}" if cables else " (there is no MIDI output)"
    return f'there is no output "{choice}"; it may be rig, all, sound{there}'
