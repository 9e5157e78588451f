"""An opening: the first bars of a tune, written in a patch, from which the model goes on.

It is written in folk-rnn's notation, tokens separated by spaces, on C in the mode of the patch's key. It holds
whole bars, behind a pick-up perhaps, so that whatever follows starts on a bar line.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from instrument.music.key import Key
from instrument.music.meter import Meter
from instrument.music.ticks import EIGHTH
from instrument.music.tokens.bars import Misspelt, Tune, read_tune
from instrument.music.tokens.tokens import BARS

FEWEST_BARS = 4


@lru_cache(maxsize=2048)
def read_opening(text: str, meter: Meter, key: Key) -> tuple[str, ...]:
    """The tokens of an opening, without `M:` and `K:`. Pure; remembered, since a patch has a hundred.

    Raises ValueError, saying what is wrong, unless it reads as music, ends in `|`, repeats nothing (a `|:` may
    open it), and has at least four bars, each as long as the meter says; a pick-up of half a bar may come first.
    """
    tokens = tuple(text.split())
    tune = _read((f"M:{meter}", f"K:C{key.mode}", *tokens))
    inner = tokens[1:] if tokens[:1] == ("|:",) else tokens
    if strange := [token for token in inner if token in BARS and token != "|"]:
        raise ValueError(f'"{strange[0]}" has no place in an opening; separate its bars with "|"')
    if tokens[-1:] != ("|",):
        raise ValueError('must end in a bar line, "|"')
    lengths = [measure.length for measure in tune.measures]
    led = bool(lengths) and lengths[0] <= meter.bar // 2  # by a pick-up
    wrong = [i for i, length in enumerate(lengths) if length != meter.bar and not (led and i == 0)]
    if wrong:
        raise ValueError(f"bar {wrong[0] + 1} has {_eighths(lengths[wrong[0]])} eighth notes; "
                         f"a bar of {meter} has {_eighths(meter.bar)}")  # fmt: skip
    if len(lengths) - led < FEWEST_BARS:
        raise ValueError(f"has {len(lengths) - led} bars; it needs at least {FEWEST_BARS}")
    return tokens


def _read(texts: tuple[str, ...]) -> Tune:
    try:
        return read_tune(texts)
    except Misspelt as error:
        place = " (M: and K: are the first two)" if "token" in str(error) else ""
        raise ValueError(f"{error}{place}") from None


def _eighths(ticks: int) -> str:
    return str(Fraction(ticks, EIGHTH))
