"""`train`, `import` and `evaluate`: models made, brought in and measured."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from instrument.commands.command import PATCHES, Command, Result, Say, cluster_option, machines, positive

if TYPE_CHECKING:
    from instrument.workshop.cluster.kept import KeptResults


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", choices=("folk", "forms", "chorale", "hymns", "cadence", "chords", "first", "index"))
    parser.add_argument("abc", nargs="*", type=Path, help="ABC files or folders besides what pip brings")
    parser.add_argument("--more", action="append", type=Path, default=[], metavar="FILE",
                        help="folk: the same, one FILE each time; what became of its tunes is said")  # fmt: skip
    parser.add_argument("--epochs", type=positive)
    parser.add_argument("--recipe", default="lilt", help="folk: lilt, folk-rnn-like, look-back, or one of the tries")
    parser.add_argument("--begin", type=Path, metavar="WEIGHTS", help="folk: what look-back goes on from (default: "
                        "the shipped weights)")  # fmt: skip
    parser.add_argument("--tries", nargs="*", metavar="NAME", help="folk: recipes side by side")
    cluster_option(parser, "folk: tries ")
    parser.add_argument("--prepare", type=Path, metavar="FILE", help="folk: only write the tunes as numbers, to train "
                       "elsewhere")  # fmt: skip
    parser.add_argument("--tokens", type=Path, metavar="FILE", help="folk: train on the tunes in this file")
    parser.add_argument("--precision", choices=("float32", "bfloat16", "float16"), default="float32",
                        help="folk: tries")  # fmt: skip
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=positive, default=1)
    parser.add_argument("--minutes", type=float, default=14.0, help="chorale, tries: end after so many")
    parser.add_argument("--plan", default="shared", help="chorale: shared, separate, single, or an expert's name")
    parser.add_argument("--hidden", type=positive, default=256, help="chorale: units of a recurrent network")
    parser.add_argument("--teachers", type=positive, default=0, help="chorale: first train so many to learn from")
    parser.add_argument("--rivals", action="store_true", help="chorale: train what it is compared with instead")
    parser.add_argument("--voices", nargs="+", default=["bass", "tenor", "alto"], choices=("bass", "tenor", "alto"),
                       help="chorale: of the rivals")  # fmt: skip
    parser.add_argument("--at-once", type=positive, default=3, help="chorale: trainings side by side")
    parser.add_argument("--split", choices=("tune", "field"), default="tune", help="chorale: kept out by tune, or as "
                        "published figures have it")  # fmt: skip
    parser.add_argument("--work", type=Path, default=Path("build/train"), help="checkpoints and lists")
    parser.add_argument("--out", type=Path, help="where the weights go (default: the shipped place)")


def _train(args: argparse.Namespace, say: Say) -> Result:
    args.abc = [*args.abc, *args.more]
    if args.model == "chorale":
        from instrument.workshop.evaluate.chorale_training import train_chorale

        train_chorale(args, say)
        return Result()
    if args.model == "hymns":
        from instrument.workshop.hymns.command import recipe_of, train_hymns

        train_hymns(_folder(args.abc, HYMNS), args.out, args.work, say, recipe_of(args.epochs),
                    device="cpu" if args.device == "auto" else args.device, at_once=args.at_once)  # fmt: skip
        return Result()
    if args.model == "forms":
        from instrument.workshop.form.train import train_forms

        return Result(dict(train_forms(args.abc, args.out, say)), table=True)
    if args.model == "first":
        from instrument.networks.chorale.first_voice import SHIPPED as FIRST
        from instrument.workshop.chorale.first_voice import train_first

        return Result(train_first(args.out or FIRST, say, "python run.py train first"), table=True)
    if args.model == "cadence":
        from instrument.networks.chorale.cadence import SHIPPED as CADENCE
        from instrument.workshop.evaluate.cadence_training import train_cadence

        return Result(train_cadence(args.out or CADENCE, say, "python run.py train cadence"), table=True)
    if args.model == "index":
        from instrument.networks.folk.weights import SHIPPED
        from instrument.workshop.folk.novelty_index import train_index

        train_index(args.abc, args.out or SHIPPED, say)
        return Result()
    if args.model == "chords":
        from instrument.workshop.chords.train import ROUNDS, train_chords

        train_chords(_folder(args.abc, NOTTINGHAM), args.out, say, args.epochs or ROUNDS)
        return Result()
    from instrument.workshop.folk.command import train

    if args.cluster and args.tries is None:
        raise ValueError("--cluster spreads --tries; one recipe over several GPUs is torchrun's (README)")
    machines(args)
    return Result(train(args, say), table=True)


NOTTINGHAM = "chords: give the folder of Nottingham's tunes in ABC, and that alone"
HYMNS = "hymns: give the folder of the Open Hymnal's hymns in ABC, and that alone"


def _folder(given: list[Path], asked: str) -> Path:
    if len(given) != 1 or not given[0].is_dir():
        raise ValueError(asked)
    return given[0]


def _evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", choices=("folk", "chorale", "hymns", "chords"))
    parser.add_argument("abc", nargs="*", type=Path, help="chords: the folder of Nottingham's tunes in ABC; hymns: of "
                        "the Open Hymnal's")  # fmt: skip
    parser.add_argument("--own", action="store_true", help="chords: those of our own tunes, beside Nottingham's")
    parser.add_argument("--page", type=Path, metavar="FILE", help="chords: write the figures and twelve tunes there")
    parser.add_argument("--tunes", type=positive, default=1000)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--split", choices=("tune", "field"), default="tune", help="chorale: kept out by tune; or "
                        "likelihood on the split of published figures, beside them")  # fmt: skip
    parser.add_argument("--card", action="store_true", help="write the figures into the model card too")
    parser.add_argument("--only", choices=("network", "played"), help="folk: the network's tunes, or sets as played")
    parser.add_argument("--patches", nargs="+", default=list(PATCHES), metavar="PATCH", help="folk: whose sets")
    parser.add_argument("--sets", type=positive, default=40, help="folk: of each patch (default: 40)")
    parser.add_argument("--places", type=positive, default=5, help="folk: tunes of a set (default: 5)")
    parser.add_argument("--jobs", type=positive, default=1, help="folk: processes that compose, of one thread each")
    cluster_option(parser, "folk, chorale: ")
    parser.add_argument("--work", type=Path, default=Path("build/evaluate"), metavar="DIR", help="with --cluster: what "
                        "is done is kept here, and not done again")  # fmt: skip
    parser.add_argument("--beside", type=Path, metavar="FILE", help="folk: real tunes to set beside: tokens, a tune a "
                        "paragraph, JSON Lines of dance and tokens, or ABC")  # fmt: skip
    parser.add_argument("--keep", type=Path, metavar="FILE", help="folk: write the sets here, as JSON Lines")
    parser.add_argument("--played", type=Path, metavar="FILE", help="folk: count the sets in such a file, compose none")


def _evaluate(args: argparse.Namespace, say: Say) -> Result:
    if args.model == "chorale" and args.split == "field":
        from instrument.workshop.published.chorales import evaluate_field

        return Result(evaluate_field(args.weights, say))
    if args.model == "chorale":
        from instrument.workshop.evaluate.chorale import evaluate_chorale

        where = machines(args)
        return Result(evaluate_chorale(args.weights, say, machines=where, kept=kept_of(args, "chorale")
                                       if where.cluster else None))  # fmt: skip
    if args.model == "hymns":
        from instrument.workshop.hymns.command import evaluate_hymns

        return Result(evaluate_hymns(_folder(args.abc, HYMNS), args.weights, say))
    if args.model == "chords":
        from instrument.workshop.chords.page import chord_figures

        folder = _folder(args.abc, NOTTINGHAM)
        return Result(chord_figures(folder, args.weights, args.own, args.page, say), table=args.own)
    return Result(_folk(args, say), table=args.only != "played")


def kept_of(args: argparse.Namespace, network: str) -> KeptResults:
    """What was done of this evaluation before it was stopped, of the same weights and code."""
    from instrument.networks.weight_files import FOLDER, numbers_file
    from instrument.rig.cluster.marks import COMPOSING, marks
    from instrument.workshop.cluster.kept import KeptResults

    rooms = (*COMPOSING, "workshop")
    mark = marks({"weights": numbers_file(args.weights or FOLDER, network)}, rooms)
    return KeptResults(args.work / f"{network}.jsonl", " ".join(mark.values()))


def _folk(args: argparse.Namespace, say: Say) -> dict[str, object]:
    from instrument.workshop.evaluate.as_played import load, play_sets, save
    from instrument.workshop.evaluate.folk import evaluate_folk, write_card
    from instrument.workshop.evaluate.folk_form import evaluate_form, real_tunes

    figures: dict[str, object] = {}
    where = machines(args)
    kept = kept_of(args, "folk") if where.cluster else None
    real = real_tunes(args.beside, say) if args.only != "network" else None
    sets = []
    if real is not None:
        seeds = range(1, args.sets + 1)
        if args.played:
            sets = load(args.played)
        else:
            sets = play_sets(args.patches, seeds, args.places, args.weights, where, say, kept)
        if args.keep:
            save(sets, args.keep)
        figures |= evaluate_form(sets, real, say)
    generating = where if where.jobs > 1 or where.cluster else None
    if args.only != "played":
        figures |= evaluate_folk(args.tunes, args.weights, say, [each.tokens for each in sets], generating, kept)
    if args.card and args.only is None:
        write_card(figures, args.weights, f"python run.py evaluate folk --tunes {args.tunes} --sets {args.sets}")
    return figures


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", type=Path, help="an original folk-rnn checkpoint, such as folkrnn_v2.pkl")
    parser.add_argument("--to", type=Path, metavar="FILE", help="where the weights go (default: beside the checkpoint, "
                        "under its name)")  # fmt: skip


def _import(args: argparse.Namespace, say: Say) -> Result:
    from instrument.commands.import_weights import import_weights

    import_weights(args.checkpoint, args.to, say)
    return Result()


IMPORT = Command(
    "import", "bring in an original folk-rnn checkpoint (a pickle; nothing in it is run)", _import_arguments, _import,
    figures=False,
)  # fmt: skip
TRAIN = Command(
    "train", "train a model: folk, chorale, hymns, cadence, chords, first (voice); or index the tunes",
    _train_arguments, _train, figures=False,
)  # fmt: skip
EVALUATE = Command("evaluate", "measure a model: folk, chorale, hymns, chords", _evaluate_arguments, _evaluate)
