"""What is printed."""

from dataclasses import dataclass
from pathlib import Path

from .engines import Failure

#: Tokens whose log-probabilities differ by less are equally likely, as far as float32 can tell.
TIE = 1e-4
COLUMNS = ("prompts", "equal", "ties", "differ")


def header(folder: Path, version: str, task: dict) -> str:
    """The head of the table of a folder."""
    count, most = len(task["expected"]), task["max_new_tokens"]
    title = f"{folder}: {count} greedy answers of at most {most} tokens, beside those of {version} in float32"
    return f"{title}\n{'':<53}{'':>9}" + "".join(f"{name:>9}" for name in COLUMNS)


@dataclass
class Found:
    """What an engine answered in a number format."""

    engine: str
    dtype: str
    task: dict
    result: dict | Failure

    def answers(self) -> list[dict]:
        """One for each problem; none if the folder could not be read."""
        return [] if isinstance(self.result, Failure) else self.result["answers"]

    def other_prompts(self) -> list[int]:
        """Problems whose prompt has other token ids than that of `serl`."""
        pairs = zip(self.answers(), self.task["prompts"])
        return [number for number, (answer, prompt) in enumerate(pairs) if answer["prompt"] != prompt]

    def ties(self) -> list[int]:
        """Problems whose answer leaves that of `serl` between two tokens that are equally likely."""
        return [number for number in self.unequal() if is_tie(self.answers()[number]["divergence"])]

    def unequal(self) -> list[int]:
        """Problems with another answer than that of `serl`."""
        return [number for number, answer in enumerate(self.answers()) if answer["divergence"]]

    @property
    def passed(self) -> bool:
        """Whether the engine answers as `serl` does, as far as can be asked."""
        if isinstance(self.result, Failure):
            return self.result.excused
        same = self.dtype != "float32" or self.unequal() == self.ties()
        return same and not self.other_prompts()

    def line(self) -> str:
        """A row of the table."""
        if isinstance(self.result, Failure):
            verdict = "not compared" if self.result.excused else "FAILED"
            return f"  {self.engine:<51}{self.dtype:>9}  {verdict}: {self.result}"
        count, unequal, ties = len(self.answers()), len(self.unequal()), len(self.ties())
        counts = (count - len(self.other_prompts()), count - unequal, ties, unequal - ties)
        cells = "".join(f"{cell:>9}" for cell in counts)
        return f"  {', '.join(self.result['versions']):<51}{self.dtype:>9}{cells}{'' if self.passed else '  FAILED'}"


def is_tie(divergence: dict) -> bool:
    """Whether the two tokens are equally likely."""
    pair = [divergence[side] and divergence[side]["logprob"] for side in ("chosen", "wanted")]
    return None not in pair and abs(pair[0] - pair[1]) < TIE


def details(found: list[Found]) -> list[str]:
    """Every difference in float32, other prompts, and other tokens of the same text."""
    lines = []
    for one in found:
        name = f"{one.engine}, {one.dtype}"
        lines += [f"  {name}: the prompt of problem {number} has other tokens" for number in one.other_prompts()]
        if one.dtype == "float32":
            lines += [f"  {name}, problem {number}: {told(one.answers()[number])}" for number in one.unequal()]
    return lines + [f"  problem {number}: the same text in other tokens" for number in respelled(found)]


def warnings(found: list[Found]) -> list[str]:
    """What the engines warned of."""
    read = [one for one in found if one.answers() and one.dtype == "float32"]
    return [f"  {one.engine}: {warning}" for one in read for warning in one.result["warnings"]]


def told(answer: dict) -> str:
    """Where and how an answer leaves that of `serl`."""
    divergence = answer["divergence"]
    serl, engine = (side(divergence[name]) for name in ("wanted", "chosen"))
    tie = ", a tie" if is_tie(divergence) else ""
    return f"from token {divergence['at']} on; serl {serl}, here {engine}{tie}"


def side(token: dict | None) -> str:
    """A token with its log-probability."""
    if token is None:
        return "has a token that is not among the likely ones"
    logprob = "" if token["logprob"] is None else f" ({token['logprob']:.5f})"
    return f"has {token['piece']}{logprob}"


def respelled(found: list[Found]) -> list[int]:
    """Problems to which engines gave the answer of `serl` in different tokens."""
    spellings = {}
    for one in found:
        for number, answer in enumerate(one.answers()):
            if not answer["divergence"]:
                spellings.setdefault(number, set()).add(tuple(answer["tokens"]))
    return [number for number, tokens in spellings.items() if len(tokens) > 1]
