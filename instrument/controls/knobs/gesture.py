"""Kind of a controller, fader, encoder or button, judged from the values that it sends while it is learned. Pure.

Each kind has a simple model of how its values follow each other: a fader goes on in small steps and repeats nothing; an
encoder repeats itself near 1 and 127 (two's complement), around 64 (offset) or near 1 and 65 (sign and magnitude); a
button knows two values. What is likeliest by all that has been heard is the verdict, and how much likelier it is than
the rest says whether to believe it: no first value decides alone.

The numbers below are plain guesses of hands and hardware, not fitted; what they achieve is counted in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log

from instrument.controls.knobs.knob import clicks

NUMBER, SWITCH, CHOICE = "number", "switch", "choice"  #: what a control may want of a knob
_PRIORS = {
    NUMBER: {"absolute": 0.5, "relative": 0.2, "offset": 0.12, "sign": 0.08, "toggle": 0.1},
    SWITCH: {"absolute": 0.25, "relative": 0.2, "offset": 0.12, "sign": 0.06, "toggle": 0.37},
    CHOICE: {"absolute": 0.37, "relative": 0.2, "offset": 0.12, "sign": 0.06, "toggle": 0.25},
}
SURE = 0.97  #: of all probability: a verdict that may be acted on
CERTAIN = 0.99999  #: likewise, that no more evidence will change: one late click must not throw a fader's control
FEWEST = 3  #: messages before any verdict but a button's is acted on
_GAPS = (0.04, 0.1, 0.3)  #: seconds between messages: bounds of four classes
_OFTEN = {"absolute": (0.6, 0.2, 0.1, 0.1), "encoder": (0.5, 0.25, 0.15, 0.1), "toggle": (0.05, 0.18, 0.39, 0.38)}
_NEVER = 1e-5  #: what a kind cannot send, but for a fault


@dataclass(frozen=True, slots=True)
class GestureVerdict:
    """Verdict on a gesture: what kind of controller made it.

    mode: as in `knob.MODES`; share: of all probability, 0..1; sure: may be acted on
    settled: and nothing more need be heard; an encoder's coding may show only when it is turned the other way."""

    mode: str
    share: float
    sure: bool
    settled: bool


def judge(values: Sequence[int], times: Sequence[float], wants: str = NUMBER) -> GestureVerdict:
    """What sends these values (0..127) at these seconds. wants: of the control that is to be turned. Pure."""
    gaps = [sum(later - at >= bound for bound in _GAPS) for at, later in pairwise(times)]
    models: dict[str, Callable[[Sequence[int]], float]] = {
        "absolute": _fader, "relative": lambda v: _encoder("relative", v), "offset": lambda v: _encoder("offset", v),
        "sign": lambda v: _encoder("sign", v), "toggle": _button,
    }  # fmt: skip
    likely = {}
    for mode, model in models.items():
        often = _OFTEN.get(mode, _OFTEN["encoder"])
        likely[mode] = log(_PRIORS[wants][mode]) + model(values) + sum(log(often[gap]) for gap in gaps)
    best = max(likely, key=lambda mode: likely[mode])
    alone = _share(best, likely)
    codings = {mode: value for mode, value in likely.items() if mode in ("relative", "offset", "sign")}
    share = alone
    if best in codings:
        share = _share(best, {mode: v for mode, v in likely.items() if mode == best or mode not in codings})
    sure = share >= SURE and len(values) >= (2 if best == "toggle" else FEWEST)
    return GestureVerdict(best, share, sure, sure and alone >= (SURE if best in codings else CERTAIN))


def _share(mode: str, likely: Mapping[str, float]) -> float:
    """Of all probability, that of one of the kinds. likely: log-probabilities."""
    return 1 / sum(exp(max(value - likely[mode], -700)) for value in likely.values())


def _fader(values: Sequence[int]) -> float:
    """Log-likelihood: it begins anywhere, at its ends and its middle rather, and goes on much as it went."""
    first = values[0]
    total = log(0.55 / 128 + 0.3 / 8 * (first < 4 or first > 123) + 0.15 / 9 * (60 <= first <= 68))
    step = 0
    for before, value in pairwise(values):
        new = value - before
        if not new:
            total += log(0.02)
            continue
        total += log(0.05 / 255 + 0.93 * (0.6 * _near(new - step, 2 + abs(step) / 2) + 0.4 * _near(new, 6)))
        step = new
    return total


def _encoder(mode: str, values: Sequence[int]) -> float:
    """Log-likelihood: few clicks a message, the same again and again, in one direction for a while."""
    total, last = 0.0, 0
    for value in values:
        by = clicks(mode, value)
        if not by or (mode == "relative" and 64 <= value < 96):
            total += log(_NEVER)
            continue
        size = abs(by)
        if not last:
            total += log(0.5 * _clicks(size) + _NEVER)
        else:
            same = 0.93 if by * last > 0 else 0.07
            far = size - abs(last)
            total += log(same * (0.35 * (far == 0) + 0.35 * _near(far, 1.5) + 0.3 * _clicks(size)) + _NEVER)
        last = by
    return total


def _button(values: Sequence[int]) -> float:
    """Log-likelihood: a value for pressed, mostly 127, and 0; some send nothing when they are let go."""
    first = values[0]
    total = log(0.45 if first == 127 else 0.15 if first == 0 else 0.4 / 126)
    on = first
    for before, value in pairwise(values):
        if value and not on:
            total += log(0.7 if value == 127 else 0.2 / 126)
        elif before:
            total += log(0.79 if value == 0 else 0.2 if value == on else _NEVER)
        else:
            total += log(0.95 if value == on and on else 0.01 if value == 0 else _NEVER)
        on = on or value
    return total


def _clicks(size: int) -> float:
    """How probable it is that an encoder sends so many clicks at once."""
    return float(0.6 * 0.5**size + 0.3 * 0.25 * 0.75 ** (size - 1) + 0.1 * 0.61 / size**2)


def _near(far: float, scale: float) -> float:
    """Two-sided geometric distribution around 0."""
    ratio = exp(-1 / scale)
    return (1 - ratio) / (1 + ratio) * float(ratio ** abs(far))
