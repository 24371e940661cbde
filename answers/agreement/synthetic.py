r"""Random answers in the manner of competition and college problems, in several spellings each.

A template takes whole numbers and gives the value that they stand for with the spellings of it. Two spellings of one
value are an equal pair; spellings of two values, of numbers that differ in one place, are an unequal pair.
"""

import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import comb, factorial, gcd

import sympy
from sympy import I, Rational, Symbol, latex, sqrt

from latex import same_answer

Made = tuple[object, list[str]] | None
x, y, t = Symbol("x"), Symbol("y"), Symbol("t")

TEMPLATES: list[tuple[str, str, Callable[..., Made]]] = []


def template(ranges: str) -> Callable[[Callable[..., Made]], Callable[..., Made]]:
    """Registers a template; each letter of `ranges` is the range of one argument: see `drawn`."""

    def register(function: Callable[..., Made]) -> Callable[..., Made]:
        TEMPLATES.append((function.__name__, ranges, function))
        return function

    return register


def drawn(letter: str, rng: random.Random) -> int:
    """A whole number: `d`igit 1-9, `s`igned nonzero, `p`rime, `n`umber 2-99, `c`hoice 0-5."""
    if letter == "s":
        return rng.choice([-1, 1]) * rng.randint(1, 9)
    if letter == "p":
        return rng.choice([2, 3, 5, 7, 11, 13])
    low, high = {"d": (1, 9), "n": (2, 99), "c": (0, 5)}[letter]
    return rng.randint(low, high)


def fraction(value: Fraction | Rational) -> str:
    return latex(Rational(value.numerator, value.denominator))


# Polynomials and rational functions.


@template("sssc")
def polynomial(a: int, b: int, c: int, power: int) -> Made:
    terms = [a * x ** (power + 2), b * x, sympy.Integer(c)]
    shuffled = " ".join(f"{'' if latex(term).startswith('-') else '+ '}{latex(term)}" for term in terms[::-1])
    horner = f"x \\left({latex(a * x ** (power + 1) + b)}\\right) {c:+d}"
    return sum(terms), [latex(sum(terms)), shuffled.removeprefix("+ "), horner]


@template("dsds")
def product_of_lines(a: int, b: int, c: int, d: int) -> Made:
    left, right = a * x + b, c * x + d
    spellings = [
        latex(sympy.expand(left * right)),
        f"({latex(left)})({latex(right)})",
        f"\\left({latex(-right)}\\right)\\left({latex(-left)}\\right)",
    ]
    return sympy.expand(left * right), spellings


@template("ss")
def completed_square(b: int, c: int) -> Made:
    value = x**2 + 2 * b * x + c
    return value, [latex(value), f"(x {b:+d})^2 {c - b * b:+d}", f"{c - b * b} + \\left(x {b:+d}\\right)^{{2}}"]


@template("sd")
def difference_of_squares(a: int, b: int) -> Made:
    value = a * (x**2 - b**2 * y**2)
    factored = f"{a}({latex(x - b * y)})({latex(x + b * y)})"
    return sympy.expand(value), [latex(sympy.expand(value)), factored, f"{a}\\left({latex(x**2 - b**2 * y**2)}\\right)"]


@template("dsds")
def partial_fractions(a: int, b: int, c: int, d: int) -> Made:
    if b == d:
        return None
    value = a / (x + b) + c / (x + d)
    parts = f"\\frac{{{a}}}{{{latex(x + b)}}} + \\frac{{{c}}}{{{latex(x + d)}}}"
    joined = sympy.together(value)
    return sympy.cancel(value), [latex(joined), parts, latex(sympy.cancel(value))]


@template("sss")
def divided_polynomial(a: int, b: int, c: int) -> Made:
    value = a * x + b + c / (x + 2)
    return sympy.cancel(value), [
        f"{latex(a * x + b)} {'+' if c > 0 else '-'} \\frac{{{abs(c)}}}{{x + 2}}",
        latex(sympy.cancel(value)),
    ]


@template("dd")
def compound_fraction(a: int, b: int) -> Made:
    value = sympy.cancel(1 / (a / x + b / y))
    nested = f"\\frac{{1}}{{\\frac{{{a}}}{{x}} + \\frac{{{b}}}{{y}}}}"
    return value, [latex(value), nested, f"xy/({latex(a * y + b * x)})"]


# Numbers.


@template("ndn")
def mixed_number(whole: int, top: int, bottom: int) -> Made:
    if top >= bottom or gcd(top, bottom) > 1:
        return None
    value = whole + Fraction(top, bottom)
    return value, [
        f"{whole}\\frac{{{top}}}{{{bottom}}}",
        fraction(value),
        f"{whole} + \\frac{{{top}}}{{{bottom}}}",
        f"{value.numerator}/{value.denominator}",
    ]


@template("dnc")
def decimal_number(whole: int, part: int, zeros: int) -> Made:
    text = f"{whole}.{'0' * (zeros // 2)}{part}"
    return Fraction(text), [text, fraction(Fraction(text)), f"{text}00", f"+{text}"]


@template("d")
def repeating_decimal(digit: int) -> Made:
    if digit == 9:
        return None
    value = Fraction(digit, 9)
    return value, [fraction(value), f"0.\\overline{{{digit}}}", f"0.{digit}\\overline{{{digit}}}"]


@template("ddc")
def scientific_number(whole: int, part: int, power: int) -> Made:
    power += 3
    value = (10 * whole + part) * 10 ** (power - 1)
    return value, [
        f"{whole}.{part} \\times 10^{{{power}}}",
        str(value),
        f"{whole}{part} \\times 10^{{{power - 1}}}",
        f"{whole}.{part}\\cdot 10^{power}",
        f"{value:,}".replace(",", "{,}"),
    ]


@template("ddd")
def arithmetic(a: int, b: int, c: int) -> Made:
    return a**2 + b * c, [str(a**2 + b * c), f"{a}^2 + {b} \\cdot {c}", f"{b}\\times {c}+{a}^{{2}}"]


@template("dc")
def counting(n: int, k: int) -> Made:
    if not 0 < k < n:
        return None
    return (comb(n, k), "choose"), [str(comb(n, k)), f"\\binom{{{n}}}{{{k}}}", f"\\frac{{{n}!}}{{{k}! {n - k}!}}"]


@template("d")
def factorial_number(n: int) -> Made:
    return factorial(n), [str(factorial(n)), f"{n}!", f"{n} \\cdot {n - 1}!" if n > 1 else "1!"]


@template("nn")
def based_number(a: int, b: int) -> Made:
    digits = f"{a:b}{b:b}"
    return digits, [f"{digits}_2", f"{digits}_{{2}}", f"{digits}_{{\\text{{2}}}}"]


@template("nc")
def unit(value: int, name: int) -> Made:
    word = ("cm", "m", "miles", "dollars", "minutes", "square units")[name]
    return value, [f"{value}\\text{{ {word}}}", str(value), f"{value} {word}", f"{value}\\,\\mathrm{{{word}}}"]


# Radicals and powers.


@template("ddp")
def radical_sum(a: int, b: int, n: int) -> Made:
    return (a + b) * sqrt(n), [
        f"{a + b}\\sqrt{{{n}}}",
        f"\\sqrt{{{a * a * n}}} + \\sqrt{{{b * b * n}}}",
        f"{a}\\sqrt{{{n}}}+{b}\\sqrt{{{n}}}",
    ]


@template("dpd")
def radical_conjugate(a: int, n: int, c: int) -> Made:
    if c * c == n:
        return None
    value = sympy.radsimp(Rational(a) / (sqrt(n) + c))
    scaled = sympy.expand(a * (sqrt(n) - c)) / (n - c * c)
    return value, [latex(value), f"\\frac{{{a}}}{{\\sqrt{{{n}}} + {c}}}", latex(sympy.expand(scaled))]


@template("pp")
def nested_radical(a: int, b: int) -> Made:
    if a == b:
        return None
    return sqrt(a) + sqrt(b), [
        f"\\sqrt{{{a}}} + \\sqrt{{{b}}}",
        f"\\sqrt{{{a + b} + 2\\sqrt{{{a * b}}}}}",
        f"{b}^{{1/2}} + {a}^{{1/2}}",
    ]


@template("dp")
def cube_root(a: int, n: int) -> Made:
    root = f"\\sqrt[3]{{{n}}}"
    return (a, n), [f"{a}{root}" if a > 1 else root, f"\\sqrt[3]{{{a**3 * n}}}", f"{a} \\cdot {n}^{{1/3}}"]


@template("dpd")
def radical_fraction(a: int, n: int, b: int) -> Made:
    value = Rational(a, b) / sqrt(n)
    return value, [f"\\frac{{{a}}}{{{b}\\sqrt{{{n}}}}}", latex(value), f"\\frac{{{a}\\sqrt{{{n}}}}}{{{b * n}}}"]


@template("sd")
def power_product(a: int, b: int) -> Made:
    return (a, b), [
        f"2^{{x {a:+d}}} + {b}",
        f"{b} + 2^{{{a}}} \\cdot 2^x",
        f"{b} + {fraction(Fraction(2) ** a)} \\cdot 2^{{x}}",
    ]


@template("dd")
def exponential(a: int, b: int) -> Made:
    return (a, b), [f"{a} e^{{-{b}x}}", f"\\frac{{{a}}}{{e^{{{b}x}}}}", f"{a}\\left(e^{{-x}}\\right)^{{{b}}}"]


# Functions.


@template("sd")
def trigonometric_identity(a: int, b: int) -> Made:
    angle = latex(b * x)
    return (a, b), [
        f"{a}\\cos^2({angle})",
        f"{a} \\left(1 - \\sin^{{2}}({angle})\\right)",
        f"{latex(Rational(a, 2))}\\left(1 + \\cos({2 * b}x)\\right)",
    ]


@template("sd")
def double_angle(a: int, b: int) -> Made:
    return (a, b), [f"{a}\\sin({2 * b}x)", f"{2 * a}\\sin({latex(b * x)})\\cos({latex(b * x)})"]


@template("sc")
def trigonometric_value(a: int, angle: int) -> Made:
    at = sympy.pi / (6, 4, 3, 12, 5, 8)[angle]
    value = sympy.simplify(a * sympy.sin(at))
    turn = f"\\frac{{\\pi}}{{{(6, 4, 3, 12, 5, 8)[angle]}}}"
    return value, [latex(value), f"{a}\\sin\\left({turn}\\right)", f"{a} \\sin {turn}"]


@template("dd")
def logarithm_sum(a: int, b: int) -> Made:
    if a == 1 or b == 1:
        return None
    return a * b, [f"\\ln({a * b})", f"\\ln {a} + \\ln {b}", f"\\ln({b}) + \\ln({a})"]


@template("dp")
def logarithm_power(a: int, n: int) -> Made:
    return n**a, [f"{a}\\ln {n}", f"\\ln({n**a})", f"\\ln {n}^{{{a}}}", f"-{a} \\ln \\frac{{1}}{{{n}}}"]


@template("pn")
def logarithm_base(base: int, of: int) -> Made:
    value = sympy.log(of, base)
    return value, [f"\\log_{{{base}}} {of}", f"\\frac{{\\ln {of}}}{{\\ln {base}}}", f"\\log_{{{base}}}({of})"]


@template("ds")
def inverse_tangent(a: int, b: int) -> Made:
    return (a, b), [f"{a}\\arctan(x) {b:+d}", f"{b} + {a}\\tan^{{-1}}(x)", f"{b} + {a} \\tan^{{-1}} x"]


@template("ds")
def absolute_value(a: int, b: int) -> Made:
    return (a, b), [f"{a}|{latex(x + b)}|", f"{a}\\left|{latex(-x - b)}\\right|", f"|{latex(a * x + a * b)}|"]


# Complex numbers.


@template("ssss")
def complex_product(a: int, b: int, c: int, d: int) -> Made:
    value = sympy.expand((a + b * I) * (c + d * I))
    return value, [latex(value), f"({latex(a + b * I)})({latex(c + d * I)})", f"({a} {b:+d}i)({c} {d:+d}i)"]


@template("ssss")
def complex_quotient(a: int, b: int, c: int, d: int) -> Made:
    value = sympy.expand((a + b * I) * (c - d * I) / (c * c + d * d))
    joined = sympy.expand((a + b * I) * (c - d * I))
    return value, [
        latex(value),
        f"\\frac{{{a} {b:+d}i}}{{{c} {d:+d}i}}",
        f"\\frac{{{latex(joined)}}}{{{c * c + d * d}}}",
    ]


@template("dc")
def complex_polar(radius: int, angle: int) -> Made:
    bottom = (2, 3, 4, 6, 3, 6)[angle]
    at = sympy.pi / bottom
    value = sympy.expand(radius * (sympy.cos(at) + I * sympy.sin(at)))
    turn = f"\\frac{{\\pi}}{{{bottom}}}"
    return value, [latex(value), f"{radius}e^{{i\\pi/{bottom}}}", f"{radius}(\\cos {turn} + i \\sin {turn})"]


# Lists, sets, intervals, matrices.


@template("ss")
def value_list(a: int, b: int) -> Made:
    if a == b:
        return None
    return frozenset((a, b)), [
        f"{a}, {b}",
        f"{b}, {a}",
        f"x = {b}, {a}",
        f"x={a} \\text{{ or }} x={b}",
        f"{a} \\text{{ and }} {b}",
        f"\\{{{b}, {a}\\}}",
    ]


@template("sdp")
def plus_minus(a: int, b: int, n: int) -> Made:
    root = f"{b if b > 1 else ''}\\sqrt{{{n}}}"
    low, high = f"{a} - {root}", f"{a} + {root}"
    return (a, b * b * n), [f"{a} \\pm {root}", f"{low}, {high}", f"\\left\\{{{high}, {low}\\right\\}}"]


@template("sssd")
def finite_set(a: int, b: int, c: int, d: int) -> Made:
    last = Fraction(c, d)
    if len({a, b, last}) < 3:
        return None
    return frozenset((a, b, last)), [
        f"\\{{{a}, {b}, {fraction(last)}\\}}",
        f"\\left\\{{{fraction(last)}, {a}, {b}\\right\\}}",
        f"\\{{{b},{2 * c}/{2 * d},{a}\\}}",
    ]


@template("ssdd")
def point(a: int, b: int, c: int, d: int) -> Made:
    second = Fraction(b, c)
    return (a, second, d), [
        f"({a}, {fraction(second)}, {d})",
        f"\\left({a},\\dfrac{{{b}}}{{{c}}},{d}\\right)",
        f"({a},{3 * b}/{3 * c},\\sqrt{{{d * d}}})",
    ]


@template("sdcd")
def interval(low: int, length: int, ends: int, bottom: int) -> Made:
    left, right = "([[("[ends % 4], ")])]"[ends % 4]
    high = low + Fraction(length, bottom)
    signs = ["<" if left == "(" else "\\le", "<" if right == ")" else "\\leq"]
    bounds = f"{low} {signs[0]} x {signs[1]} {fraction(high)}"
    spellings = [bounds, f"\\{{x \\mid {bounds}\\}}", f"x \\in {left}{low}, {fraction(high)}{right}"]
    plain = f"\\left{left}{low}, {fraction(high)}\\right{right}"
    return (low, left, high, right), [plain, *(spellings if left + right != "()" else [spellings[2]])]


@template("sdc")
def union(low: int, length: int, ends: int) -> Made:
    left, right = ")]"[ends % 2], "(["[ends // 2 % 2]
    below, above = f"(-\\infty, {low}{left}", f"{right}{low + length}, \\infty)"
    signs = ["<" if left == ")" else "\\le", ">" if right == "(" else "\\ge"]
    return (low, length, left, right), [
        f"{below} \\cup {above}",
        f"{above} \\cup {below}",
        f"x {signs[0]} {low} \\text{{ or }} x {signs[1]} {low + length}",
    ]


@template("sdc")
def half_line(a: int, b: int, sign: int) -> Made:
    bound = fraction(Fraction(a, b))
    less, turned = ((r"<", ">"), (r"\le", r"\ge"), (">", "<"), (r"\geq", r"\leq"))[sign % 4]
    return (Fraction(a, b), sign % 4), [
        f"x {less} {bound}",
        f"{bound} {turned} x",
        f"{b}x {less} {a}",
        f"-x {turned} {fraction(Fraction(-a, b))}",
    ]


@template("ssssd")
def matrix(a: int, b: int, c: int, d: int, scale: int) -> Made:
    def body(of: Callable[[int], str]) -> str:
        return f"{of(a)} & {of(b)} \\\\ {of(c)} & {of(d)}"

    scaled = body(lambda entry: fraction(Fraction(entry, scale)))
    return tuple(Fraction(entry, scale) for entry in (a, b, c, d)), [
        f"\\begin{{pmatrix}} {scaled} \\end{{pmatrix}}",
        f"\\begin{{bmatrix}}{body(lambda entry: f'{entry}/{scale}')}\\end{{bmatrix}}",
        f"\\frac{{1}}{{{scale}}}\\begin{{pmatrix}} {body(str)} \\end{{pmatrix}}",
        f"\\left(\\begin{{array}}{{cc}}{scaled}\\end{{array}}\\right)",
    ]


@template("sss")
def column_vector(a: int, b: int, c: int) -> Made:
    return (a, b, c), [
        f"\\begin{{pmatrix}} {a} \\\\ {b} \\\\ {c} \\end{{pmatrix}}",
        f"\\begin{{bmatrix}} {a}\\\\{b}\\\\{c} \\end{{bmatrix}}",
        f"\\left[\\begin{{array}}{{r}}{a} \\\\ {b} \\\\ {c}\\end{{array}}\\right]",
    ]


# Equations.


@template("sds")
def line(a: int, b: int, c: int) -> Made:
    slope, cut = Rational(a, b), Rational(c, b)
    return (slope, cut), [
        f"y = {latex(slope * x + cut)}",
        f"{latex(a * x - b * y)} = {-c}",
        f"{latex(b * y)} = {latex(a * x + c)}",
        f"{latex(2 * a * x - 2 * b * y + 2 * c)} = 0",
        f"0 = {latex(b * y - a * x - c)}",
    ]


@template("ssd")
def circle(a: int, b: int, r: int) -> Made:
    left = (x + a) ** 2 + (y + b) ** 2
    return (a, b, r), [
        f"{latex(left)} = {r * r}",
        f"{latex(sympy.expand(left - r * r))} = 0",
        f"{latex((y + b) ** 2)} = {r * r} - {latex((x + a) ** 2)}",
    ]


@template("sss")
def curve(a: int, b: int, c: int) -> Made:
    value = a * x**2 + b * x + c
    return value, [f"y = {latex(value)}", f"{latex(value)} = y", f"y {-c:+d} = {latex(a * x**2 + b * x)}"]


@template("sd")
def named_value(a: int, b: int) -> Made:
    value = fraction(Fraction(a, b))
    return Fraction(a, b), [f"t = {value}", value, f"{value} = t", f"t={a}/{b}"]


@template("cc")
def choice(letter: int, _: int) -> Made:
    name = "ABCDEF"[letter]
    return name, [f"\\text{{({name})}}", name, f"({name})", f"\\textbf{{({name})}}", f"\\mathrm{{{name}}}"]


@template("cc")
def word(which: int, _: int) -> Made:
    name = ("parabola", "hyperbola", "even", "odd", "Tuesday", "no solution")[which]
    return name, [f"\\text{{{name}}}", name, f"\\text{{ {name} }}", f"\\mathrm{{{name}}}", name.capitalize()]


def other_arguments(arguments: list[int], ranges: str, rng: random.Random) -> list[int]:
    """The same numbers with one drawn again."""
    at = rng.randrange(len(ranges))
    return [*arguments[:at], drawn(ranges[at], rng), *arguments[at + 1 :]]


def pair(ranges: str, make: Callable[..., Made], expected: bool, rng: random.Random) -> tuple[str, str] | None:
    """One pair of a template; `None` if the numbers drawn make none with the expected verdict."""
    arguments = [drawn(letter, rng) for letter in ranges]
    made = make(*arguments)
    other = made if expected else make(*other_arguments(arguments, ranges, rng))
    if made is None or other is None or (made[0] == other[0]) != expected:
        return None
    gold, pred = rng.choice(made[1]), rng.choice(other[1])
    return None if gold == pred or same_answer(gold, pred) is (not expected) else (gold, pred)


def synthetic_rows(count: int, seed: int) -> Iterator[dict[str, str | bool]]:
    """`count` rows, equal and unequal in turn, over all templates in turn; no pair comes twice."""
    rng = random.Random(seed)
    seen: set[tuple[str, str]] = set()
    turn = 0
    while len(seen) < count:
        name, ranges, make = TEMPLATES[turn // 2 % len(TEMPLATES)]
        expected = turn % 2 == 0
        turn += 1
        tries = (pair(ranges, make, expected, rng) for _ in range(20))
        found = next((made for made in tries if made is not None and made not in seen), None)
        if found:
            seen.add(found)
            category = "synthetic_equal" if expected else "synthetic_different"
            row = {"category": category, "rule": name, "dataset": "synthetic"}
            yield {**row, "gold": found[0], "pred": found[1], "expected": expected}
