"""`study`, `plot` and `explain`: what a model does, in figures, pictures and words."""

from __future__ import annotations

import argparse
from pathlib import Path

from instrument.commands.command import PATCHES, Command, Result, Say, cluster_option, machines, positive
from instrument.commands.tune_options import explain_command, plot_command, tune_options

QUESTIONS = (
    "beam", "precision", "experts", "inside", "voices", "copies", "form", "feel", "backing", "stranger", "tunes",
    "openings",
)  # fmt: skip


def _study_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", choices=QUESTIONS)
    parser.add_argument("--tunes", type=positive, default=200, help="beam: tunes a setting")
    parser.add_argument("--jobs", type=positive, default=1, help="beam: processes, of one thread each")
    cluster_option(parser, "beam: ")
    parser.add_argument("--pages", action="store_true", help="beam: only draw again what was measured before")
    parser.add_argument("--of", type=Path, nargs="+", default=[], metavar="FILE", help="form, stranger: files of tunes "
                       "(tokens, a tune a paragraph; JSON Lines of dance and tokens; ABC)")  # fmt: skip
    parser.add_argument("--beside", type=Path, metavar="FILE", help="form, stranger: real tunes")
    parser.add_argument("--dance", default="", help="form: of the tunes that name none (default: by their meter)")
    parser.add_argument("--rival", action="append", default=[], metavar="NAME=FILE", help="stranger: tunes of another "
                        "source, judged as well; again for another")  # fmt: skip
    parser.add_argument("--plain", action="store_true", help="stranger: as many tunes of the network by itself, too")
    parser.add_argument("--patches", nargs="+", default=list(PATCHES), metavar="PATCH", help="tunes: they take turns")
    parser.add_argument("--seeds", type=positive, default=12, help="tunes: from 1 to this (default: 12)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="beam: docs/beam, tunes: docs")
    parser.add_argument("--weights", type=Path)


def _study(args: argparse.Namespace, say: Say) -> Result:
    if args.question in ("beam", "inside"):
        import matplotlib  # noqa: F401 - what draws the pictures, before an hour of measuring
    if args.question == "inside":
        from instrument.workshop.study.activations import study_inside

        return Result(study_inside(args.tunes, args.weights, say), table=True)
    if args.question == "form":
        from instrument.workshop.form.study import study_form

        return Result(study_form(args.of, args.beside, args.dance, say))
    if args.question == "stranger":
        from instrument.workshop.evaluate.folk_form import real_tunes
        from instrument.workshop.tune_studies.stranger import named, plain_tunes, study_stranger

        plain = plain_tunes(args.weights) if args.plain else None
        rivals = named(args.rival)
        return Result(study_stranger(args.of, rivals, real_tunes(args.beside, say), say, plain))
    if args.question == "tunes":
        from instrument.workshop.tune_studies.page import study_tunes

        named_patches = "" if args.patches == list(PATCHES) else f" --patches {' '.join(args.patches)}"
        command = f"python run.py study tunes --seeds {args.seeds}{named_patches}"
        study_tunes(args.patches, args.seeds, args.out or Path("docs"), args.weights, command, say)
        return Result()
    if args.question == "openings":
        from instrument.workshop.tune_studies.openings import study_openings

        return Result(dict(study_openings(args.patches, say)), table=True)
    if args.question == "copies":
        from instrument.workshop.tune_studies.copies import study_copies

        return Result(study_copies(args.weights, say), table=True)
    if args.question == "feel":
        from instrument.workshop.tune_studies.feel import study_feel

        return Result(study_feel(args.weights, say), table=True)
    if args.question == "backing":
        from instrument.workshop.backing.heard import study_backing

        return Result(study_backing(say), table=True)
    if args.question == "voices":
        from instrument.workshop.study.voices import study_voices

        return Result(study_voices(say, args.weights))
    if args.question == "precision":
        from instrument.workshop.study.precision import study_precision

        return Result(study_precision(say, args.weights), table=True)
    if args.question == "experts":
        from instrument.workshop.study.experts import study_experts

        return Result(study_experts(say, args.weights), table=True)
    from instrument.workshop.study.beam import draw_again, study_beam

    out = args.out or Path("docs/beam")
    if args.pages:
        draw_again(out, say)
    else:
        study_beam(args.tunes, out, machines(args), say, args.weights)
    return Result()


def _plot_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("experts", "activations", "page"))
    parser.add_argument("--screens", choices=("readme", "all"), default="readme", help="page: desk and phone, or also "
                        "light, narrow and very large ones")  # fmt: skip
    tune_options(parser)
    parser.add_argument("--voice", choices=("alto", "tenor", "bass"), default="alto")
    parser.add_argument("--chorale", default="bwv227.1", help="its file in music21's corpus")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--out", type=Path, metavar="PATH", help="a file for experts, a folder for activations")


def _plot(args: argparse.Namespace, say: Say) -> Result:
    if args.what == "activations":
        return Result(plot_command(args, say))
    if args.what == "page":
        from instrument.workshop.study.page_pictures import ALL, SHOWN, page_pictures

        views = ALL if args.screens == "all" else SHOWN
        page_pictures(args.out or Path("docs/pictures"), args.seed or 14, views, say)
        return Result()
    from instrument.networks.chorale.tokens import NAMES
    from instrument.workshop.study.plot_experts import plot_experts

    out = args.out or Path("docs/pictures/experts.png")
    plot_experts(out, NAMES.index(args.voice), args.chorale, say, args.weights)
    return Result()


def _explain_arguments(parser: argparse.ArgumentParser) -> None:
    tune_options(parser)
    parser.add_argument("--weights", type=Path)


def _explain(args: argparse.Namespace, say: Say) -> Result:
    return Result(explain_command(args, say))


STUDY = Command(
    "study",
    "ask a model a question: beam, precision, experts, inside, voices, copies; ask tunes one: form, feel, stranger; "
    "ask the backing's patterns: backing; or write the page of tunes",
    _study_arguments, _study,
)  # fmt: skip
PLOT = Command(
    "plot",
    "draw: experts (what each says of a chorale, and their product), activations (the folk model inside, while it "
    "generates a tune), page (pictures of the web page while a session plays)",
    _plot_arguments, _plot,
)  # fmt: skip
EXPLAIN = Command("explain", "say of one tune what it is: counting, form, newness", _explain_arguments, _explain)
