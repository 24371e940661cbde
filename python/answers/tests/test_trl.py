"""Steps of TRL's GRPOTrainer on a tiny model with random weights: `./check --trl`."""

import math

import datasets
import pytest
import tokenizers
import transformers
import trl

from serl_answers.rewards import accuracy_reward, majority_reward

CHAT = "{% for message in messages %}{{ message['content'] }} {% endfor %}"


@pytest.fixture(scope="module")
def tokenizer():
    """One token for each digit, and few others, so that random completions hold numbers."""
    words = ["[PAD]", "[UNK]", "[EOS]", "+", "=", "?", *"0123456789"]
    model = tokenizers.models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]")
    made = tokenizers.Tokenizer(model)
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="[PAD]", unk_token="[UNK]", eos_token="[EOS]", chat_template=CHAT
    )


def policy(tokenizer):
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=64,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
    transformers.set_seed(0)
    return transformers.LlamaForCausalLM(config)


def problems(conversational):
    questions, golds = ["1 + 1 = ?", "2 + 3 = ?"] * 2, ["2", "5"] * 2
    if conversational:
        questions = [[{"role": "user", "content": question}] for question in questions]
    return datasets.Dataset.from_dict({"prompt": questions, "solution": golds})


@pytest.mark.parametrize("conversational", [False, True], ids=["texts", "messages"])
def test_a_step_of_grpo_uses_both_rewards(tokenizer, tmp_path, conversational):
    seen = []

    def accuracy(**arguments):
        rewards = accuracy_reward(**arguments)
        seen.append((arguments, rewards))
        return rewards

    config = trl.GRPOConfig(
        output_dir=str(tmp_path),
        per_device_train_batch_size=8,
        num_generations=4,
        max_completion_length=4,
        max_steps=2,
        learning_rate=1e-2,
        logging_steps=1,
        report_to=[],
        save_strategy="no",
        use_cpu=True,
        bf16=False,
        seed=1,
    )
    trainer = trl.GRPOTrainer(
        model=policy(tokenizer),
        reward_funcs=[accuracy, majority_reward],
        args=config,
        train_dataset=problems(conversational),
        processing_class=tokenizer,
    )
    before = trainer.model.lm_head.weight.detach().clone()
    trainer.train()
    logs = [entry for entry in trainer.state.log_history if "reward" in entry]
    assert len(logs) == 2
    assert all(0 < entry["rewards/majority_reward/mean"] <= 1 for entry in logs)
    assert all(math.isfinite(entry["loss"]) for entry in logs)
    assert not before.equal(trainer.model.lm_head.weight)
    for arguments, rewards in seen:
        assert isinstance(arguments["completions"][0], list) == conversational
        assert rewards == accuracy_reward(**arguments)
        assert len(rewards) == 8
    for entry, (_, rewards) in zip(logs, seen, strict=True):
        assert entry["rewards/accuracy/mean"] == pytest.approx(sum(rewards) / 8)
