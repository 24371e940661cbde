"""Changes that give an answer another value: each rule yields texts that are meant to be wrong.

`differs` judges two answers of a file, `changed` an answer and a change of it. Both ask `latex` first; where that
cannot read a side they go by the numbers and words, or by the structure, and drop what may be equal by convention.
"""

import random
import re
from collections.abc import Callable, Iterator

from gold import GROUPED, INTERVAL, NUMERAL, PROSE, kind, split_top
from latex import equation, expression, same_answer

Change = Callable[[str, random.Random], Iterator[str]]
CHANGES: dict[str, Change] = {}

STRUCTURED = {"tuple", "set", "interval", "matrix", "list", "inequality"}
CONVENTION = re.compile(
    r"approx|sim(?![a-z])|dots|\b[cCkK]_|(?<![a-zA-Z\\])[cCkK](?![a-zA-Z])|solution|none|undefined|dne|empty|varnothing"
    r"|oslash|infty\s*$|exist|true|false|yes|no\b|\\pm|mp\b|\bor\b",
    re.IGNORECASE,
)
TEXT = re.compile(
    r"\\(?:text|mbox|mathrm|textrm|operatorname)\s*\{[^{}]*\}(?:\^\{?\d\}?)?"
    r"|\\begin\{\w+\}(?:\{\w+\})?|\\end\{\w+\}"
)
TWICE = re.compile(r"[<>].*:|;|[\])]\s*=\s*(?:\\left)?[\[(]")
STRICTER = (("<", "\\le "), (">", "\\ge "), ("\\le ", "<"), ("\\leq ", "<"), ("\\ge ", ">"), ("\\geq ", ">"))


def change(function: Change) -> Change:
    """Registers a change under its name."""
    CHANGES[function.__name__] = function
    return function


def tokens(text: str) -> tuple[list[str], list[str]]:
    """The sorted numerals and words of an answer, without layout."""
    bare = re.sub(r"\\(?:left|right|[dt]?frac|text|mbox|mathrm|quad|[,!;: ])", " ", text)
    bare = re.sub(r"(?<=\d),(?:\\!)?(?=\d{3}(?!\d))", "", bare)
    numerals = [f"{float(numeral):.6g}" for numeral in re.findall(NUMERAL, bare)]
    return sorted(numerals), sorted(re.findall(r"[a-z]+", bare.lower()))


def differs(gold: str, other: str) -> bool:
    """Whether two answers are known to differ; answers that hang on a convention are not."""
    known = same_answer(gold, other)
    if known is not None:
        return not known
    if CONVENTION.search(gold) or CONVENTION.search(other):
        return False
    numerals, words = tokens(gold)
    other_numerals, other_words = tokens(other)
    if numerals and other_numerals:
        return not set(numerals) <= set(other_numerals) and not set(other_numerals) <= set(numerals)
    return bool(words and other_words and not numerals and not other_numerals and set(words).isdisjoint(other_words))


def changed(gold: str, other: str) -> bool:
    """Whether a perturbed answer is known to differ: by evaluation, or by its structure."""
    known = same_answer(gold, other)
    if known is not None:
        return not known
    if CONVENTION.search(gold) or PROSE.search(TEXT.sub("", gold)) or "=" in gold and kind(gold) != "equation":
        return False
    if any(part.count("=") > 1 for part in split_top(gold)) or TWICE.search(gold):
        return False  # The change may be in a part that does not count.
    return kind(gold) in STRUCTURED or not re.search(r"=\s*0\b|\\int|\\sum", gold)


def replaced_at(text: str, match: re.Match, replacement: str) -> str:
    return text[: match.start()] + replacement + text[match.end() :]


def outside_text(pattern: str, answer: str) -> list[re.Match]:
    """Matches of a pattern that are not in a unit, a word or an environment's head."""
    hidden = [match.span() for match in TEXT.finditer(answer)]
    return [
        match
        for match in re.finditer(pattern, answer)
        if not any(start <= match.start() < end for start, end in hidden)
    ]


@change
def sign_flipped(answer: str, _: random.Random) -> Iterator[str]:
    if kind(answer) not in ("text", "equation", "inequality", "matrix"):
        if answer.startswith("-"):
            yield answer[1:].lstrip()
        elif re.match(r"[\d.\\]", answer) and kind(answer) not in STRUCTURED and not answer.startswith("\\pm"):
            yield f"-{answer}"


@change
def digit_changed(answer: str, rng: random.Random) -> Iterator[str]:
    found = outside_text(r"(?<![_\d])(?<!_\{)\d+", answer)
    if found:
        match = rng.choice(found)
        at = rng.randrange(len(match[0]))
        digit = rng.choice([digit for digit in "123456789" if digit != match[0][at]])
        yield replaced_at(answer, match, match[0][:at] + digit + match[0][at + 1 :])


@change
def off_by_one(answer: str, _: random.Random) -> Iterator[str]:
    if re.fullmatch(r"-?\d+", answer):
        yield str(int(answer) + 1)


@change
def ten_times(answer: str, _: random.Random) -> Iterator[str]:
    if re.fullmatch(r"-?[1-9]\d*", answer):
        yield f"{answer}0"
    elif re.fullmatch(r"-?\d+\.\d+", answer):
        yield re.sub(r"(\d)\.(\d)", r"\1\2.", answer).rstrip(".")


@change
def operator_changed(answer: str, rng: random.Random) -> Iterator[str]:
    found = outside_text(r"(?<=[\w)}]) ?[+-] ?(?=[\w\\(])", answer)
    if found and kind(answer) != "text":
        match = rng.choice(found)
        yield replaced_at(answer, match, match[0].translate(str.maketrans("+-", "-+")))


@change
def fraction_swapped(answer: str, rng: random.Random) -> Iterator[str]:
    found = outside_text(r"\\([dt]?frac)\{([^{}]+)\}\{([^{}]+)\}", answer)
    if found:
        match = rng.choice(found)
        if match[2] != match[3] and match[2] != "0":
            yield replaced_at(answer, match, f"\\{match[1]}{{{match[3]}}}{{{match[2]}}}")


@change
def bracket_changed(answer: str, _: random.Random) -> Iterator[str]:
    match = INTERVAL.match(answer.replace(" ", ""))
    if match and ("infty" in answer or match[1] + match[4] != "()"):
        low, high = match[1], match[4]
        if "infty" not in match[2]:
            low = "[" if low == "(" else "("
        else:
            high = "]" if high == ")" else ")"
        if (low, high) != ("(", ")") or "infty" in answer:
            yield f"{low}{match[2]}, {match[3]}{high}"


@change
def element_changed(answer: str, rng: random.Random) -> Iterator[str]:
    """One numeral of one element, with the others kept."""
    if kind(answer) in ("set", "tuple", "list", "matrix", "interval"):
        found = outside_text(r"(?<![_\d.])(?<!_\{)\d+(?![\d.])", answer)
        if found:
            match = rng.choice(found)
            yield replaced_at(answer, match, str(int(match[0]) + rng.choice((1, 2, 5))))


@change
def element_dropped(answer: str, _: random.Random) -> Iterator[str]:
    items = split_top(answer)
    clear = kind(answer) == "list" and "=" not in answer and not GROUPED.search(answer)
    if clear and len(set(items)) == len(items) and all(expression(item) is not None for item in items):
        yield ", ".join(items[:-1])


@change
def tuple_reordered(answer: str, _: random.Random) -> Iterator[str]:
    match = re.fullmatch(r"(\\left)?\((.+?)(\\right)?\)", answer)
    if match and kind(answer) == "tuple":
        items = split_top(match[2])
        readable = all(expression(item) is not None for item in items)
        if readable and len(items) > 1 and same_answer(items[0], items[-1]) is False:
            yield f"{match[1] or ''}({', '.join(items[::-1])}{match[3] or ''})"


@change
def comparison_changed(answer: str, _: random.Random) -> Iterator[str]:
    if kind(answer) == "inequality" and len(re.findall(r"[<>]|\\[lg]eq?(?![a-z])", answer)) == 1:
        for old, new in STRICTER:
            if old in answer:
                yield answer.replace(old, new)
        turned = answer.translate(str.maketrans("<>", "><"))
        if turned != answer:
            yield turned


@change
def side_dropped(answer: str, _: random.Random) -> Iterator[str]:
    """An equation in two names against its right side with one name gone: `y = 2x + 1` against `y = 2x`."""
    if equation(answer) is not None and re.search(r" [+-] ?\d+$", answer):
        yield re.sub(r" [+-] ?\d+$", "", answer)
