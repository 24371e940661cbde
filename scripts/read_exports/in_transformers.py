"""Answers of `transformers`, as the model card has it called."""

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from .worker import ALTERNATIVES, Ranked, Task


def main() -> None:
    """Answers a task."""
    task = Task()
    tokenizer = AutoTokenizer.from_pretrained(task.folder)
    model = AutoModelForCausalLM.from_pretrained(task.folder, dtype=getattr(torch, task.dtype))

    def decode(tokens: list[int]) -> str:
        return tokenizer.decode(tokens, skip_special_tokens=True)

    answers = []
    for user, messages, expected in zip(task.users, task.messages(), task.expected, strict=True):
        if task.format == "chat":
            inputs = tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, return_dict=True, return_tensors="pt"
            )
        else:
            inputs = tokenizer(user, return_tensors="pt")
        output = model.generate(
            **inputs,
            max_new_tokens=task.max_new_tokens,
            do_sample=False,
            output_logits=True,
            return_dict_in_generate=True,
        )
        prompt = inputs["input_ids"][0].tolist()
        tokens = output.sequences[0, len(prompt) :].tolist()
        ranked = [rank(logits[0]) for logits in output.logits]
        answers.append(task.answer(expected, prompt, tokens, ranked, decode))
    task.finish(answers, "transformers", "torch")


def rank(logits: torch.Tensor) -> Ranked:
    """The most probable tokens."""
    values, tokens = logits.float().log_softmax(-1).topk(ALTERNATIVES)
    return list(zip(tokens.tolist(), values.tolist(), strict=True))


if __name__ == "__main__":
    main()
