"""The study of the beam as a table and two pictures. Figures in, files out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

COLUMNS: tuple[tuple[str, Callable[[Mapping[str, float]], str]], ...] = (
    ("n", lambda r: f"{r['n']:.0f}"),
    ("beta", lambda r: f"{r['beta']:.0f}" if r["beta"] else "all"),
    ("kept mass", lambda r: f"{r['mass']:.3f}" + ("" if r["exact"] else "~")),
    ("distance", lambda r: f"{r['distance']:.3f}"),
    ("entropy, nats", lambda r: f"{r['entropy']:.2f}"),
    ("tokens/s, rejecting", lambda r: f"{r['tokens_per_s_rejecting']:.0f}"),
    ("tokens/s, growing", lambda r: f"{r['tokens_per_s_growing']:.0f}" if "tokens_per_s_growing" in r else ""),
    ("nats a token", lambda r: f"{r['nats']:.2f}"),
    ("tunes miscounted", lambda r: f"{100 * r['tunes_miscounted']:.0f} %"),
    ("bars said again", lambda r: f"{100 * r['repetition']:.0f} %"),
    ("parts end on the tonic", lambda r: f"{100 * r['parts_close_on_tonic']:.0f} %"),
    ("parts of 8 or 16 bars", lambda r: f"{100 * r['parts_of_eight']:.0f} %"),
    ("longest run shared", lambda r: f"{r['shared']:.1f}"),
    ("different tunes", lambda r: f"{100 * r['different']:.0f} %"),
    ("endless", lambda r: f"{100 * r['endless']:.0f} %"),
)


def pages(told: Mapping[str, Any], out: Path) -> list[Path]:
    """Write the table and the pictures into a folder. Raises OSError, and ImportError without matplotlib."""
    table = out / "table.md"
    table.write_text(markdown(list(told["rows"].values())), encoding="utf-8")
    return [table, _law(told, out / "law.png"), _music(told, out / "music.png")]


def markdown(rows: Sequence[Mapping[str, float]]) -> str:
    """The table, a row for each setting. Pure."""
    lines = ["| " + " | ".join(name for name, _ in COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(shown(row) for _, shown in COLUMNS) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _law(told: Mapping[str, Any], path: Path) -> Path:
    """Kept mass, entropy and speed against beta, a line for each n."""
    return _panels(
        told, path, (("mass", "kept mass of the joint distribution", 1.0), ("entropy", "entropy of a tuple, nats", 1.0),
                     ("tokens_per_s_growing", "tokens a second, growing the tree", 1.0)),
    )  # fmt: skip


def _music(told: Mapping[str, Any], path: Path) -> Path:
    """What the tunes become, against beta."""
    return _panels(
        told, path, (("tunes_miscounted", "tunes with a miscounted bar, %", 100.0),
                     ("repetition", "bars that say again what was said, %", 100.0),
                     ("parts_close_on_tonic", "parts that end on the tonic, %", 100.0),
                     ("shared", "notes of the longest run shared with a training tune", 1.0),
                     ("nats", "surprise of the plain model, nats a token", 1.0),
                     ("different", "different tunes, %", 100.0)),
    )  # fmt: skip


def _panels(told: Mapping[str, Any], path: Path, panels: Sequence[tuple[str, str, float]]) -> Path:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = list(told["rows"].values())
    across = 3
    figure, axes = pyplot.subplots(-(-len(panels) // across), across, figsize=(13, 3.7 * -(-len(panels) // across)))
    for axis, (name, title, scale) in zip(axes.flat, panels, strict=True):
        for n, mark in zip((1, 2, 3, 4), "os^D", strict=True):
            own = [row for row in rows if row["n"] == n and name in row]
            widths, values = [row["beta"] or 137 for row in own], [scale * row[name] for row in own]
            axis.plot(widths, values, f"{mark}-", label=f"n = {n}")
        axis.set_xscale("log", base=2)
        axis.set_xticks([1, 2, 4, 8, 16, 32, 64, 137], ["1", "2", "4", "8", "16", "32", "64", "all"])
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("beam width")
        axis.grid(alpha=0.3)
    axes.flat[0].legend()
    figure.tight_layout()
    figure.savefig(path, dpi=90)
    pyplot.close(figure)
    return path
