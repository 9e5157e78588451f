"""`lilt import`: an original folk-rnn checkpoint as weights of ours, with a card; its pickle is read, never run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from instrument.music.tokens.tokens import Kind
from instrument.networks.folk.lasagne import import_checkpoint
from instrument.networks.folk.weights import save
from instrument.networks.weight_files import WeightsError, is_checkpoint, stem_of
from instrument.thinking.model.vocabulary_fit import unplayable


def import_weights(checkpoint: Path, to: Path | None, say: Callable[[str], None]) -> Path:
    """Write the checkpoint's numbers and card at `to` (beside it if None), and return their stem.

    Nothing that is there is written over. Raises WeightsError, one line, and OSError. blocks: for seconds.
    """
    stem = _target(checkpoint, to)
    model, vocabulary, card = import_checkpoint(checkpoint)
    if why := unplayable(vocabulary):
        raise WeightsError(f"{checkpoint}: cannot be played: {why}")
    save(model, stem, card)
    modes = [token.text[3:] for token in vocabulary.tokens if token.kind is Kind.MODE]
    meters = [token.text[2:] for token in vocabulary.tokens if token.kind is Kind.METER]
    say(f"{checkpoint.name}: {model.layers} layers of {model.hidden} units over {len(vocabulary)} tokens, "
        f"{model.parameter_count():,} numbers, now in half precision")  # fmt: skip
    say(f"meters {', '.join(sorted(meters))}; modes {', '.join(sorted(modes))}")
    say(f"written: {stem}.safetensors, {stem.name}.json, {stem.name}.md. Play it: lilt --weights {stem}.safetensors")
    return stem


def _target(checkpoint: Path, to: Path | None) -> Path:
    """The stem to write at. Raises WeightsError where something is there already."""
    if to is not None and is_checkpoint(to):
        raise WeightsError(f"--to {to}: is named like a checkpoint; end it in .safetensors")
    stem = stem_of(to, "folk") if to else checkpoint.with_name(checkpoint.stem.replace(".", "-"))
    if "." in stem.name:
        raise WeightsError(f'--to {to}: weights are named by three endings; leave other dots out of "{stem.name}"')
    for ending in (".safetensors", ".json", ".md"):
        if (there := stem.with_name(stem.name + ending)).exists():
            raise WeightsError(f"{there} is there already; name another place: --to FILE.safetensors")
    return stem
