"""folk-rnn v2: one-hot in, three LSTM layers of 512 units, softmax over 137 tokens out.

Source: Sturm, "Making sense of the folk-rnn v2 model", part 9 (the equations) and Sturm's MuMe 2018 paper (the sizes;
5,599,881 parameters). Two paths compute the same thing: `sequence` for training and priming, `Stepper.step` for live
use. A state is one tensor [beams, layers, 2, hidden] (h, then c), so that keeping or rewinding to one is a single
copy. Gates stand in the order input, forget, cell, output.

With look-back inputs (`instrument.networks.folk.look_back`; folk-rnn has none) a step is told rows of a table besides
its token: they are summed into layer 1's gates as the token's own row is, and into what comes out, where each source
also has a weight by which the token that it names is the more expected.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from instrument.networks.folk.look_back import SOURCES, LookBack
from instrument.networks.folk.look_back_step import LookBackInputs, Trails, rows_of, said_again, told_rows

__all__ = ["HIDDEN", "LAYERS", "FolkRNN", "Stepper", "Trails", "rows_of", "told_rows"]
LAYERS, HIDDEN = 3, 512
#: Routines that oneDNN keeps, which compiles a score of them for every length that a sequence has. It would keep 1,024:
#: each length that is read adds half a megabyte, for an hour. To make them anew costs nothing that can be measured.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "64")


class FolkRNN(nn.Module):
    """LSTM model of folk tunes.

    vocab: tokens; hidden: units a layer; layers: how many; drop: dropout between layers in training; look: of the
    vocabulary, for a model with look-back inputs.

    torch's second bias of each layer is held at zero and not learned: folk-rnn has one.
    """

    initial: Tensor

    def __init__(
        self, vocab: int = 137, hidden: int = HIDDEN, layers: int = LAYERS, drop: float = 0.0,
        look: LookBack | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.vocab, self.hidden, self.layers, self.look = vocab, hidden, layers, look
        self.lstm = nn.LSTM(vocab + (look.size if look else 0), hidden, layers, dropout=drop)
        self.drop = nn.Dropout(drop)
        self.out = nn.Linear(hidden, vocab + (SOURCES if look else 0))  # behind the tokens, the sources' weights
        #: what each row adds to what comes out, [rows, vocab + sources]
        self.told = nn.Parameter(torch.zeros(look.size, vocab + SOURCES)) if look else None
        # Not counted among the parameters: zero here, learned in some imported checkpoints.
        self.register_buffer("initial", torch.zeros(layers, 2, hidden))
        for layer in range(layers):
            second = getattr(self.lstm, f"bias_hh_l{layer}")
            second.requires_grad_(False).zero_()

    @torch.no_grad()
    def reset(self) -> None:
        """Fresh weights. Large input gains leave the plateau of token frequencies early (docs/LOG.md)."""
        nn.init.normal_(self._lstm("weight_ih_l0"), std=1.0)
        for layer in range(self.layers):
            if layer:
                nn.init.xavier_uniform_(self._lstm(f"weight_ih_l{layer}"), gain=3.0)
            recurrent = self._lstm(f"weight_hh_l{layer}")
            for gate in recurrent.chunk(4):
                nn.init.orthogonal_(gate, gain=0.7)
            bias = self._lstm(f"bias_ih_l{layer}").zero_()
            bias[self.hidden : 2 * self.hidden] = 1.0  # the forget gate starts open
        if self.look:
            self._lstm("weight_ih_l0")[:, self.vocab :] = 0.0  # as if nothing were told
            self.out.weight[self.vocab :], self.out.bias[self.vocab :] = 0.0, 0.0

    @torch.no_grad()
    def begin(self, plain: FolkRNN) -> None:
        """As a model of the same size without look-back inputs is, so far: it expects exactly the same."""
        own = self.state_dict()
        for name, tensor in plain.state_dict().items():
            wide = own[name]
            wide.zero_()
            wide[tuple(slice(size) for size in tensor.shape)] = tensor

    def _lstm(self, name: str) -> Tensor:
        return self.lstm.get_parameter(name)

    def parameter_count(self) -> int:
        """Learned numbers: 5,599,881 at the default sizes."""
        return sum(p.numel() for p in self.parameters() if p.requires_grad)

    def start(self, beams: int = 1) -> Tensor:
        """The state before any token, [beams, layers, 2, hidden]."""
        return self.initial.expand(beams, -1, -1, -1).clone()

    def sequence(
        self, tokens: Tensor, state: Tensor | None = None, rows: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Logits after every token of whole sequences, and the state after the last.

        tokens: [steps, beams] integers; state: [beams, layers, 2, hidden], `start` by default; rows: [steps, beams,
        inputs], the look-back inputs, by default those of tunes that begin here. Raises ValueError for a state without
        them.
        returns: logits [steps, beams, vocab]; state [beams, layers, 2, hidden]
        """
        if rows is None and self.look:
            if state is not None:
                raise ValueError("a sequence that goes on needs its look-back inputs; give their rows")
            rows = rows_of(self.look, tokens)
        state = self.start(tokens.shape[1]) if state is None else state
        h, c = state.permute(2, 1, 0, 3).contiguous()  # each [layers, beams, hidden]
        hidden, last = self.lstm(self.given(tokens, rows, state.dtype), (h, c))
        logits = self.expected(self.out(self.drop(hidden)), rows)
        return logits, torch.stack(last).permute(2, 1, 0, 3).contiguous()

    def given(self, tokens: Tensor, rows: Tensor | None, dtype: torch.dtype) -> Tensor:
        """What layer 1 is given: ones where the tokens [steps, beams] and their rows stand, zeros elsewhere."""
        if rows is None:
            return nn.functional.one_hot(tokens, self.vocab).to(dtype)
        places = torch.cat((tokens[..., None], rows + self.vocab), -1)
        blank = torch.zeros(*tokens.shape, self.lstm.input_size, dtype=dtype, device=tokens.device)
        return blank.scatter_(-1, places, 1.0)

    def expected(self, out: Tensor, rows: Tensor | None) -> Tensor:
        """Logits [..., vocab] from what comes out [..., vocab + sources] and the look-back inputs [..., inputs]."""
        if rows is None or self.told is None or self.look is None:
            return out
        told = nn.functional.embedding_bag(rows.flatten(0, -2), self.told, mode="sum").view(*rows.shape[:-1], -1)
        return said_again(out + told.to(out.dtype), self.look, rows)


class Stepper:
    """Single steps of a FolkRNN, one matrix product a layer, weights laid out once.

    At batch 1 on one CPU thread this takes a sixth to a tenth of the time of torch.nn.LSTM, which packs its weights
    anew on every call, and 0.85 of weights laid out the other way (docs/LOG.md). Built after the weights are
    final; later changes to them are not seen.
    """

    def __init__(self, model: FolkRNN) -> None:
        def weight(name: str) -> Tensor:
            return model.lstm.get_parameter(name).detach().t().contiguous()

        self.layers, self.hidden, self.vocab = model.layers, model.hidden, model.vocab
        self.initial = model.initial.detach().clone()
        bias = [
            (model.lstm.get_parameter(f"bias_ih_l{k}") + model.lstm.get_parameter(f"bias_hh_l{k}")).detach()
            for k in range(model.layers)
        ]
        # One-hot times a matrix is a row of it: layer 1's input product is a look-up.
        every = weight("weight_ih_l0")
        self.rows = every[: self.vocab] + bias[0]  # [vocab, 4 hidden]
        self.look = model.look
        self.told = None if model.told is None else LookBackInputs(every[self.vocab :], model.told.detach(), model.look)
        self.recurrent = weight("weight_hh_l0")  # [hidden, 4 hidden]
        self.fused = [
            torch.cat((weight(f"weight_ih_l{k}"), weight(f"weight_hh_l{k}"))) for k in range(1, model.layers)
        ]  # each [2 hidden, 4 hidden]
        self.bias = bias[1:]
        self.w_out = model.out.weight.detach().t().contiguous()  # [hidden, vocab], and the sources behind them
        self.b_out = model.out.bias.detach().clone()

    def start(self, beams: int = 1) -> Tensor:
        """The state before any token, [beams, layers, 2, hidden]."""
        return self.initial.expand(beams, -1, -1, -1).clone()

    def trails(self, beams: int = 1) -> Trails:
        """Where look-back inputs stand before any token, [beams]; for a model without, nothing, as many times."""
        trails = np.empty(beams, object)
        trails[:] = self.look.start if self.look else None
        return trails

    def follow(self, trails: Trails, tokens: Tensor) -> Trails:
        """The trails [beams] behind one token each."""
        if self.look is None:
            return trails
        behind = np.empty(len(trails), object)
        behind[:] = [self.look.after(trail, token) for trail, token in zip(trails, tokens.tolist(), strict=True)]
        return behind

    def walk(self, tokens: Sequence[int]) -> tuple[Tensor, Tensor, Trails]:
        """Logits [1, vocab], state and trail behind one tune's first tokens, one at least."""
        state, trails, logits = self.start(), self.trails(), torch.zeros(1, self.vocab)
        for token in tokens:
            trails = self.follow(trails, torch.tensor([token]))
            logits, state = self.step(torch.tensor([token], device=state.device), state, trails)
        return logits, state, trails

    @torch.inference_mode()
    def step(self, tokens: Tensor, state: Tensor, trails: Trails | None = None) -> tuple[Tensor, Tensor]:
        """One token for each beam: logits [beams, vocab] and the new state. The old state is left as it was.

        tokens: [beams]; state: [beams, layers, 2, hidden]; trails: [beams], behind these tokens, which a model with
        look-back inputs needs (ValueError). thread: the thinker's.
        """
        new = torch.empty_like(state)
        x = self.rows[tokens]  # [beams, 4 hidden]
        looks = told_rows(self.look, trails, x.device)
        said = self.told.sums(looks) if self.told and looks is not None else None
        if said:
            x = x + said[0]
        for layer in range(self.layers):
            h, c = state[:, layer, 0], state[:, layer, 1]
            if layer == 0:
                gates = torch.addmm(x, h, self.recurrent)
            else:
                gates = torch.addmm(self.bias[layer - 1], torch.cat((x, h), dim=1), self.fused[layer - 1])
            i, f, g, o = gates.view(-1, 4, self.hidden).unbind(1)  # each [beams, hidden]
            cell = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            x = torch.sigmoid(o) * torch.tanh(cell)
            new[:, layer, 0], new[:, layer, 1] = x, cell
        out = torch.addmm(self.b_out, x, self.w_out)
        if self.told is None or said is None or looks is None:
            return out, new
        return self.told.expected(out + said[1], looks), new
