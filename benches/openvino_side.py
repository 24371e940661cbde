#!/usr/bin/env python3
"""The other side of `compare.py --peer openvino`: rollouts with OpenVINO GenAI, printed as one line of JSON.

    python benches/openvino_side.py --model DIR --workload FILE --threads 2 --dtype bf16 --scratch FOLDER

The workload is what `serl bench --prompts-file` reads; all samples must have one length. The model is converted once
and kept in FOLDER. Continuous batching computes a prompt once for all of its samples, as `serl` does. With `--dtype
f32` keys and values are float32, too; else they are what OpenVINO chooses (8 bits). With int8, weights are integers of 8
bits, activations those that OpenVINO chooses, and the rest is bf16. A warm-up comes first and is not counted; neither are
loading and converting. Needs `openvino-genai` and `optimum-intel`, for int8 `nncf`, too.
"""

from pathlib import Path

import numpy
import openvino
import openvino_genai

import side


def convert(model, folder, int8):
    """Writes the model in OpenVINO's form; its tokenizer is never used but must be there."""
    from openvino_tokenizers import convert_tokenizer
    from optimum.intel import OVModelForCausalLM
    from transformers import AutoTokenizer

    OVModelForCausalLM.from_pretrained(model, export=True, load_in_8bit=int8, compile=False).save_pretrained(folder)
    tokenizer, detokenizer = convert_tokenizer(AutoTokenizer.from_pretrained(model), with_detokenizer=True)
    openvino.save_model(tokenizer, folder / "openvino_tokenizer.xml")
    openvino.save_model(detokenizer, folder / "openvino_detokenizer.xml")


def converted(args):
    """The folder of the converted model. Another process converts it, whose memory does not count."""
    int8 = args.dtype == "int8"
    folder = Path(args.scratch) / ("openvino-int8" if int8 else "openvino")
    if not (folder / "openvino_detokenizer.xml").exists():
        side.in_a_process_of_its_own(convert, args.model, folder, int8)
    return str(folder)


def pipeline(args, rows):
    scheduler = openvino_genai.SchedulerConfig()
    scheduler.cache_size, scheduler.max_num_seqs, scheduler.max_num_batched_tokens = 1, rows, 2048
    scheduler.enable_prefix_caching, scheduler.dynamic_split_fuse = False, True
    precision = "bf16" if args.dtype == "int8" else args.dtype
    settings = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": args.threads, "NUM_STREAMS": 1}
    if args.dtype == "f32":
        settings["KV_CACHE_PRECISION"] = "f32"
    folder = converted(args)
    return openvino_genai.ContinuousBatchingPipeline(folder, scheduler, "CPU", settings, {})


def main():
    args = side.arguments()
    prompts, count, length = side.workload(args)
    pipe = pipeline(args, count * len(prompts))

    def generate(new_tokens):
        config = openvino_genai.GenerationConfig()
        config.max_new_tokens = config.min_new_tokens = new_tokens
        config.ignore_eos, config.do_sample, config.temperature, config.top_p = True, True, 1.0, 1.0
        config.num_return_sequences, config.rng_seed = count, args.seed
        tensors = [openvino.Tensor(numpy.array([prompt], dtype=numpy.int64)) for prompt in prompts]
        results = pipe.generate(tensors, [config] * len(tensors))
        return sum(len(tokens) for result in results for tokens in result.m_generation_ids)

    side.measure(generate, length * count * len(prompts), length)


if __name__ == "__main__":
    main()
