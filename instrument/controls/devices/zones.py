"""MPE zones of voices: the member channels beside a voice's own, and voices that leave each other too few. Pure.

A zone's manager is channel 1 or 16; its members follow it without a gap (MIDI Polyphonic Expression 1.0, MIDI
Manufacturers Association), up to the click's channel or the first that another voice has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from instrument.controls.voice import MANAGERS, Voice
from instrument.controls.voice_controls import CLICK

ENOUGH = 5  #: member channels that a hand needs, one a finger


@dataclass(frozen=True, slots=True)
class Crowded:
    """A voice that asks for a zone and has fewer members than a hand has fingers.

    members: how many, 0 where it bends as a whole; by: the voice in whose way they end
    line: both, with the likely fix, for people
    """

    members: int
    by: str
    line: str


def members_of(channel: int, taken: Collection[int]) -> tuple[int, ...]:
    """The member channels of the zone whose manager a channel is, nearest first; none where it is no manager's.

    taken: channels of the other voices
    """
    members: list[int] = []
    if channel in MANAGERS:
        step = 1 if channel == MANAGERS[0] else -1
        beside = channel + step
        while beside not in (*taken, *MANAGERS, CLICK):
            members.append(beside)
            beside += step
    return tuple(members)


def crowded(voices: Iterable[Voice]) -> dict[str, Crowded]:
    """By name, those of some voices that have too small a zone among the others."""
    there = list(voices)
    asking = [voice for voice in there if voice.bend == "mpe" and voice.channel in MANAGERS]
    found: dict[str, Crowded] = {}
    for voice in asking:
        whose = {other.channel: other.name for other in there if other.name != voice.name}
        members = members_of(voice.channel, whose)
        if len(members) < ENOUGH:
            found[voice.name] = _crowded(voice, whose, len(members))
    return found


def _crowded(voice: Voice, whose: dict[int, str], members: int) -> Crowded:
    """whose: the other voices by channel; one of them ends the zone, which is shorter than its place allows."""
    lower = voice.channel == MANAGERS[0]
    beside = voice.channel + (members + 1 if lower else -members - 1)
    by, other = whose[beside], MANAGERS[lower]
    fix = f"give {by} another"
    if other not in whose and len(members_of(other, whose)) >= ENOUGH:
        fix += f", or {voice.name} channel {other}"
    if members:
        count = "1 channel" if members == 1 else f"{members} channels"
        has = f"{count} beside its own, on which more notes than that share a bend"
    else:
        has = "no channel beside its own, and bends all its notes as one"
    return Crowded(members, by, f'{voice.name} ("mpe") has {has}: {by} has channel {beside}; {fix}')
