"""How a problem is answered in the warm start: off-hand, by an equation, or in steps. All three give the right answer.

    off-hand     #### 14
    equation     (3+4)*2=14
                 #### 14
    steps        Add 3 and 4: 3+4=7
                 Multiply 7 by 2: 7*2=14
                 #### 14
"""

import ast
import re

EQUATION = re.compile(r"[0-9+*/()-]+=[0-9]+")
STEPS = {
    ast.Add: ("Add {} and {}", "+", lambda a, b: a + b),
    ast.Sub: ("Subtract {1} from {0}", "-", lambda a, b: a - b),
    ast.Mult: ("Multiply {} by {}", "*", lambda a, b: a * b),
    ast.Div: ("Divide {} by {}", "/", lambda a, b: a // b if a % b == 0 else -1),
}


class NotPlain(ValueError):
    """The formula is not one equation of natural numbers."""


def steps(formula):
    """The lines that compute a formula such as `(3+4)*2=14`, one operation each."""
    if not EQUATION.fullmatch(formula):
        raise NotPlain(formula)
    left, right = formula.split("=")
    lines = []

    def value(node):
        if isinstance(node, ast.Constant):
            return node.value
        if not isinstance(node, ast.BinOp):
            raise NotPlain(formula)
        a, b = value(node.left), value(node.right)
        verb, sign, compute = STEPS[type(node.op)]
        result = compute(a, b)
        if result < 0:
            raise NotPlain(formula)
        lines.append(f"{verb.format(a, b)}: {a}{sign}{b}={result}")
        return result

    if value(ast.parse(left, mode="eval").body) != int(right) or not lines:
        raise NotPlain(formula)
    return lines


def has_all_forms(problem):
    """Whether the steps of its formula can be written."""
    try:
        return bool(steps(problem["formula"].replace(" ", "")))
    except (NotPlain, SyntaxError, ZeroDivisionError):
        return False


def solution(problem, form):
    """The answer to a plain problem in one of the forms `off-hand`, `equation` and `steps`."""
    formula = problem["formula"].replace(" ", "")
    working = {"off-hand": lambda _: [], "equation": lambda whole: [whole], "steps": steps}[form](formula)
    return " " + "\n".join([*working, "#### " + formula.split("=")[1]])
