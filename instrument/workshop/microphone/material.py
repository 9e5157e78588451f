"""Material to measure a microphone with: tunes of the books as FluidSynth plays them, with what else a room has.

Tunes are those that are kept out of training (`instrument.workshop.books.split`), moved into their instrument's
compass, at the tempo of their dance, with a breath before every eighth bar. Each is rendered on its own, so that the
true onsets and pitches are known; room noise and our own playing (another tune, and chords under it, by the built-in
synth) are added at a level that is said.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import mido
import numpy as np
from numpy.typing import NDArray

from instrument.music.play_order import order
from instrument.music.sounds.compass import INSTRUMENTS, Compass, fold
from instrument.music.ticks import QUARTER
from instrument.music.tokens.bars import read_tune
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.playing.midi.output_message import Message
from instrument.playing.sound.channel_sound import ChannelSound
from instrument.playing.sound.synth import Synth
from instrument.workshop.books.corpus import gather, music21_folder
from instrument.workshop.books.split import listed

RATE = 48_000
FONTS = ("/usr/share/sounds/sf2/TimGM6mb.sf2", "/usr/share/sounds/sf2/default-GM.sf2")
FILES = ("0811-0899", "1276-1375", "1625-1700", "0301-0350")  #: of O'Neill's: jigs, reels, hornpipes, airs
TEMPOS = {"4/4": 200.0, "6/8": 168.0, "9/8": 168.0, "3/4": 120.0, "2/4": 110.0}  #: quarter notes a minute
#: program and compass. The whistle is played by the recorder, a fipple flute too: the font's own program "Whistle"
#: sounds nine semitones low, and not at all above G5
PLAYERS = {"flute": (73, "flute"), "fiddle": (110, "fiddle"), "whistle": (74, "D whistle")}
LASTS = 0.93  #: share of its length that a note sounds
BREATH = 0.12  #: seconds of silence before every eighth bar
Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TrueNote:
    """Note of the material, as it was played.

    begins, ends: seconds from the sound's beginning; pitch: MIDI number; velocity: 1..127.
    """

    begins: float
    ends: float
    pitch: int
    velocity: int

    def later(self, seconds: float) -> TrueNote:
        """The same, beginning so much later."""
        return replace(self, begins=self.begins + seconds)


@dataclass(frozen=True, slots=True)
class Take:
    """One melody as it was played. player: of PLAYERS; sound: [frames] at RATE."""

    name: str
    player: str
    compass: Compass
    notes: tuple[TrueNote, ...]
    sound: Sound


def melodies(most: int, longest: float) -> list[tuple[str, list[TrueNote]]]:
    """Tunes of the books that were kept out of training, `longest` seconds of each, as written on C.

    Raises FileNotFoundError where the books are not installed.
    """
    vocabulary = Vocabulary.shipped()
    folder = music21_folder() / "oneills1850"
    sides = listed()
    found = []
    for file in FILES:
        texts = [
            (name, tokens) for name, tokens in gather([folder / f"{file}.abc"], vocabulary.texts).tunes
            if sides.get(name) in ("valid", "test")
        ]  # fmt: skip
        found.append([(name, _played(tokens, longest)) for name, tokens in texts])
    rows = max(map(len, found), default=0)
    turns = [tunes[row] for row in range(rows) for tunes in found if row < len(tunes)]
    return [(name, notes) for name, notes in turns if len(notes) > 12][:most]


def _played(tokens: Sequence[str], longest: float) -> list[TrueNote]:
    tune = read_tune(tokens, strict=False)
    seconds = 60 / TEMPOS.get(str(tune.meter), 160.0) / QUARTER
    notes: list[TrueNote] = []
    at = 0.5
    for bars, index in enumerate(order(tune.measures), 1):
        measure = tune.measures[index]
        for note in measure.notes:
            begins = at + note.start * seconds
            loud = 92 if note.start % (2 * QUARTER) == 0 else 76
            notes.append(TrueNote(begins, begins + note.duration * seconds * LASTS, note.pitch, loud))
        at += measure.length * seconds + (BREATH if bars % 8 == 0 else 0.0)
        if at > longest:
            break
    one: dict[float, TrueNote] = {note.begins: note for note in notes}  # a melody: of a chord the last, its top
    return [one[begins] for begins in sorted(one)]


def take(name: str, notes: Sequence[TrueNote], player: str) -> Take:
    """A melody played by FluidSynth. Raises FileNotFoundError where it or its sounds are missing."""
    program, instrument = PLAYERS[player]
    compass = INSTRUMENTS[instrument]
    up = 12 * round((sum(compass) / 2 - float(np.mean([note.pitch for note in notes]))) / 12)
    moved = [TrueNote(n.begins, n.ends, fold(n.pitch + up, compass), n.velocity) for n in notes]
    begin = attacks(program, compass)
    true = tuple(note.later(begin[note.pitch]) for note in moved)
    return Take(name, player, compass, true, rendered(moved, program))


@functools.cache
def attacks(program: int, compass: Compass) -> dict[int, float]:
    """Seconds from a note's message until it can be heard (a tenth of its level), by pitch: of a sampled flute up to
    30 ms, which no ear and no tracker can make up for."""
    low, high = compass
    notes = [TrueNote(0.1 + (p - low), 0.6 + (p - low), p, 90) for p in range(low, high + 1)]
    sound = rendered(notes, program)
    found = {}
    for note in notes:
        here = sound[int(note.begins * RATE) : int(note.ends * RATE)]
        level = np.sqrt(np.convolve(here**2, np.full(144, 1 / 144))[: len(here)])
        found[note.pitch] = float(np.argmax(level > 0.1 * np.median(level[len(level) // 3 :]))) / RATE
    return found


def rendered(notes: Sequence[TrueNote], program: int) -> Sound:
    """What FluidSynth makes of notes, dry, [frames] at RATE."""
    font = next((font for font in FONTS if Path(font).exists()), None)
    if font is None or shutil.which("fluidsynth") is None:
        raise FileNotFoundError("FluidSynth or its sounds are missing: apt install fluidsynth timgm6mb-soundfont")
    with tempfile.TemporaryDirectory() as folder:
        score, wave = Path(folder) / "tune.mid", Path(folder) / "tune.raw"
        _midi(notes, program).save(score)
        line = ["fluidsynth", "-niq", "-g", "0.6", "-R", "0", "-C", "0", "-r", str(RATE), "-O", "float", "-T", "raw"]
        subprocess.run([*line, "-F", str(wave), font, str(score)], check=True, capture_output=True)
        both = np.fromfile(wave, np.float32).reshape(-1, 2)
    return np.asarray(both.mean(axis=1), np.float32)


def _midi(notes: Sequence[TrueNote], program: int) -> mido.MidiFile:
    events = [(note.begins, 1, note.pitch, note.velocity) for note in notes]
    events += [(note.ends, 0, note.pitch, 0) for note in notes]
    track = mido.MidiTrack(
        [mido.MetaMessage("set_tempo", tempo=1_000_000), mido.Message("program_change", program=program)]
    )
    last = 0
    for at, on, pitch, velocity in sorted(events):
        tick = round(at * 10_000)
        track.append(mido.Message("note_on" if on else "note_off", note=pitch, velocity=velocity, time=tick - last))
        last = tick
    return mido.MidiFile(ticks_per_beat=10_000, tracks=[track])


def room(frames: int, seed: int) -> Sound:
    """Noise of a room, of RMS 1: falling by 3 dB an octave, with the hum of the mains and its harmonics under it."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal(frames))
    hertz = np.fft.rfftfreq(frames, 1 / RATE)
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(hertz, 30.0)), frames)
    times = np.arange(frames) / RATE
    hum = sum(np.sin(2 * np.pi * 50 * k * times + k) / k for k in (1, 2, 3, 5))
    whole = noise / np.std(noise) + 0.3 * hum
    return np.asarray(whole / np.sqrt(np.mean(whole**2)), np.float32)


def own_playing(notes: Sequence[TrueNote], frames: int, chords: bool = True) -> tuple[list[TrueNote], Sound]:
    """Our own playing of a tune, with chords under it, by the built-in synth: what is struck, and its sound."""
    synth = Synth(RATE, {1: ChannelSound("reed"), 2: ChannelSound("pluck")})
    struck = list(notes)
    for at in np.arange(0.5, frames / RATE, 0.6) if chords else ():
        root = next((note.pitch for note in notes if note.begins >= at), 62) % 12 + 48
        struck += [TrueNote(float(at), float(at) + 0.5, root + step, 80) for step in (0, 7, 12)]
    tune = set(notes)
    for note in struck:
        channel = 1 if note in tune else 2
        synth.schedule(round(note.begins * RATE), Message(note.begins, "on", channel, note.pitch, note.velocity))
        synth.schedule(round(note.ends * RATE), Message(note.ends, "off", channel, note.pitch, 0))
    sound = np.concatenate([synth.render(480) for _ in range(frames // 480 + 1)])[:frames].mean(axis=1)
    return struck, np.asarray(sound, np.float32)


def mixed(sound: Sound, other: Sound, decibels: float) -> Sound:
    """`other` under a sound, so many decibels below, by their RMS."""
    gain = 10 ** (-decibels / 20) * float(np.sqrt(np.mean(sound**2)) / np.sqrt(np.mean(other**2)))
    return np.asarray(sound + gain * other[: len(sound)], np.float32)
