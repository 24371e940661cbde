"""The responses of a round, and what of them is dealt to steps."""

from dataclasses import dataclass

from .store import TrainNode


@dataclass
class Response:
    """A response that a reward was found for."""

    group: int
    trained: bool
    prompt: list[int]
    tokens: list[int]
    reward: float
    sampled: list[float]


def rewarded(node: TrainNode) -> list[Response]:
    """The responses of the round that advantages are normalised over, in the order of the tables."""
    train, most = node.config["train"], node.config["train_n"] or None
    prompts = node.rows("respond", "prompts")
    of_prompt = {row["instruction_id"]: [] for row in prompts}
    for response, reward in zip(node.rows("respond", "responses"), node.rows("vote", "rewards"), strict=True):
        assert (response["instruction_id"], response["sample"]) == (reward["instruction_id"], reward["sample"])
        if reward["reward"] is not None:
            of_prompt[response["instruction_id"]].append((response, reward["reward"]))
    low, high = train["bounds"]
    r_mean = {row["instruction_id"]: row["r_mean"] for row in node.rows("vote", "votes")}
    found = []
    for group, row in enumerate(prompts):
        trained = low <= r_mean[row["instruction_id"]] <= high
        if not trained and train["normalise"] == "selected":
            continue
        for response, reward in of_prompt[row["instruction_id"]][:most]:
            tokens, sampled = response["output_tokens"], response["policy_logprobs"]
            found.append(Response(group, trained, row["prompt_tokens"], tokens, reward, sampled))
    return found


def units(responses: list[Response], algorithm: str) -> list[list[int]]:
    """What steps are dealt: a response that is trained on, or a pair of one that won and one that lost."""
    trained = [number for number, one in enumerate(responses) if one.trained]
    if algorithm not in ("rft", "dpo"):
        return [[number] for number in trained]
    dealt = []
    for group in dict.fromkeys(responses[number].group for number in trained):
        members = [number for number in trained if responses[number].group == group]
        rewards = [responses[number].reward for number in members]
        won = [number for number in members if responses[number].reward == max(rewards) > 0]
        lost = [number for number in members if responses[number].reward == min(rewards) < max(rewards)]
        dealt += [[number] for number in won] if algorithm == "rft" else [list(pair) for pair in zip(won, lost)]
    return dealt
