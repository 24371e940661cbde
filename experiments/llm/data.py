"""Splits ASDiv and GSM8K into what the experiment trains and measures on; the files are disjoint.

    equations.jsonl    sums, and problems with their equation: the first part of the warm start
    forms.jsonl        the same problems, answered in three ways: the second part
    unlabelled.jsonl   problems without answers: all that SeRL sees
    asdiv.jsonl        held-out problems
    gsm8k.jsonl        held-out problems of another source, the shortest ones
"""

import json
import random

from solutions import EQUATION, has_all_forms, solution

DOCUMENTS = 700
DRILLS = 1200
IN_FORMS = 560
FORMS = {"off-hand": 0.45, "equation": 0.275, "steps": 0.275}
UNLABELLED = 320
HELD_OUT = 300
GSM8K = 100

PROMPT = "Question: {}\nAnswer:"


def rows(path):
    with open(path) as lines:
        return [json.loads(line) for line in lines]


def write(path, items):
    path.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items))


def number(answer):
    """The answer without its box."""
    return answer.removeprefix("\\boxed{").removesuffix("}")


def plain(problem):
    """Whether its formula is one equation of whole numbers that ends in its answer."""
    formula = problem["formula"].replace(" ", "")
    return EQUATION.fullmatch(formula) and number(problem["answer"]) == formula.split("=")[1]


def drill(draw):
    """Equations of one operation, several in a document."""
    lines = []
    for _ in range(4):
        a, b, sign = draw.randint(2, 99), draw.randint(2, 99), draw.choice("+-*/")
        if sign == "*":
            a, b = draw.randint(2, 20), draw.randint(2, 12)
        if sign == "/":
            b, result = draw.randint(2, 12), draw.randint(2, 20)
            a = b * result
        if sign == "-":
            a, b = max(a, b), min(a, b)
        result = {"+": a + b, "-": a - b, "*": a * b, "/": a // b}[sign]
        lines.append(f"{a}{sign}{b}={result}")
    return {"text": "\n".join(lines)}


def document(problem, form="equation"):
    return {"prompt": PROMPT.format(problem["question"]), "completion": solution(problem, form)}


def in_forms(problems):
    """One document for each of some problems, in forms that are drawn at random."""
    draw = random.Random(2)
    chosen = draw.sample([problem for problem in problems if has_all_forms(problem)], IN_FORMS)
    return [document(problem, *draw.choices(list(FORMS), FORMS.values())) for problem in chosen]


def make(asdiv, gsm8k, folder):
    """Writes the five files."""
    draw = random.Random(1)
    problems = [problem for problem in rows(asdiv) if plain(problem)]
    draw.shuffle(problems)
    cuts = [DOCUMENTS, DOCUMENTS + UNLABELLED, DOCUMENTS + UNLABELLED + HELD_OUT]
    if len(problems) < cuts[-1]:
        raise SystemExit(f"{asdiv}: {len(problems)} problems with a plain equation, {cuts[-1]} are needed")
    shown, unlabelled, held_out = (problems[a:b] for a, b in zip([0, *cuts], cuts))
    folder.mkdir(parents=True, exist_ok=True)
    drills = [drill(draw) for _ in range(DRILLS // 4)]
    documents = [document(problem) for problem in shown]
    first, rest = drills[: len(drills) // 2], drills[len(drills) // 2 :] + documents
    write(folder / "equations.jsonl", first + draw.sample(rest, len(rest)))
    write(folder / "forms.jsonl", in_forms(shown))
    write(folder / "unlabelled.jsonl", [{"question": problem["question"]} for problem in unlabelled])
    write(folder / "asdiv.jsonl", [{"question": p["question"], "answer": p["answer"]} for p in held_out])
    short = sorted(rows(gsm8k), key=lambda problem: (len(problem["question"]), problem["question"]))[:GSM8K]
    write(folder / "gsm8k.jsonl", [{"question": p["question"], "answer": p["answer"]} for p in short])
