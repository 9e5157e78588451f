"""Choir between two styles: the voices with weights that are mixed anew when a performer turns from Bach to hymns.

Ahead of time the mixture is worked out at once; under live keys in pieces, between the keys, so that none is late.
What has sounded and how the recurrent states stand stays as it is: only what comes is chosen otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Thread

from instrument.networks.chorale.cadence import CadenceExpert
from instrument.networks.chorale.numpy_step import ProductStep
from instrument.networks.chorale.styles import Styles
from instrument.networks.weight_files import WeightsError
from instrument.thinking.voices.choir import Choir

STEPS = 256  #: mixtures from Bach to hymns; what a wheel or a page sends lies within half of one
NONE_THERE = "these weights have no hymns' set beside them; the voices stay at style 0. Run: lilt train hymns FOLDER"


class StyledChoir(Choir):
    """The lower voices at style 0, and what every other is mixed from. thread: one at a time."""

    def __init__(
        self, models: Mapping[int, ProductStep], cadence: CadenceExpert | None, load: Callable[[], Styles | None]
    ) -> None:
        """models: at style 0. load: the two sets, None where there is one; asked once, when another style is."""
        super().__init__(models, cadence)
        self._said = ""  # one line that is still to be told, or ""
        self._lacks = ""  # what is to be told once another style is asked for
        self._load: Callable[[], Styles | None] | None = load
        self._styles: Styles | None = None
        self._newest: tuple[float, Choir] = (0.0, self)

    @property
    def styles(self) -> Styles | None:
        """The two sets. Of those that cannot be read it is told once a style is asked for; it stays Bach's."""
        self._read()
        return self._styles

    def at(self, style: float) -> Choir:
        style = nearest(style)
        if style == 0:
            return self
        if (styles := self.styles) is None:
            self._said, self._lacks = self._lacks or self._said, ""
            return self
        if self._newest[0] != style:
            self._newest = style, Choir(styles.steps(self.models, style), self.cadence)
        return self._newest[1]

    def coming(self, style: float) -> Iterator[Choir | None]:
        """`at` in pieces. The sets are read beside it, in a thread that ends with them."""
        style = nearest(style)
        if style and self._load is not None:
            reading = Thread(target=self._read, name="styles", daemon=True)
            reading.start()
            while reading.is_alive():
                yield None
        if style == 0 or self._styles is None or self._newest[0] == style:
            yield self.at(style)
            return
        for found in self._styles.pieces(self.models, style):
            if found is None:
                yield None
            else:
                self._newest = style, Choir(found, self.cadence)
                yield self._newest[1]

    def read_ahead(self) -> None:
        self._read()
        if self._styles is not None:
            self.at(0.5)  # whatever is mixed later takes this one's memory

    def told(self) -> str:
        line, self._said = self._said, ""
        return line

    def _read(self) -> None:
        if self._load is None:
            return
        try:
            self._styles = self._load()
            self._lacks = "" if self._styles else NONE_THERE
        except WeightsError as error:
            self._lacks = f"{error}; the voices stay at style 0"
        except Exception as error:  # whatever it is, the voices go on
            self._lacks = f"the hymns' weights cannot be read ({error}); the voices stay at style 0"
        self._load = None


class StyleTurn:
    """Turn of the style under live keys: what is worked out between keys, and the choir that sings the next step.

    Turned faster than mixtures are made, the newest place is the one made next. thread: the accompanist's.
    """

    def __init__(self, choir: Choir, style: float) -> None:
        """Stands at `style` at once."""
        self._every, self.now = choir, choir.at(style)  #: now: the choir for steps that come
        self._stands = self._wanted = self._making = nearest(style)
        self._work: Iterator[Choir | None] | None = None

    @property
    def busy(self) -> bool:
        """Whether there is a piece of work left."""
        return self._stands != self._wanted

    def turn(self, style: float) -> None:
        """The control stands here now."""
        self._wanted = nearest(style)

    def work(self) -> bool:
        """Do one piece, a millisecond; whether `now` is another choir by it."""
        if not self.busy:
            return False
        if self._work is None:
            self._making = self._wanted
            self._work = self._every.coming(self._making)
        found = next(self._work)
        if found is None:
            return False
        self.now, self._stands, self._work = found, self._making, None
        return True

    def told(self) -> str:
        """One line for people, once, or ""."""
        return self._every.told()


def nearest(style: float) -> float:
    """The style that is mixed: on a scale of STEPS. Pure."""
    return round(min(max(style, 0.0), 1.0) * STEPS) / STEPS
