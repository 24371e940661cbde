# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy==2.*", "polars==1.*", "scipy==1.*"]
# ///
"""SeRL with a real language model on two cores: greedy answers and Maj@8 on held-out problems, before and after.

    uv run experiments/llm/run.py MODEL --asdiv asdiv.jsonl --gsm8k gsm8k.jsonl [--out DIR]

MODEL is the folder of SmolLM2-135M-Instruct. ASDiv has columns `question`, `answer` and `formula`, GSM8K `question` and
`answer`. A warm start teaches the form of an answer on 300 problems and some sums; SeRL then sees 320 other problems
without their answers. Three seeds; a repeated command computes nothing that is there.
"""

import argparse
import subprocess
from pathlib import Path

import polars as pl
from scipy import stats

import data

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SEEDS = [1, 2, 3]
BENCHMARKS = ["asdiv", "gsm8k"]


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="model folder")
    parser.add_argument("--asdiv", type=Path, required=True, help="data file of ASDiv")
    parser.add_argument("--gsm8k", type=Path, required=True, help="data file of GSM8K")
    parser.add_argument("--out", type=Path, default=ROOT / "experiments" / ".llm", help="everything that is made")
    parser.add_argument("--serl", type=Path, default=ROOT / "target" / "release" / "serl", help="the binary")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="seeds of the runs")
    parser.add_argument("changes", nargs="*", metavar="KEY=VALUE", help="changes to experiments/llm/serl.toml")
    return parser.parse_intermixed_args()


def call(*arguments):
    done = subprocess.run([str(argument) for argument in arguments])
    if done.returncode != 0:
        raise SystemExit(done.returncode)


def warm_start(chosen):
    """The policy that SeRL starts from."""
    policy = chosen.out / "warm-start"
    if not policy.exists():
        paths = [f"model.path={chosen.model}", f"data.path={chosen.out / 'warm-start.jsonl'}"]
        call(chosen.serl, "sft", "-c", HERE / "warm-start.toml", "--out", policy, *paths)
    return policy


def run(chosen, policy, seed):
    """One run of SeRL, measured on ASDiv in every iteration, and its last policy."""
    name = f"llm.s{seed}"
    settings = [
        f"name={name}",
        f"seed={seed}",
        f"model.path={policy}",
        f"seeds.path={chosen.out / 'unlabelled.jsonl'}",
        f"eval.path={chosen.out / 'asdiv.jsonl'}",
        f"execution.store={chosen.out / 'store'}",
        *chosen.changes,
    ]
    call(chosen.serl, "run", "-c", HERE / "serl.toml", *settings)
    return chosen.out / "store" / "runs" / name


def measured(chosen, policy, benchmark, name):
    """Every response to a benchmark's problems."""
    output = chosen.out / "answers" / f"{name}.{benchmark}.parquet"
    if not output.exists():
        output.parent.mkdir(exist_ok=True)
        problems = chosen.out / f"{benchmark}.jsonl"
        call(chosen.serl, "eval", policy, problems, "-c", HERE / "serl.toml", "--output", output)
    return pl.read_parquet(output)


def figures(answers):
    """Greedy accuracy, and Maj@8: the most frequent answer is right, of equally frequent ones the first."""
    greedy = answers.filter("greedy")["correct"].mean()
    samples = answers.filter(~pl.col("greedy") & pl.col("canonical").is_not_null())
    counted = samples.group_by("problem_id", "canonical", maintain_order=True).agg(
        pl.len().alias("votes"), pl.col("correct").first()
    )
    best = counted.sort("votes", descending=True, maintain_order=True).group_by("problem_id").first()
    return greedy, best["correct"].sum() / answers["problem_id"].n_unique()


def paired(before, after):
    """Problems that became right, that became wrong, and McNemar's exact p."""
    of = lambda answers: answers.filter("greedy").select("problem_id", "correct")
    both = of(before).join(of(after), on="problem_id", suffix="_after")
    gained = both.filter(~pl.col("correct") & pl.col("correct_after")).height
    lost = both.filter(pl.col("correct") & ~pl.col("correct_after")).height
    p = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    return gained, lost, p


def report(chosen, policy, policies):
    rows = []
    for benchmark in BENCHMARKS:
        before = measured(chosen, policy, benchmark, "before")
        rows.append([benchmark, "before", *figures(before), None, None, None])
        for seed, trained in policies.items():
            after = measured(chosen, trained, benchmark, f"after.s{seed}")
            rows.append([benchmark, f"after, seed {seed}", *figures(after), *paired(before, after)])
    columns = ["benchmark", "policy", "greedy", "maj_at_8", "became_right", "became_wrong", "p"]
    table = pl.DataFrame(rows, schema=columns, orient="row")
    table.write_csv(chosen.out / "results.csv", float_precision=4)
    print(table)


def main():
    chosen = options()
    chosen.out, chosen.serl = chosen.out.resolve(), chosen.serl.resolve()
    if not (chosen.out / "warm-start.jsonl").exists():
        data.make(chosen.asdiv, chosen.gsm8k, chosen.out)
    policy = warm_start(chosen)
    policies = {}
    for seed in chosen.seeds:
        folder = run(chosen, policy, seed)
        last = max((int(i.name), i) for i in folder.iterdir() if i.name.isdigit())[1]
        policies[seed] = sorted(last.glob("train.*"))[-1] / "policy"
    report(chosen, policy, policies)


if __name__ == "__main__":
    main()
