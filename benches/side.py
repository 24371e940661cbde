"""What the engines beside `serl` have in common: their arguments, a warm-up, and one line of JSON about the rest."""

import argparse
import json
import multiprocessing
import resource
import time
from pathlib import Path

WARM_UP_TOKENS = 4


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, help="folder of the model")
    parser.add_argument("--workload", required=True, help="JSON file")
    parser.add_argument("--dtype", choices=["f32", "bf16", "int8"], default="f32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scratch", required=True, help="folder for the converted model")
    return parser.parse_args()


def one_length(sequences, what):
    """The length that all of them have."""
    lengths = set(sequences)
    if len(lengths) != 1:
        raise SystemExit(f"{what} must have one length: this engine ends them alike")
    return lengths.pop()


def workload(args):
    """Prompts, the number of samples of each, and the new tokens of each sample."""
    work = json.loads(Path(args.workload).read_text())
    length = one_length((length for group in work["new_tokens"] for length in group), "all samples")
    return work["prompts"], one_length(map(len, work["new_tokens"]), "all lists of samples"), length


def in_a_process_of_its_own(convert, *args):
    """Runs `convert`, whose memory is then not this process's."""
    child = multiprocessing.get_context("spawn").Process(target=convert, args=args)
    child.start()
    child.join()
    if child.exitcode != 0:
        raise SystemExit("the model cannot be converted")


def measure(generate, wanted, length):
    """Times `generate(new_tokens)`, which returns how many tokens it drew of the `wanted` ones, after a warm-up."""
    generate(WARM_UP_TOKENS)
    wall, cpu = time.perf_counter(), time.process_time()
    tokens = generate(length)
    told = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu, "tokens": tokens}
    if tokens != wanted:
        raise SystemExit(f"{tokens} tokens were drawn, {wanted} were wanted")
    print(json.dumps(told | {"peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))
