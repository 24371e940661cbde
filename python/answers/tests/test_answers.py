"""Single answers, responses and votes."""

import pickle

import pytest

import serl_answers
from serl_answers import OverBudget, canonical, equal, extract, grade, vote


def test_results_are_tuples_with_names_and_can_be_pickled():
    for result in (extract("#### 5"), grade("5", "#### 5"), vote(["#### 5"])):
        assert pickle.loads(pickle.dumps(result)) == result


def test_a_result_is_true_if_there_is_an_answer_or_the_answers_are_equal():
    assert extract("#### 5") and not extract("")
    assert grade("5", "#### 5") and not grade("6", "#### 5")


def test_the_order_chooses_methods():
    text = r"It is \boxed{5}, so the answer is 7"
    assert extract(text) == ("7", "phrase")
    assert extract(text, order=["boxed"]) == ("5", "boxed")
    assert extract(text, order=("hash",)) == (None, None)
    assert grade("5", text, order=["boxed"]).equal


def test_the_names_of_methods_are_listed():
    names = ["boxed", "hash", "phrase", "choice", "bare", "last_formula", "last_number"]
    assert serl_answers.METHODS == names
    with pytest.raises(ValueError, match='unknown extraction method "box"; use some of: boxed, hash, phrase'):
        extract("5", order=["box"])


def test_options_are_compared_by_letter():
    choices = ["maintain it", "cut it"]
    assert equal("(b)", "cut it", choices)
    assert not equal("(b)", "cut it")
    assert grade("B", "I would cut it.", choices) == (True, "compared", "B", "B", "choice")
    assert vote(["The answer is (B).", "I choose cut it.", "A"], choices).rewards == [1.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("gold", "response", "status"),
    [("5", "#### 5", "compared"), ("", "5", "no_gold"), ("5", "", "no_answer"), ("5", "9" * 20_000, "over_budget")],
)
def test_a_grade_says_whether_answers_were_compared(gold, response, status):
    assert grade(gold, response).status == status


def test_an_answer_over_budget_equals_nothing():
    large = "9^{9^9}"
    assert not equal(large, large)
    with pytest.raises(OverBudget, match="a number of the answer has .* digits, more than 10000"):
        canonical(large)
    assert issubclass(OverBudget, ValueError)


def test_a_tie_goes_to_the_shortest_answer_then_to_the_first():
    result = vote(["#### 123", "#### 45", "#### 123", "#### 45", "#### 67", "#### 67"])
    assert (result.majority, result.tie, result.n_distinct) == ("45", True, 3)
    assert result.rewards == [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]


def test_responses_without_an_answer_never_win_and_count():
    result = vote(["", "", None, "9^{9^9}", "#### 5"])
    assert (result.majority, result.canonical, result.majority_count) == ("5", "5", 1)
    assert (result.r_mean, result.n_parsed) == (pytest.approx(0.2), 1)
    assert result.rewards == [0.0, 0.0, 0.0, 0.0, 1.0]


def test_a_vote_without_answers_has_no_majority():
    assert vote([])[:4] == (None, None, 0.0, [])
    assert vote(["", ""])[:4] == (None, None, 0.0, [0.0, 0.0])


def test_equal_answers_are_one_and_shown_in_their_shortest_spelling():
    result = vote([r"\boxed{\frac{1}{2}}", "#### 0.50", "#### 1/2", "#### 2"])
    assert (result.majority, result.canonical, result.majority_count) == ("1/2", "1/2", 3)


def test_any_iterable_of_texts_votes():
    assert vote(response for response in ("#### 5", "#### 5")).majority_count == 2


def test_subclasses_of_str_and_lone_surrogates_are_texts():
    class Text(str):
        pass

    assert grade(Text("5"), Text("#### 5")).equal
    assert extract("\ud800 #### 5").answer == "5"
    assert set(extract("#### \ud800").answer) == {"\N{REPLACEMENT CHARACTER}"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: extract(5), "response must be str, not int"),
        (lambda: extract(b"5"), "response must be str, not bytes"),
        (lambda: extract("5", order="boxed"), "order must be a list of names of methods, not str"),
        (lambda: extract("5", order=[1]), r"order\[0\] must be str, not int"),
        (lambda: canonical(None), "answer must be str, not NoneType"),
        (lambda: equal("5", 5), "b must be str, not int"),
        (lambda: grade(5, "5"), "gold must be str, not int"),
        (lambda: grade("5", ["5"]), "response must be str, not list"),
        (lambda: grade("5", "5", choices="AB"), "choices must be a list of str or None, not str"),
        (lambda: grade("5", "5", choices=["a", 2]), r"choices\[1\] must be str, not int"),
        (lambda: vote("5"), "responses must be a list of str, not str"),
        (lambda: vote(5), "responses must be a list of str, not int"),
        (lambda: vote(["5", 5]), r"responses\[1\] must be str or None, not int"),
        (lambda: vote({"a": "5"}), "responses must be a list of str, not dict"),
    ],
)
def test_a_wrong_type_is_named_with_its_place(call, message):
    with pytest.raises(TypeError, match=f"^{message}$"):
        call()


def test_an_error_of_an_iterable_is_passed_on():
    def broken():
        yield "5"
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        vote(broken())
