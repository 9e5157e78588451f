"""Import of an original folk-rnn checkpoint: `folkrnn_v2.pkl`, as Theano and Lasagne left it.

The file is a Python 2 pickle of a dict with `token2idx` and `param_values`. The latter holds, in the order of
Lasagne's `LSTMLayer`: the input embedding (the identity, for one-hot input; it may be missing, and one that was
learned is multiplied into the first layer); then fourteen arrays a layer: W_in, W_hid and b of the input gate,
forget gate, cell and output gate, the initial cell, the initial hidden; last the output's W and b.
Lasagne multiplies rows by matrices, torch the other way round: hence the transposes. The file is read by
`instrument.networks.folk.pickles`, which runs nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.pickles import MOST_BYTES, Array, Unreadable
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.folk.vocabulary_file import numbered, read_checkpoint, unusable
from instrument.networks.weight_files import Card

PER_LAYER = 14
_TYPES = {"f4": torch.float32, "f8": torch.float64}


def import_checkpoint(path: Path) -> tuple[FolkRNN, Vocabulary, Card]:
    """The model (initial state filled in), the vocabulary in the checkpoint's own order, and a card to `save`.

    Raises WeightsError, one line: file, fault, likely fix. blocks: on the disk, about a second. thread: any.
    """
    try:
        model, vocabulary = _built(read_checkpoint(path))
    except Unreadable as error:
        raise unusable(path, error) from None
    card: Card = {
        "name": f"folk-rnn, imported from {path.name}",
        "vocabulary": list(vocabulary.texts),
        "source": f"Imported from {path.name}; what it was trained on, and its terms, are its author's to say.",
    }
    return model.eval(), vocabulary, card


def _built(found: dict[str, Any]) -> tuple[FolkRNN, Vocabulary]:
    vocabulary = numbered(found["token2idx"])
    values = found["param_values"]
    if not isinstance(values, list | tuple):
        raise Unreadable("its param_values is not a list of arrays")
    layers, extra = divmod(len(values) - 2, PER_LAYER)
    if layers < 1 or extra > 1:
        raise Unreadable(
            f"has {len(values)} arrays where {PER_LAYER} a layer and 2 or 3 more belong "
            "(LSTM layers with peepholes have 17 and cannot be imported)"
        )
    if sum(len(value.raw) for value in values if isinstance(value, Array)) > MOST_BYTES:
        raise Unreadable("its arrays are larger than any folk-rnn's")
    arrays = [_tensor(value, f"param_values[{i}]") for i, value in enumerate(values)]
    embedding = arrays.pop(0) if extra else torch.eye(len(vocabulary))
    hidden = arrays[2].numel()
    _expect(embedding, (len(vocabulary), embedding.shape[-1] if embedding.dim() else 0), "the embedding")
    if not 1 <= hidden <= 4096 or layers > 16:
        raise Unreadable(f"has {layers} layers of {hidden} units, which is no folk-rnn")
    return _filled(arrays, embedding, hidden, layers), vocabulary


@torch.no_grad()
def _filled(arrays: list[Tensor], embedding: Tensor, hidden: int, layers: int) -> FolkRNN:
    vocab = embedding.shape[0]
    model = FolkRNN(vocab, hidden, layers)
    for layer in range(layers):
        inputs = hidden if layer else embedding.shape[1]
        own = arrays[PER_LAYER * layer : PER_LAYER * (layer + 1)]
        shapes: list[tuple[int, ...]] = [*[(inputs, hidden), (hidden, hidden), (hidden,)] * 4, *[(1, hidden)] * 2]
        for i, (array, shape) in enumerate(zip(own, shapes, strict=True)):
            _expect(array, shape, f"array {i + 1} of layer {layer + 1}")
        w_in = torch.cat(own[0:12:3], dim=1)  # [inputs, 4 hidden], gates input, forget, cell, output
        getattr(model.lstm, f"weight_ih_l{layer}").copy_((w_in if layer else embedding @ w_in).t())
        getattr(model.lstm, f"weight_hh_l{layer}").copy_(torch.cat(own[1:12:3], dim=1).t())
        getattr(model.lstm, f"bias_ih_l{layer}").copy_(torch.cat(own[2:12:3]))
        model.initial[layer, 0], model.initial[layer, 1] = own[13][0], own[12][0]  # h, then c
    w_out, b_out = arrays[-2:]
    _expect(w_out, (hidden, vocab), "the output's W")
    _expect(b_out, (vocab,), "the output's b")
    model.out.weight.copy_(w_out.t())
    model.out.bias.copy_(b_out)
    return model


def _tensor(value: Any, name: str) -> Tensor:
    """An array as pickled, to float32. Raises Unreadable."""
    if not isinstance(value, Array) or value.dtype is None or value.dtype.code not in _TYPES:
        raise Unreadable(f"its {name} is not an array of floats")
    if value.dtype.order == ">":
        raise Unreadable(f"its {name} is written in big-endian order")
    count = 1
    for n in value.shape:
        count *= n
    if count == 0 or count * int(value.dtype.code[1]) != len(value.raw):
        raise Unreadable(f"its {name} has {len(value.raw)} bytes for shape {list(value.shape)}; damaged or cut short")
    flat = torch.frombuffer(bytearray(value.raw), dtype=_TYPES[value.dtype.code]).float()
    if not bool(flat.isfinite().all()):
        raise Unreadable(f"its {name} holds values that are not finite numbers")
    if value.fortran:
        return flat.view(value.shape[::-1]).permute(*reversed(range(len(value.shape)))).contiguous()
    return flat.view(value.shape)


def _expect(array: Tensor, shape: tuple[int, ...], name: str) -> None:
    if array.shape != shape:
        raise Unreadable(f"{name} is {list(array.shape)}, {list(shape)} belongs there")
