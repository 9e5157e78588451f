"""`run.py explain TUNE`: one tune in words. Does it count, how is it built, what was not expected in it, is it new?"""

from __future__ import annotations

from collections.abc import Callable

from instrument.commands.tunebook.bar_fixes import mends
from instrument.commands.tunebook.tune_source import Asked
from instrument.music.analysis.melody import melody
from instrument.music.key import Key
from instrument.music.tokens.bars import Tune
from instrument.music.tokens.decode import read_tune
from instrument.thinking.model.model_memory import ModelMemory
from instrument.workshop.books.corpus import default_files, gather
from instrument.workshop.books.tokens import numbered
from instrument.workshop.evaluate.folk import notes, training_sources
from instrument.workshop.evaluate.loss_by_class import class_of, surprise
from instrument.workshop.form import tune_metrics as tf

SURPRISES = 5  #: of the least expected tokens, how many are named
Say = Callable[[str], None]
Told = dict[str, object]


def explain(asked: Asked, memory: ModelMemory, say: Say) -> Told:
    """Say what there is to say of a tune; returns the figures. Raises ValueError for a bad head."""
    texts = [text for text in asked.texts if text != "</s>"]
    tune = read_tune(texts, strict=False)
    told = _form(asked, tune, say)
    for mend in mends(texts, memory.model, memory.vocabulary):
        held = f"bar {mend.bar} holds {mend.eighths} eighths, a bar is {mend.due}"
        say(f"{held}: {mend.change or 'no single change mends it'}")
    told |= _expected(asked, memory, say)
    told |= _newness(tune, memory, say)
    return told


def _form(asked: Asked, tune: Tune, say: Say) -> Told:
    figures = tf.figures(tune)
    lengths = " + ".join(f"{length:g}" for length in figures.parts) or "none"
    say(f"{asked.name}: {tune.meter}, {_mode(tune.mode)}, {figures.bars} bars as written, parts of {lengths} bars"
        + (", AABB" if figures.aabb else ""))  # fmt: skip
    sounded = [note.pitch for note in melody(tune)]
    if not sounded:
        say("it has no notes")
    else:
        close = "ends on the tonic" if figures.closes else "does not end on the tonic"
        say(f"{close}; {figures.range} semitones from {min(sounded)} to {max(sounded)} (MIDI, on C)")
    again = f"; the longest passage written again has {figures.longest_return}" if figures.longest_return else ""
    say(f"{100 * figures.repetition:.0f} % of its bars repeat an earlier one{again}")
    say("every bar adds up" if not figures.miscounted else f"{figures.miscounted} bars do not add up")
    return {
        "tune.bars": figures.bars, "tune.miscounted": figures.miscounted, "tune.aabb": figures.aabb,
        "tune.closes_on_tonic": figures.closes, "tune.range": figures.range, "tune.repetition": figures.repetition,
        "tune.longest_return": figures.longest_return,
    }  # fmt: skip


def _expected(asked: Asked, memory: ModelMemory, say: Say) -> Told:
    vocabulary = memory.vocabulary
    numbers = [vocabulary.start, *vocabulary.encode(asked.texts)]
    nats = surprise(memory.model, numbers)
    mean = sum(nats) / max(1, len(nats))
    say(f"{mean:.3f} nats a token by this model; least expected:")
    bar = _bars(asked.texts)
    for place in sorted(range(len(nats)), key=lambda k: -nats[k])[:SURPRISES]:
        token = vocabulary.tokens[numbers[place + 1]]
        kind = class_of(token).replace("_", " ")
        say(f'  token {place + 1} (bar {bar[place]}), "{token.text}": {nats[place]:.1f} nats ({kind})')
    return {"tune.nats_per_token": mean, "tune.tokens": len(nats)}


def _newness(tune: Tune, memory: ModelMemory, say: Say) -> Told:
    own = notes(tune)
    try:
        books = numbered(gather(default_files(), memory.vocabulary.texts), memory.vocabulary, grouped=False)
    except FileNotFoundError as missing:
        if memory.index is None:
            say(f"not compared with the training tunes: {missing}")
            return {}
        longest = memory.index.longest(own)
        say(f"its longest run that the training tunes have too: {longest} of {len(own)} notes, by their marks alone")
        return {"tune.novelty_longest": longest}
    shared = training_sources(books).longest(own)
    if not shared.notes:
        say("it shares no run of eight notes with any training tune")
    else:
        share = 100 * shared.notes / max(1, len(own))
        say(f"its longest run shared with a training tune: {shared.notes} of {len(own)} notes ({share:.0f} %), from "
            f"note {shared.at + 1} on, with {shared.source}, from note {shared.source_at + 1} on")  # fmt: skip
    return {"tune.novelty_longest": shared.notes, "tune.novelty_source": shared.source}


def _bars(texts: tuple[str, ...]) -> list[int]:
    """Of each token the number of the bar it stands in, as written. Pure."""
    tune = read_tune([text for text in texts if text != "</s>"], strict=False)
    ends = [measure.last for measure in tune.measures]
    return [1 + sum(place >= end for end in ends[:-1]) for place in range(len(texts))]


def _mode(mode: Key) -> str:
    return {"maj": "major", "min": "minor", "dor": "dorian", "mix": "mixolydian"}.get(mode.mode, mode.mode)
