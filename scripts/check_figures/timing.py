"""`serl inspect timing` and `timing --each`: tokens from the tables, clocks and bytes from the manifests."""


def tokens(run, iteration, stage, turn):
    """Response tokens that a node sampled or trained on; none for other stages."""
    if stage == "train":
        log = run.of_round(iteration, stage, turn, "train_log")
        return log["tokens"].sum() if log is not None and log.height else None
    if stage == "generate":
        # Stores of earlier versions do not tell it.
        told = "sampled_tokens" in run.manifest(iteration, stage, turn)["metrics"]
        return run.of_round(iteration, stage, turn, "completions")["output_tokens"].list.len().sum() if told else None
    if stage in ("respond", "solve"):
        return run.of_round(iteration, stage, turn, "responses")["output_tokens"].list.len().sum()
    return None


def measured(run):
    """Tokens, seconds and bytes of each node."""
    for node in run.turns():
        manifest = run.manifest(*node)
        size = sum(output["bytes"] for output in manifest["outputs"].values())
        yield node, {"tokens": tokens(run, *node), "seconds": manifest["seconds"], "bytes": size}


def rated(all, figures):
    """With the share of `all` seconds and the rate."""
    seconds, known = figures["seconds"], figures["tokens"] is not None
    rate = figures["tokens"] / seconds if known and seconds > 0 else None
    return figures | {"share": seconds / all if all else 0, "tokens_per_second": rate}


def nodes(run):
    of = list(measured(run))
    all = sum(figures["seconds"] for _, figures in of)
    for node, figures in of:
        yield node, rated(all, figures) | {"device": run.manifest(*node)["device"]}


def stages(run):
    """The nodes of a stage in an iteration together."""
    of, sums = list(measured(run)), {}
    for (iteration, stage, _), figures in of:
        sums.setdefault((iteration, stage), []).append(figures)
    all = sum(figures["seconds"] for _, figures in of)
    for key, members in sums.items():
        known = [figures["tokens"] for figures in members if figures["tokens"] is not None]
        total = {name: sum(figures[name] for figures in members) for name in ("seconds", "bytes")}
        total["tokens"] = sum(known) if known else None
        yield key, {"nodes": len(members), "round": None} | rated(all, total)
