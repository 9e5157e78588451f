"""Matrix product with stable bits: x @ weight + bias, each row the same whatever stands beside it.

A matrix product over one row is another routine than one over many, with sums in another order; many a size in
between ends on such a routine for its last rows. So when a product is built it tries which numbers of rows
agree, and from then on fills up to the next of these; where none do, it takes row by row. On a processor with
FBGEMM (x86) the weights are held in half precision and multiplied in float32, if that loses nothing, as with all
weights from disk: half the memory to read is half the time of a batch of 8 (docs/LOG.md). In 8 bits, where that is
asked for, sums are whole numbers, the same in any company: faster, but of other weights.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable

import torch
from torch import Tensor

MOST = 48  #: rows in one product


class StableMatmul:
    """Matrix product whose bits do not depend on the batch.

    weight: [inputs, outputs]; bias: [outputs]. Both float32, and not to be changed afterwards. thread: any.

    half: may be held in half precision; not worth it for a matrix that stays in the cache. int8: weights in 8 bits, for
    inputs within -1..1 (a hidden vector), rounded to 1/63; the CPU's only
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None, half: bool = True, int8: bool = False) -> None:
        self._run, kind = (_whole_numbers(weight, bias), "int8") if int8 else _routine(weight, bias, half)
        self.size = _sizes(kind, *weight.shape) if weight.device.type == "cpu" else None

    def __call__(self, x: Tensor) -> Tensor:
        """[rows, inputs], at most `MOST` of them on the CPU, to [rows, outputs], new."""
        if self.size is None:
            return self._run(x)
        rows = x.shape[0]
        if not self.size:
            return torch.cat([self._run(x[row : row + 1]) for row in range(rows)])
        size = self.size[rows]
        if size == rows:
            return self._run(x)
        filled = x.expand(size, -1) if rows == 1 else torch.cat((x, x[:1].expand(size - rows, -1)))
        return self._run(filled)[:rows]


Routine = Callable[[Tensor], Tensor]


def _routine(weight: Tensor, bias: Tensor | None, half: bool) -> tuple[Routine, str]:
    across = weight.t().contiguous()
    fits = half and weight.device.type == "cpu" and torch.equal(weight.half().float(), weight)
    if fits and "fbgemm" in torch.backends.quantized.supported_engines:
        run = torch.ops.quantized.linear_dynamic_fp16.default
        packed = torch.ops.quantized.linear_prepack_fp16(across, bias)
        return (lambda x: run(x, packed)), "half"
    own = weight.contiguous()
    if bias is None:
        return (lambda x: torch.mm(x, own)), "single"
    return (lambda x: torch.mm(x, own).add_(bias)), "single"


def _whole_numbers(weight: Tensor, bias: Tensor | None) -> Routine:
    """8 bits a weight, scaled for each output; 7 bits an input, so that no sum of two overflows 16."""
    scale = (weight.abs().amax(0) / 127).clamp(min=1e-12).double()
    zero = torch.zeros(len(scale), dtype=torch.long)  # whole, or what comes out is noise
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch means to replace this one day; pyproject holds its range
        held = torch.quantize_per_channel(weight.t().contiguous(), scale, zero, 0, torch.qint8)
    packed = torch.ops.quantized.linear_prepack(held, bias)
    run = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32.default
    return lambda x: run(x.contiguous(), 1 / 63, 64, packed)


@functools.cache
def _sizes(kind: str, inputs: int, outputs: int) -> tuple[int, ...]:
    """For 0 to `MOST` rows, the least number not below it at which a row comes out the same in every place.

    Empty where there is none. Found by trying, once a process for each shape: 60 ms for a layer of folk-rnn.
    Small shapes, where sums agree now and then by luck, are tried more often.
    """
    if kind == "int8":
        return tuple(range(MOST + 1))  # whole numbers: no order of sums to differ in
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(inputs, outputs, generator=generator)
    run, _ = _routine(weight.half().float(), None, kind == "half")
    alike = set(range(1, MOST + 1))
    for _ in range(1 + min(50, 100_000 // (inputs * outputs))):
        row = torch.randn(1, inputs, generator=generator).expand(MOST, -1).contiguous()
        wanted = run(row)[0]
        alike = {rows for rows in alike if bool((run(row[:rows]) == wanted).all())}
    if MOST not in alike:
        return ()
    return tuple(min(size for size in alike if size >= rows) for rows in range(MOST + 1))
