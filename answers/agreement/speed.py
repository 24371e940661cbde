"""Times the grouping of 16 responses into votes: `serl-answers` against the pairwise comparison of `math-verify`.

Each group is made of one problem's worked answer of typical length, ended 16 times by a box that holds the gold answer,
another spelling of it, or the answer of another problem. Both sides read the same responses on one core, by turns;
`math-verify` parses each response once and then compares every pair, as SeRL's own reward does
(github.com/wantbook-book/SeRL, reward_utils/math_verify_maj_reward.py).
"""

import argparse
import json
import random
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

from gold import distinct_answers

TARGETS = [LatexExtractionConfig(), ExprExtractionConfig()]
SENTENCES = [
    "First, we write down what is given and name the unknown quantity.",
    "Then we put $2x + 3 = 7$ into the second equation, which gives $x = 2$.",
    "Since both sides are positive, the root $\\sqrt{49} = 7$ is the one that counts.",
    "Adding the two results, we have $\\frac{3}{4} + \\frac{5}{4} = 2$.",
    "We check this by putting it back into the original condition.",
]


def spelled(answer: str, draw: random.Random) -> str:
    """The answer in another harmless spelling."""
    spellings = [answer, answer.replace("\\frac", "\\dfrac"), f" {answer} ", answer.replace("\\left", "").replace("\\right", "")]
    return draw.choice(spellings)


def groups(data: Path, count: int, size: int) -> list[list[str]]:
    """`count` groups of `size` responses to problems of MATH-500."""
    draw = random.Random(1)
    answers = distinct_answers(data, "math_500")
    result = []
    for answer in draw.sample(answers, count):
        others = draw.sample(answers, 3)
        responses = []
        for _ in range(size):
            given = spelled(answer, draw) if draw.random() < 0.6 else draw.choice(others)
            work = " ".join(draw.choices(SENTENCES, k=10))
            responses.append(f"{work} Therefore, the answer is $\\boxed{{{given}}}$.")
        result.append(responses)
    return result


def pairwise(responses: list[str]) -> list[int]:
    """Sizes of the groups that pairwise comparison finds, largest first."""
    parsed = [parse(response, extraction_config=TARGETS, parsing_timeout=None) for response in responses]
    agrees = [[0] * len(parsed) for _ in parsed]
    for i, first in enumerate(parsed):
        for j in range(i + 1, len(parsed)):
            agrees[i][j] = agrees[j][i] = int(verify(first, parsed[j], timeout_seconds=None))
    left, sizes = set(range(len(parsed))), []
    while left:
        first = min(left)
        members = {first} | {j for j in left if agrees[first][j]}
        sizes.append(len(members))
        left -= members
    return sorted(sizes, reverse=True)


def main() -> None:
    """Times both sides by turns and prints the ratio of their medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder that holds math_500.jsonl")
    parser.add_argument("grouping", type=Path, help="the built example: target/release/examples/grouping")
    parser.add_argument("--groups", type=int, default=40)
    parser.add_argument("--turns", type=int, default=5)
    arguments = parser.parse_args()

    made = groups(arguments.data, arguments.groups, 16)
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps({"responses": responses}) + "\n" for responses in made)
        file.flush()
        ours, theirs, agreed = [], [], 0
        for turn in range(arguments.turns):
            output = subprocess.run([arguments.grouping, file.name], capture_output=True, check=True, text=True)
            timed = json.loads(output.stdout)
            start = time.perf_counter()
            sizes = [pairwise(responses) for responses in made]
            theirs.append(time.perf_counter() - start)
            ours.extend(timed["seconds"])
            agreed = sum(a == b for a, b in zip(sizes, timed["sizes"], strict=True))
            print(f"turn {turn + 1}: serl {ours[-1] * 1e3:.2f} ms, math-verify {theirs[-1] * 1e3:.0f} ms", flush=True)
    responses = arguments.groups * 16
    middle = statistics.median(ours)
    print(f"{arguments.groups} groups of 16, {statistics.mean(map(len, sum(made, []))):.0f} characters a response")
    print(f"serl: {responses / middle:,.0f} responses a second (median of {arguments.turns} first passes)")
    print(f"ratio of medians: {statistics.median(theirs) / middle:,.0f}")
    print(f"groups of equal sizes on both sides: {agreed} of {arguments.groups}")


if __name__ == "__main__":
    main()
