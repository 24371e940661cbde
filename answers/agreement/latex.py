r"""A strict reader of LaTeX expressions, independent of the reference.

It exists to check pairs, so it prefers no answer to a guess: whatever has two readings (`\log` without a base,
mixed numbers, words, `f(x)`, subscripts) is `None`.
"""

import re
from functools import cache

import sympy

TOKEN = re.compile(r"\\[A-Za-z]+|\d+\.\d+|\.\d+|\d+|[A-Za-z]|[-+/^{}()\[\]_]")
DROPPED = re.compile(r"\\left(?=[(\[])|\\right(?=[)\]])|\\[,!;: ]|\\displaystyle|~")
WORDS = re.compile(
    r"(?<![A-Za-z\\])(?:[A-Za-z]{3,}|[A-Z][A-Za-z]"
    r"|no|or|to|is|if|in|ft|cm|mm|kg|km|pm|am|mi|lb|hr|as|at|by|of)(?![A-Za-z])"
)
AMBIGUOUS = re.compile(
    r"\d\s*\\frac\{?\d|\d\s+\d"
    r"|(?<![A-Za-z\\])(?:[fghFGHPENT]\s*\(|[A-Za-z]\s*(?:\^\{?-1\}?)?\s*\([a-z]\))"
)
FUNCTIONS = {
    "\\sin": sympy.sin,
    "\\cos": sympy.cos,
    "\\tan": sympy.tan,
    "\\sec": sympy.sec,
    "\\csc": sympy.csc,
    "\\cot": sympy.cot,
    "\\ln": sympy.log,
}
CONSTANTS = {"\\pi": sympy.pi, "i": sympy.I, "e": sympy.E}
GREEK = {"\\alpha", "\\beta", "\\theta", "\\lambda", "\\mu", "\\sigma"}


class Unreadable(Exception):
    """The text is outside the strict grammar."""


class Reader:
    """Recursive descent over the tokens of one expression."""

    def __init__(self, tokens: list[str]):
        self.tokens, self.at = tokens, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> str:
        token = self.peek()
        if not token or (wanted is not None and token != wanted):
            raise Unreadable
        self.at += 1
        return token

    def sum(self) -> sympy.Expr:
        total = self.signed_product()
        while self.peek() in ("+", "-"):
            negative = self.take() == "-"
            term = self.product()
            total += -term if negative else term
        return total

    def signed_product(self) -> sympy.Expr:
        if self.peek() in ("+", "-"):
            negative = self.take() == "-"
            term = self.product()
            return -term if negative else term
        return self.product()

    def product(self) -> sympy.Expr:
        value, divided = self.power(), False
        while True:
            token = self.peek()
            if token in ("\\cdot", "\\times"):
                self.take()
                negative = self.peek() == "-" and self.take() == "-"
                value *= -self.power() if negative else self.power()
            elif token == "/":
                self.take()
                value, divided = value / self.power(), True
            elif token and token[0] not in "+-)}]^_" and token != "":
                # `a / b c` has two readings.
                if divided or token[0].isdigit() or token[0] == ".":
                    raise Unreadable
                value *= self.power()
            else:
                return value

    def power(self) -> sympy.Expr:
        if self.peek() in FUNCTIONS or self.peek() == "\\log":
            return self.function()
        base = self.atom()
        if self.peek() == "^":
            base **= self.exponent()
        if self.peek() in ("^", "_"):
            raise Unreadable
        return base

    def exponent(self) -> sympy.Expr:
        self.take("^")
        return self.group() if self.peek() == "{" else self.digit_or_atom()

    def digit_or_atom(self) -> sympy.Expr:
        r"""An argument without braces: TeX takes one digit of `\frac12`."""
        token = self.peek()
        if token.isdigit() and len(token) > 1:
            self.tokens[self.at : self.at + 1] = [token[0], token[1:]]
        if token in ("(", "[", "") or token.startswith("\\") and token not in CONSTANTS:
            raise Unreadable
        return self.atom()

    def argument(self) -> sympy.Expr:
        return self.group() if self.peek() == "{" else self.digit_or_atom()

    def group(self, opening: str = "{", closing: str = "}") -> sympy.Expr:
        self.take(opening)
        value = self.sum()
        self.take(closing)
        return value

    def function(self) -> sympy.Expr:
        name = self.take()
        base = None
        if name == "\\log":
            self.take("_")
            base = self.argument()
        power = self.exponent() if self.peek() == "^" else sympy.Integer(1)
        if power == -1:
            raise Unreadable
        if self.peek() == "(":
            value = self.group("(", ")")
        else:
            value = self.atom()
            while re.fullmatch(r"[A-Za-z]|\\pi|\\theta", self.peek()):
                value *= self.atom()
            if self.peek() in ("^", "/", "(", "\\frac"):
                raise Unreadable
        applied = sympy.log(value) / sympy.log(base) if base is not None else FUNCTIONS[name](value)
        return applied**power

    def atom(self) -> sympy.Expr:
        token = self.peek()
        if token == "{":
            return self.group()
        if token == "(":
            return self.group("(", ")")
        self.take()
        if token[0].isdigit() or token[0] == ".":
            return sympy.Rational(token)
        if token in CONSTANTS:
            return CONSTANTS[token]
        if token in GREEK or len(token) == 1 and token.isalpha():
            return sympy.Symbol(token.lstrip("\\"))
        if token == "\\frac":
            numerator = self.argument()
            return numerator / self.argument()
        if token == "\\sqrt":
            index = self.group("[", "]") if self.peek() == "[" else sympy.Integer(2)
            return self.argument() ** (1 / index)
        raise Unreadable


@cache
def expression(text: str) -> sympy.Expr | None:
    """The one reading of `text` as an expression, or `None`."""
    text = re.sub(r"\\[dt]frac", r"\\frac", text.strip())
    text = DROPPED.sub(" ", text)
    if len(text) > 150 or WORDS.search(text) or AMBIGUOUS.search(text):
        return None
    tokens = TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text) or not tokens:
        return None
    reader = Reader(tokens)
    try:
        value = reader.sum()
    except (Unreadable, RecursionError):
        return None
    if reader.at != len(reader.tokens) or value.has(sympy.zoo, sympy.nan, sympy.oo):
        return None
    return value


def equation(text: str) -> sympy.Expr | None:
    """Left side minus right side of an equation of two readable sides."""
    sides = [expression(side) for side in text.split("=")]
    if len(sides) != 2 or None in sides:
        return None
    return sides[0] - sides[1]


def at_points(value: sympy.Expr) -> list[sympy.Expr]:
    """`value` at three fixed points: algebraically unremarkable positive numbers for each symbol, by name."""
    names = sorted(value.free_symbols, key=str)
    points = []
    for shift in (3, 7, 11):
        chosen = {
            name: sympy.Rational(1000 + 37 * (ord(str(name)[0]) + len(str(name))) % 911 * shift, 1009) for name in names
        }
        points.append(sympy.N(value.subs(chosen), 40))
    return points


def equal(left: sympy.Expr, right: sympy.Expr, tolerance: float = 1e-25) -> bool:
    """Equality at every point, within a relative tolerance."""
    for a, b in zip(at_points(left), at_points(right), strict=True):
        size = max(abs(a), abs(b), sympy.Float("1e-30"))
        if not (a.is_number and b.is_number) or abs(sympy.N(a - b, 40)) > tolerance * size:
            return False
    return True


def same_answer(left: str, right: str) -> bool | None:
    """Whether two texts have one value; `None` where one of them is not readable.

    A decimal stands for anything that rounds to it, so decimals are told apart with a coarse tolerance.
    """
    tolerance = 1e-4 if re.search(r"\.\d", left + right) else 1e-25
    a, b = expression(left), expression(right)
    if a is not None and b is not None:
        return equal(a, b, tolerance)
    a, b = equation(left), equation(right)
    if a is None or b is None:
        return None
    if a.free_symbols != b.free_symbols:
        return False
    if a == 0 or b == 0:
        return None
    ratios = at_points(a / b)
    return all(abs(complex(ratio - ratios[0])) <= tolerance * abs(complex(ratio)) for ratio in ratios)
