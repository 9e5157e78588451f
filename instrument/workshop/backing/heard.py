"""`lilt study backing`: what the patterns of every dance sound like: onsets against the grid, levels, and the mix.

Each instrument is rendered alone by the built-in synth, in its usual level, with the chords of a plain tune, and a
stroke is where its attack is. A whistle in the levels of the patch `session` is what the mix is held against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from instrument.controls.voice import Voice
from instrument.files.patch import find
from instrument.files.patterns import patterns
from instrument.music.backing.bar import PADS, PLAYS, BackedBar, Manner
from instrument.music.backing.pattern import DancePatterns
from instrument.music.backing.realise import realised
from instrument.music.chord import Chord, PlacedChord
from instrument.music.dances.swing import leaning
from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.note import Note
from instrument.music.ticks import EIGHTH, QUARTER
from instrument.playing.midi.output_message import Message
from instrument.playing.sound.channel_sound import ChannelSound
from instrument.playing.sound.synth import Synth

RATE = 48_000
BARS = 8
TUNE = ("D", "D", "G", "A", "D", "Bm", "A", "D")  #: a chord a bar
SCALE = (74, 76, 78, 79, 81, 83, 85, 86)
#: quarter notes a minute
TEMPI = {"reel": 208, "jig": 180, "slip jig": 174, "slide": 190, "hornpipe": 160, "polka": 130, "waltz": 120,
         "strathspey": 120, "march": 110, "air": 66, "barndance": 160, "other": 120}  # fmt: skip
NEAR = 0.03  #: seconds on either side of the grid in which an onset is looked for
FRAME = 48  #: samples of a moment: 1 ms
LEAST = 0.06  #: seconds between strokes that can be told apart
Sound = NDArray[np.float32]


def study_backing(
    say: Callable[[str], None], there: Sequence[DancePatterns] | None = None
) -> Mapping[str, float]:  # fmt: skip
    """Figures `backing.DANCE.VOICE.onset_ms` (median), `onset_most_ms` after the grid; `backing.DANCE.melody_over_db`,
    how much louder a whistle is than guitar, bass and bodhran together; `backing.DANCE.peak` of all, 0..1
    there: of which patterns; all by default. blocks: minutes."""
    figures: dict[str, float] = {}
    levels = find("session").voices
    for own in there if there is not None else patterns():
        meter = Meter.parse(own.meters[0])
        name = f"{own.dance} {meter}"
        notes = backing_notes(own, meter, TEMPI[own.dance])
        band: list[Note] = []
        for voice in PLAYS:
            alone = [note for note in notes if note.voice == voice]
            late = onsets(sound_of(alone, levels, TEMPI[own.dance]), alone, TEMPI[own.dance])
            figures[f"backing.{name}.{voice}.onset_ms"] = float(np.median(late)) if late else float("nan")
            figures[f"backing.{name}.{voice}.onset_most_ms"] = max(map(abs, late), default=float("nan"))
            band += alone if voice != "piano" else []
        melody = melody_notes(meter)
        alone_db, band_db = (loudness(sound_of(part, levels, TEMPI[own.dance])) for part in (melody, band))
        mix = sound_of([*melody, *band], levels, TEMPI[own.dance])
        figures[f"backing.{name}.melody_over_db"] = alone_db - band_db
        figures[f"backing.{name}.peak"] = float(np.abs(mix).max())
        say(
            f"{name}: melody {alone_db - band_db:+.1f} dB over the band, peak {np.abs(mix).max():.2f}; onsets "
            + ", ".join(f"{voice} {figures[f'backing.{name}.{voice}.onset_ms']:.1f} ms (most "
                        f"{figures[f'backing.{name}.{voice}.onset_most_ms']:.1f})" for voice in PLAYS)
        )  # fmt: skip
    return figures


def backing_notes(own: DancePatterns, meter: Meter, bpm: float) -> list[Note]:
    """Eight bars of all instruments, as the patch `session` has them by default."""
    manner, key, found = Manner(bpm=bpm, seed=5), Key.parse("D major"), list[Note]()
    for n, text in enumerate(TUNE):
        start = n * meter.bar
        placed = (PlacedChord(start, meter.bar, Chord.parse(text)),)
        after = Chord.parse(TUNE[(n + 1) % BARS])
        bar = BackedBar(
            start, start + meter.bar, start + meter.bar, meter, key, placed, after, number=n, place=n, left=7 - n
        )
        found += realised(bar, own, manner, [voice for voice in PLAYS if voice != PADS])
    return found


def melody_notes(meter: Meter) -> list[Note]:
    """A whistle that runs up and down the scale in quavers, accented as a dance is."""
    count = BARS * meter.bar // EIGHTH
    order = [*range(len(SCALE)), *range(len(SCALE) - 2, 0, -1)]
    return [
        Note(n * EIGHTH, EIGHTH - EIGHTH // 24, SCALE[order[n % len(order)]],
             leaning(100 if n * EIGHTH % meter.bar == 0 else 88 if n * EIGHTH % meter.beat == 0 else 74, 1.0))
        for n in range(count)
    ]  # fmt: skip


def sound_of(notes: Iterable[Note], voices: Mapping[str, Voice], bpm: float) -> Sound:
    """What the built-in synth makes of them, float32 [frames, 2], with each voice as the patch mixes it."""
    notes = list(notes)
    channels = {voice.channel: ChannelSound(voice.timbre, voice.level, voice.pan) for voice in voices.values()}
    channels.setdefault(8, ChannelSound("piano", 0.22))
    synth = Synth(RATE, channels)
    frames = RATE * 60 / (bpm * QUARTER)
    for note in notes:
        channel = voices[note.voice].channel if note.voice in voices else 8
        synth.schedule(round(note.start * frames), Message(0, "on", channel, note.pitch, note.velocity))
        synth.schedule(round(note.end * frames), Message(0, "off", channel, note.pitch))
    return synth.render(round(max((note.end for note in notes), default=0) * frames) + RATE // 2)


def onsets(sound: Sound, notes: Iterable[Note], bpm: float) -> list[float]:
    """Milliseconds after each stroke's grid time at which half of its attack is there; only strokes that stand apart.

    The attack is heard in what is above some kilohertz: pick, finger, hammer and tipper, which the ringing notes lack.
    """
    seconds = 60 / (bpm * QUARTER)
    starts = sorted({note.start * seconds for note in notes})
    strokes = [at for at, before in zip(starts, [-1.0, *starts], strict=False) if at - before > LEAST]
    mono = np.diff(sound.mean(axis=1).astype(np.float64), 2, prepend=[0.0, 0.0])
    frames = len(mono) // FRAME
    level = np.sqrt(np.mean(mono[: frames * FRAME].reshape(frames, FRAME) ** 2, axis=1))
    found = []
    for at in strokes:
        first, last = max(0, round((at - NEAR) * 1000)), round((at + NEAR) * 1000)
        if last < frames:
            around = level[first:last]
            found.append(float(first + np.argmax(around > around.max() / 2) - at * 1000))
    return found


def loudness(sound: Sound) -> float:
    """Decibels of what is heard: frequencies weighed as broadcasters weigh them, roughly: the low ones count less."""
    spectrum = np.abs(np.fft.rfft(sound.astype(float), axis=0)) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    weight = (hertz**2 / (hertz**2 + 60.0**2)) ** 2 * (1 + 1.5 * hertz**2 / (hertz**2 + 1700.0**2))
    return float(10 * np.log10((spectrum * weight[:, None]).sum() / len(sound) ** 2 + 1e-20))
