#!/usr/bin/env python3
"""`serl bench` beside PyTorch, TRL, OpenVINO, llama.cpp and vLLM: same model folder, prompts, token counts and threads.

    cargo build --release --workspace
    python benches/compare.py rollout --model DIR                     # generate, prompts repeated in one batch
    python benches/compare.py rollout --model DIR --peer openvino --dtype bf16
    python benches/compare.py rollout --model DIR --peer llama_cpp --dtype int8    # Q8_0
    python benches/compare.py rollout --model DIR --peer llama_cpp --prompts 1 --samples 1             # a single stream
    python benches/compare.py rollout --model DIR --unequal           # prompts and samples of very unequal lengths
    python benches/compare.py train --model DIR --prompts 4 --samples 4
    python benches/compare.py train --model DIR --prompts 4 --samples 4 --peer compile --dtype bf16    # torch.compile
    python benches/compare.py prefill --model DIR --prompts 64        # log-probabilities of given tokens
    python benches/compare.py step --model DIR                        # TRL's GRPOTrainer
    python benches/compare.py linear --model DIR                      # serl alone: time by samples and new tokens

Every run of either side is a process of its own that loads, warms up, and times one piece of work; sides take turns, so that
what else the machine does meets both. On a machine with other work PyTorch's threads wait for each other, which makes its
wall time useless: give `--threads 1` there, and look at the time on a processor. Printed are each run, medians with
extremes, and the ratio of the medians: above 1 means that serl does more in the same time. Tokens are counted alike on both
sides: those asked for, without padding.

On a CPU, `serl bench --limits` measures after each run what the processor can do at most; printed is which share of it each
side reached. Beside the ratio stands the last one that was recorded for the same comparison on the same kind of CPU (`--record`).

On a GPU (`serl` built with `--features cuda`; `shapes.py` writes models of known shapes with random weights):

    python benches/compare.py rollout --model DIR --device cuda --dtype bf16 --prompts 16 \\
        --prompt-tokens 512 --new-tokens 512
    python benches/compare.py train --model DIR --device cuda --dtype bf16 --peak-tflops 989

Rollouts then also print the share of the time that reading the weights, keys and values at the measured copy bandwidth would
take. Training does so for the device's peak, if it is given (`limits.py`); the head is in float32, so that of bf16 cannot
be reached. Memory is that of the host.
Needs `torch` and `transformers`; `step` also `trl` and `datasets`; `--peer openvino` also `openvino-genai` and
`optimum-intel`, `--peer vllm` `vllm`, `--peer llama_cpp` what `llama_cpp_side.py` says. Peers may need Pythons of their own: `--python PATH`.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import recorded
from limits import Shape, decoding_bytes, training_operations

HERE = Path(__file__).resolve().parent

# Peers that only draw rollouts.
ENGINES = ("openvino", "llama_cpp", "vllm")


def spread(first, last, n, draws):
    """`n` lengths in equal steps from `first` to `last`, shuffled."""
    steps = max(n - 1, 1)
    lengths = [first + ((last - first) * i + steps // 2) // steps for i in range(n)]
    draws.shuffle(lengths)
    return lengths


def ordinary_ids(tokenizer):
    special = set(tokenizer.all_special_ids) | set(tokenizer.get_added_vocab().values())
    return [i for i in range(len(tokenizer)) if i not in special and tokenizer.decode([i])]


def problem(draws):
    a, b, c = (draws.randint(2, 60) for _ in range(3))
    name = draws.choice(["Tom", "Mia", "Ben", "Eva"])
    return f"{name} has {a} apples and buys {b} more. Then {name} gives {c} of them away. How many apples are left? "


def texts(tokenizer, args):
    """Word problems of about the wanted number of tokens each, with the ids that TRL makes of them."""
    draws, prompts = random.Random(args.seed), []
    for length in [args.prompt_tokens[0]] * args.prompts:
        text = ""
        while len(tokenizer(text)["input_ids"]) < length:
            text += problem(draws)
        prompts.append(tokenizer.decode(tokenizer(text)["input_ids"][-length:], skip_special_tokens=True))
    return prompts, tokenizer(text=prompts)["input_ids"]


def workload(args):
    """What both sides do; the form is that of `serl bench --prompts-file`."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(args.model)
    draws = random.Random(args.seed)
    ids = ordinary_ids(tokenizer)
    prompts = [draws.choices(ids, k=n) for n in spread(*args.prompt_tokens, args.prompts, draws)]
    lengths = spread(*args.new_tokens, args.prompts * args.samples, draws)
    new_tokens = [lengths[i : i + args.samples] for i in range(0, len(lengths), args.samples)]
    work = {"prompts": prompts, "new_tokens": new_tokens}
    if args.what == "train":
        work["responses"] = [[draws.choices(ids, k=n) for n in group] for group in new_tokens]
    if args.what == "step":
        work["texts"], work["prompts"] = texts(tokenizer, args)
    return work


def environment(args):
    threads = str(args.threads)
    return os.environ | {"RAYON_NUM_THREADS": threads, "OMP_NUM_THREADS": threads, "HF_HUB_OFFLINE": "1",
                         "TOKENIZERS_PARALLELISM": "false"}


def call(command, args):
    done = subprocess.run(command, env=environment(args), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr[-4000:]}")
    return done.stdout


def serl_bench(args, what, *rest):
    device = "cuda" if args.device == "cuda" else "flex"
    command = [args.serl, "bench", what, "--model", args.model, "--device", device, "--dtype", args.dtype,
               "--repeat", "1", "--json", *rest]
    return json.loads(call(command, args))


def serl_side(args, files, turn):
    rest = ["--prompts-file", files.serl, "--seed", str(args.seed + turn)]
    if args.what != "rollout":
        rest += ["--micro-batch-tokens", str(args.micro_batch_tokens)]
    if args.what == "step":
        rest.append("--unscored")  # TRL, too, takes the sampler's log-probabilities here
    rest += ["--limits"] if args.device == "cpu" else []
    told = serl_bench(args, args.what, *rest)
    limits = told.get("limits", {})
    least = [limits[name] for name in ("arithmetic_seconds", "reading_seconds") if name in limits]
    return told["runs"][0] | {"peak_rss_bytes": told["peak_rss_bytes"], "least_seconds": max(least, default=None)}


def torch_side(args, files, turn):
    command = [args.python, HERE / "torch_side.py", args.what, "--model", args.model, "--workload", files.torch,
               "--device", args.device, "--dtype", args.dtype, "--threads", str(args.threads),
               "--seed", str(args.seed + turn), "--scratch", files.scratch,
               "--micro-batch-tokens", str(args.micro_batch_tokens),
               "--micro-batch-sequences", str(args.micro_batch_sequences)]
    command += ["--compile"] if args.peer == "compile" else []
    return json.loads(call(command, args).splitlines()[-1])


def engine_side(args, files, turn):
    command = [args.python, HERE / f"{args.peer}_side.py", "--model", args.model, "--workload", files.torch,
               "--dtype", args.dtype, "--threads", str(args.threads), "--seed", str(args.seed + turn),
               "--scratch", files.scratch]
    return json.loads(call(command, args).splitlines()[-1])


class Files:
    """The workload as each side reads it, and a folder for what is thrown away."""

    def __init__(self, folder, work):
        self.scratch, self.serl, self.torch = folder, Path(folder) / "serl.json", Path(folder) / "torch.json"
        self.torch.write_text(json.dumps(work))
        self.serl.write_text(json.dumps({key: value for key, value in work.items() if key != "texts"}))


def shown(run):
    known = {"seconds", "cpu_seconds", "tokens", "peak_rss_bytes", "copy_bytes_per_second", "least_seconds"}
    rest = [f"{key} {value:.6g}" for key, value in run.items() if key not in known]
    memory = f"{run['peak_rss_bytes'] / 2**20:7.0f} MiB"
    cpu = f"{run['cpu_seconds'] or 0:8.2f} s of CPU"
    return "  ".join([f"{run['seconds']:9.3f} s", cpu, f"{run['tokens'] / run['seconds']:9.1f} tokens/s", memory, *rest])


def summary(runs):
    rates = [run["tokens"] / run["seconds"] for run in runs]
    return {
        "tokens_per_second": {"median": statistics.median(rates), "min": min(rates), "max": max(rates)},
        "seconds": {"median": statistics.median(run["seconds"] for run in runs)},
        "cpu_microseconds_per_token": statistics.median(1e6 * (run["cpu_seconds"] or 0) / run["tokens"] for run in runs),
        "peak_rss_bytes": max(run["peak_rss_bytes"] for run in runs),
        "runs": runs,
    }


def limits(args, work, result, other):
    """Each side's share of what the device allows; nothing for work without a bound here."""
    shape, seconds = Shape(args.model), {name: result[name]["seconds"]["median"] for name in ("serl", other)}
    if args.device == "cpu":
        # As `serl` measures it after each of its runs; what shares no prompts does more than that.
        least = statistics.median(run["least_seconds"] for run in result["serl"]["runs"])
        return {"share_of_limit": {name: least / s for name, s in seconds.items()}}
    if args.what == "rollout" and args.device == "cuda":
        bandwidth = max(run.get("copy_bytes_per_second", 0) for run in result[other]["runs"])
        if bandwidth == 0:  # Only PyTorch's side measures it.
            return {}
        least = decoding_bytes(shape, work, args.dtype) / bandwidth
        shares = {name: least / s for name, s in seconds.items()}
        return {"copy_gigabytes_per_second": bandwidth / 1e9, "share_of_bandwidth": shares}
    if args.what == "train" and args.peak_tflops:
        least = training_operations(shape, work) / (1e12 * args.peak_tflops)
        return {"share_of_peak": {name: least / s for name, s in seconds.items()}}
    return {}


def compare(args):
    work = workload(args)
    other = "trl" if args.what == "step" else args.peer
    sides = {"serl": serl_side, other: engine_side if other in ENGINES else torch_side}
    runs = {name: [] for name in sides}
    with tempfile.TemporaryDirectory() as folder:
        files = Files(folder, work)
        for turn in range(args.runs):
            for name, side in sides.items():
                runs[name].append(side(args, files, turn))
                if not args.json:
                    print(f"{turn + 1} {name:5}", shown(runs[name][-1]), flush=True)
    result = {name: summary(of_side) for name, of_side in runs.items()}
    rates = {name: side["tokens_per_second"]["median"] for name, side in result.items()}
    result["ratio"] = rates["serl"] / rates[other]
    cost = {name: side["cpu_microseconds_per_token"] for name, side in result.items() if name in sides}
    result["cpu_ratio"] = cost[other] / cost["serl"] if cost["serl"] else None
    result["memory_ratio"] = result["serl"]["peak_rss_bytes"] / result[other]["peak_rss_bytes"]
    bounds = limits(args, work, result, other)
    beside_last = recorded.beside_last(args, result)
    if args.record:
        recorded.add(args, result)
    if args.json:
        about = {"what": args.what, "model": args.model, "threads": args.threads, "device": args.device, "dtype": args.dtype}
        print(json.dumps(about | result | bounds, indent=2))
        return
    for name in sides:
        rate = result[name]["tokens_per_second"]
        print(f"{name:5} median {rate['median']:.1f} tokens/s ({rate['min']:.1f} to {rate['max']:.1f}), "
              f"{result[name]['peak_rss_bytes'] / 2**20:.0f} MiB at most")
    cpu = f"{result['cpu_ratio']:.2f}" if result["cpu_ratio"] else "unknown"
    print(f"serl / {other}: {result['ratio']:.2f} x tokens/s, {cpu} x tokens per CPU second, "
          f"{result['memory_ratio']:.2f} x memory")
    for name, value in bounds.items():
        if isinstance(value, dict):
            value = ", ".join(f"{side} {share:.1%}" for side, share in value.items())
        print(f"{name.replace('_', ' ')}: {value if isinstance(value, str) else round(value)}")
    print(beside_last)


def linear(args):
    """Seconds of serl's rollouts: where the cost is linear, a column's microseconds per token do not grow."""
    rows = []
    for new_tokens in args.lengths:
        for samples in args.counts:
            told = serl_bench(args, "rollout", "--prompts", "1", "--samples", str(samples), "--prompt-tokens",
                              str(args.prompt_tokens[0]), "--new-tokens", str(new_tokens))
            run = told["runs"][0]
            row = {"samples": samples, "new_tokens": new_tokens, "seconds": run["seconds"], "tokens": run["tokens"],
                   "microseconds_per_token": 1e6 * run["seconds"] / run["tokens"]}
            rows.append(row)
            if not args.json:
                print(f"{samples:5} samples x {new_tokens:5} tokens  {run['seconds']:9.3f} s  "
                      f"{row['microseconds_per_token']:9.1f} us/token", flush=True)
    if args.json:
        print(json.dumps(rows, indent=2))


def numbers(text):
    return [int(part) for part in text.split(",")]


def lengths(text):
    """`128` or `16..400`, as `serl bench` reads it."""
    first, _, last = text.partition("..")
    return int(first), int(last or first)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["rollout", "train", "prefill", "step", "linear"])
    parser.add_argument("--model", required=True, help="folder of the model, for both sides")
    parser.add_argument("--serl", default=HERE.parent / "target/release/serl", type=Path, help="the binary")
    parser.add_argument("--peer", choices=["torch", "compile", *ENGINES], default="torch",
                        help="the other side: eager PyTorch; train: torch.compile; rollout: OpenVINO GenAI, llama.cpp, vLLM")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the other side [this one]")
    parser.add_argument("--runs", type=int, default=5, help="runs of each side")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="of both sides")
    parser.add_argument("--dtype", choices=["f32", "bf16", "int8"], default="f32",
                        help="of both sides; int8: rollouts beside llama.cpp (Q8_0) and OpenVINO")
    parser.add_argument("--peak-tflops", type=float, help="train: what the device does in a second at most, e.g. 989")
    parser.add_argument("--threads", type=int, default=2, help="threads of each side")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--prompts", type=int, help="[4; --unequal: 16]")
    parser.add_argument("--samples", type=int, help="of each prompt [16; --unequal: 4]")
    parser.add_argument("--prompt-tokens", type=lengths, metavar="LENGTHS", help="[100; --unequal: 16..400]")
    parser.add_argument("--new-tokens", type=lengths, metavar="LENGTHS", help="[128; --unequal: 8..128]")
    parser.add_argument("--unequal", action="store_true", help="rollout: prompts and samples of unequal lengths")
    parser.add_argument("--micro-batch-tokens", type=int, default=2048, help="train, step, prefill: tokens computed at once")
    parser.add_argument("--micro-batch-sequences", type=int, default=16, help="step: the same for TRL, in sequences")
    parser.add_argument("--lengths", type=numbers, default=[64, 128, 256, 512], help="linear: numbers of new tokens")
    parser.add_argument("--counts", type=numbers, default=[16, 64, 256], help="linear: numbers of samples")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--record", action="store_true", help=f"add the ratio to {recorded.FILE.name}")
    args = parser.parse_args()
    unused = [name for name in ("prompts", "samples", "new_tokens") if getattr(args, name) is not None]
    usual = {"prompts": 4, "samples": 16, "prompt_tokens": (100, 100), "new_tokens": (128, 128)}
    uneven = {"prompts": 16, "samples": 4, "prompt_tokens": (16, 400), "new_tokens": (8, 128)}
    for name, value in (uneven if args.unequal else usual).items():
        if getattr(args, name) is None:
            setattr(args, name, value)
    if args.what == "linear" and unused:
        names = ", ".join("--" + name.replace("_", "-") for name in unused)
        parser.error(f"linear: one prompt, `--counts` samples of `--lengths` tokens; leave out {names}")
    if args.what == "step" and any(first != last for first, last in (args.prompt_tokens, args.new_tokens)):
        parser.error("step: TRL ends all samples alike; give one length for prompts and one for new tokens")
    if args.peer == "compile" and args.what != "train" or args.peer in ENGINES and args.what != "rollout":
        parser.error(f"--peer {args.peer} does not do `{args.what}`")
    if args.dtype == "int8" and args.what != "linear" and args.peer not in ("llama_cpp", "openvino"):
        parser.error("--dtype int8 is for `rollout` beside llama_cpp or openvino")
    if not args.serl.is_file():
        parser.error(f"no binary at {args.serl}: build it, or give --serl PATH")
    args.model = str(args.model)
    return args


def main():
    args = arguments()
    (linear if args.what == "linear" else compare)(args)


if __name__ == "__main__":
    main()
