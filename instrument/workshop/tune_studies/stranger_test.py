"""The stranger's test: can a classifier tell composed tunes from real ones of the same dance?

Told as the area under the ROC curve: 0.5, it guesses; 1, it always knows. Two classifiers of scikit-learn are asked, a
logistic regression over everything, and gradient-boosted trees over what is common and over form alone; the sharpest
of the three counts. Tunes of one family, or with the same first two bars, are never on both sides of a split, so that
nobody is told by a tune or an opening that was shown before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, pstdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from instrument.workshop.books.families import families
from instrument.workshop.form.rows import FormCounts, form, read
from instrument.workshop.tune_studies.stranger_features import FEWEST, features

FOLDS = 5
TURNS = 2  #: times that the folds are drawn anew
SEEN = 0.02  #: share of tunes that must have a feature
COMMON = 0.10  #: the same for the trees
ENOUGH = 20  #: tunes on each side
TELLS = 12  #: features that are named

Row = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Tell:
    """A feature. auc: told by it alone, 0.5 to 1; ours, real: its mean."""

    name: str
    auc: float
    ours: float
    real: float

    def __str__(self) -> str:
        return f"{self.name}: {'more' if self.ours > self.real else 'less'} in ours ({self.auc:.2f} by itself)"


@dataclass(frozen=True, slots=True)
class StrangerVerdict:
    """Verdict of the stranger's test.

    auc, spread: mean and standard deviation over the folds, of the sharpest classifier; which: its name
    by: the mean of each; form, bars: AUC from the table's rows alone, from what stands in the bars alone."""

    ours: int
    real: int
    auc: float
    spread: float
    which: str
    by: Mapping[str, float]
    form: float
    bars: float
    tells: tuple[Tell, ...]


@dataclass(frozen=True, slots=True)
class HeardTune:
    """A tune to be judged."""

    tokens: tuple[str, ...]
    form: FormCounts
    row: Row


def heard(tokens: Sequence[str]) -> HeardTune | None:
    """None for one that is too short to judge."""
    counted = form(tokens)
    if len(counted.said) < FEWEST:
        return None
    return HeardTune(tuple(tokens), counted, features(counted, read(tokens).meter.bar))


def judge(ours: Sequence[HeardTune], real: Sequence[HeardTune], turns: int = TURNS) -> StrangerVerdict:
    """The test. Deterministic. Raises ValueError for too few tunes on a side, RuntimeError without scikit-learn."""
    if min(len(ours), len(real)) < ENOUGH:
        raise ValueError(f"{len(ours)} and {len(real)} tunes are too few to tell apart; give {ENOUGH} or more of each")
    every = [*ours, *real]
    labels = np.array([1] * len(ours) + [0] * len(real))  # [tunes]
    groups = np.array(grouped(every))
    names, table = matrix([each.row for each in every])
    of_form = np.array([name.startswith("form:") for name in names])
    common = of_form | ((table > 0).mean(0) >= COMMON)
    by = {
        "logistic": _folds(_logistic(), table, labels, groups, turns),
        "trees": _folds(_trees(), table[:, common], labels, groups, turns),
        "trees on form": _folds(_trees(), table[:, of_form], labels, groups, turns),
    }  # fmt: skip
    which = max(by, key=lambda name: mean(by[name]))
    return StrangerVerdict(
        len(ours), len(real), mean(by[which]), pstdev(by[which]), which, {name: mean(auc) for name, auc in by.items()},
        mean(by["trees on form"]),
        mean(_folds(_logistic(), table[:, ~of_form], labels, groups, turns)), tells(names, table, labels),
    )  # fmt: skip


def grouped(tunes: Sequence[HeardTune]) -> list[int]:
    """A number for each tune: alike for tunes of one family and for those that begin with the same two bars. Pure."""
    group = families([each.tokens for each in tunes])
    first: dict[object, int] = {}
    parent = {number: number for number in group}

    def root(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    for each, number in zip(tunes, group, strict=True):
        other = first.setdefault(each.form.said[:2], number)
        parent[root(number)] = root(other)
    return [root(number) for number in group]


def matrix(rows: Sequence[Row]) -> tuple[list[str], NDArray[np.float64]]:
    """(names of the columns, [tunes, features]); features that few tunes have are left out, what is missing is 0."""
    seen = Counter(name for row in rows for name in row)
    names = sorted(name for name, count in seen.items() if count >= max(3, SEEN * len(rows)))
    return names, np.array([[row.get(name, 0.0) for name in names] for row in rows])


def tells(names: Sequence[str], table: NDArray[np.float64], labels: NDArray[np.int_]) -> tuple[Tell, ...]:
    """The features that tell most by themselves, the sharpest first."""
    from scipy.stats import rankdata

    ours, real = table[labels == 1], table[labels == 0]  # [tunes, features]
    ranks = rankdata(table, axis=0)[labels == 1].sum(0)
    areas = (ranks / len(ours) - (len(ours) + 1) / 2) / len(real)  # Mann and Whitney's statistic is the AUC
    found = [
        Tell(name, max(area, 1 - area), float(ours[:, k].mean()), float(real[:, k].mean()))
        for k, (name, area) in enumerate(zip(names, areas.tolist(), strict=True))
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda tell: (-tell.auc, tell.name))[:TELLS])


def _folds(
    classifier: Any, table: NDArray[np.float64], labels: NDArray[np.int_], groups: NDArray[np.int_], turns: int
) -> list[float]:
    """The AUC of every fold of every turn."""
    from sklearn.base import clone
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedGroupKFold

    found = []
    for turn in range(turns):
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=turn)
        for learnt, asked in folds.split(table, labels, groups):
            if len(set(labels[asked])) == 2 == len(set(labels[learnt])):
                own = clone(classifier).fit(table[learnt], labels[learnt])
                found.append(float(roc_auc_score(labels[asked], own.predict_proba(table[asked])[:, 1])))
    if not found:
        raise ValueError("all tunes of one side are of one family: nothing to tell apart")
    return found


def _logistic() -> Any:
    sklearn()
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.003, class_weight="balanced", max_iter=2000))


def _trees() -> Any:
    sklearn()
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=60, learning_rate=0.1, max_leaf_nodes=8, max_features=0.3, l2_regularization=1.0,
        class_weight="balanced", random_state=0,
    )  # fmt: skip


def sklearn() -> None:
    """Raises RuntimeError, one line, where scikit-learn is not installed."""
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise RuntimeError("the stranger's test needs scikit-learn; pip install -e .[study]") from None
