"""The vocabulary of weights on disk, ours or an original checkpoint's, read without torch.

For whoever must know before the music starts which meters, modes and tokens a model has.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instrument.networks.folk.pickles import Array, Unreadable, read
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.networks.weight_files import WeightsError, is_checkpoint, line, read_card, stem_of


def vocabulary_of(path: Path) -> Vocabulary:
    """Of a stem or any of its three files, of a folder that holds `folk`, or of a checkpoint (.pkl).

    Raises WeightsError, one line. blocks: on the disk; about a second for a checkpoint.
    """
    if is_checkpoint(path):
        try:
            return numbered(read_checkpoint(path)["token2idx"])
        except Unreadable as error:
            raise unusable(path, error) from None
    card = stem_of(path, "folk").with_suffix(".json")
    texts = read_card(card).get("vocabulary")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise WeightsError(f'{card}: "vocabulary" is not a list of tokens; fetch the file again')
    try:
        return Vocabulary(texts)
    except ValueError as error:
        raise WeightsError(f"{card}: {line(error)}") from None


def read_checkpoint(path: Path) -> dict[str, Any]:
    """What the checkpoint holds, `token2idx` and `param_values` among it. Raises WeightsError, and Unreadable for
    what is a sound file of something else."""
    try:
        found = read(path)
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror or error})") from None
    if not isinstance(found, dict) or not {"token2idx", "param_values"} <= found.keys():
        raise Unreadable("holds no token2idx and param_values")
    return found


def numbered(numbers: Any) -> Vocabulary:
    """A checkpoint's `token2idx` as a vocabulary in its own order. Raises Unreadable."""
    if not isinstance(numbers, dict) or not all(isinstance(text, str) for text in numbers):
        raise Unreadable("its token2idx is not a dict of tokens")
    texts = sorted(numbers, key=lambda text: _whole(numbers[text]))
    if [_whole(numbers[text]) for text in texts] != list(range(len(texts))):
        raise Unreadable("its token2idx does not number the tokens 0, 1, 2...")
    try:
        return Vocabulary(texts)
    except ValueError as error:
        raise Unreadable(f"its token2idx: {error}") from None


def unusable(path: Path, error: Unreadable) -> WeightsError:
    """The one line that people read."""
    reason = " ".join(str(error).split())[:200]
    return WeightsError(f"{path}: {reason}; expected a folk-rnn v2 checkpoint")


def _whole(value: Any) -> int:
    if isinstance(value, Array) and value.shape == () and value.dtype and value.dtype.code[0] in "iu":
        return int.from_bytes(value.raw, "big" if value.dtype.order == ">" else "little", signed=True)
    return value if type(value) is int else -1
