"""Square pictures of a tune against itself: one cell a pair of steps, tokens along both edges, a line at every bar.

The colours are those of Sturm, "Making sense of the folk-rnn v2 model", part 9: sanguine for what is the same, powder
blue for what has nothing in common, grey between. The first step is at the lower left, so that a repetition is a line
that rises to the right. Drawn with Pillow: a picture takes some tens of milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Matrix = NDArray[np.float64]
SANGUINE, POWDER_BLUE, INK, LINE = (188, 63, 52), (176, 224, 230), (40, 40, 40), (120, 120, 160)
EDGE = 1000  #: pixels that the longer side of a matrix is brought near to
LEAST, MOST = 3, 14  #: pixels of a cell


@dataclass(frozen=True, slots=True)
class Panel:
    """title; shades: [rows, columns, 3] colours by `by_distance` or `by_magnitude`; labels: a token for each step, of
    rows and columns alike; bars: steps behind which a line is drawn."""

    title: str
    shades: NDArray[np.uint8]
    labels: Sequence[str]
    bars: Sequence[int]


def by_distance(apart: Matrix, same: float = 0.02, far: float = 1.98) -> NDArray[np.uint8]:
    """Colours of L1 distances 0..2: up to `same` sanguine, from `far` powder blue, else the nearer the darker."""
    return _coloured(apart / 2, apart <= same, apart >= far)


def by_magnitude(gram: Matrix, same: float = 0.99, orthogonal: float = 0.01) -> NDArray[np.uint8]:
    """Colours of magnitudes 0..1: one direction sanguine, orthogonal powder blue, the smaller the angle the darker."""
    return _coloured(1 - gram, gram >= same, gram <= orthogonal)


def draw(panels: Sequence[Panel], across: int = 0) -> Image.Image:
    """Panels side by side, `across` in a row (all by default)."""
    drawn = [_panel(panel, EDGE if len(panels) == 1 else EDGE // 2) for panel in panels]
    across = across or len(drawn)
    width, height = max(p.width for p in drawn), max(p.height for p in drawn)
    rows = -(-len(drawn) // across)
    whole = Image.new("RGB", (width * min(across, len(drawn)), height * rows), "white")
    for number, picture in enumerate(drawn):
        whole.paste(picture, (width * (number % across), height * (number // across)))
    return whole


def save(picture: Image.Image, path: Path) -> None:
    """A PNG of 64 colours, which is what keeps it small. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _few(picture).save(path, optimize=True)


def animate(frames: Sequence[Image.Image], path: Path, milliseconds: int = 900) -> None:
    """A GIF that steps through the frames for ever, resting three times as long on the last. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    quantised = [_few(frame) for frame in frames]
    durations = [milliseconds] * (len(frames) - 1) + [3 * milliseconds]
    quantised[0].save(path, save_all=True, append_images=quantised[1:], duration=durations, loop=0)


def _few(picture: Image.Image) -> Image.Image:
    """In our own colours and 58 greys."""
    greys = [(4 * k + 22,) * 3 for k in range(58)]
    palette = Image.new("P", (1, 1))
    own = [SANGUINE, POWDER_BLUE, INK, LINE, (255, 255, 255), *greys]
    palette.putpalette([value for colour in own for value in colour])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def _coloured(lightness: Matrix, same: NDArray[np.bool_], far: NDArray[np.bool_]) -> NDArray[np.uint8]:
    grey = (40 + 205 * np.clip(lightness, 0, 1)).astype(np.uint8)
    shades = np.repeat(grey[..., None], 3, axis=-1)
    shades[far] = POWDER_BLUE
    shades[same] = SANGUINE
    return shades


def _panel(panel: Panel, edge: int) -> Image.Image:
    steps = len(panel.shades)
    cell = max(LEAST, min(MOST, edge // max(1, steps)))
    side = cell * steps
    grid = np.flipud(panel.shades).repeat(cell, 0).repeat(cell, 1)  # the first step at the bottom
    font, head = ImageFont.load_default(max(8, cell)), ImageFont.load_default(16)
    every = max(1, -(-9 // cell))  # labels closer than nine pixels cannot be read
    shown = [step for step in range(steps) if step % every == 0]
    margin = 8 + max((round(font.getlength(panel.labels[step])) for step in shown), default=0)
    whole = Image.new("RGB", (side + margin + 12, side + margin + 40), "white")
    whole.paste(Image.fromarray(grid), (margin, 30))
    pen = ImageDraw.Draw(whole)
    pen.text((margin, 6), panel.title, INK, head)
    for bar in panel.bars:
        at = cell * (bar + 1)
        pen.line((margin + at, 30, margin + at, 30 + side), LINE)
        pen.line((margin, 30 + side - at, margin + side, 30 + side - at), LINE)
    upright = Image.new("L", (side, margin), 0)
    for step in shown:
        text = panel.labels[step]
        middle = 30 + side - cell * step - cell // 2
        pen.text((margin - 4, middle), text, INK, font, anchor="rm")
        word = Image.new("L", (margin, max(cell, 9)), 0)
        ImageDraw.Draw(word).text((margin - 4, max(cell, 9) // 2), text, 255, font, anchor="rm")
        turned = word.rotate(90, expand=True)
        upright.paste(turned, (cell * step, 0), turned)
    whole.paste(Image.new("RGB", upright.size, INK), (margin, 32 + side), upright)
    return whole
