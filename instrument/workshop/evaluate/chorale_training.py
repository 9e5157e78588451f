"""`run.py train chorale`, its arguments as typed."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import replace

from instrument.networks.chorale.plans import Plan
from instrument.networks.chorale.tokens import NAMES
from instrument.networks.chorale.weights import SHIPPED
from instrument.workshop.chorale.train import train_chorale as train_voices
from instrument.workshop.chorale.trainer import ChoraleRecipe, Report
from instrument.workshop.evaluate.chorale_baselines import train_rivals


def train_chorale(args: argparse.Namespace, report: Report) -> None:
    """Train the weights, or what they are compared with."""
    recipe = replace(ChoraleRecipe(), minutes=args.minutes, split=args.split)
    recipe = replace(recipe, epochs=args.epochs or recipe.epochs)
    if args.split != "tune" and (args.rivals or args.out is None):
        raise ValueError(
            "--rivals are trained on the split by tune alone" if args.rivals
            else f"--split {args.split}: give --out too; the weights that come with the instrument are trained by tune"
        )  # fmt: skip
    device, plan = "cpu" if args.device == "auto" else args.device, Plan(args.plan, args.hidden)
    command = "python run.py " + shlex.join(sys.argv[1:])
    if args.rivals:
        voices = [NAMES.index(name) for name in args.voices]
        train_rivals(args.work, plan, recipe, device, args.at_once, report, command, voices=voices)
    else:
        train_voices(
            args.out or SHIPPED, args.work, plan, recipe, device, report, command, None, args.at_once, args.teachers
        )
