#!/usr/bin/env python3
"""The other side of `compare.py`: one measurement with PyTorch, `transformers` or TRL, printed as one line of JSON.

    python benches/torch_side.py rollout --model DIR --workload FILE --threads 2

The workload is what `serl bench --prompts-file` reads: `prompts`, `new_tokens` and `responses`. With `--dtype bf16` the
model is bfloat16 for sampling and scoring; training, a step included, keeps float32 weights and computes under autocast. On
a GPU float32 products may use TF32, as `serl`'s do. A warm-up comes first and is not counted; loading never is.
"""

import argparse
import json
import resource
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, StoppingCriteria, StoppingCriteriaList

WARM_UP_TOKENS = 4
CLIP = 0.2
COPIES = 20


def finish():
    """Waits for what a GPU has yet to do."""
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()


class Clock:
    """Wall time, and time of all threads on a processor, since it was made."""

    def __init__(self):
        finish()
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self):
        finish()
        return {"seconds": time.perf_counter() - self.wall, "cpu_seconds": time.process_time() - self.cpu}


def load(args, dtype=torch.float32):
    model = AutoModelForCausalLM.from_pretrained(args.model, dtype=dtype, attn_implementation="sdpa")
    return model.eval().to(args.device)


def low(args):
    """The type of a model that is not trained."""
    return torch.bfloat16 if args.dtype == "bf16" else torch.float32


def autocast(args):
    return torch.autocast(args.device, dtype=torch.bfloat16, enabled=args.dtype == "bf16")


def copy_bandwidth(args):
    """Bytes that the device reads and writes in a second, copying."""
    source = torch.ones(1 << 26, device=args.device)
    target = torch.ones_like(source)
    clock = Clock()
    for _ in range(COPIES):
        target.copy_(source)
    return COPIES * 2 * source.nbytes / clock.read()["seconds"]


def padding(rows, fill, side, device):
    """`rows` of unequal length as one tensor, and the mask of what is no padding."""
    width = max(map(len, rows))
    pads = [[fill] * (width - len(row)) for row in rows]
    ones = [([0] * len(pad), [1] * len(row)) for pad, row in zip(pads, rows)]
    masks = [hidden + seen if side == "left" else seen + hidden for hidden, seen in ones]
    ids = [pad + row if side == "left" else row + pad for pad, row in zip(pads, rows)]
    return torch.tensor(ids, device=device), torch.tensor(masks, device=device)


def repeated(workload):
    """Each prompt once for each of its samples, as TRL does it."""
    return [prompt for prompt, lengths in zip(workload["prompts"], workload["new_tokens"]) for _ in lengths]


class OwnLength(StoppingCriteria):
    """Ends every row at a length of its own, as end tokens would; the batch goes on until all rows are done."""

    def __init__(self, prompt_width, targets, device):
        self.prompt_width, self.targets = prompt_width, torch.tensor(targets, device=device)

    def __call__(self, input_ids, scores, **kwargs):
        return input_ids.shape[1] - self.prompt_width >= self.targets


def rollout(args, workload):
    model = load(args, low(args))
    pad = AutoTokenizer.from_pretrained(args.model).pad_token_id or 0
    ids, mask = padding(repeated(workload), pad, "left", args.device)
    targets = [length for lengths in workload["new_tokens"] for length in lengths]

    def generate(longest):
        stops = StoppingCriteriaList([OwnLength(ids.shape[1], targets, args.device)])
        # With as many new tokens at least as at most, end tokens are impossible.
        return model.generate(
            input_ids=ids, attention_mask=mask, do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
            max_new_tokens=longest, min_new_tokens=longest, pad_token_id=pad, stopping_criteria=stops,
            cache_implementation="static" if args.device == "cuda" else None,
        )

    torch.manual_seed(args.seed)
    # A static cache is compiled for its size, so there the warm-up is as long as the work.
    generate(max(targets) if args.device == "cuda" else WARM_UP_TOKENS)
    clock = Clock()
    drawn = generate(max(targets))
    times = clock.read()
    if drawn.shape[1] != ids.shape[1] + max(targets):
        raise SystemExit(f"generate ended early: {drawn.shape[1] - ids.shape[1]} of {max(targets)} tokens")
    told = times | {"tokens": sum(targets)}
    if args.device == "cuda":
        told["copy_bytes_per_second"] = copy_bandwidth(args)
    return told


def response_logprobs(model, prompts, responses, pad):
    """Log-probabilities `[rows, longest response]` and their mask; prompts are padded left, responses right, as in TRL."""
    prompt_ids, prompt_mask = padding(prompts, pad, "left", model.device)
    response_ids, response_mask = padding(responses, pad, "right", model.device)
    mask = torch.cat([prompt_mask, response_mask], dim=1)
    width = response_ids.shape[1]
    output = model(
        input_ids=torch.cat([prompt_ids, response_ids], dim=1), attention_mask=mask,
        position_ids=(mask.cumsum(1) - 1).clamp(min=0), logits_to_keep=width + 1, use_cache=False,
    )
    logits = output.logits[:, :-1].float()
    chosen = logits.gather(2, response_ids.unsqueeze(2)).squeeze(2)
    return chosen - logits.logsumexp(2), response_mask


def micro_batches(prompts, responses, budget):
    """Index lists of at most `budget` tokens each, the longest first, padding counted."""
    order = sorted(range(len(prompts)), key=lambda i: -len(prompts[i]) - len(responses[i]))
    batches = []
    for i in order:
        if batches:
            members = [*batches[-1], i]
            width = max(len(prompts[j]) for j in members) + max(len(responses[j]) for j in members)
            if width * len(members) <= budget:
                batches[-1] = members
                continue
        batches.append([i])
    return batches


def train(args, workload):
    model = load(args).train()
    if args.compile:
        model = torch.compile(model)
    pad = AutoTokenizer.from_pretrained(args.model).pad_token_id or 0
    prompts = repeated(workload)
    responses = [response for group in workload["responses"] for response in group]
    advantages = [1.0 if i % 2 == 0 else -1.0 for i in range(len(responses))]
    tokens = sum(map(len, responses))
    batches = micro_batches(prompts, responses, args.micro_batch_tokens)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-6, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0,
                                  fused=args.compile)

    def logprobs(members):
        with autocast(args):
            return response_logprobs(model, [prompts[i] for i in members], [responses[i] for i in members], pad)

    with torch.no_grad():
        old = [logprobs(members)[0] for members in batches]

    def step():
        total = 0.0
        for members, before in zip(batches, old):
            now, mask = logprobs(members)
            ratio = (now - before).exp()
            advantage = torch.tensor([advantages[i] for i in members], device=args.device).unsqueeze(1)
            surrogate = torch.min(ratio * advantage, ratio.clamp(1 - CLIP, 1 + CLIP) * advantage)
            loss = -(surrogate * mask).sum() / tokens
            loss.backward()
            total += loss.item()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return total, norm

    # What is compiled is compiled again for shapes that it has not seen.
    for _ in range(2 if args.compile else 1):
        step()
    clock = Clock()
    loss, norm = step()
    times = clock.read()
    counted = sum(map(len, prompts)) + tokens
    return times | {"tokens": counted, "loss": loss, "grad_norm": norm}


def prefill(args, workload):
    """Log-probabilities of all tokens of the prompts but their first."""
    model = load(args, low(args))
    pad = AutoTokenizer.from_pretrained(args.model).pad_token_id or 0
    firsts = [prompt[:1] for prompt in workload["prompts"]]
    rests = [prompt[1:] for prompt in workload["prompts"]]
    batches = micro_batches(firsts, rests, args.micro_batch_tokens)

    @torch.no_grad()
    def score():
        total = 0.0
        for members in batches:
            found, mask = response_logprobs(model, [firsts[i] for i in members], [rests[i] for i in members], pad)
            total += (found * mask).sum().item()
        return total

    score()
    clock = Clock()
    total = score()
    times = clock.read()
    count = sum(map(len, rests))
    return times | {"tokens": count + len(firsts), "mean_logprob": total / count}


def majority(answers):
    """1 for each answer that is the most frequent one."""
    given = [answer for answer in answers if answer is not None]
    top = max(sorted(set(given)), key=given.count, default=None)
    return [float(answer is not None and answer == top) for answer in answers]


def last_number(text):
    numbers = [word.strip(".,;:$") for word in text.split()]
    return next((word for word in reversed(numbers) if word.lstrip("-").replace(".", "", 1).isdigit()), None)


def rl_step(args, workload):
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    samples = len(workload["new_tokens"][0])
    new_tokens, rows = workload["new_tokens"][0][0], len(repeated(workload))
    batch = max(size for size in range(1, rows + 1) if rows % size == 0 and size <= args.micro_batch_sequences)

    def vote(completions, **kwargs):
        answers = [last_number(completion) for completion in completions]
        groups = (answers[i : i + samples] for i in range(0, len(answers), samples))
        return [reward for group in groups for reward in majority(group)]

    times, lengths = [], []

    class Timing(TrainerCallback):
        def on_step_begin(self, *_, **__):
            self.clock = Clock()

        def on_step_end(self, *_, **__):
            times.append(self.clock.read())

    config = GRPOConfig(
        output_dir=args.scratch, use_cpu=args.device == "cpu", bf16=args.dtype == "bf16", gradient_checkpointing=False,
        beta=0.0, epsilon=CLIP,
        num_generations=samples, per_device_train_batch_size=batch, gradient_accumulation_steps=rows // batch,
        max_completion_length=new_tokens, generation_kwargs={"min_new_tokens": new_tokens}, temperature=1.0,
        learning_rate=1e-6, adam_beta2=0.95, max_grad_norm=1.0, max_steps=2, shuffle_dataset=False, seed=args.seed,
        save_strategy="no", logging_strategy="no", report_to=[], disable_tqdm=True,
        model_init_kwargs={"dtype": "float32", "attn_implementation": "sdpa"},
    )

    def counted(completion_ids, completions, **kwargs):
        lengths.append(sum(map(len, completion_ids)))
        return vote(completions)

    trainer = GRPOTrainer(
        model=args.model, args=config, reward_funcs=counted, callbacks=[Timing()],
        train_dataset=Dataset.from_dict({"prompt": workload["texts"] * 2}),
    )
    trainer.train()
    return times[-1] | {"tokens": lengths[-1]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["rollout", "train", "prefill", "step"])
    parser.add_argument("--model", required=True, help="folder of the model")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--dtype", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--workload", required=True, help="JSON file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--micro-batch-tokens", type=int, default=2048, help="train, prefill: tokens computed at once")
    parser.add_argument("--micro-batch-sequences", type=int, default=16, help="step: sequences computed at once")
    parser.add_argument("--compile", action="store_true", help="train: torch.compile the model, and fuse AdamW")
    parser.add_argument("--scratch", default="trl-output", help="step: folder for what the trainer writes")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.set_float32_matmul_precision("high")
    with open(args.workload) as file:
        workload = json.load(file)
    result = {"rollout": rollout, "train": train, "prefill": prefill, "step": rl_step}[args.what](args, workload)
    result["peak_rss_bytes"] = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(result))


if __name__ == "__main__":
    main()
