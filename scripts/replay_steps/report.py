"""The tables that are printed."""

from .cases import Case
from .compare import COLUMNS, Differences
from .recipe import PAPERS

WIDTH = 58


def header(algorithm: str) -> str:
    """The head of an algorithm's table."""
    columns = "".join(f"{name:>10}" for name in COLUMNS)
    return f"\n{algorithm:<{WIDTH}}{'steps':>6}{'clipped':>9}{columns}"


def line(case: Case, found: Differences) -> str:
    """A case's largest relative differences."""
    clipped = "-" if found.clipped is None else f"{found.clipped:.1%}"
    columns = "".join(f"{number(found.largest.get(name)):>10}" for name in COLUMNS)
    cost = f"   PyTorch's float32: {number(found.cost)}" if case.shipped else ""
    verdict = cost if found.passed else f"{cost}   FAILED: {found.worst[1]}"
    return f"  {case.title:<{WIDTH - 2}}{found.steps:>6}{clipped:>9}{columns}{verdict}"


def number(value: float | None) -> str:
    """A difference; a dash where there is nothing to compare."""
    return "-" if value is None else "0" if value == 0 else f"{value:.1e}"


def summary(results: list[tuple[Case, Differences]]) -> str:
    """The largest differences of each algorithm as a Markdown table."""
    names = [("loss", "loss"), ("grad_norm", "norm"), ("kl", "KL"), ("entropy", "entropy"), ("other", "others")]
    names += [("mean", "gradient"), ("weights", "weights")]
    rows = ["| `algorithm` | cases | steps | " + " | ".join(title for _, title in names) + " |", "|--" * 10 + "|"]
    for algorithm in PAPERS:
        of = [found for case, found in results if case.algorithm == algorithm and not case.shipped]
        if of:
            columns = [max((d.largest[name] for d in of if name in d.largest), default=None) for name, _ in names]
            cells = [f"`{algorithm}`", str(len(of)), str(sum(d.steps for d in of)), *map(number, columns)]
            rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def beside_trl(version: str, results: list[tuple[Case, Differences]]) -> str:
    """How far TRL is from the replay."""
    lines = [f"TRL {version} beside the replay, loss and gradient by log-probability:"]
    names = dict.fromkeys(name for _, found in results for name in found.beside_trl)
    for name in names:
        of = [(case, found.beside_trl[name]) for case, found in results if name in found.beside_trl]
        algorithms = ", ".join(dict.fromkeys(case.algorithm for case, _ in of))
        lines.append(f"  {name:<36}{len(of):>3} cases {number(max(value for _, value in of)):>9}   {algorithms}")
    alone = [case for case, found in results if not found.beside_trl]
    lines.append(f"  no counterpart: {'; '.join(f'{case.algorithm}: {case.title}' for case in alone) or 'none'}")
    return "\n".join(lines)
