"""Look-back inputs: what they say of a tune, and that nothing exact is lost by them."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from instrument.music.ticks import EIGHTH
from instrument.music.tokens.decode import placed
from instrument.music.tokens.tokens import Kind
from instrument.networks.folk.folkrnn import FolkRNN, Stepper, rows_of, told_rows
from instrument.networks.folk.look_back import LONGEST, SOURCES, LookBack, Trail
from instrument.networks.folk.split_step import Siblings
from instrument.networks.folk.vocabulary import Vocabulary
from instrument.thinking.model.model_memory import ModelMemory
from instrument.thinking.tree.search import Search
from instrument.thinking.tree.store import Store
from instrument.thinking.tree.store_cuda import DeviceStore
from instrument.thinking.tree.tree import Tree
from instrument.thinking.tree.tree_cuda import DeviceTree
from instrument.workshop.folk.trainer import hidden
from tests.fakes.thorough import every

VOCABULARY = Vocabulary.shipped()
LOOK = LookBack(VOCABULARY.tokens)
ONE, TWO, FOUR, EIGHT, PART = range(SOURCES)
BARS = [i for i, token in enumerate(VOCABULARY.tokens) if token.kind is Kind.BAR]
#: a jig of two parts with pick-ups, a chord, a tuplet, broken rhythm, and both endings
JIG = (
    "M:6/8 K:Cmaj G | c 2 e g 2 e | d 2 f a 2 f | c 2 e g 2 e | f d B c 2 :| |: g | a f a g e g | f d f e c e | "
    "a f a g e g |1 f d B c 2 :| |2 (3 f e d B c 3 |"
)


def numbers(text: str) -> list[int]:
    return [VOCABULARY.start, *VOCABULARY.encode(text.split())]


def said(trail: Trail, source: int) -> str:
    back = trail.backs[source]
    return VOCABULARY.texts[back] if back != LOOK.none else ""


def behind(text: str) -> Trail:
    return LOOK.trail(numbers(text))


def model(hidden: int = 64, look: bool = True, half: bool = False) -> FolkRNN:
    """Random in all its parts, what it is told included."""
    torch.manual_seed(4)
    made = FolkRNN(137, hidden, 3, look=LOOK if look else None).eval()
    made.reset()
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    return made.half().float() if half else made


def rambling(seed: int, length: int) -> list[int]:
    """Tokens in any order at all, bar signs among them."""
    chance = random.Random(seed)
    body = [chance.choice(BARS) if chance.random() < 0.15 else chance.randrange(1, 137) for _ in range(length)]
    return [*numbers("M:4/4 K:Cdor"), *body]


# what is said


def test_a_source_names_what_stood_at_the_same_place() -> None:
    trail = behind("M:4/4 K:Cmaj |: c d e f g 4 | d e f 2 a 4 | c d")
    assert said(trail, TWO) == "e" and said(trail, FOUR) == said(trail, EIGHT) == said(trail, PART) == ""
    assert said(trail, ONE) == "f"  # one bar before, on the same tick
    assert said(behind("M:4/4 K:Cmaj |: c d e f g 4 | d e f 2 a 4 | c d e"), TWO) == "f"


def test_another_rhythm_finds_its_place_by_the_tick() -> None:
    assert said(behind("M:4/4 K:Cmaj |: c 2 e f g 4 | c d"), ONE) == "e"
    assert said(behind("M:4/4 K:Cmaj |: c 2 e f g 4 | c"), ONE) == "2"  # the same kind of token before it comes first
    assert said(behind("M:4/4 K:Cmaj |: c d e f g 4 | c 2"), ONE) == "e"


@pytest.mark.parametrize(("back", "bars"), [(ONE, 1), (TWO, 2), (FOUR, 4), (EIGHT, 8)])
def test_each_source_looks_as_far_back_as_it_says(back: int, bars: int) -> None:
    text = "M:2/4 K:Cmaj |: " + " ".join(f"{note} 4 |" for note in ("c", "d", "e", "f", "g", "a", "b", "C", "D"))
    assert said(behind(text), back) == text.split("|: ")[1].split()[-3 * bars]


def test_the_part_before_is_followed_bar_by_bar_pick_ups_aside() -> None:
    head = JIG[: JIG.index("|: g |") + 6]
    assert [said(behind(f"{head} {more}".strip()), PART) for more in ("", "a", "a f a g e g |")] == ["c", "2", "d"]
    assert said(behind(JIG[: JIG.index("|: g |") + 2]), PART) == "G"  # a pick-up is set beside a pick-up


def test_a_second_ending_begins_where_the_first_began() -> None:
    first, second = JIG.index("|1") + 2, JIG.index("|2") + 2
    one, two = behind(JIG[:first]), behind(JIG[:second])
    assert [two.backs[k] for k in (ONE, TWO, FOUR)] == [one.backs[k] for k in (ONE, TWO, FOUR)]
    assert two.past.bar == one.past.bar == 3 and two.past.part == one.past.part
    assert said(two, PART) == "f" and said(behind(JIG[:second] + " f"), PART) == "d"  # the first ending itself


def test_agreement_is_counted_and_broken_by_what_differs() -> None:
    begun = "M:4/4 K:Cmaj |: c d e f g 4 |"
    assert [behind(f"{begun} {more}".strip()).agreed[ONE] for more in ("", "c", "c d", "c d e")] == [0, 1, 2, 3]
    assert behind(f"{begun} c d g").agreed[ONE] == 0
    assert behind("M:4/4 K:Cmaj |: " + "c d e f g 4 | " * 5).agreed[ONE] == LONGEST


def test_the_bar_of_the_part_does_not_count_a_pick_up_and_begins_anew_at_signs() -> None:
    tokens = numbers(JIG)
    found = [LOOK.trail(tokens[: at + 1]).past for at, token in enumerate(tokens) if token in BARS]
    assert [(past.part, past.bar) for past in found] == [
        (0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 0), (1, 0), (1, 1), (1, 2), (1, 3), (2, 0), (1, 3), (1, 4),
    ]  # fmt: skip


def test_places_are_the_readers() -> None:
    texts = JIG.split()
    trail, inside = LOOK.trail(numbers(" ".join(texts[:2]))), False
    for token, at in placed(texts):
        inside = token.kind is Kind.CHORD_OPEN or (inside and token.kind is not Kind.CHORD_CLOSE)
        if token.kind in (Kind.PITCH, Kind.REST, Kind.TUPLET, Kind.BAR) and not inside:
            assert trail.place.at == at * EIGHTH, token.text
        trail = LOOK.after(trail, VOCABULARY.index[token.text])


# exactness


@pytest.mark.parametrize("seed", range(8))
def test_a_path_says_the_same_however_it_is_split(seed: int) -> None:
    tokens = rambling(seed, 120)
    trails = [LOOK.start]
    for token in tokens:
        trails.append(LOOK.after(trails[-1], token))
    fresh = LookBack(VOCABULARY.tokens)
    for end in (1, 5, 60, len(tokens)):
        assert fresh.trail(tokens[:end]).rows == trails[end].rows
    for split in (3, 40, 90):
        assert LOOK.trail(tokens[split:], trails[split]).rows == trails[-1].rows
    assert (LOOK.table([tokens])[:, 0] == [trail.rows for trail in trails[1:]]).all()


def test_a_step_leaves_the_trail_alone() -> None:
    trail = behind(JIG[: JIG.index("a f a")])
    kept = (trail.rows, dict(trail.own), trail.past)
    for token in range(1, 137):
        LOOK.after(trail, token)
    assert (trail.rows, trail.own, trail.past) == kept


def test_rows_stay_within_their_inputs_whatever_comes() -> None:
    rows = LOOK.table([rambling(seed, 200) for seed in range(10)])
    first, sizes = np.array(LOOK.first), np.array([size for _, size in LOOK.inputs])
    assert (rows >= first).all() and (rows < first + sizes).all() and LOOK.size == first[-1] + sizes[-1]


def test_nothing_told_is_the_plain_model_exactly() -> None:
    plain = model(look=False)
    wide = FolkRNN(137, 64, 3, look=LOOK).eval()
    wide.begin(plain)
    tokens = torch.tensor(numbers(JIG))[:, None]
    with torch.inference_mode():
        assert torch.equal(wide.sequence(tokens)[0], plain.sequence(tokens)[0])


def test_steps_are_the_sequence() -> None:
    folk, tokens = model(), torch.tensor([rambling(seed, 60) for seed in range(3)]).t()  # [steps, beams]
    stepper = Stepper(folk)
    with torch.inference_mode():
        logits, last = folk.sequence(tokens)
    state, trails = stepper.start(3), stepper.trails(3)
    for step, token in enumerate(tokens):
        trails = stepper.follow(trails, token)
        now, state = stepper.step(token, state, trails)
        assert (now - logits[step]).abs().max() < 1e-4
    assert (state - last).abs().max() < 1e-4


def test_a_step_without_its_trails_is_refused() -> None:
    stepper = Stepper(model())
    with pytest.raises(ValueError, match="trails"):
        stepper.step(torch.tensor([1]), stepper.start())
    with pytest.raises(ValueError, match="rows"):
        model().sequence(torch.tensor([[1]]), stepper.start())


@pytest.mark.parametrize("half", [False, True])
def test_a_row_has_the_same_bits_in_every_company(half: bool) -> None:
    siblings = Siblings(Stepper(model(half=half)))
    states, tokens = torch.randn(137, 3, 2, 64), torch.arange(137)
    looks = torch.from_numpy(LOOK.table([rambling(5, 200)])[20:157, 0])
    products = siblings.recur(states)
    logs, new = siblings.forward(tokens, states, tokens, products, tokens, looks=looks)
    for beams in (1, 2, 7, 48, 60):
        part = torch.randperm(137)[:beams]
        own, below = siblings.forward(part, states, part, products, part, looks=looks[part])
        assert torch.equal(own, logs[part]) and torch.equal(below, new[part])


def test_cached_is_computed_and_forgotten_is_found_again_bit_for_bit() -> None:
    siblings = Siblings(Stepper(model()))
    small, large = Store(siblings, 40), Store(siblings, 4000)
    tokens = rambling(3, 200)
    here, there = small.begin(tokens[0]), large.begin(tokens[0])
    for token in tokens[1:]:
        small.root, large.root = here, there
        others = np.arange(1, 20, dtype=np.int32)
        large.grow(np.full(19, there, np.int32), others)
        here, there = small.step(here, token), large.step(there, token)
        assert np.array_equal(small.logs[here], large.logs[there])
        assert torch.equal(small.states[here], large.states[there])
        assert small.trails[here].rows == large.trails[there].rows


def test_a_passage_that_is_read_is_the_passage_stepped() -> None:
    memory = ModelMemory(model(), VOCABULARY, 512)
    tokens = rambling(7, 40)[1:]
    read = memory.node(tokens)
    stepped = memory.store.begin(VOCABULARY.start)
    for token in tokens:
        stepped = memory.store.step(stepped, token)
    assert np.abs(memory.store.logs[read] - memory.store.logs[stepped]).max() < 1e-4
    assert memory.store.trails[read].rows == memory.store.trails[stepped].rows
    assert memory.store.trails[memory.store.step(read, 30)].rows == LOOK.trail([VOCABULARY.start, *tokens, 30]).rows


@pytest.mark.parametrize("search", [Search(2), Search(3, 6), Search(3, 6, "beam")])
def test_leaves_are_what_whole_sequences_say(search: Search) -> None:
    folk = model()
    memory = ModelMemory(folk, VOCABULARY, 4000)
    head = numbers(JIG[: JIG.index("a f a g e g |1")])
    leaves = memory.tree.expand(memory.node(head[1:]), search)
    assert search.beta or abs(leaves.mass - 1) < 1e-6
    for uniform in (0.1, 0.5, 0.9):
        path = leaves.draw(uniform)
        tokens = torch.tensor([*head, *path.tokens])[:, None]
        with torch.inference_mode():
            logs = folk.sequence(tokens[:-1])[0][:, 0].log_softmax(1)
        for place, token in enumerate(path.tokens):
            node = memory.node([*head[1:], *path.tokens[:place]])
            assert abs(float(memory.store.logs[node, token] - logs[len(head) - 1 + place, token])) < 1e-3


@pytest.mark.parametrize(
    ("n", "beta", "mode"),
    every(
        2,
        [
            (1, 0, "tree"),
            (2, 8, "tree"),
            (3, 5, "tree"),
            (2, 0, "tree"),
            (3, 12, "beam"),
            (4, 5, "beam"),
            (4, 3, "tree"),
        ],
    ),
)
@pytest.mark.parametrize("text", every(2, ["M:6/8 K:Cmaj |:", JIG[: JIG.index("f d f e c e | a")], JIG]))
def test_the_same_number_draws_the_same_tuple_on_the_device(n: int, beta: int, mode: str, text: str) -> None:
    stepper = Stepper(model(16))
    host = Tree(Store(Siblings(stepper), 8000), VOCABULARY.stop, BARS, [VOCABULARY.start])
    store = DeviceStore(stepper, 8000)
    device = DeviceTree(store, Tree(store, VOCABULARY.stop, BARS, [VOCABULARY.start]))
    here, there = host.store.begin(VOCABULARY.start), store.begin(VOCABULARY.start)
    for token in numbers(text)[1:]:
        here, there = host.store.step(here, token), store.step(there, token)
    search = Search(n, beta, mode)
    leaves, chance = host.expand(here, search), random.Random(1)
    for _ in range(25):
        uniform = chance.random()
        assert device.draw(there, search, uniform).path.tokens == leaves.draw(uniform).tokens


def test_hidden_inputs_say_nothing_and_the_others_what_they_said() -> None:
    torch.manual_seed(1)
    rows = rows_of(LOOK, torch.tensor([rambling(seed, 100) for seed in range(40)]).t())
    nothing = torch.from_numpy(LOOK.nothing)
    some = hidden(LOOK, rows, 0.3)
    gone = (some == nothing).all(0)  # [beams, inputs]
    assert torch.where(gone, nothing, rows).equal(some)
    assert 0.2 < gone[:, :SOURCES].float().mean() < 0.45
    assert gone[:, :SOURCES].equal(gone[:, SOURCES : 2 * SOURCES] & gone[:, :SOURCES])
    assert hidden(LOOK, rows, 0.0).equal(rows) and hidden(LOOK, rows, 1.0).equal(nothing.expand_as(rows))


def test_told_rows_of_trails() -> None:
    stepper = Stepper(model())
    trails = stepper.follow(stepper.trails(2), torch.tensor([3, 9]))
    rows = told_rows(LOOK, trails, torch.device("cpu"))
    assert rows is not None and rows.tolist() == [list(LOOK.trail([3]).rows), list(LOOK.trail([9]).rows)]
    assert told_rows(None, trails, torch.device("cpu")) is None
