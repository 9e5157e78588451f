"""Measures of the styles: losses of each mixture of Bach's weights and the hymns', on held-out pieces of both kinds.

And how the voices are written live under held-out sopranos at a style, beside what stands in the music: the rules of
part-writing, counted by the same functions for ours and theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from instrument.networks.chorale import cadence
from instrument.networks.chorale.numpy_step import ProductStep
from instrument.networks.chorale.styles import Styles
from instrument.networks.chorale.tokens import CHAIN, NAMES
from instrument.thinking.voices.choir import Choir, VoiceTaste
from instrument.workshop.chorale.batches import held_out
from instrument.workshop.chorale.corpus import Chorale
from instrument.workshop.chorale.encode import Setting, tokens
from instrument.workshop.chorale.jobs import filled
from instrument.workshop.chorale.trainer import loss
from instrument.workshop.evaluate.cadences import closes
from instrument.workshop.evaluate.chorale_live import bachs_key, harmonise, rates
from instrument.workshop.evaluate.part_writing import Writing
from instrument.workshop.hymns.train import Sides

STYLES = (0.0, 0.25, 0.5, 0.75, 1.0)
KINDS = ("hymns", "bach")


def losses(styles: Styles, sides: Sides, side: str = "test", at: Sequence[float] = STYLES) -> dict[str, float]:
    """`hymns.nats.KIND.SIDE.VOICE.STYLE`: nats a step, live, of each kind of music; `...all...` the three voices'
    sum. blocks: a minute a style."""
    found: dict[str, float] = {}
    mixed = {style: styles.mixed(style) for style in at}
    for kind, pieces in (("hymns", sides.hymns[side]), ("bach", sides.bach[side])):
        for voice in CHAIN:
            heard = held_out(pieces, voice)
            for style in at:
                nats = loss(filled(voice, styles.plan, mixed[style]), heard)
                found[f"hymns.nats.{kind}.{side}.{NAMES[voice]}.{style:g}"] = nats
        for style in at:
            each = [found[f"hymns.nats.{kind}.{side}.{NAMES[voice]}.{style:g}"] for voice in CHAIN]
            found[f"hymns.nats.{kind}.{side}.all.{style:g}"] = sum(each)
    return found


def table(found: dict[str, float], side: str = "test", at: Sequence[float] = STYLES) -> Iterator[str]:
    """The losses as lines."""
    yield f"{'nats a step, ' + side + ' side':28} " + " ".join(f"{'style ' + format(style, 'g'):>10}" for style in at)
    for kind in KINDS:
        for voice in (*(NAMES[v] for v in reversed(CHAIN)), "all"):
            row = [found[f"hymns.nats.{kind}.{side}.{voice}.{style:g}"] for style in at]
            yield f"{kind + ', ' + voice:28} " + " ".join(f"{nats:10.4f}" for nats in row)


def choir_at(styles: Styles, style: float) -> Choir:
    """The voices at a style, ready to sing."""
    arrays = styles.mixed(style)
    return Choir({v: ProductStep(v, styles.plan, arrays) for v in CHAIN}, cadence.load())


def written(choir: Choir, pieces: Sequence[Chorale], seed: int = 1) -> tuple[Writing, Writing]:
    """How we write under these sopranos, live and in their keys, and how it stands there. blocks: seconds a piece."""
    ours, theirs, taste = Writing(), Writing(), VoiceTaste()
    for number, piece in enumerate(pieces):
        key = bachs_key(piece)
        sung = harmonise(choir, piece, taste, seed * 1000 + number, Setting(key=True))
        for writing, voices in ((ours, sung), (theirs, tokens(piece, Setting()))):
            voices = np.asarray(voices, np.int16)
            writing.add(voices, piece.places, key)
            writing.closes += closes(voices, key[0])
    return ours, theirs


def writing_figures(
    styles: Styles, pieces: Sequence[Chorale], kind: str, report: Callable[[str], None], at: Sequence[float] = (0, 1)
) -> dict[str, float]:
    """`hymns.written.KIND.STYLE.FIGURE`, and `....theirs.FIGURE`; reported as a table. blocks: minutes."""
    columns: dict[str, dict[str, float]] = {}
    for style in at:
        ours, theirs = written(choir_at(styles, style), pieces)
        columns[f"{style:g}"] = dict(rates(ours))
        columns["theirs"] = dict(rates(theirs))
    names = [*(f"{style:g}" for style in at), "theirs"]
    report(f"{'live, under ' + str(len(pieces)) + ' sopranos: ' + kind:46} " + " ".join(f"{name:>8}" for name in names))
    for figure in columns["theirs"]:
        row = " ".join(f"{columns[name][figure]:8.2f}" for name in names)
        report(f"{figure.replace('_', ' '):46} {row}")
    return {f"hymns.written.{kind}.{n}.{figure}": v for n in names for figure, v in columns[n].items()}
