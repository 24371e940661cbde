"""`serl inspect answers`."""

from .columns import counted

# Texts that are shown, and characters of each.
TOP, WIDTH = 10, 200


def judged(run):
    """Iteration, stage, round and table of each node that read answers, in the order in which they ran."""
    votes = [(number, "vote", turn, table) for number, turn, table in run.each_round("vote", "rewards")]
    graded = [(number, "evaluate", turn, table) for number, turn, table in run.each_round("evaluate", "eval")]
    return sorted(votes + graded, key=lambda node: (node[0], node[1] == "evaluate", node[2] or 0))


def nodes(run):
    for iteration, stage, turn, table in judged(run):
        status, n = counted(table, "parse_status"), max(table.height, 1)
        yield (iteration, stage, turn), {
            "responses": table.height,
            "parsed": status.get("parsed", 0) / n,
            "no_answer": status.get("no_answer", 0),
            "over_budget": status.get("over_budget", 0),
            "methods": {name: count / n for name, count in counted(table, "method").items()},
        }


def unread(run):
    """Text, status and id of each response without a canonical answer."""
    for iteration, stage, turn, table in judged(run):
        id = "problem_id" if stage == "evaluate" else "instruction_id"
        if stage == "vote":
            texts = run.of_round(iteration, "respond", turn, "responses").select("instruction_id", "sample", "text")
            table = table.join(texts, on=["instruction_id", "sample"], how="left", maintain_order="left")
        for row in table.iter_rows(named=True):
            if row["parse_status"] == "no_answer":
                yield row["text"].strip()[-WIDTH:], "no_answer", row[id]
            elif row["parse_status"] == "over_budget":
                yield (row["answer"] or "")[:WIDTH], "over_budget", row[id]


def unparsed(run):
    """The texts that most responses have, each with the first that has it."""
    counts, first = {}, {}
    for text, status, id in unread(run):
        counts[text, status] = counts.get((text, status), 0) + 1
        first.setdefault((text, status), id)
    top = sorted(counts, key=lambda key: (-counts[key], key))[:TOP]
    return [{"count": counts[key], "status": key[1], "example_id": first[key], "text": key[0]} for key in top]
