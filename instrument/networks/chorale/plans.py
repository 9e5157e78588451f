"""Layout of a product of experts: which networks it has, and the names of their weights on disk. Without torch.

"shared" is one recurrent trunk that hears everything and carries all heads: that is what plays. "separate" is
the seed's: a network for each expert, hearing only that expert's fields, the beat's and the melody ahead;
"seed" has its first four alone. "single" and "single-metre" are the plain rival: one LSTM, one absolute head. An
expert's name is that expert alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from instrument.music.chorale.experts import EXPERTS
from instrument.networks.chorale.features import layout
from instrument.networks.chorale.frames import Head, heads
from instrument.networks.chorale.tokens import CHAIN, NAMES

PLACES, ARTICULATIONS = 25, 9  #: rows of the gates
SEEDS = ("absolute", "spacing", "contour", "beat")  #: the experts of Goree's product
FIRST = (*SEEDS, "chord", "key")  #: those of weights whose card names none


@dataclass(frozen=True, slots=True)
class TrunkPlan:
    """One recurrent network: its name, the groups of fields it hears, the heads it carries."""

    name: str
    hears: tuple[str, ...]
    heads: tuple[Head, ...]

    def columns(self, voice: int) -> list[int]:
        """Which rows of the voice's layout it hears, in order."""
        return layout(voice).rows_of(self.hears)

    @property
    def outputs(self) -> int:
        return sum(head.size for head in self.heads)


@dataclass(frozen=True, slots=True)
class Plan:
    """Layout of a product of experts.

    name: as above. hidden: units a trunk. experts: that there are, by name, in the order of EXPERTS.
    """

    name: str = "shared"
    hidden: int = 192
    experts: tuple[str, ...] = tuple(EXPERTS)

    def parts(self, voice: int) -> tuple[TrunkPlan, ...]:
        """Raises ValueError for an unknown name, and for one that needs experts which there are not."""
        found = self._parts(voice)
        if not all(part.heads for part in found):
            raise ValueError(f'the plan "{self.name}" needs other experts than {", ".join(self.experts) or "none"}')
        return found

    def _parts(self, voice: int) -> tuple[TrunkPlan, ...]:
        every = tuple(head for head in heads(voice) if head.expert in self.experts)
        alone = {e: tuple(h for h in every if h.expert == e) for e in EXPERTS}
        if self.name == "shared":
            return (TrunkPlan("trunk", self.groups, every),)
        if self.name == "separate":
            return tuple(TrunkPlan(e, _hears(e), alone[e]) for e in self.experts)
        if self.name == "seed":
            return tuple(TrunkPlan(e, _hears(e), alone[e]) for e in SEEDS)
        if self.name == "single":
            return (TrunkPlan("trunk", self.groups, alone["absolute"]),)
        if self.name == "single-metre":
            return (TrunkPlan("trunk", ("absolute", "beat", "ahead"), alone["absolute"]),)
        if self.name in self.experts:
            return (TrunkPlan(self.name, _hears(self.name), alone[self.name]),)
        raise ValueError(f'"{self.name}" is no plan of experts')

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of fields that these experts see between them."""
        return (*self.experts, "ahead")

    def heads(self, voice: int) -> tuple[Head, ...]:
        """All heads, trunk after trunk: the order of the exponents."""
        return tuple(head for part in self.parts(voice) for head in part.heads)

    def shapes(self, voice: int) -> dict[str, tuple[int, ...]]:
        """Name and shape of each array of a voice's weights.

        TRUNK.input: [columns, 4 hidden], a row for each one-hot or count; TRUNK.recurrent: [hidden, 4 hidden];
        TRUNK.bias: [4 hidden], gates in the order input, forget, cell, output; TRUNK.out: [hidden, outputs] and
        TRUNK.out_bias: the heads side by side; exponents: [heads]; gate_place: [25, heads, 2] and gate_heard:
        [9, heads, 2] (own kind x 3 + soprano's kind), for rest and hold, then for pitches: exponent =
        exponents x exp(gate_place + gate_heard).
        """
        voiced, count = NAMES[voice], len(self.heads(voice))
        found: dict[str, tuple[int, ...]] = {}
        for part in self.parts(voice):
            stem, wide = f"{voiced}.{part.name}", 4 * self.hidden
            found[f"{stem}.input"] = (len(part.columns(voice)), wide)
            found[f"{stem}.recurrent"] = (self.hidden, wide)
            found[f"{stem}.bias"] = (wide,)
            found[f"{stem}.out"] = (self.hidden, part.outputs)
            found[f"{stem}.out_bias"] = (part.outputs,)
        found[f"{voiced}.exponents"] = (count,)
        found[f"{voiced}.gate_place"] = (PLACES, count, 2)
        found[f"{voiced}.gate_heard"] = (ARTICULATIONS, count, 2)
        return found


def _hears(expert: str) -> tuple[str, ...]:
    return tuple(group for group in (*EXPERTS, "ahead") if group in (expert, "beat", "ahead"))


def described(plan: Plan) -> list[str]:
    """Everything that weights depend on, a line each: fields, counts and heads of every voice in the chain. Fields of
    experts that are not the plan's do not count."""
    lines = [f"{plan.name} {plan.hidden} 0"]  # 0: random inputs, which weights had once
    for voice in CHAIN:
        laid = layout(voice).of(plan.groups)
        lines += [f"{NAMES[voice]} {f.group} {f.name} {f.size} {f.offset}" for f in laid.fields]
        lines += [f"{NAMES[voice]} {group} {name} 12 {offset}" for name, group, offset in laid.counts]
        lines += [f"{NAMES[voice]} {h.name} {h.size} {h.reference}" for h in plan.heads(voice)]
    return lines
