"""Microphone as `run.py doctor --mic` measures it: the room's noise, a player's level, and how late a note is known."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import numpy as np

from instrument.controls.devices.microphone import Microphone
from instrument.playing.microphone.melody_listener import MelodyListener
from instrument.playing.time.clock import Bell, Clock, SystemClock, worked
from instrument.ports.microphone.capture import Block, Blocks, NoMicrophone, Source, open_source

QUIET, PLAYED = 2.0, 6.0  #: seconds of the room alone, and of somebody playing
NOISY, SOFT, LOUD = -45.0, -45.0, -1.0  #: decibels: noise that is too much; a level too low; a peak that is cut off
CLEAR = 20.0  #: decibels that a player should be above the room
SLOW = 0.04  #: seconds from an onset to its note that are worth a remark

Row = tuple[str, bool, str, str]  #: name, well, what: one line, its mend


def measured(
    microphone: Microphone,
    say: Callable[[str], None],
    clock: Clock | None = None,
    opened: Callable[[str | None, Blocks], Source] = open_source,
) -> list[Row]:
    """Listen, first to the room, then to a player. blocks: eight seconds."""
    clock, bell = clock or SystemClock(), Bell()
    blocks = Blocks(clock, bell)
    try:
        source = opened(microphone.device, blocks)
    except NoMicrophone as missing:
        return [("mic", False, str(missing), "lilt ports says what there is; --mic NAME chooses one")]
    try:
        say(f"{source.name}: keep quiet for {QUIET:g} seconds")
        room = _heard(QUIET, blocks, clock, bell)
        say(f"now play for {PLAYED:g} seconds")
        played = _heard(PLAYED, blocks, clock, bell)
    finally:
        source.close()
    if not room or not played:
        mend = "connect something to it (JACK: jack_connect), or choose another: lilt ports"
        return [("mic", False, f"microphone: {source.name} gives no sound", mend)]
    return _told(source, microphone, room, played)


def _heard(seconds: float, blocks: Blocks, clock: Clock, bell: Bell) -> list[tuple[Block, float]]:
    found: list[tuple[Block, float]] = []
    ends = clock.now() + seconds
    blocks.take()
    while clock.now() < ends:
        clock.sleep_until(ends, bell)
        found += blocks.take()
    return found


def _told(
    source: Source, microphone: Microphone, room: list[tuple[Block, float]], played: list[tuple[Block, float]]
) -> list[Row]:
    noise = decibels(np.concatenate([block for block, _ in room]))
    sound = np.concatenate([block for block, _ in played])
    pieces = [sound[at : at + source.rate // 20] for at in range(0, len(sound), source.rate // 20)]
    level = float(np.percentile([decibels(piece) for piece in pieces], 90))
    peak = 20 * float(np.log10(np.max(np.abs(sound)) + 1e-9))
    listener, began = MelodyListener(source.rate, microphone.compass), worked()
    known = [(note, ends) for block, ends in played for note in listener.hear(block, ends) if note.velocity]
    work = (worked() - began) / (len(sound) / source.rate)
    line = f"microphone: {source.name}: the room is at {noise:.0f} dB"
    mend = "turn the input down, move the microphone away from fans and loudspeakers"
    rows: list[Row] = [("mic.noise", noise < NOISY, line, mend)]
    enough = level - noise >= CLEAR and level > SOFT and peak < LOUD
    line = f"microphone: playing is at {level:.0f} dB, its peaks at {peak:.0f} dB, "
    line += f"{level - noise:.0f} dB above the room"
    mend = "nearer to the instrument is better than louder; the input's level brings peaks to about -6 dB"
    rows.append(("mic.level", enough, f"{line}; {len(known)} notes", mend))
    late = [ends - note.at for note, ends in known]
    told = (statistics.median(late) if late else 2 * listener.tracker.window) + source.latency
    way = f"{source.latency * 1000:.0f} ms of them on its way here" if known else "a guess: no note was heard"
    line = f"microphone: a note is known {told * 1000:.0f} ms after it begins, {way}; {work * 100:.0f} % of a core"
    mend = "a shorter period of the sound server; --mic-instrument: the higher its lowest note, the sooner"
    rows.append(("mic.latency", told <= SLOW, line, mend))
    return rows


def decibels(sound: Block) -> float:
    """RMS below full scale. Pure."""
    return 10 * float(np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-12))
