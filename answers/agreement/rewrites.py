r"""Rewrites that keep the value of an answer: each rule yields other spellings of one gold answer.

A rule yields nothing where the answer has not the shape it knows. Where both spellings are readable by `latex`,
`rewritten` drops a pair whose values differ, so that a rule that misfires cannot become an expectation.
"""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction

import sympy

from gold import GROUPED, INTERVAL, NUMERAL, PROSE, kind, split_top
from latex import equal, equation, expression, same_answer

Rule = Callable[[str], Iterator[str]]
RULES: dict[str, Rule] = {}

NUMBER = re.compile(rf"-?{NUMERAL}")
FRACTION = re.compile(r"(-?)\\[dt]?frac\{(\d+)\}\{(\d+)\}")
MIXED = re.compile(r"(-?)(\d+) ?\\[dt]?frac\{(\d+)\}\{(\d+)\}")
SLASHED = re.compile(r"(-?)(\d+) ?/ ?(\d+)")
UNIT = r"(?:\\ |~|\s)*(?:\\(?:text|mbox|mathrm|textrm)\{[^{}]*\}|\^\{?\\circ\}?)(?:\s*\^\{?[23]\}?)?"
WITH_UNIT = re.compile(rf"(-?(?:{NUMERAL}|\\[dt]?frac\{{\d+\}}\{{\d+\}}))({UNIT}(?:\s*/\s*{UNIT})?)\.?")
COMPARISON = re.compile(r"\\(?:leq|geq|le|ge)(?![a-z])|<|>")


def rule(function: Rule) -> Rule:
    """Registers a rule under its name."""
    RULES[function.__name__] = function
    return function


def rewritten(name: str, answer: str) -> list[str]:
    """The distinct spellings that a rule gives for an answer, without those known to differ in value."""
    spellings = dict.fromkeys(RULES[name](answer))
    return [other for other in spellings if other != answer and same_answer(answer, other) is not False]


def replaced(pattern: str, replacement: str, answer: str) -> Iterator[str]:
    """`answer` with every match replaced, if there is one."""
    other = re.sub(pattern, lambda match: match.expand(replacement), answer)
    if other != answer:
        yield other


def fraction_of(answer: str) -> Fraction | None:
    """The value of an answer that is one fraction of two whole numbers."""
    match = FRACTION.fullmatch(answer) or SLASHED.fullmatch(answer)
    if not match or int(match[3]) == 0:
        return None
    value = Fraction(int(match[2]), int(match[3]))
    return -value if match[1] else value


def frac(value: Fraction) -> str:
    r"""`\frac` with the sign in front."""
    return f"{'-' * (value < 0)}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def decimal(value: Fraction) -> str | None:
    """The decimal form, if it ends within ten digits."""
    for places in range(1, 11):
        if (value * 10**places).denominator == 1:
            return f"{'-' * (value < 0)}{float(abs(value)):.{places}f}"
    return None


def is_plain(answer: str) -> bool:
    """No prose, no environment: text that symbols can be moved in."""
    return not PROSE.search(answer) and "\\begin" not in answer


def is_scalar(answer: str) -> bool:
    """No vector, whose two products differ, and no prose."""
    return is_plain(answer) and not re.search(r"\\(?:mathbf|vec|over|hat)|\[", answer)


def shown(value: sympy.Expr) -> str:
    """The LaTeX of sympy, with natural logarithms written as such."""
    return sympy.latex(value, ln_notation=True)


# Numbers.


@rule
def fraction_to_decimal(answer: str) -> Iterator[str]:
    value = fraction_of(answer)
    if value is not None and value.denominator > 1 and (form := decimal(value)):
        yield form


@rule
def decimal_to_fraction(answer: str) -> Iterator[str]:
    if NUMBER.fullmatch(answer) and "." in answer:
        yield frac(Fraction(answer))


@rule
def improper_to_mixed(answer: str) -> Iterator[str]:
    value = fraction_of(answer)
    if value is not None and abs(value) > 1 and value.denominator > 1:
        whole, rest = divmod(abs(value.numerator), value.denominator)
        yield f"{'-' * (value < 0)}{whole}\\frac{{{rest}}}{{{value.denominator}}}"
        if value > 0:
            yield f"{whole} {rest}/{value.denominator}"


@rule
def mixed_to_improper(answer: str) -> Iterator[str]:
    if match := MIXED.fullmatch(answer):
        value = int(match[2]) + Fraction(int(match[3]), int(match[4]))
        yield frac(-value if match[1] else value)


@rule
def unreduced_fraction(answer: str) -> Iterator[str]:
    value = fraction_of(answer)
    if value is not None:
        yield f"{'-' * (value < 0)}\\frac{{{3 * abs(value.numerator)}}}{{{3 * value.denominator}}}"


@rule
def integer_as_fraction(answer: str) -> Iterator[str]:
    if kind(answer) == "integer" and answer.lstrip("-").isdigit():
        yield frac(Fraction(answer))


@rule
def trailing_zeros(answer: str) -> Iterator[str]:
    if re.fullmatch(r"-?\d+", answer):
        yield f"{answer}.0"
        yield f"{answer}.00"
    elif NUMBER.fullmatch(answer):
        yield f"{answer}0"


@rule
def leading_zero(answer: str) -> Iterator[str]:
    if re.fullmatch(r"-?0?\.\d+", answer):
        yield re.sub(r"^(-?)0?\.", lambda m: m[1] + ("." if "0." in m[0] else "0."), answer)


@rule
def thousands_added(answer: str) -> Iterator[str]:
    if re.fullmatch(r"-?\d{4,15}(\.\d+)?", answer):
        whole, point, part = answer.partition(".")
        for separator in (",", "{,}", ",\\!", "\\,", " "):
            yield f"{int(whole):,}".replace(",", separator) + point + part


@rule
def thousands_removed(answer: str) -> Iterator[str]:
    if re.fullmatch(r"-?[1-9]\d{0,2}((,|\{,\}|,\\!|,\\! )\d{3})+(\.\d+)?", answer):
        yield re.sub(r"[^-.\d]", "", answer)


@rule
def scientific(answer: str) -> Iterator[str]:
    if NUMBER.fullmatch(answer) and float(answer) != 0:
        value, power = Fraction(answer), 0
        while abs(value) >= 10:
            value, power = value / 10, power + 1
        while abs(value) < 1:
            value, power = value * 10, power - 1
        if abs(power) >= 2:
            shown = str(value) if value.denominator == 1 else decimal(value)
            if shown:
                yield f"{shown} \\times 10^{{{power}}}"
                yield f"{shown} \\cdot 10^{{{power}}}"


@rule
def scientific_removed(answer: str) -> Iterator[str]:
    match = re.fullmatch(rf"(-?{NUMERAL}) ?\\(?:times|cdot) ?10\^\{{?(-?\d+)\}}?", answer)
    if match and abs(int(match[2])) <= 9:
        value = Fraction(match[1]) * Fraction(10) ** int(match[2])
        form = str(value) if value.denominator == 1 else decimal(value)
        if form:
            yield form


# Fraction styles.


@rule
def dfrac(answer: str) -> Iterator[str]:
    yield from replaced(r"\\frac(?![a-z])", r"\\dfrac", answer)


@rule
def tfrac(answer: str) -> Iterator[str]:
    yield from replaced(r"\\d?frac(?![a-z])", r"\\tfrac", answer)


@rule
def plain_frac(answer: str) -> Iterator[str]:
    yield from replaced(r"\\[dt]frac(?![a-z])", r"\\frac", answer)


@rule
def frac_to_slash(answer: str) -> Iterator[str]:
    if expression(answer) is not None:
        yield from replaced(r"\\[dt]?frac\{(\d+|[a-z])\}\{(\d+|[a-z])\}(?! *[\\a-zA-Z(])", r"\1/\2", answer)
        yield from replaced(r"\\[dt]?frac\{([^{}]+)\}\{([^{}]+)\}(?! *[\\a-zA-Z(])", r"(\1)/(\2)", answer)


@rule
def slash_to_frac(answer: str) -> Iterator[str]:
    if expression(answer) is not None:
        yield from replaced(r"(?<![\d.}a-z)])(\d+) ?/ ?(\d+)(?! ?[\d.^])", r"\\frac{\1}{\2}", answer)


@rule
def short_frac(answer: str) -> Iterator[str]:
    yield from replaced(r"\\[dt]?frac\{(\d)\}\{(\d)\}(?!\d)", r"\\frac\1\2", answer)
    yield from replaced(r"\\[dt]?frac\{(\d)\}\{(\d\d+)\}", r"\\frac\1{\2}", answer)


@rule
def sign_in_numerator(answer: str) -> Iterator[str]:
    yield from replaced(r"^-\\([dt]?)frac\{(\d+)\}", r"\\\1frac{-\2}", answer)
    yield from replaced(r"^\\([dt]?)frac\{-(\d+)\}", r"-\\\1frac{\2}", answer)


# Order.


def terms(answer: str) -> list[str]:
    """The signed terms of a sum, cut outside every bracket."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(answer):
        depth += (char in "([{") - (char in ")]}")
        if char in "+-" and depth == 0 and answer[start:index].strip():
            parts.append(answer[start:index].strip())
            start = index
    return [*parts, answer[start:].strip()]


@rule
def reordered_sum(answer: str) -> Iterator[str]:
    if expression(answer) is not None and len(parts := terms(answer)) > 1:
        for order in (parts[::-1], parts[1:] + parts[:1]):
            signed = [part if part[0] in "+-" else f"+{part}" for part in order]
            text = " ".join(f"{part[0]} {part[1:].strip()}" for part in signed)
            yield "-" + text[2:] if text.startswith("- ") else text.removeprefix("+ ")


@rule
def reordered_product(answer: str) -> Iterator[str]:
    if expression(answer) is not None:
        factors = re.findall(r"\([^()]*\)(?:\^\{?\d+\}?)?", answer)
        if len(factors) > 1 and "".join(factors) == answer.replace(" ", "") or "".join(factors) == answer:
            yield "".join(factors[::-1])


@rule
def reordered_set(answer: str) -> Iterator[str]:
    match = re.fullmatch(r"(\\left)?\\\{(.+?)(\\right)?\\\}", answer)
    if match and "mid" not in answer and ":" not in answer and "dots" not in answer:
        items = split_top(match[2])
        if len(items) > 1:
            yield f"{match[1] or ''}\\{{{', '.join(items[::-1])}{match[3] or ''}\\}}"


@rule
def reordered_list(answer: str) -> Iterator[str]:
    items = split_top(answer)
    names = {item.split("=")[0].strip() for item in items}
    named = ["=" in item for item in items]
    whole = all(named) and len(names) in (1, len(items)) or not any(named)
    clear = is_plain(answer) and not re.search(r"dots|\\sum|\bor\b|:", answer) and "\\left(" not in answer
    if len(items) > 1 and all(items) and whole and clear and not GROUPED.search(answer):
        yield ", ".join(items[::-1])


@rule
def list_to_set(answer: str) -> Iterator[str]:
    items = split_top(answer)
    if len(items) > 1 and all(expression(item) is not None for item in items) and not GROUPED.search(answer):
        yield "\\{" + ", ".join(items) + "\\}"
        yield " and ".join(["$" + "$, $".join(items[:-1]) + "$", f"${items[-1]}$"])


# Algebra.


def is_polynomial(value: sympy.Expr | None) -> bool:
    return value is not None and bool(value.free_symbols) and bool(value.is_polynomial(*value.free_symbols))


@rule
def expanded(answer: str) -> Iterator[str]:
    value = expression(answer)
    if is_polynomial(value) and sympy.Poly(value).total_degree() < 9 and sympy.expand(value) != value:
        yield shown(sympy.expand(value))


@rule
def factored(answer: str) -> Iterator[str]:
    value = expression(answer)
    if is_polynomial(value) and value.is_Add and (product := sympy.factor(value)) != value:
        yield shown(product)


@rule
def together(answer: str) -> Iterator[str]:
    value = expression(answer)
    if value is not None and value.is_Add and (joined := sympy.together(value)) != value:
        yield shown(joined)


@rule
def printed(answer: str) -> Iterator[str]:
    """The spelling of sympy, which sorts terms and joins numbers in its own way."""
    value = expression(answer)
    if value is not None and not value.is_number:
        yield shown(value)


@rule
def radical_merged(answer: str) -> Iterator[str]:
    for match in re.finditer(r"(?<![\d.}/])(\d+) ?\\sqrt\{(\d+)\}", answer if is_plain(answer) else ""):
        yield answer.replace(match[0], f"\\sqrt{{{int(match[1]) ** 2 * int(match[2])}}}")


@rule
def radical_rationalised(answer: str) -> Iterator[str]:
    """`n\\sqrt{r}/d` written as `n r/(d \\sqrt{r})`, and roots taken out of denominators."""
    match = re.fullmatch(r"(-?)\\[dt]?frac\{(\d*) ?\\sqrt\{(\d+)\}\}\{(\d+)\}", answer)
    if match:
        value = Fraction(int(match[2] or 1) * int(match[3]), int(match[4]))
        below = "" if value.denominator == 1 else value.denominator
        yield f"{match[1]}\\frac{{{value.numerator}}}{{{below}\\sqrt{{{match[3]}}}}}"
    value = expression(answer)
    if value is not None and re.search(r"(frac\{[^{}]*\}|/ ?)\{?\d*\\sqrt", answer):
        yield shown(sympy.radsimp(value))


@rule
def root_as_power(answer: str) -> Iterator[str]:
    if is_plain(answer):
        yield from replaced(r"(?<![\d}] )(?<![\d}])\\sqrt\{([a-z]|\d+)\}", r"\1^{1/2}", answer)
        yield from replaced(r"(?<![\d}] )(?<![\d}])\\sqrt\{([a-z]|\d+)\}", r"\1^{\\frac{1}{2}}", answer)
        yield from replaced(r"(?<![\d}] )(?<![\d}])\\sqrt\[(\d)\]\{([a-z]|\d+)\}", r"\2^{1/\1}", answer)


@rule
def power_as_root(answer: str) -> Iterator[str]:
    yield from replaced(r"([a-z])\^\{1 ?/ ?2\}", r"\\sqrt{\1}", answer)
    yield from replaced(r"([a-z])\^\{1 ?/ ?([3-9])\}", r"\\sqrt[\2]{\1}", answer)


@rule
def negative_power(answer: str) -> Iterator[str]:
    if expression(answer) is not None:
        yield from replaced(r"^(-?)\\[dt]?frac\{1\}\{([a-z])\}$", r"\1\2^{-1}", answer)
        yield from replaced(r"^(-?)\\[dt]?frac\{1\}\{([a-z]|\d+)\^\{?(\d+)\}?\}$", r"\1\2^{-\3}", answer)
        yield from replaced(r"^(-?)\\[dt]?frac\{1\}\{(\d+)\}$", r"\1\2^{-1}", answer)
        yield from replaced(r"(?<![a-z0-9)}] )(?<![a-z0-9)}])(e|[a-z])\^\{-([a-z\d]+)\}", r"\\frac{1}{\1^{\2}}", answer)


@rule
def explicit_product(answer: str) -> Iterator[str]:
    if expression(answer) is not None:
        for sign in ("\\cdot", "\\times"):
            yield from replaced(r"(?<![\^\d_.])(\d+) ?(\\sqrt|\\pi|[a-z](?![a-z])|\()", rf"\1 \\{sign[1:]} \2", answer)


@rule
def implied_product(answer: str) -> Iterator[str]:
    if is_scalar(answer):
        yield from replaced(r" ?\\(?:cdot|times)(?![a-z]) ?(?=\\|[a-z(])(?! *\\[dt]?frac)", " ", answer)


@rule
def times_to_cdot(answer: str) -> Iterator[str]:
    if is_scalar(answer):
        yield from replaced(r"\\times(?![a-z])", r"\\cdot", answer)
        yield from replaced(r"\\cdot(?![a-z])", r"\\times", answer)


@rule
def plus_minus_to_values(answer: str) -> Iterator[str]:
    if answer.count("\\pm") == 1 and is_plain(answer) and len(split_top(answer)) == 1:
        sides = answer.split("=") if answer.count("=") == 1 else ["", answer]
        low, high = sides[1].replace("\\pm", "-"), sides[1].replace("\\pm", "+").strip().removeprefix("+")
        if expression(low) is None:
            return
        name = f"{sides[0].strip()}=" if sides[0].strip() else ""
        yield f"{name}{high.strip()}, {low.strip()}"
        if name:
            yield f"{name}{high.strip()}, {name}{low.strip()}"


@rule
def values_to_plus_minus(answer: str) -> Iterator[str]:
    items = split_top(answer)
    if len(items) == 2 and not any("=" in item for item in items):
        values = [expression(item) for item in items]
        if None not in values and equal(values[0], -values[1]) and values[0] != 0:
            yield "\\pm " + min(items, key=len).removeprefix("-").strip()


# Equations, intervals, matrices.


@rule
def name_added(answer: str) -> Iterator[str]:
    value = expression(answer)
    if value is not None and value.is_number:
        yield f"x = {answer}"
        yield f"n={answer}"


@rule
def name_removed(answer: str) -> Iterator[str]:
    match = re.fullmatch(r"([a-zA-Z])\s*=\s*([^=]+)", answer)
    if match and (value := expression(match[2])) is not None and value.is_number:
        yield match[2]


@rule
def swapped_sides(answer: str) -> Iterator[str]:
    if answer.count("=") == 1 == len(split_top(answer)) and is_plain(answer) and "\\pm" not in answer:
        left, *rest = (side.rstrip(".") for side in split_top(answer, "="))
        right = rest[0] if rest else ""
        if left and right and not re.search(r"[<>&]|\\[lg]eq?", answer):
            yield f"{right} = {left}"


@rule
def equation_multiplied(answer: str) -> Iterator[str]:
    difference = equation(answer)
    if difference is not None and len(difference.free_symbols) > 1:
        left, right = (expression(side) for side in answer.split("="))
        for factor in (2, -1, 3):
            yield f"{shown(sympy.expand(factor * left))} = {shown(sympy.expand(factor * right))}"


@rule
def equation_to_zero(answer: str) -> Iterator[str]:
    difference = equation(answer)
    if difference is not None and difference != 0 and len(difference.free_symbols) > 1:
        yield f"{shown(sympy.expand(difference))} = 0"


@rule
def interval_to_inequality(answer: str) -> Iterator[str]:
    match = INTERVAL.match(answer.replace(" ", ""))
    if match and ("infty" in answer or match[1] + match[4] != "()"):
        low, high = match[2], match[3]
        if "infty" in low and "infty" in high:
            return
        if "infty" in low:
            yield f"x {'<' if match[4] == ')' else chr(92) + 'le'} {high}"
        elif "infty" in high:
            yield f"x {'>' if match[1] == '(' else chr(92) + 'ge'} {low}"
        else:
            signs = ["<" if match[1] == "(" else "\\le", "<" if match[4] == ")" else "\\le"]
            yield f"{low} {signs[0]} x {signs[1]} {high}"


@rule
def inequality_to_interval(answer: str) -> Iterator[str]:
    sign = r"(<|>|\\leq?|\\geq?)"
    if match := re.fullmatch(rf"[a-z] ?{sign} ?([^<>=a-z]+)", answer):
        closed = "e" in match[1]
        if match[1] in ("<", "\\le", "\\leq"):
            yield f"(-\\infty, {match[2]}{']' if closed else ')'}"
        else:
            yield f"{'[' if closed else '('}{match[2]}, \\infty)"
    if match := re.fullmatch(r"([^<>=a-z]+)(<|\\leq?) ?[a-z] ?(<|\\leq?)([^<>=a-z]+)", answer):
        low, high = "(" if match[2] == "<" else "[", ")" if match[3] == "<" else "]"
        yield f"{low}{match[1].strip()}, {match[4].strip()}{high}"


@rule
def inequality_turned(answer: str) -> Iterator[str]:
    signs = COMPARISON.findall(answer)
    if len(signs) == 1 and is_plain(answer) and len(split_top(answer)) == 1:
        left, right = (side.strip() for side in COMPARISON.split(answer))
        if expression(left) is None or expression(right) is None:
            return
        turned = {"<": ">", ">": "<", "\\le": "\\ge", "\\leq": "\\geq", "\\ge": "\\le", "\\geq": "\\leq"}
        yield f"{right} {turned[signs[0]]} {left}"


@rule
def comparison_spelling(answer: str) -> Iterator[str]:
    yield from replaced(r"\\([lg])eq(?![a-z])", r"\\\1e", answer)
    yield from replaced(r"\\([lg])e(?![a-z])", r"\\\1eq", answer)
    yield from replaced(r"\\leq?(?![a-z])", "≤", answer)
    yield from replaced(r"\\geq?(?![a-z])", "≥", answer)


@rule
def matrix_brackets(answer: str) -> Iterator[str]:
    yield from replaced("pmatrix", "bmatrix", answer)
    yield from replaced("bmatrix", "pmatrix", answer)


@rule
def array_to_matrix(answer: str) -> Iterator[str]:
    if answer.count("\\begin{array}") == 1 and "det" not in answer:
        yield from replaced(
            r"\\left\[\s*\\begin\{array\}\{[lcr]+\}(.*?)\\end\{array\}\s*\\right\]",
            r"\\begin{bmatrix}\1\\end{bmatrix}",
            answer.replace("\n", " "),
        )


# Units and other marks around a value.


@rule
def unit_removed(answer: str) -> Iterator[str]:
    if match := WITH_UNIT.fullmatch(answer):
        yield match[1]


@rule
def unit_respelled(answer: str) -> Iterator[str]:
    match = re.fullmatch(rf"(-?{NUMERAL})(?:\\ |~|\s)*\\(?:text|mbox|mathrm)\{{[~ ]?([a-z]+)\}}", answer)
    if match:
        yield f"{match[1]}\\,\\text{{{match[2]}}}"
        yield f"{match[1]} {match[2]}"
        yield f"{match[1]} \\mathrm{{~{match[2]}}}"


@rule
def unit_added(answer: str) -> Iterator[str]:
    if NUMBER.fullmatch(answer) or FRACTION.fullmatch(answer):
        for unit in ("\\text{ cm}", " \\mathrm{~m}", "\\text{ square units}", " \\text{ cm}^2"):
            yield answer + unit
    if re.fullmatch(r"\d+", answer):
        for unit in (" apples", " dollars", " hours", "\\text{ miles}"):
            yield answer + unit


@rule
def degree_added(answer: str) -> Iterator[str]:
    if NUMBER.fullmatch(answer):
        yield f"{answer}^\\circ"
        yield f"{answer}^{{\\circ}}"
        yield f"{answer}°"


@rule
def currency_added(answer: str) -> Iterator[str]:
    if re.fullmatch(NUMERAL, answer):
        yield f"\\${answer}"


@rule
def currency_removed(answer: str) -> Iterator[str]:
    if match := re.fullmatch(r"\\?\$\s*([\d,]*\.?\d+)", answer):
        yield match[1]


@rule
def percent_added(answer: str) -> Iterator[str]:
    if re.fullmatch(NUMERAL, answer) and float(answer) >= 1:
        yield f"{answer}\\%"
        yield f"{answer}%"


@rule
def percent_removed(answer: str) -> Iterator[str]:
    if match := re.fullmatch(rf"(-?{NUMERAL}) ?\\?%", answer):
        yield match[1]


@rule
def text_added(answer: str) -> Iterator[str]:
    if re.fullmatch(r"[A-Za-z][A-Za-z .'-]{2,40}", answer) and " - " not in answer:
        yield f"\\text{{{answer}}}"
        yield f"\\mathrm{{{answer}}}"


@rule
def text_removed(answer: str) -> Iterator[str]:
    if match := re.fullmatch(r"\\text\{([^{}]+)\}", answer):
        yield match[1].strip()


@rule
def text_case(answer: str) -> Iterator[str]:
    if re.fullmatch(r"(\\text\{)?[A-Za-z][a-z]{2,}( [a-z]+)*\}?", answer):
        yield re.sub(r"(?<=\{)[A-Za-z]|^[A-Za-z]", lambda match: match[0].swapcase(), answer)


@rule
def final_period(answer: str) -> Iterator[str]:
    yield answer[:-1] if answer.endswith(".") else f"{answer}."


@rule
def dollars(answer: str) -> Iterator[str]:
    if "$" not in answer and is_plain(answer):
        yield f"${answer}$"
        yield f"\\({answer}\\)"


# Spacing.


@rule
def left_right_removed(answer: str) -> Iterator[str]:
    if "\\right." not in answer and "\\begin" not in answer:
        yield from replaced(r"\\(?:left|right)(?=[(\[)\]|]|\\[{}])", "", answer)


@rule
def left_right_added(answer: str) -> Iterator[str]:
    alone = is_plain(answer) and not re.search(r"\\left|\[|\]", answer)
    if alone and answer.count("(") == answer.count(")") > 0:
        yield answer.replace("(", "\\left(").replace(")", "\\right)")


@rule
def thin_spaces(answer: str) -> Iterator[str]:
    if is_plain(answer):
        yield from replaced(r" ?([+=<>]|(?<=[\w)}]) ?-) ?(?=[\w\\(])", r" \\,\1\\, ", answer)


@rule
def negative_spaces(answer: str) -> Iterator[str]:
    if is_plain(answer):
        yield from replaced(r"(?<![a-z\\][a-z])(?<=[\w)}])\(", r"\\!(", answer)
        yield from replaced(r"\\sqrt(?=\{)", r"\\!\\sqrt", answer)


@rule
def wide_spaces(answer: str) -> Iterator[str]:
    if is_plain(answer) and not GROUPED.search(answer) and "{,}" not in answer:
        yield from replaced(r"(?<![\\ ])([+=,])", r"  \1\\; ", answer)


@rule
def spaces_removed(answer: str) -> Iterator[str]:
    if is_plain(answer) and not re.search(r"\d\s+[\d\\]d?frac|\d\s+\d|\\\s", answer):
        yield from replaced(r"(?<!\\) +(?![A-Za-z])|(?<![A-Za-z\\]) +|\\[,!;:]", "", answer)


@rule
def one_digit_braces(answer: str) -> Iterator[str]:
    yield from replaced(r"([_^])\{(\w)\}(?!\d)", r"\1\2", answer)
    yield from replaced(r"([_^])(\d)", r"\1{\2}", answer)


# Characters and plain text.


@rule
def unicode_minus(answer: str) -> Iterator[str]:
    if is_plain(answer):
        yield from replaced("-", "−", answer)


@rule
def unicode_pi(answer: str) -> Iterator[str]:
    if is_plain(answer):
        yield from replaced(r"\\pi(?![a-z])", "π", answer)


@rule
def unicode_root(answer: str) -> Iterator[str]:
    if is_plain(answer):
        yield from replaced(r"\\sqrt\{(\d+|[a-z])\}", r"√\1", answer)
        yield from replaced(r"\\sqrt\{([^{}]+)\}", r"√(\1)", answer)


@rule
def unicode_times(answer: str) -> Iterator[str]:
    if is_scalar(answer):
        yield from replaced(r"\\times(?![a-z])", "×", answer)
        yield from replaced(r"\\cdot(?![a-z])", "·", answer)


@rule
def unicode_infinity(answer: str) -> Iterator[str]:
    if is_plain(answer):
        yield from replaced(r"\\infty(?![a-z])", "∞", answer)


@rule
def unicode_power(answer: str) -> Iterator[str]:
    yield from replaced(r"(?<=[a-z)])\^(?:2|\{2\})(?!\d)", "²", answer)
    yield from replaced(r"(?<=[a-z)])\^(?:3|\{3\})(?!\d)", "³", answer)


def plain(answer: str) -> str | None:
    """sympy's plain text, for values that read the same as anyone's: no logarithm, no `I`."""
    value = expression(answer)
    if value is None or not (value.has(sympy.Pow, sympy.Mul, sympy.Add)) or value.has(sympy.log, sympy.I, sympy.E):
        return None
    return str(value)


@rule
def plain_stars(answer: str) -> Iterator[str]:
    text = plain(answer)
    if text and "*" in text:
        yield text


@rule
def plain_carets(answer: str) -> Iterator[str]:
    text = plain(answer)
    if text:
        yield re.sub(r"(?<=\d)\*(?=[a-z(])", "", text.replace("**", "^"))


@rule
def plain_root(answer: str) -> Iterator[str]:
    yield from replaced(r"(?<!\\pm)(?<![a-z])\\sqrt\{([^{}]+)\}", r"sqrt(\1)", answer)


@rule
def plain_pi(answer: str) -> Iterator[str]:
    if expression(answer) is not None:
        yield from replaced(r"\\pi(?![a-z])", "pi", answer)
