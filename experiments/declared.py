"""Experiments as their TOML files declare them. Knows nothing of tables or figures."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results"

# What the table shows of the last iteration unless the experiment says otherwise.
COLUMNS = ["pass_at_1", "maj_at_16", "pass_at_16", "reward", "selected", "label_accuracy", "kl", "total_steps"]


@dataclass(frozen=True)
class Run:
    """One run: a setting with one seed."""

    experiment: str
    setting: str
    seed: int
    overrides: tuple[str, ...]
    iterations: int

    @property
    def name(self):
        """Its name in the store."""
        slug = re.sub(r"[^a-z0-9]+", "-", self.setting.lower()).strip("-")
        return f"{self.experiment}.{slug}.s{self.seed}"


@dataclass(frozen=True)
class Experiment:
    """A claim, the settings that test it, and what is shown of them."""

    name: str
    order: int
    title: str
    section: str
    claim: str
    would_change: str
    settings: dict[str, list[str]] = field(default_factory=dict)
    baseline: str = ""
    verdict: str = ""
    seen: str = ""
    iterations: int = 3
    seeds: list[int] = field(default_factory=lambda: [1, 2, 3, 4, 5])
    common: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=lambda: list(COLUMNS))
    by_iteration: list[str] = field(default_factory=lambda: ["pass_at_1"])
    plot: list[str] = field(default_factory=lambda: ["pass_at_1", "reward", "label_accuracy"])
    plot_x: str = "iteration"
    results_of: list[str] = field(default_factory=list)
    config: str = "configs/quickstart.toml"
    domain: str = "arithmetic"
    built: str = ""

    def __post_init__(self):
        if self.settings and self.baseline not in self.settings:
            raise SystemExit(f"{self.name}.toml: the baseline `{self.baseline}` is not among the settings")

    def runs(self):
        """All runs, seed by seed, so that an interrupted experiment has whole seeds."""
        return [
            Run(self.name, setting, seed, (*self.common, *overrides), self.iterations)
            for seed in self.seeds
            for setting, overrides in self.settings.items()
        ]


def load(name):
    """The experiment of `NAME.toml`."""
    path = HERE / f"{name}.toml"
    if not path.exists():
        raise SystemExit(f"there is no experiment `{name}`; there are {', '.join(names())}")
    try:
        return Experiment(name=name, **tomllib.loads(path.read_text()))
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise SystemExit(f"{path.name}: {error}") from None


def names():
    """The names of all experiments, in the order of the page."""
    orders = {path.stem: tomllib.loads(path.read_text())["order"] for path in HERE.glob("*.toml")}
    return sorted(orders, key=orders.get)
