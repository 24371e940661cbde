"""Reward functions, called as TRL and verl call them, without either."""

import importlib.util
import sys

import numpy
import pytest

from serl_answers import rewards
from serl_answers.rewards import accuracy_reward, compute_score, compute_score_batch, majority_reward


def chat(text):
    return [{"role": "assistant", "content": text}]


def trl(function, prompts, completions, **columns):
    """Calls a reward function with the arguments of GRPOTrainer."""
    extra = {"completion_ids": [[1]] * len(prompts), "trainer_state": None, "log_extra": print, "log_metric": print}
    return function(prompts=prompts, completions=completions, **extra, **columns)


@pytest.mark.parametrize("column", ["solution", "answer"])
def test_accuracy_of_texts_and_of_messages(column):
    texts, golds = ["It is 1/2.", "#### 7", ""], ["0.5", "8", "9"]
    assert trl(accuracy_reward, ["q"] * 3, texts, **{column: golds}) == [1.0, 0.0, 0.0]
    messages = [chat(text) for text in texts]
    assert trl(accuracy_reward, [chat("q")] * 3, messages, **{column: golds}) == [1.0, 0.0, 0.0]


def test_an_answer_comes_before_a_worked_solution():
    columns = {"answer": ["5", None], "solution": ["see above", r"So \boxed{6}."]}
    assert trl(accuracy_reward, ["q"] * 2, ["#### 5", "#### 6"], **columns) == [1.0, 1.0]


def test_a_row_without_a_gold_answer_has_no_reward():
    assert trl(accuracy_reward, ["q"] * 3, ["5"] * 3, solution=[None, "", "5"]) == [None, None, 1.0]
    with pytest.raises(ValueError, match="a column `solution` or `answer`; the other columns are: .*, label, "):
        trl(accuracy_reward, ["q"], ["5"], label=["5"])


def test_gold_answers_may_be_numbers_or_several():
    golds = [5, 0.5, ["5", "five"], numpy.int64(5), numpy.array(["4", "5"])]
    completions = ["#### 5", "1/2", "The answer is five.", "5", "5"]
    assert trl(accuracy_reward, ["q"] * 5, completions, answer=golds) == [1.0] * 5


def test_options_come_from_a_column():
    columns = {"answer": ["B", "5"], "choices": [["3", "4"], None]}
    assert trl(accuracy_reward, ["q"] * 2, ["The answer is 4.", "5"], **columns) == [1.0, 1.0]


def test_the_last_message_counts_and_may_have_parts():
    parts = [{"role": "assistant", "content": [{"type": "text", "text": "#### "}, {"type": "text", "text": "5"}]}]
    tools = [*chat("#### 4"), {"role": "tool", "content": "4"}, *chat("#### 5")]
    silent = [{"role": "assistant", "content": None}]
    completions = [parts, tools, silent, []]
    assert trl(accuracy_reward, ["q"] * 4, completions, answer=["5"] * 4) == [1.0, 1.0, 0.0, 0.0]


@pytest.mark.parametrize("completion", [5, ["5"], None, [["5"]]])
def test_other_completions_are_refused(completion):
    with pytest.raises(TypeError, match="a completion must be a str or a list of chat messages, not "):
        trl(accuracy_reward, ["q"], [completion], answer=["5"])


@pytest.mark.parametrize("gold", [{"answer": "5"}, [["5"]], b"5"])
def test_other_gold_answers_are_refused(gold):
    with pytest.raises(TypeError, match="a gold answer must be a str, a number or a list of them, not "):
        compute_score("math", "#### 5", gold)


def test_completions_of_equal_prompts_vote():
    prompts = ["a", "b", "a", "b", "a", "c"]
    completions = ["#### 1", "#### 2", "1.0", "#### 30", "#### 3", ""]
    assert trl(majority_reward, prompts, completions) == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]


def test_prompts_may_be_messages():
    prompts = [[{"role": "user", "content": "a"}], [{"content": "a", "role": "user"}], chat("a")]
    completions = [chat("1"), chat("20"), chat("20")]
    assert trl(majority_reward, prompts, completions) == [1.0, 0.0, 1.0]


def test_a_majority_reads_no_gold_answer():
    columns = {"solution": ["3"] * 3, "answer": ["3"] * 3}
    assert trl(majority_reward, ["a"] * 3, ["1", "1", "3"], **columns) == [1.0, 1.0, 0.0]


def test_options_vote_by_letter():
    columns = {"choices": [["3", "4"]] * 3}
    assert trl(majority_reward, ["a"] * 3, ["(B)", "The answer is 4.", "A"], **columns) == [1.0, 1.0, 0.0]


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="there are 1 prompts, but 2 completions"):
        majority_reward(["a"], ["1", "1"])
    with pytest.raises(ValueError, match="there are 1 gold answers, but 2 responses"):
        compute_score_batch(["a"] * 2, ["1", "1"], ["1"])


def test_verl_loads_the_functions_from_their_file():
    spec = importlib.util.spec_from_file_location("custom_module", rewards.__file__)
    module = importlib.util.module_from_spec(spec)
    sys.modules["custom_module"] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["custom_module"]
    score = module.compute_score(
        data_source="math", solution_str=r"It is \boxed{0.5}", ground_truth="1/2", extra_info={"index": 0}, extra=1
    )
    assert score == 1.0
    assert isinstance(score, float)


def test_verl_scores_one_response():
    assert compute_score("math", "#### 5", "6") == 0.0
    assert compute_score("math", "#### 5", ["6", "5"]) == 1.0
    assert compute_score("math", "#### 5", None) == 0.0
    assert compute_score("mmlu", "The answer is 4.", "B", {"choices": ["3", "4"]}) == 1.0
    assert compute_score("mmlu", "The answer is 4.", "B", {"choices": numpy.array(["3", "4"])}) == 1.0


def test_verl_scores_a_batch_of_numpy_arrays():
    sources, truths = numpy.array(["math"] * 2, dtype=object), numpy.array(["5", "6"], dtype=object)
    infos = numpy.array([None, {}], dtype=object)
    assert compute_score_batch(sources, ["#### 5", "#### 5"], truths, infos) == [1.0, 0.0]
    assert compute_score_batch(data_sources=sources, solution_strs=["5", "5"], ground_truths=truths) == [1.0, 0.0]
