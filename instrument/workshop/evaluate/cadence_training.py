"""`run.py train cadence`: the cadence expert, learned from the chords of the training chorales in a minute or two.

The network is shown each step at which some voice strikes, with the key by ear and with the key given, live and with a
beat or a bar of melody to come; it learns the class of the chord that sounds then. The tables of voices are counted.
Which exponent beside the other experts says the held-out voices' notes best is told last.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from instrument.networks.chorale.cadence import COLUMNS, CadenceExpert, heard, key_at, save, sounding_class
from instrument.networks.chorale.chord_classes import CLASSES, SILENT
from instrument.networks.chorale.history import NONE, VoiceHistory
from instrument.networks.chorale.tokens import CHAIN, HORIZONS, KNOWN, LOWEST, NAMES, ONSET, SOPRANO
from instrument.networks.chorale.weights import SHIPPED, load
from instrument.ports.system import progress
from instrument.workshop.chorale.corpus import Chorale, load_chorales
from instrument.workshop.chorale.encode import Setting, moments, tokens, whole_key
from instrument.workshop.chorale.split import sided
from instrument.workshop.evaluate.chorale_live import choir_of, told

HIDDEN, EPOCHS, BATCH, RATE = 64, 12, 256, 4e-3
RARE = 0.5  #: added to every count of the tables
TRIED = (0.0, 0.05, 0.1, 0.2, 0.4, 1.0)  #: exponents


@dataclass(frozen=True, slots=True)
class ChordSteps:
    """heard [steps, fields]: rows of the network's inputs; chords [steps]: the class that sounds then."""

    heard: NDArray[np.int64]
    chords: NDArray[np.int64]


def train_cadence(out: Path, report: Callable[[str], None], command: str, seed: int = 1) -> dict[str, float]:
    """Learn, fit, write. Returns nats a chord and a note, held out. blocks: minutes."""
    sides = sided(load_chorales(report=report).chorales)
    train, valid = steps_of(sides["train"], seed), steps_of(sides["valid"], seed)
    expert = learned(train, valid, counted(sides["train"]), seed, report)
    found = {"cadence.nats_per_chord": nats(expert, valid), "cadence.right": right(expert, valid)}
    losses = note_losses(expert, sides["valid"])
    for voice in CHAIN:
        best = min(losses[voice], key=losses[voice].__getitem__)
        found[f"cadence.exponent_{NAMES[voice]}"] = best
        found[f"cadence.nats_{NAMES[voice]}"] = losses[voice][best]
        found[f"cadence.nats_{NAMES[voice]}_without"] = losses[voice][0.0]
    about = (
        f"Chords under {len(sides['train'])} of Bach's chorales, from music21's corpus; no music is in here. "
        f"{found['cadence.nats_per_chord']:.3f} nats a chord on {len(sides['valid'])} chorales held out."
    )
    save(expert, out, {"name": "Cadence expert", "about": about, "command": command})
    report(f"{about} Written to {out}")
    return found


def steps_of(chorales: Sequence[Chorale], seed: int) -> ChordSteps:
    """Every step at which a voice strikes, in several hearings of each chorale."""
    rng, rows, chords = random.Random(seed), list[list[int]](), list[int]()
    for chorale in progress.each(chorales, "reading chords", "chorale"):
        for horizon in range(len(HORIZONS)):
            setting = Setting(
                horizon=horizon, key=rng.random() < 0.6, halved=set(chorale.bars) == {16} and rng.random() < 0.3
            )
            for row, chord in _heard(chorale, setting):
                rows.append(row)
                chords.append(chord)
    return ChordSteps(np.array(rows), np.array(chords))


def _heard(chorale: Chorale, setting: Setting) -> Iterator[tuple[list[int], int]]:
    grid = tokens(chorale, setting)
    about = moments(chorale, setting, grid[:, SOPRANO])
    given = whole_key(grid) if setting.key else None
    history = VoiceHistory.start(1)
    for step, row in enumerate(grid):
        moment = told(about, step)
        if given is not None:
            moment = moment.with_key(given[0], bool(given[1]))
        after = history.advance(row[None])
        if (row >= ONSET).any():
            tonic, mode = key_at(history, moment)
            chord = sounding_class(after.pitch[0].tolist(), tonic)
            if chord != SILENT:
                yield heard(history, moment, int(row[SOPRANO]), tonic, mode), chord
        history = after


def counted(chorales: Sequence[Chorale]) -> NDArray[np.float32]:
    """[4, 37, 12]: how often each voice has each pitch class, counted from the root (of no root from the tonic)."""
    counts = np.full((4, CLASSES, 12), RARE)
    for chorale in chorales:
        grid = tokens(chorale, Setting())
        tonic, _ = whole_key(grid)
        history = VoiceHistory.start(1)
        for row in grid:
            history = history.advance(row[None])
            pitches = history.pitch[0].tolist()
            if (row < ONSET).all() or NONE in pitches:
                continue
            chord = sounding_class(pitches, tonic)
            root = tonic + (chord // 3 if chord < CLASSES - 1 else 0)
            for voice, pitch in enumerate(pitches):
                counts[voice, chord, (pitch + LOWEST - root) % 12] += 1
    # chords are the same in every key: classes of a rare root borrow from their quality's all
    for quality in range(3):
        every = counts[:, quality : CLASSES - 1 : 3].sum(1, keepdims=True)
        counts[:, quality : CLASSES - 1 : 3] += 4 * every / every.sum(-1, keepdims=True)
    found: NDArray[np.float32] = (counts / counts.sum(-1, keepdims=True)).astype(np.float32)
    return found


def learned(
    train: ChordSteps, valid: ChordSteps, places: NDArray[np.float32], seed: int, report: Callable[[str], None]
) -> CadenceExpert:
    """The network after EPOCHS; of all epochs the one that says the held-out chords best."""
    torch.manual_seed(seed)
    inputs = torch.nn.EmbeddingBag(COLUMNS, HIDDEN, mode="sum")
    torch.nn.init.normal_(inputs.weight, std=0.1)
    bias, out, drop = torch.nn.Parameter(torch.zeros(HIDDEN)), torch.nn.Linear(HIDDEN, CLASSES), torch.nn.Dropout(0.3)
    parameters = [*inputs.parameters(), bias, *out.parameters()]
    batches = -(-len(train.chords) // BATCH)
    optimiser = torch.optim.AdamW(parameters, RATE, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=EPOCHS * batches)
    rows, chords = torch.from_numpy(train.heard), torch.from_numpy(train.chords)
    best: tuple[float, CadenceExpert] | None = None
    for epoch in range(EPOCHS):
        drop.train()
        for part in torch.split(torch.randperm(len(chords)), BATCH):
            said = out(drop(torch.tanh(inputs(rows[part]) + bias)))
            loss = torch.nn.functional.cross_entropy(said, chords[part])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
        now = CadenceExpert(
            inputs.weight.detach().numpy().copy(), bias.detach().numpy().copy(),
            out.weight.detach().numpy().T.copy(), out.bias.detach().numpy().copy(), places,
        )  # fmt: skip
        held_out = nats(now, valid)
        report(f"epoch {epoch + 1} of {EPOCHS}: {held_out:.3f} nats a chord, {100 * right(now, valid):.1f} % right")
        if best is None or held_out < best[0]:
            best = held_out, now
    assert best is not None
    return best[1]


def _logs(expert: CadenceExpert, steps: ChordSteps) -> NDArray[np.float32]:
    hidden = np.tanh(expert.inputs[steps.heard].sum(1) + expert.bias)
    logs = hidden @ expert.out + expert.out_bias
    found: NDArray[np.float32] = logs - np.logaddexp.reduce(logs, axis=1)[:, None]
    return found


def nats(expert: CadenceExpert, steps: ChordSteps) -> float:
    """Mean of minus the log-probability of the chord that sounds."""
    return float(-_logs(expert, steps)[np.arange(len(steps.chords)), steps.chords].mean())


def right(expert: CadenceExpert, steps: ChordSteps) -> float:
    """How often the likeliest class is the one that sounds, 0..1."""
    return float((_logs(expert, steps).argmax(1) == steps.chords).mean())


def note_losses(
    expert: CadenceExpert, chorales: Sequence[Chorale], horizon: int = 0, tried: Sequence[float] = TRIED
) -> dict[int, dict[float, float]]:
    """Nats a step of each lower voice, held out, by the exponent that this expert has in the product."""
    choir = choir_of(load(SHIPPED))
    total = {voice: dict.fromkeys(tried, 0.0) for voice in CHAIN}
    steps = 0
    for chorale in progress.each(chorales, "fitting", "chorale"):
        setting = Setting(horizon=horizon)
        grid = tokens(chorale, setting)
        about = moments(chorale, setting, grid[:, SOPRANO])
        standing = choir.start()
        for step, row in enumerate(grid.tolist()):
            moment = told(about, step)
            ready = choir.ready(standing, moment)
            history = standing.history
            if any(t >= ONSET for t in row[1:]):
                tonic, mode = key_at(history, moment)
                chances = expert.chords(heard(history, moment, row[SOPRANO], tonic, mode))
                after = history.advance(np.array([row], np.int16)).pitch[0].tolist()
            for voice in CHAIN:
                look = choir.models[voice].look(ready.opened[voice], [[row[known] for known in KNOWN[voice]]])
                logs, token = look.logs[0], row[voice]
                if token < ONSET:
                    for exponent in tried:
                        total[voice][exponent] -= float(logs[token])
                    continue
                lower = {v: after[v] for v in KNOWN[voice] if v != SOPRANO}
                said = expert.pitches(voice, chances, lower, tonic)
                struck = np.logaddexp.reduce(logs[ONSET:])
                for exponent in tried:
                    whole = logs[ONSET:] + exponent * said
                    total[voice][exponent] -= float(whole[token - ONSET] - np.logaddexp.reduce(whole) + struck)
            standing = choir.follow(ready, tuple(row))
        steps += chorale.steps
    return {voice: {exponent: value / steps for exponent, value in of.items()} for voice, of in total.items()}
