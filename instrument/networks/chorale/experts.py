"""A product of experts for one voice of a chorale: recurrent trunks, heads in the experts' frames, exponents.

Source: Sam Goree, "Taking the Product" (after Hinton's product of experts and D. D. Johnson's idea of using it so).
There each expert is a network of its own; here a `Plan` says which heads stand on which recurrent trunk. All are
trained through the product: log p = sum of e_k log p_k, renormalised.

The exponents e_k = w_k exp(g_k) depend on the place in the bar and on how the own voice and the soprano were
articulated; rest and hold have theirs, pitches theirs. A performer's exponents multiply them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from instrument.networks.chorale.features import layout
from instrument.networks.chorale.frames import FLOOR, OUTSIDE, overlay, spread
from instrument.networks.chorale.plans import ARTICULATIONS, PLACES, Plan, TrunkPlan
from instrument.networks.chorale.tokens import NAMES, ONSET

Arrays = NDArray[np.float32]
State = tuple[Tensor, Tensor]  #: h, c of one trunk, each [1, rows, hidden]


@dataclass(frozen=True, slots=True)
class Views:
    """What a voice sees, many steps at once; [steps, rows, ...] as tensors on one device.

    fields: long, row numbers of the input weights (offsets added). counts: [.., 48]. references: long [.., 6].
    gates: long [.., 2], place and articulation.
    """

    fields: Tensor
    counts: Tensor
    references: Tensor
    gates: Tensor

    def __getitem__(self, index: slice) -> Views:
        return Views(self.fields[index], self.counts[index], self.references[index], self.gates[index])


class Trunk(nn.Module):
    """One LSTM over some of the input columns, and a linear layer that feeds its heads."""

    columns: Tensor

    def __init__(self, part: TrunkPlan, columns: list[int], hidden: int, drop: float) -> None:
        super().__init__()
        self.sizes = [head.size for head in part.heads]
        self.lstm = nn.LSTM(len(columns), hidden)
        self.drop = nn.Dropout(drop)
        self.out = nn.Linear(hidden, part.outputs)
        self.register_buffer("columns", torch.tensor(columns), persistent=False)
        with torch.no_grad():  # torch's second bias is held at zero
            self.lstm.get_parameter("bias_hh_l0").requires_grad_(False).zero_()
            self.lstm.get_parameter("bias_ih_l0").zero_()[hidden : 2 * hidden] = 1.0  # the forget gate starts open
            for gate in self.lstm.get_parameter("weight_hh_l0").chunk(4):
                nn.init.orthogonal_(gate, gain=0.7)

    def forward(self, inputs: Tensor, state: State | None) -> tuple[list[Tensor], State]:
        """inputs [steps, rows, all columns] -> for each head [steps, rows, size], and the state."""
        hidden, state = self.lstm(inputs.index_select(-1, self.columns), state)
        return list(self.out(self.drop(hidden)).split(self.sizes, -1)), state

    def stored(self) -> dict[str, Tensor]:
        """Each array of `Plan.shapes` as the parameter it lies in; all but the bias are stored transposed."""
        lstm = self.lstm.get_parameter
        return {
            "input": lstm("weight_ih_l0"), "recurrent": lstm("weight_hh_l0"), "bias": lstm("bias_ih_l0"),
            "out": self.out.weight, "out_bias": self.out.bias,
        }  # fmt: skip


class ProductOfExperts(nn.Module):
    """The experts of one voice and their product.

    voice: ALTO, TENOR or BASS; drop: dropout before the heads in training; drop_in: of the fields.
    """

    def __init__(self, voice: int, plan: Plan | None = None, drop: float = 0.0, drop_in: float = 0.0) -> None:
        super().__init__()
        self.voice, self.plan, self.drop_in = voice, plan or Plan(), drop_in
        self.layout, self.heads = layout(voice), self.plan.heads(voice)
        self.trunks = nn.ModuleDict(
            {part.name: Trunk(part, part.columns(voice), self.plan.hidden, drop) for part in self.plan.parts(voice)}
        )
        self.exponents = nn.Parameter(torch.ones(len(self.heads)))
        self.gate_place = nn.Parameter(torch.zeros(PLACES, len(self.heads), 2))
        self.gate_heard = nn.Parameter(torch.zeros(ARTICULATIONS, len(self.heads), 2))
        for expert in {head.expert for head in self.heads}:
            self.register_buffer(f"overlay_{expert}", torch.from_numpy(overlay(expert)), persistent=False)
            self.register_buffer(f"spread_{expert}", torch.from_numpy(spread(expert)), persistent=False)

    def parameter_count(self) -> int:
        """Learned numbers."""
        return sum(p.numel() for p in self.parameters() if p.requires_grad)

    def inputs(self, views: Views) -> Tensor:
        """[steps, rows, columns]: the one-hot fields written out, then the counts."""
        steps, rows, _ = views.fields.shape
        size = self.layout.size
        found = views.counts.new_zeros(steps, rows, size)
        ones = torch.ones((), device=found.device)
        if self.training and self.drop_in:
            keep = torch.rand(views.fields.shape, device=found.device) >= self.drop_in
            found.scatter_(2, views.fields, keep.float() / (1 - self.drop_in))
        else:
            found.scatter_(2, views.fields, ones.expand(views.fields.shape))
        found[..., size - views.counts.shape[-1] : size] = views.counts
        return found

    def experts(self, views: Views, state: list[State] | None = None) -> tuple[Tensor, list[State]]:
        """Each head's log-probabilities over the 58 tokens, [steps, rows, heads, 58], and the state.

        Normalised in the head's own frame. What falls outside the 58 tokens is lost, what lies outside the
        frame has OUTSIDE nats: their exponentials need not add up to one. The product does not mind.
        """
        inputs = self.inputs(views)
        states: list[State] = []
        spoken: list[Tensor] = []
        for index, trunk in enumerate(self.trunks.values()):
            raws, new = trunk(inputs, None if state is None else state[index])
            states.append(new)
            spoken += [self._laid_over(len(spoken) + i, raw, views.references) for i, raw in enumerate(raws)]
        return torch.stack(spoken, 2), states

    def _laid_over(self, index: int, raw: Tensor, references: Tensor) -> Tensor:
        """A head's raw outputs [steps, rows, size] as log-probabilities of tokens [steps, rows, 58]."""
        head = self.heads[index]
        logs = torch.log_softmax(raw, -1)
        padded = torch.cat([logs, logs.new_full((*logs.shape[:-1], 1), OUTSIDE)], -1)
        where = self.get_buffer(f"overlay_{head.expert}")[references[..., head.reference]]
        return padded.gather(-1, where) + self.get_buffer(f"spread_{head.expert}")

    def effective(self, gates: Tensor) -> Tensor:
        """The exponents at these gates [..., 2]: [..., heads, 2], for rest and hold, and for pitches."""
        bent = self.gate_place[gates[..., 0]] + self.gate_heard[gates[..., 1]]
        return self.exponents[:, None] * torch.exp(bent)

    def multiply(self, spoken: Tensor, gates: Tensor, live: Tensor | None = None, temperature: float = 1.0) -> Tensor:
        """The product's log-probabilities [steps, rows, 58] of what the heads said [steps, rows, heads, 58].

        live: [heads], a performer's exponents, which multiply the learned; a head's temperature t is an
        exponent of 1/t. A head turned around (below zero) is floored, so that it breaks its rule and not all
        bounds. temperature: of the whole product, > 0.
        """
        exponents = self.effective(gates)
        if live is not None:
            exponents = exponents * live[:, None]
            spoken = torch.where((live < 0)[:, None], spoken.clamp(min=FLOOR), spoken)
        rest_hold, pitches = exponents[..., :1], exponents[..., 1:]  # [.., heads, 1]
        summed = torch.cat([(spoken[..., :ONSET] * rest_hold).sum(-2), (spoken[..., ONSET:] * pitches).sum(-2)], -1)
        return torch.log_softmax(summed / temperature, -1)

    def forward(
        self, views: Views, state: list[State] | None = None, live: Tensor | None = None,
        temperature: float = 1.0,
    ) -> tuple[Tensor, list[State]]:  # fmt: skip
        """The product's log-probabilities [steps, rows, 58] and the state to go on from."""
        spoken, state = self.experts(views, state)
        return self.multiply(spoken, views.gates, live, temperature), state

    def arrays(self) -> dict[str, Arrays]:
        """The learned numbers in float32, by the names and in the shapes of `Plan.shapes`."""
        return {name: _turned(name, tensor).detach().cpu().numpy().copy() for name, tensor in self._stored().items()}

    @torch.no_grad()
    def fill(self, arrays: dict[str, Arrays]) -> None:
        """Take over such arrays; shapes must fit (they are checked where they are read)."""
        for name, tensor in self._stored().items():
            tensor.copy_(_turned(name, torch.from_numpy(arrays[name])))

    def _stored(self) -> dict[str, Tensor]:
        voiced = NAMES[self.voice]
        found = {
            f"{voiced}.{name}.{kind}": tensor
            for name, trunk in self.trunks.items() if isinstance(trunk, Trunk)
            for kind, tensor in trunk.stored().items()
        }  # fmt: skip
        gates = {"exponents": self.exponents, "gate_place": self.gate_place, "gate_heard": self.gate_heard}
        return found | {f"{voiced}.{name}": tensor for name, tensor in gates.items()}


def _turned(name: str, tensor: Tensor) -> Tensor:
    """torch keeps matrices [out, in]; on disk they are [in, out], so that an input is a row."""
    return tensor.t() if name.rsplit(".", 1)[1] in ("input", "recurrent", "out") else tensor


def live_exponents(product: ProductOfExperts, faders: dict[str, float]) -> Tensor:
    """[heads]: each head has its expert's fader, -1..2; an expert that is not named stands at 1."""
    return torch.tensor([faders.get(head.expert, 1.0) for head in product.heads])
