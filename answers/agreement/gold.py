"""Gold answers of data files: the last balanced box of each row, and what kind of answer it is."""

import json
import re
from pathlib import Path

DATASETS = ("math_500", "college_math", "math_hard", "gsm8k", "asdiv")

NUMERAL = r"(?:\d+(?:\.\d+)?|\.\d+)"
PROSE = re.compile(r"(?<![A-Za-z\\])[A-Za-z]{3,}|\\(?:text|mbox|mathrm|operatorname|max(?![a-z])|min(?![a-z]))")
GROUPED = re.compile(r"\d\s*,\s*(?:\\!\s*)?\d{3}(?!\d)")
INTERVAL = re.compile(r"^(?:\\left)?([\[(])([^\[\](),]+),([^\[\](),]+?)(?:\\right)?([\])])$")


def balanced(text: str, start: int) -> int | None:
    """Index just after the brace that closes the one at `start`; `None` if nothing closes it."""
    depth = 0
    for index in range(start, len(text)):
        if text[index] in "{}" and text[index - 1 : index] != "\\":
            depth += 1 if text[index] == "{" else -1
            if depth == 0:
                return index + 1
    return None


def last_box(text: str) -> str | None:
    r"""Content of the last `\boxed{...}` that is balanced."""
    for match in reversed(list(re.finditer(r"\\boxed\s*(?=\{)", text))):
        end = balanced(text, match.end())
        if end is not None:
            return text[match.end() + 1 : end - 1].strip()
    return None


def distinct_answers(folder: Path, dataset: str) -> list[str]:
    """The distinct gold answers of one data file, in the order of the file."""
    rows = (json.loads(line) for line in (folder / f"{dataset}.jsonl").open(encoding="utf-8"))
    boxes = (last_box(row["answer"]) for row in rows)
    return list(dict.fromkeys(box for box in boxes if box))


def split_top(text: str, separator: str = ",") -> list[str]:
    """`text` cut at each `separator` that is outside every bracket."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == separator and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [part.strip() for part in [*parts, text[start:]]]


def kind(answer: str) -> str:
    """A coarse type: what another answer has to share to be a *near* one."""
    bare = answer.strip("$ ").rstrip(".")
    if re.fullmatch(r"-?[\d,]*\d", bare):
        return "integer"
    if re.fullmatch(rf"-?{NUMERAL}", bare):
        return "decimal"
    if re.fullmatch(r"-?(\\[dt]?frac\{?-?\d+\}?\{?\d+\}?|\d+ ?/ ?\d+)", bare):
        return "fraction"
    if "matrix" in bare or "array" in bare:
        return "matrix"
    if PROSE.search(bare):
        return "text"
    if re.search(r"[<>]|\\(?:leq?|geq?|lt|gt|neq?)\b", bare):
        return "inequality"
    if "=" in bare:
        return "equation"
    if bare.startswith(("\\{", "\\left\\{")):
        return "set"
    match = INTERVAL.match(bare)
    if match and ("infty" in bare or match[1] + match[4] != "()"):
        return "interval"
    if len(split_top(bare)) > 1:
        return "list"
    if re.match(r"(?:\\left)?\(", bare) and len(split_top(re.sub(r"^(\\left)?\(|(\\right)?\)$", "", bare))) > 1:
        return "tuple"
    return "expression"
