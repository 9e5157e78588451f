"""What several trained models expect together, as targets for one: the mean of their distributions.

They are asked about the books' tunes and about tunes that they made themselves, which no book holds; a student of both
learns what the teachers have in common and less of what each has by heart.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from instrument.networks.folk.folkrnn import FolkRNN, Stepper
from instrument.workshop.folk.batches import LONGEST, Rows
from instrument.workshop.folk.cuda_learner import BUCKETS


@torch.no_grad()
def expected(teachers: Sequence[FolkRNN], rows: Rows, beams: int = 256, buckets: Sequence[int] = BUCKETS) -> Tensor:
    """[all steps of rows, vocab], half precision: the mean of the teachers' probabilities after each token."""
    device, vocab = rows.table.device, teachers[0].vocab
    soft = torch.zeros(sum(rows.lengths), vocab, dtype=torch.float16, device=device)
    order = sorted(range(rows.empty), key=lambda r: rows.lengths[r])
    for first in range(0, len(order), beams):
        group = order[first : first + beams]
        steps = next(b for b in buckets if b >= rows.lengths[group[-1]])
        chosen = torch.tensor(group, device=device)
        batch = rows.batch(chosen, steps)
        mean = sum(t.sequence(batch.tokens)[0].float().softmax(-1) for t in teachers) / len(teachers)
        assert isinstance(mean, Tensor)
        counted = batch.counts.bool()
        places = (rows.first[chosen] + torch.arange(steps, device=device)[:, None])[counted]
        soft[places] = mean[counted].half()
    return soft


@torch.inference_mode()
def made(teacher: FolkRNN, tunes: int, start: int, stop: int, seed: int) -> list[list[int]]:
    """Tunes of one teacher's own, with `<s>` and `</s>`; those that do not end within LONGEST steps are dropped."""
    device = str(teacher.out.weight.device)
    generator = torch.Generator(device=device).manual_seed(seed)
    stepper = Stepper(teacher)
    state, trails, token = stepper.start(tunes), stepper.trails(tunes), torch.full((tunes,), start, device=device)
    written = [token]
    for _ in range(LONGEST):
        trails = stepper.follow(trails, token)
        logits, state = stepper.step(token, state, trails)
        logits[:, start] = -torch.inf
        token = torch.multinomial(logits.softmax(-1), 1, generator=generator)[:, 0]
        written.append(token)
    rows = torch.stack(written, 1).tolist()
    return [row[: row.index(stop) + 1] for row in rows if stop in row]
