"""Weights on disk: NAME.safetensors in half precision, NAME.json that says what they are, NAME.md for people.

What is read here can run nothing: safetensors holds numbers, the card is JSON. Before the music starts we
are strict: whatever does not fit is one `WeightsError` that names the file, the fault and the likely fix.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from instrument.networks.folk.folkrnn import FolkRNN
from instrument.networks.folk.lasagne import import_checkpoint
from instrument.networks.folk.look_back import READING, LookBack
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.model_card import markdown
from instrument.networks.weight_files import (
    FOLDER,
    FORMAT,
    Card,
    WeightsError,
    is_checkpoint,
    line,
    mark_of,
    mark_of_file,
    read_card,
    refuse,
    stem_of,
)

__all__ = ["FORMAT", "SHIPPED", "Card", "WeightsError", "as_read_back", "load", "read_card", "save", "shipped"]

GATES = "weight_ih_l0"  #: what tokens, and behind them look-back inputs, add to layer 1's gates
ROWS, SCALE = "look.rows", "look.scale"  #: of the inputs', on disk
SHIPPED = FOLDER / "folk"  #: stem of the files that come with the instrument


def save(model: FolkRNN, stem: Path, card: Card) -> None:
    """Write STEM.safetensors, STEM.json and STEM.md; a folder stands for the name `folk` inside it.

    card: has "vocabulary", the list of the model's tokens; "format" and "architecture" are filled in here.
    The second bias of each layer is zero and is not stored. Raises WeightsError for weights that half
    precision cannot hold, and for a vocabulary of another size. thread: any. blocks: on the disk.
    """
    stem = stem_of(stem, "folk")
    vocabulary = _vocabulary(card, stem.with_suffix(".json"))
    if len(vocabulary) != model.vocab:
        raise WeightsError(f"{stem}: the card lists {len(vocabulary)} tokens, the model has {model.vocab}")
    halves = _packed(model)
    for name, tensor in halves.items():
        if not bool(tensor.isfinite().all()):
            raise WeightsError(f"{stem}.safetensors: {name} has values that are not finite in half precision")
    stem.parent.mkdir(parents=True, exist_ok=True)
    sizes = {"network": "folk-rnn", "vocab": model.vocab, "hidden": model.hidden, "layers": model.layers}
    more = {"look_back": _described(model.look)} if model.look else {}
    told = {"format": FORMAT, "architecture": {**sizes, **more, "parameters": model.parameter_count()}}
    full = {**told, **card, **told}
    save_file(halves, stem.with_suffix(".safetensors"), {"vocabulary": mark_of(vocabulary.texts)})
    stem.with_suffix(".safetensors").chmod(0o644)  # for everyone to read, as the card is
    full["id"] = mark_of_file(stem.with_suffix(".safetensors"))
    stem.with_suffix(".json").write_text(json.dumps(full, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    stem.with_suffix(".md").write_text(markdown(full), encoding="utf-8")


def load(stem: Path, device: str = "cpu") -> tuple[FolkRNN, Vocabulary, Card]:
    """The model in float32, ready to play (`eval`), its vocabulary and its card. Raises WeightsError.

    stem: path without suffix, or any of the three files, or a folder that holds `folk`; or an original checkpoint
    thread: any. blocks: on the disk, some tens of milliseconds; about a second for a checkpoint.
    """
    if is_checkpoint(stem):
        original, vocabulary, card = import_checkpoint(stem)
        return original.to(device), vocabulary, card
    stem = stem_of(stem, "folk")
    card = read_card(stem.with_suffix(".json"))
    vocabulary = _vocabulary(card, stem.with_suffix(".json"))
    sizes = _sizes(card, stem.with_suffix(".json"), vocabulary)
    model = _blank(*sizes, _look_back(card, stem.with_suffix(".json"), vocabulary))
    path = stem.with_suffix(".safetensors")
    _fill(model, _tensors(path, vocabulary), path)
    return model.to(device).eval(), vocabulary, card


def shipped(device: str = "cpu") -> tuple[FolkRNN, Vocabulary, Card]:
    """The weights that come with the instrument. Raises WeightsError."""
    return load(SHIPPED, device)


def _vocabulary(card: Card, path: Path) -> Vocabulary:
    texts = card.get("vocabulary")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise WeightsError(f'{path}: "vocabulary" is not a list of tokens; fetch the file again')
    try:
        return Vocabulary(texts)
    except ValueError as error:
        raise WeightsError(f"{path}: {line(error)}") from None


def _sizes(card: Card, path: Path, vocabulary: Vocabulary) -> tuple[int, int, int]:
    """vocab, hidden, layers; bounded, so that a card cannot ask for a mountain of memory."""
    stated = card.get("architecture")
    sizes = [stated.get(name) if isinstance(stated, dict) else None for name in ("vocab", "hidden", "layers")]
    for size, most in zip(sizes, (4096, 4096, 16), strict=True):
        if type(size) is not int or not 1 <= size <= most:
            raise WeightsError(f'{path}: "architecture" does not describe a folk-rnn: {stated!r:.120}')
    vocab, hidden, layers = (int(size) for size in sizes if size is not None)
    if vocab != len(vocabulary):
        raise WeightsError(f"{path}: lists {len(vocabulary)} tokens for a model of {vocab}; fetch the file again")
    return vocab, hidden, layers


def _described(look: LookBack) -> dict[str, object]:
    """What a card says of look-back inputs: by which reading they are made, and each one's name and rows."""
    return {"reading": READING, "inputs": [list(each) for each in look.inputs]}


def _look_back(card: Card, path: Path, vocabulary: Vocabulary) -> LookBack | None:
    """What a model with look-back inputs needs to make them; None for one without. Raises WeightsError."""
    stated = card["architecture"].get("look_back")
    if stated is None:
        return None
    look = LookBack(vocabulary.tokens)
    if stated != _described(look):
        reading = stated.get("reading") if isinstance(stated, dict) else None
        raise WeightsError(f"{path}: look-back inputs of reading {reading!r:.40}, this instrument makes those of "
                           f"reading {READING}; train the weights again, or update it")  # fmt: skip
    return look


def _blank(vocab: int, hidden: int, layers: int, look: LookBack | None) -> FolkRNN:
    """A model of zeros, without the time that random first weights take."""
    with torch.device("meta"):
        model = FolkRNN(vocab, hidden, layers, look=look)
    model.to_empty(device="cpu")
    with torch.no_grad():
        for tensor in model.state_dict().values():
            tensor.zero_()
    return model


def _tensors(path: Path, vocabulary: Vocabulary) -> dict[str, Tensor]:
    try:
        refuse(path)
        with safe_open(path, framework="pt") as file:
            mark = (file.metadata() or {}).get("vocabulary")
            found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise WeightsError(f"{path}: no such file; weights are a pair, NAME.safetensors and NAME.json") from None
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path}: not a readable safetensors file ({line(error)}); fetch it again") from None
    if mark != mark_of(vocabulary.texts):
        raise WeightsError(f"{path}: made with another vocabulary than the one in its card; fetch both files again")
    return found


def as_read_back(model: FolkRNN) -> FolkRNN:
    """A copy of the model as it will be when it was written and read again. Raises WeightsError as `save` does."""
    other = _blank(model.vocab, model.hidden, model.layers, model.look)
    _fill(other, _packed(model), Path("weights"))
    return other.eval()


def _packed(model: FolkRNN) -> dict[str, Tensor]:
    """The tensors as they are written: half precision, and what look-back inputs add to the gates in 8 bits, each row
    with its scale."""
    packed = {name: tensor.detach().cpu().half().contiguous() for name, tensor in _stored(model).items()}
    if model.look:
        wide = model.lstm.get_parameter(GATES).detach().cpu().float()
        rows = wide[:, model.vocab :].t()
        scale = rows.abs().amax(1) / 127
        whole = (rows / scale.clamp(min=1e-30)[:, None]).round().clamp(-127, 127)
        packed[f"lstm.{GATES}"] = wide[:, : model.vocab].half().contiguous()
        packed |= {ROWS: whole.to(torch.int8).contiguous(), SCALE: scale}
    return packed


def _unpacked(found: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors as the model has them; what does not fit together is left for `_fill` to find."""
    rows, scale, narrow = (found.get(name) for name in (ROWS, SCALE, f"lstm.{GATES}"))
    if rows is None or scale is None or narrow is None or rows.dtype is not torch.int8:
        return found
    if rows.dim() != 2 or scale.shape != rows.shape[:1] or narrow.dim() != 2 or narrow.shape[0] != rows.shape[1]:
        return found
    wide = torch.cat((narrow.float(), (rows.float() * scale.float()[:, None]).t()), 1)
    return {name: tensor for name, tensor in found.items() if name not in (ROWS, SCALE)} | {f"lstm.{GATES}": wide}


@torch.no_grad()
def _fill(model: FolkRNN, found: dict[str, Tensor], path: Path) -> None:
    wanted, found = _stored(model), _unpacked(found)
    if odd := sorted(wanted.keys() ^ found.keys()):
        word = "lacks" if odd[0] in wanted else "has an unknown"
        raise WeightsError(f"{path}: {word} {odd[0]}; it is not a folk-rnn of the size its card states")
    for name, tensor in wanted.items():
        new = found[name]
        if new.shape != tensor.shape:
            raise WeightsError(f"{path}: {name} is {list(new.shape)}, its card needs {list(tensor.shape)}")
        if not new.is_floating_point() or not bool(new.isfinite().all()):
            raise WeightsError(f"{path}: {name} holds values that are not finite numbers; fetch the file again")
        tensor.copy_(new)


def _stored(model: FolkRNN) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in model.state_dict().items() if "bias_hh" not in name}
