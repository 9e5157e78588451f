"""Look-back inputs as tables on the device: what each place says that a tree can come to, without the host.

Within a tuple no path goes on behind a bar sign, so the bars that are looked back at, the bar of the part and the part
are those of the root; only the place in the bar moves, and how long each source has agreed. Places stand in a table of
rows, `after` which is another row; what the sources say there is filled in for each root. thread: the thinker's.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from instrument.networks.folk.bar_place import BarPlace
from instrument.networks.folk.look_back import LENGTHS, LONGEST, SOURCES, LookBack, Trail
from instrument.thinking.tree.store import StoreFull

ROWS = 16_384  #: places that are held at a time


class LookTable:
    """Look-back inputs as tables on the device.

    after: [rows, vocab], the row of the place behind each token; backs: [rows, sources], what each source says
    there; place: [rows], of its input; root: [inputs], the root's rows; agreed: [sources], the root's."""

    def __init__(self, look: LookBack, device: torch.device, ends: np.ndarray, rows: int = ROWS) -> None:
        """ends: [vocab], tokens that end a tuple."""
        self.look, self._device, self._ends = look, device, ends
        vocab = look.none
        self.after = torch.zeros(rows, vocab, dtype=torch.int32, device=device)
        self.backs = torch.zeros(rows, SOURCES, dtype=torch.long, device=device)
        self.place = torch.zeros(rows, dtype=torch.long, device=device)
        self.root = torch.zeros(len(look.inputs), dtype=torch.long, device=device)
        self.agreed = torch.zeros(SOURCES, dtype=torch.long, device=device)
        self._lengths = torch.tensor([*LENGTHS, 0], device=device)
        self._first = torch.tensor(look.first, device=device)
        self._rows = rows
        self._row: dict[BarPlace, int] = {}
        self._filled: set[BarPlace] = set()
        self._told: tuple[Trail, int] | None = None

    def upload(self, trail: Trail, depth: int) -> int:
        """The row of a root's place, with all that paths of fewer than `depth` tokens need. Raises StoreFull where
        those come to more places than there are rows."""
        if self._told is None or self._told[0] is not trail or self._told[1] < depth:
            if not self._reach(trail, depth):
                self._row.clear()
                self._filled.clear()
                if not self._reach(trail, depth):
                    raise StoreFull(f"{self._rows} places in the bar are too few for a tuple of {depth}")
            self.root.copy_(torch.tensor(trail.rows))
            self.agreed.copy_(torch.tensor(trail.agreed))
            self._told = (trail, depth)
        return self._row[trail.place]

    def step(self, row: Tensor, agreed: Tensor, token: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Behind tokens [rows]: the places' rows [rows], the agreement [rows, sources], the inputs [rows, inputs].

        row: [rows] and agreed: [rows, sources] before them
        """
        none = self.look.none
        before = self.backs.index_select(0, row)
        right, silent = before == token[:, None], before == none
        counted = torch.where(right, (agreed + 1).clamp(max=LONGEST), torch.where(silent, agreed, 0))
        flat = self.after.view(-1).index_select(0, row * self.after.shape[1] + token)
        behind = flat.long()
        backs = self.backs.index_select(0, behind)
        lengths = torch.where(backs == none, 0, self._lengths[counted])
        told = self.root.expand(len(token), -1)[:, 2 * SOURCES + 1 :]
        place = self.place.index_select(0, behind)[:, None]
        looks = torch.cat((torch.cat((backs, lengths), 1) + self._first[: 2 * SOURCES], place, told), 1)
        return behind, counted, looks

    def _reach(self, trail: Trail, depth: int) -> bool:
        """Fill in what is missing; False where there are not enough rows."""
        wave, reached = [trail.place], {trail.place: None}
        for _ in range(depth - 1):
            further: dict[BarPlace, None] = {}
            for place in wave:
                behind = [place if self._ends[token] else self._after(place, token) for token in range(self.look.none)]
                if (rows := self._numbered([place, *behind])) is None:
                    return False
                if place not in self._filled:
                    self.after[rows[0]] = torch.tensor(rows[1:], dtype=torch.int32)
                    self._filled.add(place)
                further |= dict.fromkeys(behind)
            wave = [place for place in further if place not in reached]
            reached |= further
        if (rows := self._numbered(list(reached))) is None:
            return False
        where = torch.tensor(rows, device=self._device)
        self.backs[where] = torch.tensor([self.look.said(place, trail.past) for place in reached]).to(self._device)
        self.place[where] = torch.tensor([self.look.place_row(place) for place in reached]).to(self._device)
        return True

    def _after(self, place: BarPlace, token: int) -> BarPlace:
        return place.after.get(token) or self.look.places.after(place, token)

    def _numbered(self, places: list[BarPlace]) -> list[int] | None:
        """The rows of places, given out where they have none; None where there are not enough."""
        for place in places:
            if place not in self._row:
                if len(self._row) >= self._rows:
                    return None
                self._row[place] = len(self._row)
        return [self._row[place] for place in places]
