"""Hands on controllers, at random: what faders, encoders of each coding, buttons and knobs of fourteen bits send."""

from __future__ import annotations

import random
from collections.abc import Iterator

Sent = tuple[float, int, int]  #: seconds, controller, value
NUMBER = 74


def _times(rng: random.Random, count: int, gap: float) -> list[float]:
    at, found = 0.0, []
    for _ in range(count):
        found.append(at)
        at += max(0.001, rng.gauss(gap, gap / 4))
    return found


def fader(rng: random.Random, number: int = NUMBER, high: int = 127) -> list[Sent]:
    """From an end, the middle or anywhere, to anywhere else and perhaps back; it trembles and seldom repeats itself."""
    place = float(rng.choice((0, 0, 1, 127, 127, 126, 64, 63, 65, rng.randint(0, 127), rng.randint(0, 127))))
    values = [round(place)]
    for _ in range(rng.randint(1, 3)):
        goal = place
        while abs(goal - place) < 12:
            goal = rng.choice((0, 127, rng.randint(0, 127)))
        speed = rng.choice((1, 1, 1.5, 2, 3, 5, 8, 14, 30))
        while abs(goal - place) > 0.5:
            step = min(speed * rng.uniform(0.6, 1.4), abs(goal - place))
            place += step if goal > place else -step
            value = min(127, max(0, round(place) + (rng.choice((-1, 1)) if rng.random() < 0.04 else 0)))
            if value != values[-1] or rng.random() < 0.01:
                values.append(value)
    times = _times(rng, len(values), rng.uniform(0.004, 0.06))
    return [(at, number, value) for at, value in zip(times, values, strict=True)]


def encoder(rng: random.Random, coding: str) -> list[Sent]:
    """One way, the other way, perhaps often; a click a message, more where it is spun."""
    sent: list[Sent] = []
    at, way = 0.0, rng.choice((-1, 1))
    for _ in range(rng.randint(2, 5)):
        spun, gap = rng.choice((0.1, 0.3, 1.0, 2.5)), rng.choice((0.008, 0.02, 0.05, 0.15))
        for _ in range(rng.randint(4, 25)):
            by = way * min(15, 1 + int(rng.expovariate(1 / spun)))
            sent.append((at, NUMBER, coded(coding, by)))
            at += max(0.001, rng.gauss(gap, gap / 3))
        way = -way
        at += rng.uniform(0.05, 0.5)
    return sent


def coded(coding: str, by: int) -> int:
    """Clicks as an encoder sends them."""
    if coding == "offset":
        return 64 + by
    if coding == "sign":
        return by if by > 0 else 64 - by
    return by % 128


def button(rng: random.Random) -> list[Sent]:
    """Pressed and let go; or on with a press and off with the next."""
    sent, at = [], 0.0
    latching, on = rng.random() < 0.4, rng.choice((127, 127, 127, 100, 64))
    for _ in range(rng.randint(2, 6)):
        sent += [(at, NUMBER, on)]
        at += rng.uniform(0.25, 1.5) if latching else rng.uniform(0.05, 0.4)
        sent += [(at, NUMBER, 0)]
        at += rng.uniform(0.25, 1.5)
    return sent


def fourteen(rng: random.Random) -> list[Sent]:
    """The upper seven bits, then the lower, of a fader's places."""
    sent: list[Sent] = []
    for at, _, value in fader(rng):
        sent += [(at, 16, value), (at + 0.0005, 48, rng.randint(0, 127))]
    return sent


def nrpn(rng: random.Random) -> list[Sent]:
    """A parameter chosen once or each time, then its upper seven bits, and perhaps the lower."""
    sent: list[Sent] = []
    every, fine = rng.random() < 0.5, rng.random() < 0.5
    for place, (at, _, value) in enumerate(fader(rng)):
        if every or not place:
            sent += [(at, 99, 5), (at, 98, 17)]
        sent += [(at, 6, value)]
        if fine:
            sent += [(at, 38, rng.randint(0, 127))]
    return sent


def corpus(count: int, seed: int) -> Iterator[tuple[str, str, list[Sent]]]:
    """(kind, mode, what is sent) of so many gestures."""
    rng = random.Random(seed)
    for _ in range(count):
        mode = rng.choice(("absolute", "absolute", "absolute", "relative", "offset", "sign", "toggle", "cc14", "nrpn"))
        if mode in ("relative", "offset", "sign"):
            yield "cc", mode, encoder(rng, mode)
        elif mode in ("cc14", "nrpn"):
            yield mode, "absolute", fourteen(rng) if mode == "cc14" else nrpn(rng)
        else:
            yield "cc", mode, button(rng) if mode == "toggle" else fader(rng)
