"""`serl show`, row by row."""

import polars as pl

from . import ballots


def by(rows, *keys):
    of = {}
    for row in rows:
        of.setdefault(tuple(row[key] for key in keys), []).append(row)
    return of


def counts(shown):
    return sorted((count["answer"] is None, count["count"], count["majority"]) for count in shown)


def counted(rows, majority):
    of = ballots.groups(rows).items()
    return sorted((answer is None, len(members), answer is not None and answer == majority) for answer, members in of)


def votes(at, shown, run, iteration):
    table = lambda stage, name: run.table(iteration, stage, name)
    texts = {row["instruction_id"]: row["instruction"] for row in table("respond", "prompts").iter_rows(named=True)}
    responses = by(table("respond", "responses").iter_rows(named=True), "instruction_id", "sample")
    rewards = by(table("vote", "rewards").iter_rows(named=True), "instruction_id")
    selection = table("train", "selection")
    reasons = {} if selection is None else dict(selection.select("instruction_id", "reason").iter_rows())
    rows = {row["instruction_id"]: row for row in table("vote", "votes").iter_rows(named=True)}
    yield at, {"instructions": sorted(row["id"] for row in shown)}, {"instructions": sorted(rows)}
    for one in shown:
        if one["id"] not in rows:
            continue
        row, judged = rows[one["id"]], rewards[(one["id"],)]
        reward = [judge["reward"] or 0 for judge in judged]
        computed = {
            "text": texts[one["id"]],
            "n": len(judged),
            "majority": row["majority"],
            "r_mean": sum(reward) / len(judged),
            "entropy": row["entropy"],
            "reason": reasons.get(one["id"]),
        }
        yield f"{at} {one['id']}", one, computed
        seen = {"answers": counts(one["answers"])}
        yield f"{at} {one['id']}", seen, {"answers": counted(judged, row["majority_canonical"])}
        for side, extreme in (("agreeing", max(reward)), ("disagreeing", min(reward))):
            sample = one[side]
            if sample is not None:
                own = judged[sample["sample"]]
                said = {"reward": own["reward"] or 0, "text": sample["text"]}
                text = responses[(one["id"], sample["sample"])][0]["text"]
                yield f"{at} {one['id']} {side}", said, {"reward": extreme, "text": text}


def candidates(at, shown, run, iteration):
    rows = run.table(iteration, "filter", "filtered").to_dicts()
    yield at, {"candidates": len(shown)}, {"candidates": len(rows)}
    for one, row in zip(shown, rows):
        keys = ("id", "text", "kept", "reason", "rouge_l_max", "nearest", "detail")
        yield f"{at} candidate {one['id']}", one, {key: row[key] for key in keys}


def problems(at, shown, run, iteration):
    graded = by(run.table(iteration, "evaluate", "eval").iter_rows(named=True), "benchmark", "problem_id")
    yield at, {"problems": len(shown)}, {"problems": len(graded)}
    for one in shown:
        rows = graded.get((one["benchmark"], one["id"]))
        if rows is None:
            continue
        greedy = next(row for row in rows if row["greedy"])
        sampled = [row for row in rows if not row["greedy"]]
        computed = {key: greedy[key] for key in ("text", "answer", "correct")}
        computed["right"] = sum(row["correct"] for row in sampled)
        yield f"{at} problem {one['id']}", one, computed
        seen = {"answers": counts(one["answers"])}
        yield f"{at} problem {one['id']}", seen, {"answers": counted(sampled, ballots.majority(sampled))}


def flips(at, shown, run, iteration):
    greedy = lambda number: run.table(number, "evaluate", "eval").filter(pl.col("greedy"))
    keys = ["benchmark", "problem_id"]
    both = greedy(iteration).join(greedy(0), on=keys, suffix="_before")
    changed = both.filter(pl.col("correct") != pl.col("correct_before"))
    computed = sorted(changed.select(*keys, "correct", "text_before", "text").iter_rows())
    said = sorted((one["benchmark"], one["id"], one["gained"], one["before"], one["after"]) for one in shown)
    yield f"{at} flips", {"flips": said}, {"flips": computed}
