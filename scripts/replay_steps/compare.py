"""Differences between what `serl` stored and what PyTorch found."""

from dataclasses import dataclass, field

import torch

from .policy import weights
from .replay import Replayed
from .store import TrainNode

#: The largest difference that passes, relative to a figure's scale or to the change of the weights.
TOLERANCE = 1e-4
#: Columns of the report; what else the log has is in `other`.
COLUMNS = ("loss", "grad_norm", "kl", "entropy", "other", "mean", "square", "weights")


@dataclass
class Differences:
    """The largest relative difference of each column over all steps and rounds of a case."""

    largest: dict[str, float] = field(default_factory=dict)
    #: Which figure of which step was furthest off.
    worst: tuple[float, str] = (0.0, "")
    steps: int = 0
    #: The largest share of a step's tokens that the clip changed.
    clipped: float | None = None
    #: How far PyTorch's weights in float32 are from those in float64, where that was measured.
    cost: float = 0.0
    #: How far TRL is from the replay, by its function.
    beside_trl: dict[str, float] = field(default_factory=dict)

    def note(self, name: str, place: str, difference: float) -> None:
        """Counts a difference; one that is no number is infinitely large."""
        difference = difference if difference == difference else float("inf")
        column = name if name in COLUMNS else "other"
        self.largest[column] = max(self.largest.get(column, 0.0), difference)
        self.worst = max(self.worst, (difference, f"{name}, {place}"))

    @property
    def passed(self) -> bool:
        """Whether something was compared and every difference is small; that of the weights also if float32 costs
        PyTorch half as much."""
        most = {name: TOLERANCE for name in self.largest} | {"weights": max(TOLERANCE, 2 * self.cost)}
        small = all(value <= most[name] for name, value in self.largest.items())
        return self.steps > 0 and small and all(value <= TOLERANCE for value in self.beside_trl.values())


def compare(node: TrainNode, replayed: Replayed, into: Differences) -> None:
    """Compares a node's log, figures, weights and moments with those of its replay."""
    place = f"round {node.config['round']}"
    logged = [dict(row) for row in node.rows("train", "train_log")]
    for figure in node.rows("train", "train_figures"):
        logged[figure["step"]][figure["name"]] = figure["value"]
    if len(logged) != len(replayed.steps):
        into.note("steps", f"{place}: {len(logged)} against {len(replayed.steps)}", float("inf"))
    for number, (row, found) in enumerate(zip(logged, replayed.steps)):
        for known in ("iteration", "round", "step"):
            row.pop(known)
        compare_step(row, found, f"{place}, step {number}", into)
    into.steps += len(logged)
    compare_weights(node, replayed, place, into)


def compare_step(row: dict, found: dict, place: str, into: Differences) -> None:
    """Compares the figures of a step; one that only one side has is a difference."""
    for name in row.keys() | found.keys():
        value, (expected, scale) = row.get(name), found.get(name) or (None, 0.0)
        if value is None and expected is None:
            continue
        if value is None or expected is None:
            into.note(name, f"{place}: {value} against {expected}", float("inf"))
            continue
        difference, size = abs(value - expected), max(scale, abs(expected))
        relative = difference / size if size else difference
        into.note(name, f"{place}: {value} against {expected}", relative)
    if "clip_fraction" in row:
        into.clipped = max(into.clipped or 0.0, row["clip_fraction"])


def compare_weights(node: TrainNode, replayed: Replayed, place: str, into: Differences) -> None:
    """`‖difference‖ / ‖change‖` of all weights, and `‖difference‖ / ‖moment‖` of both moments."""
    after = weights(node.output("policy"))
    into.note("weights", place, distance(after, replayed.weights) / change(node))
    for kind, stored in (node.moments() or {}).items():
        into.note(kind, place, distance(stored, replayed.moments[kind]) / norm(replayed.moments[kind]))


def float32_cost(node: TrainNode, in_float32: Replayed, in_float64: Replayed) -> float:
    """What `compare_weights` notes of the weights, for PyTorch in float32 in place of `serl`."""
    return distance(in_float32.weights, in_float64.weights) / change(node)


def change(node: TrainNode) -> float:
    """How far the node moved the weights."""
    return distance(weights(node.output("policy")), weights(node.input("policy")))


def distance(these: dict[str, torch.Tensor], those: dict[str, torch.Tensor]) -> float:
    """The norm of the difference of two sets of tensors, which must have the same names."""
    assert these.keys() == those.keys(), these.keys() ^ those.keys()
    return norm({name: these[name] - those[name] for name in these})


def norm(tensors: dict[str, torch.Tensor]) -> float:
    """The L2 norm of all tensors together."""
    return sum((tensor**2).sum().item() for tensor in tensors.values()) ** 0.5
