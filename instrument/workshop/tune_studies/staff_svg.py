"""A tune as an SVG score, four bars to a line, with a shade over every bar that says an earlier one again.

Drawn from `instrument.music.scores.engraving` with the page's own glyphs, so that no other program is needed. Pure
but for the glyphs, which are read once from the page's file.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from instrument.music.key import Key
from instrument.music.measure import Tune
from instrument.music.scores.engraving import Engraved, Sign, engraved, signature
from instrument.music.tokens.decode import read_tune
from instrument.workshop.form.bars import nearly

GLYPHS = Path(__file__).resolve().parents[2] / "ports" / "web" / "page" / "glyphs.js"
WIDTH, SPACE = 900, 8.0  #: of the picture; between two lines of a staff
ROW, TOP = 12.0 * SPACE, 4.2 * SPACE
MIDDLE = 6  #: the step of a staff's middle line, counted from middle C
STEM = 3.3
ACROSS = 4  #: whole bars a line
AGAIN, NEARLY = "#f3d9a4", "#fbf0d6"  #: shades of bars that come again, and nearly
ACCIDENTALS = {-2: ("FLAT", "FLAT"), -1: ("FLAT",), 0: ("NATURAL",), 1: ("SHARP",), 2: ("SHARP", "SHARP")}


def score_svg(tokens: Sequence[str], key: Key, octave: int = 0) -> str:
    """The whole tune. tokens: `M:` and `K:` first, without `</s>`; key: gives the tonic; octave: up from where the
    tokens have it. Raises Misspelt."""
    tune = read_tune(tokens, strict=False)
    target = Key(key.letter, key.accidental, tune.mode.mode)
    shades = shaded(tune)
    body = []
    rows = list(_rows(tune))
    for number, row in enumerate(rows):
        left = (2.6 + 1.02 * len(signature(target)) + (2.2 if number == 0 else 0.4)) * SPACE + 8
        inner = list(_head(target, tune if number == 0 else None))
        inner += _row(tokens, tune, row, shades, (target, octave), left)
        body.append(f'<g transform="translate(0 {number * ROW:.0f})">{"".join(inner)}</g>')
    names = {"CLEF", *(name for group in ACCIDENTALS.values() for name in group), "FLAG", "REST4", "REST8"}
    defs = "".join(f'<path id="{name}" d="{glyphs()[name]}"/>' for name in sorted(names))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {len(rows) * ROW + SPACE:.0f}" '
        f'font-family="serif" font-size="11" fill="none" stroke="#000" stroke-width="1.2">'
        f'<defs>{defs}</defs><rect width="100%" height="100%" fill="#fff" stroke="none"/>{"".join(body)}</svg>\n'
    )


@functools.cache
def glyphs() -> dict[str, str]:
    """The page's paths by name. Raises OSError."""
    text = GLYPHS.read_text(encoding="utf-8")
    found = re.findall(r'export const (\w+) = ((?:"[^"]*"[\s+]*)+);', text)
    return {name: "".join(re.findall(r'"([^"]*)"', quoted)) for name, quoted in found}


def shaded(tune: Tune) -> dict[int, str]:
    """Measure to shade: those that say again, or nearly, what an earlier whole measure said."""
    found: dict[int, str] = {}
    said = [tuple((n.start, n.duration, n.pitch) for n in measure.notes) for measure in tune.measures]
    for at, bar in enumerate(said):
        if bar and tune.measures[at].length == tune.meter.bar:
            if bar in said[:at]:
                found[at] = AGAIN
            elif any(nearly(bar, other, tune.meter.bar) for other in said[:at] if other):
                found[at] = NEARLY
    return found


def _rows(tune: Tune) -> Iterator[list[int]]:
    """Indices of the measures of each line; a part begins a line."""
    row: list[int] = []
    whole = 0.0
    for at, measure in enumerate(tune.measures):
        begins = measure.opens or (at > 0 and tune.measures[at - 1].closes and not measure.ending)
        full = (begins and whole > 1) or whole >= ACROSS - 0.1
        if row and full and not (measure.ending == 2 and whole <= ACROSS + 1):
            yield row
            row, whole = [], 0.0
        row.append(at)
        whole += measure.length / tune.meter.bar
    if row:
        yield row


def _head(key: Key, tune: Tune | None) -> Iterator[str]:
    """Staff lines, clef, signature and, on the first line, the meter."""
    for step in range(2, 11, 2):
        yield f'<path d="M0 {_y(step):.1f}H{WIDTH}" stroke="#777" stroke-width="1"/>'
    yield _use("CLEF", 12, _y(4))
    yield _dot(12 - 0.08 * SPACE, _y(4) + 2.5 * SPACE, 0.3)
    x = 12 + 2.4 * SPACE
    for step, alteration in signature(key):
        yield _use(ACCIDENTALS[alteration][0], x, _y(step))
        x += 1.02 * SPACE
    for figure, step in ((tune.meter.upper, 6), (tune.meter.lower, 2)) if tune else ():
        yield _text(x + SPACE, _y(step) - 0.5, str(figure), "font-size='17' font-weight='bold' text-anchor='middle'")


def _row(
    tokens: Sequence[str],
    tune: Tune,
    row: Sequence[int],
    shades: dict[int, str],
    pitched: tuple[Key, int],
    left: float,
) -> Iterator[str]:
    lengths = [max(0.45, tune.measures[at].length / tune.meter.bar) for at in row]
    unit = (WIDTH - left) / max(ACROSS * 1.0, sum(lengths))
    x = left
    for at, length in zip(row, lengths, strict=True):
        measure = engraved(tokens, at, *pitched)
        right = x + length * unit
        if at in shades:
            yield (
                f'<rect x="{x + 1:.1f}" y="{_y(11):.1f}" width="{right - x - 2:.1f}" height="{5 * SPACE:.1f}" '
                f'fill="{shades[at]}" fill-opacity=".75" stroke="none" style="mix-blend-mode:multiply"/>'
            )
        if measure:
            yield from _measure(measure, x, right)
        x = right


def _measure(measure: Engraved, left: float, right: float) -> Iterator[str]:
    begin = left + (2.5 if measure.opens else 1.5) * SPACE
    end = right - (1.6 if measure.closes else 0.6) * SPACE
    places = _places(measure.signs, begin, end)
    beams: dict[int, list[tuple[Sign, float]]] = {}
    for sign, x in zip(measure.signs, places, strict=True):
        if not sign.heads:
            yield from _rest(sign, x + 0.4 * SPACE)
        elif sign.beam:
            beams.setdefault(sign.beam, []).append((sign, x))
        else:
            yield from _note(sign, x)
    for members in beams.values():
        yield from _beamed(members)
    yield from _ties(measure.signs, places, right)
    yield from _tuplets(measure.signs, places)
    yield from _lines(measure, left, right)


def _places(signs: Sequence[Sign], begin: float, end: float) -> list[float]:
    """Where signs stand: a longer one has more room, but not as much more as it is longer."""
    rooms = [float(sign.length) ** 0.65 for sign in signs]
    whole = sum(rooms) or 1.0
    return [begin + (end - begin) * sum(rooms[:i]) / whole for i in range(len(signs))]


def _lines(measure: Engraved, left: float, right: float) -> Iterator[str]:
    if measure.opens:
        yield _bar(left + 1.5, 3.2) + _bar(left + 5.5) + _dot(left + 10, _y(5), 0.26) + _dot(left + 10, _y(7), 0.26)
    if measure.closes:
        yield _bar(right - 1.5, 3.2) + _bar(right - 5.5) + _dot(right - 10, _y(5), 0.26) + _dot(right - 10, _y(7), 0.26)
    else:
        yield _bar(right - 0.6)
    if measure.ending:
        yield f'<path d="M{left + 2:.1f} {_y(13):.1f}V{_y(15.5):.1f}H{right - 4:.1f}"/>'
        yield _text(left + 6, _y(13.2), f"{measure.ending}.")


def _note(sign: Sign, x: float) -> Iterator[str]:
    way = _way([sign])
    yield from _heads(sign, x)
    if sign.value > 1:
        near, far = _reach(sign, way)
        stem, tip = x - way * 0.58 * SPACE, far + way * STEM * SPACE
        yield f'<path d="M{stem:.1f} {near:.1f}V{tip:.1f}"/>'
        for level in range(_flags(sign)):
            at = tip - way * level * 0.85 * SPACE
            yield (
                f'<use href="#FLAG" fill="#000" stroke="none" '
                f'transform="translate({stem:.1f} {at:.1f}) scale({SPACE} {-way * SPACE})"/>'
            )


def _heads(sign: Sign, x: float) -> Iterator[str]:
    for step, accidental in sign.heads:
        for ledger in (*range(0, step - 1, -2), *range(12, step + 1, 2)):
            yield f'<path d="M{x - SPACE:.1f} {_y(ledger):.1f}h{2 * SPACE:.1f}" stroke="#888" stroke-width=".8"/>'
        fill = "none" if sign.value <= 2 else "#000"
        yield (
            f'<ellipse cx="{x:.1f}" cy="{_y(step):.1f}" rx="{0.62 * SPACE:.1f}" ry="{0.44 * SPACE:.1f}" fill="{fill}" '
            f'transform="rotate(-22 {x:.1f} {_y(step):.1f})"/>'
        )
        for at, name in enumerate(ACCIDENTALS[accidental] if accidental is not None else ()):
            yield _use(name, x - (1.35 + 0.8 * at) * SPACE, _y(step))
        for dot in range(sign.dots):
            yield _dot(x + (1.15 + 0.5 * dot) * SPACE, _y(step + (step + 1) % 2), 0.18)


def _beamed(members: Sequence[tuple[Sign, float]]) -> Iterator[str]:
    way = _way([sign for sign, _ in members])
    stems = [(sign, x - way * 0.58 * SPACE, *_reach(sign, way)) for sign, x in members]
    first = stems[0][1]
    slope = max(-0.18, min(0.18, (stems[-1][3] - stems[0][3]) / ((stems[-1][1] - first) or 1)))
    offsets = [far + way * 2.7 * SPACE - slope * (x - first) for _, x, _, far in stems]
    base = min(offsets) if way < 0 else max(offsets)

    def at(x: float) -> float:
        return base + slope * (x - first)

    def beam(one: float, other: float, level: int) -> str:
        shift, thick = -way * level * 0.72 * SPACE, -way * 0.42 * SPACE
        return (
            f'<path fill="#000" stroke="none" d="M{one:.1f} {at(one) + shift:.1f}L{other:.1f} {at(other) + shift:.1f}'
            f'v{thick:.1f}L{one:.1f} {at(one) + shift + thick:.1f}Z"/>'
        )

    for sign, x, near, _ in stems:
        yield from _heads(sign, x + way * 0.58 * SPACE)
        yield f'<path d="M{x:.1f} {near:.1f}V{at(x):.1f}"/>'
    yield beam(first - 0.6, stems[-1][1] + 0.6, 0)
    for level in range(1, max(_flags(sign) for sign, *_ in stems)):
        for i, (sign, x, _, _) in enumerate(stems):
            after = stems[i + 1] if i + 1 < len(stems) else None
            if _flags(sign) <= level:
                continue
            if after and _flags(after[0]) > level:
                yield beam(x - 0.6, after[1] + 0.6, level)
            elif not (i and _flags(stems[i - 1][0]) > level):
                back = after is None or (i > 0 and stems[i - 1][0].dots > 0)
                yield beam(x - (0.9 * SPACE if back else 0), x + (0 if back else 0.9 * SPACE), level)


def _rest(sign: Sign, x: float) -> Iterator[str]:
    middle = _y(MIDDLE)
    if sign.value <= 2:
        top = _y(8) if sign.value == 1 else middle - 0.5 * SPACE
        yield f'<rect x="{x:.1f}" y="{top:.1f}" width="{1.2 * SPACE:.1f}" height="{0.5 * SPACE:.1f}" fill="#000"/>'
    elif sign.value == 4:
        yield _use("REST4", x, middle, 0.28)
    for level in range(_flags(sign)):
        yield _use("REST8", x - 0.2 * level * SPACE, middle + 0.9 * level * SPACE)
        yield _dot(x - (0.3 + 0.2 * level) * SPACE, middle + (0.9 * level - 0.55) * SPACE, 0.24)
    for dot in range(sign.dots):
        yield _dot(x + (0.9 + 0.5 * dot) * SPACE, _y(7), 0.18)


def _ties(signs: Sequence[Sign], places: Sequence[float], right: float) -> Iterator[str]:
    for i, sign in enumerate(signs):
        if sign.tied:
            one, other = places[i] + 0.8 * SPACE, (places[i + 1] if i + 1 < len(places) else right) - 0.8 * SPACE
            way = -_way([sign])
            for step, _ in sign.heads:
                at = _y(step) + way * 0.8 * SPACE
                bend = f"{(one + other) / 2:.1f} {at + way * SPACE:.1f}"
                yield f'<path d="M{one:.1f} {at:.1f}Q{bend} {other:.1f} {at:.1f}"/>'


def _tuplets(signs: Sequence[Sign], places: Sequence[float]) -> Iterator[str]:
    for number in sorted({sign.tuplet for sign in signs if sign.tuplet}):
        members = [(sign, x) for sign, x in zip(signs, places, strict=True) if sign.tuplet == number]
        steps = [step for sign, _ in members for step, _ in sign.heads]
        sounding = [sign for sign, _ in members if sign.heads]
        below = bool(sounding) and _way(sounding) > 0
        at = _y(min(steps)) + 4.4 * SPACE if below else _y(max(MIDDLE, *steps, MIDDLE)) - 3.7 * SPACE
        x = (members[0][1] + members[-1][1]) / 2
        yield _text(x, at, str(members[0][0].of), "font-style='italic' text-anchor='middle'")


def _way(signs: Sequence[Sign]) -> int:
    """Stems up (-1) or down (1)."""
    steps = [step for sign in signs for step, _ in sign.heads]
    return 1 if max(steps) - MIDDLE >= MIDDLE - min(steps) else -1


def _reach(sign: Sign, way: int) -> tuple[float, float]:
    """Where a stem begins, and the head that it reaches beyond."""
    low, high = _y(min(step for step, _ in sign.heads)), _y(max(step for step, _ in sign.heads))
    return (low, high) if way < 0 else (high, low)


def _flags(sign: Sign) -> int:
    return max(0, sign.value.bit_length() - 3)


def _y(step: float) -> float:
    """Where a step counted from middle C stands: the top line is ten steps up."""
    return TOP + (10 - step) * SPACE / 2


def _use(name: str, x: float, y: float, width: float = 0.16) -> str:
    return f'<use href="#{name}" stroke-width="{width}" transform="translate({x:.1f} {y:.1f}) scale({SPACE})"/>'


def _dot(x: float, y: float, radius: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius * SPACE:.1f}" fill="#000" stroke="none"/>'


def _bar(x: float, width: float = 1.2) -> str:
    return f'<path d="M{x:.1f} {_y(10):.1f}V{_y(2):.1f}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="#000" stroke="none" {more}>{text}</text>'
