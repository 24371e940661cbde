"""The pairs of public test suites, read from their sources: `suites.py CHECKOUT... > suites.jsonl`.

A checkout is a folder of `math-verify`, `lighteval` or `MARIO_EVAL`. Nothing of it is run: the cases are the literals
of `@pytest.mark.parametrize`, and of `test_in`, `test_out` before an assertion. A pair whose expected verdict is not a
literal is left out.
"""

import ast
import json
import sys
from pathlib import Path


def literal(node):
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def parametrized(tree):
    """The cases of each test with `gold`, `pred` and `expected` among its parameters."""
    for function in ast.walk(tree):
        for mark in getattr(function, "decorator_list", []):
            if not (isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("parametrize")):
                continue
            names = literal(mark.args[0])
            names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names or [])
            for case in getattr(mark.args[1], "elts", []):
                values = [literal(value) for value in getattr(case, "elts", [])]
                row = dict(zip(names, values))
                if {"gold", "pred", "expected"} <= row.keys():
                    yield function.name, row["gold"], row["pred"], bool(row["expected"])


def asserted(tree):
    """The values of `test_in` and `test_out` at each assertion."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        values = {}
        for statement in function.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                values[statement.targets[0].id] = literal(statement.value)
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                call = ast.unparse(statement.value)
                if "test_in" in call and call.startswith("self.assert"):
                    # `_test_is_not_equiv` returns whether the two are equivalent.
                    yield function.name, values.get("test_out"), values.get("test_in"), "assertTrue" in call


def main(checkouts):
    seen = set()
    for checkout in checkouts:
        for path in sorted(Path(checkout).rglob("test*.py")):
            tree = ast.parse(path.read_text())
            for test, gold, pred, expected in [*parametrized(tree), *asserted(tree)]:
                gold = gold[0] if isinstance(gold, list) and len(gold) == 1 else gold
                if isinstance(gold, str) and isinstance(pred, str) and (gold, pred) not in seen:
                    seen.add((gold, pred))
                    row = {"gold": gold, "pred": pred, "expected": expected, "rule": f"{path.stem}.{test}"}
                    print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
