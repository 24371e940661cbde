#!/usr/bin/env python3
"""The other side of `compare.py --peer openvino`: rollouts with OpenVINO GenAI, printed as one line of JSON.

    python benches/openvino_side.py --model DIR --workload FILE --threads 2 --dtype bf16 --scratch FOLDER

The workload is what `serl bench --prompts-file` reads; all samples must have one length. The model is converted once
and kept in FOLDER. Continuous batching computes a prompt once for all of its samples, as `serl` does. With `--dtype
f32` keys and values are float32, too; with bf16 they are what OpenVINO chooses (8 bits). A warm-up comes first and is
not counted; neither are loading and converting. Needs `openvino-genai` and `optimum-intel`.
"""

import argparse
import json
import multiprocessing
import resource
import time
from pathlib import Path

import numpy
import openvino
import openvino_genai

WARM_UP_TOKENS = 4


def convert(model, folder):
    """Writes the model in OpenVINO's form; its tokenizer is never used but must be there."""
    from openvino_tokenizers import convert_tokenizer
    from optimum.intel import OVModelForCausalLM
    from transformers import AutoTokenizer

    OVModelForCausalLM.from_pretrained(model, export=True, load_in_8bit=False, compile=False).save_pretrained(folder)
    tokenizer, detokenizer = convert_tokenizer(AutoTokenizer.from_pretrained(model), with_detokenizer=True)
    openvino.save_model(tokenizer, folder / "openvino_tokenizer.xml")
    openvino.save_model(detokenizer, folder / "openvino_detokenizer.xml")


def converted(model, scratch):
    """The folder of the converted model. Another process converts it, whose memory does not count."""
    folder = Path(scratch) / "openvino"
    if not (folder / "openvino_detokenizer.xml").exists():
        child = multiprocessing.get_context("spawn").Process(target=convert, args=(model, folder))
        child.start()
        child.join()
        if child.exitcode != 0:
            raise SystemExit("the model cannot be converted")
    return str(folder)


def pipeline(args, rows):
    scheduler = openvino_genai.SchedulerConfig()
    scheduler.cache_size, scheduler.max_num_seqs, scheduler.max_num_batched_tokens = 1, rows, 2048
    scheduler.enable_prefix_caching, scheduler.dynamic_split_fuse = False, True
    settings = {"INFERENCE_PRECISION_HINT": args.dtype, "INFERENCE_NUM_THREADS": args.threads, "NUM_STREAMS": 1}
    if args.dtype == "f32":
        settings["KV_CACHE_PRECISION"] = "f32"
    folder = converted(args.model, args.scratch)
    return openvino_genai.ContinuousBatchingPipeline(folder, scheduler, "CPU", settings, {})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--workload", required=True)
    parser.add_argument("--dtype", choices=["f32", "bf16"], default="f32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scratch", required=True)
    args = parser.parse_args()
    work = json.loads(Path(args.workload).read_text())
    lengths = {length for group in work["new_tokens"] for length in group}
    samples = {len(group) for group in work["new_tokens"]}
    if len(lengths) != 1 or len(samples) != 1:
        raise SystemExit("all samples must have one length: OpenVINO ends them alike")
    (length,), (count,) = lengths, samples
    pipe = pipeline(args, count * len(work["prompts"]))

    def generate(new_tokens):
        config = openvino_genai.GenerationConfig()
        config.max_new_tokens = config.min_new_tokens = new_tokens
        config.ignore_eos, config.do_sample, config.temperature, config.top_p = True, True, 1.0, 1.0
        config.num_return_sequences, config.rng_seed = count, args.seed
        prompts = [openvino.Tensor(numpy.array([prompt], dtype=numpy.int64)) for prompt in work["prompts"]]
        results = pipe.generate(prompts, [config] * len(prompts))
        return sum(len(tokens) for result in results for tokens in result.m_generation_ids)

    generate(WARM_UP_TOKENS)
    wall, cpu = time.perf_counter(), time.process_time()
    tokens = generate(length)
    told = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu, "tokens": tokens}
    if tokens != length * count * len(work["prompts"]):
        raise SystemExit(f"OpenVINO drew {tokens} tokens")
    print(json.dumps(told | {"peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
    main()
