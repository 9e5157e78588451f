"""folk-rnn v2: one-hot in, three LSTM layers of 512 units, softmax over 137 tokens out.

Source: seed 000, part 9 (the equations) and Sturm's MuMe 2018 paper (the sizes; 5,599,881 parameters).
Two paths compute the same thing: `sequence` for training and priming, `Stepper.step` for live use. A state
is one tensor [beams, layers, 2, hidden] (h, then c), so that keeping or rewinding to one is a single copy.
Gates stand in the order input, forget, cell, output.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

LAYERS, HIDDEN = 3, 512


class FolkRNN(nn.Module):
    """vocab: tokens; hidden: units a layer; layers: how many; drop: dropout between layers in training.

    torch's second bias of each layer is held at zero and not learned: folk-rnn has one.
    """

    initial: Tensor

    def __init__(
        self, vocab: int = 137, hidden: int = HIDDEN, layers: int = LAYERS, drop: float = 0.0
    ) -> None:
        super().__init__()
        self.vocab, self.hidden, self.layers = vocab, hidden, layers
        self.lstm = nn.LSTM(vocab, hidden, layers, dropout=drop)
        self.drop = nn.Dropout(drop)
        self.out = nn.Linear(hidden, vocab)
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

    def _lstm(self, name: str) -> Tensor:
        return self.lstm.get_parameter(name)

    def parameter_count(self) -> int:
        """Learned numbers: 5,599,881 at the default sizes."""
        return sum(p.numel() for p in self.parameters() if p.requires_grad)

    def start(self, beams: int = 1) -> Tensor:
        """The state before any token, [beams, layers, 2, hidden]."""
        return self.initial.expand(beams, -1, -1, -1).clone()

    def sequence(self, tokens: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits after every token of whole sequences, and the state after the last.

        tokens: [steps, beams] integers; state: [beams, layers, 2, hidden], `start` by default
        returns: logits [steps, beams, vocab]; state [beams, layers, 2, hidden]
        """
        state = self.start(tokens.shape[1]) if state is None else state
        h, c = state.permute(2, 1, 0, 3).contiguous()  # each [layers, beams, hidden]
        one_hot = nn.functional.one_hot(tokens, self.vocab).to(state.dtype)
        hidden, last = self.lstm(one_hot, (h, c))
        return self.out(self.drop(hidden)), torch.stack(last).permute(2, 1, 0, 3).contiguous()


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
        self.rows = weight("weight_ih_l0") + bias[0]  # [vocab, 4 hidden]
        self.recurrent = weight("weight_hh_l0")  # [hidden, 4 hidden]
        self.fused = [
            torch.cat((weight(f"weight_ih_l{k}"), weight(f"weight_hh_l{k}"))) for k in range(1, model.layers)
        ]  # each [2 hidden, 4 hidden]
        self.bias = bias[1:]
        self.w_out = model.out.weight.detach().t().contiguous()  # [hidden, vocab]
        self.b_out = model.out.bias.detach().clone()

    def start(self, beams: int = 1) -> Tensor:
        """The state before any token, [beams, layers, 2, hidden]."""
        return self.initial.expand(beams, -1, -1, -1).clone()

    @torch.inference_mode()
    def step(self, tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One token for each beam: logits [beams, vocab] and the new state. The old state is left as it was.

        tokens: [beams]; state: [beams, layers, 2, hidden]. thread: the thinker's.
        """
        new = torch.empty_like(state)
        x = self.rows[tokens]  # [beams, 4 hidden]
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
        return torch.addmm(self.b_out, x, self.w_out), new
