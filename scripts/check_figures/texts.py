"""`serl show`, row by row."""

from . import ballots, comparison, evaluation, writing


def by(table, *keys):
    of = {}
    for row in table.iter_rows(named=True):
        of.setdefault(tuple(row[key] for key in keys), []).append(row)
    return of


def counts(shown):
    return sorted((count["answer"] is None, count["count"], count["majority"]) for count in shown)


def counted(rows, majority):
    of = ballots.groups(rows).items()
    return sorted((answer is None, len(members), answer is not None and answer == majority) for answer, members in of)


def votes(at, shown, run, iteration):
    """The instructions that were voted on, with the counts of their answers and one response of each side."""
    table = lambda stage, name: run.table(iteration, stage, name)
    texts = dict(table("respond", "prompts").select("instruction_id", "instruction").iter_rows())
    responses = by(table("respond", "responses"), "instruction_id", "sample")
    rewards = by(table("vote", "rewards"), "instruction_id")
    selection = table("train", "selection")
    reasons = {} if selection is None else dict(selection.select("instruction_id", "reason").iter_rows())
    computed, judged = [], {}
    for row in table("vote", "votes").iter_rows(named=True):
        id = row["instruction_id"]
        key, judged[id] = (iteration, row["round"], id), rewards[id,]
        answers = counted(judged[id], row["majority_canonical"])
        figures = {"text": texts[id], "reason": reasons.get(id), "answers": answers}
        reward = [judge["reward"] or 0 for judge in judged[id]]
        figures |= {"n": len(reward), "r_mean": sum(reward) / len(reward)}
        computed.append((key, figures | {name: row[name] for name in ("majority", "entropy", "tie")}))
    shown = [one | {"answers": counts(one["answers"])} for one in shown]
    yield from comparison.rows(at, ("iteration", "round", "id"), shown, computed)
    for one in shown:
        if one["id"] in judged:
            yield from sides(f"{at} {one['id']}", one, judged[one["id"]], responses)


def sides(what, one, judged, responses):
    """The response that agrees with the majority and the one that does not, if any."""
    reward = {judge["sample"]: judge["reward"] or 0 for judge in judged}
    for side, extreme in (("agreeing", max(reward.values())), ("disagreeing", min(reward.values()))):
        sample = one[side]
        if sample is not None:
            number = sample["sample"]
            said = {"reward": reward.get(number), "text": sample["text"]}
            text = [response["text"] for response in responses.get((one["id"], number), ())]
            yield f"{what} {side}", said, {"reward": extreme, "text": "".join(text)}


def candidates(at, shown, run, iteration):
    yield from comparison.rows(f"{at} candidates", ("iteration", "id"), shown, writing.candidates(run, iteration))


def asked(run):
    """The held-out problems by benchmark and id."""
    return {key: rows[0] for key, rows in by(run.input("evaluate", "problems"), "benchmark", "id").items()}


def problems(at, shown, run, iteration):
    """The held-out problems with the greedy response, and the counts of the answers that were sampled."""
    of, computed = asked(run), []
    for (benchmark, id), rows in by(run.table(iteration, "evaluate", "eval"), "benchmark", "problem_id").items():
        greedy, problem = next(row for row in rows if row["greedy"]), of[benchmark, id]
        sampled = [row for row in rows if not row["greedy"]]
        figures = {key: greedy[key] for key in ("text", "answer", "correct")}
        figures |= {"problem": problem["problem"], "gold": problem["gold_answer"]}
        figures |= {key: problem[key] for key in ("subject", "level")}
        figures["right"] = sum(row["correct"] for row in sampled)
        figures["answers"] = counted(sampled, ballots.majority(sampled))
        computed.append(((iteration, benchmark, id), figures))
    shown = [one | {"answers": counts(one["answers"])} for one in shown]
    yield from comparison.rows(f"{at} problems", ("iteration", "benchmark", "id"), shown, computed)


def flips(at, shown, run, iteration):
    """The problems that became right or wrong since the first policy."""
    greedy = lambda number: {(row["benchmark"], row["problem_id"]): row for row in evaluation.greedy(run, number)}
    before, after, of = greedy(0), greedy(iteration), asked(run)
    changed = [key for key in before.keys() & after.keys() if before[key]["correct"] != after[key]["correct"]]
    figures = lambda key: {
        "problem": of[key]["problem"],
        "gold": of[key]["gold_answer"],
        "gained": after[key]["correct"],
        "before": before[key]["text"],
        "after": after[key]["text"],
    }
    computed = [(key, figures(key)) for key in changed]
    yield from comparison.rows(f"{at} flips", ("benchmark", "id"), shown, computed)
