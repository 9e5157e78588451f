"""The model card: what weights are, where their music came from, how well they do.

The card is the JSON beside the weights; `markdown` tells it to people, and adds nothing to it. Fields, all
optional but the first three: `format`; `architecture` (network, vocab, hidden, layers, parameters, and `look_back`
where there are such inputs: their reading, and each one's name and rows); `vocabulary` (tokens in their order);
`corpora` (each: name, origin, transcribers, terms, tunes); `left_out` (reason: tunes);
`dropped` (sign: times); `split` (side: tunes, tokens); `recipe`; `epochs`; `losses` (side: nats a token);
`unit` ("token" where it is not said; what losses and the split count); `published`; `rivals` (recipe:
nats on the test side); `tries` and `tables` (any more figures: title, heads, rows); `command`; `date`; `source`; `id`
(of the weights, from their bytes).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def markdown(card: dict[str, Any]) -> str:
    """The card as text for people. Pure; missing fields are passed over."""
    return "\n".join(_lines(card)).rstrip() + "\n"


def _lines(card: dict[str, Any]) -> Iterator[str]:
    sizes = card.get("architecture", {})
    yield f"# {card.get('name', 'Weights')}"
    yield ""
    if "layers" in sizes:
        made = f"{sizes['layers']} LSTM layers of {sizes['hidden']} units over {sizes['vocab']} tokens"
    elif "network" in sizes:
        made = f"A {sizes['network']}, {sizes['plan']}, {sizes['hidden']} units over {sizes['tokens']} tokens"
    else:
        made = "Numbers of experts"
    if looks := sizes.get("look_back", {}).get("inputs"):
        made += f", with look-back inputs ({', '.join(name for name, _ in looks)})"
    stored = ", stored in half precision" if len(sizes) > 1 else ""
    yield f"{made}: {sizes.get('parameters', 0):,} learned numbers{stored}."
    for field in ("about", "source"):
        if field in card:
            yield from ("", str(card[field]))
    unit = card.get("unit", "token")
    yield from _table(f"Losses, in nats a {unit}", ("side", f"nats a {unit}"), card.get("losses", {}).items())
    if "published" in card:
        yield from ("", str(card["published"]))
    sides = [(side, v["tunes"], v["tokens"]) for side, v in card.get("split", {}).items()]
    yield from _table("Tunes, split by family", ("side", "tunes", f"{unit}s"), sides)
    for table in (*([card["tries"]] if "tries" in card else []), *card.get("tables", [])):
        yield from _table(table["title"], table["heads"], table["rows"])
    yield from _corpora(card.get("corpora", []))
    yield from _table("Tunes left out", ("reason", "tunes"), card.get("left_out", {}).items())
    yield from _table("Signs not kept", ("sign", "times"), card.get("dropped", {}).items())
    yield from _table("How it was trained", ("what", "value"), card.get("recipe", {}).items())
    for field in ("epochs", "command", "date"):
        if field in card:
            value = f"`{card[field]}`" if field == "command" else card[field]
            yield from ("", f"{field.capitalize()}: {value}")


def _corpora(corpora: list[dict[str, Any]]) -> Iterator[str]:
    if corpora:
        yield from ("", "## Where the music came from")
    for corpus in corpora:
        yield from ("", f"**{corpus['name']}**: {corpus['tunes']} tunes. {corpus.get('origin', '')}".rstrip())
        for field in ("transcribers", "terms"):
            if corpus.get(field):
                yield f"{field.capitalize()}: {corpus[field]}"


def _table(title: str, heads: tuple[str, ...], rows: Any) -> Iterator[str]:
    rows = [tuple(row) for row in rows]
    if rows:
        yield from ("", f"## {title}", "", f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}")
        yield from (f"| {' | '.join(_cell(value) for value in row)} |" for row in rows)


def _cell(value: Any) -> str:
    text = f"{value:,}" if isinstance(value, int) and value > 9999 else str(value)
    return text.replace("|", "\\|")
