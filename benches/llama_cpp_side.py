#!/usr/bin/env python3
"""The other side of `compare.py --peer llama_cpp`: rollouts with llama.cpp, printed as one line of JSON.

    python benches/llama_cpp_side.py --model DIR --workload FILE --threads 2 --dtype bf16 --scratch FOLDER

The workload is what `serl bench --prompts-file` reads; all prompts and all samples must have one length. The model is
written as a GGUF file once and kept in FOLDER. A prompt is computed once and copied to its samples, which decode in one
batch. Tokens are not drawn: any will do for the next step, which favours llama.cpp. With `--dtype f32` keys and values
are float32, too; else they are float16, as llama.cpp chooses. `--dtype int8` is Q8_0, of the head, too. A warm-up comes
first and is not counted; neither are loading and writing. Needs `gguf`, `safetensors` and `llama-cpp-python`, built for this processor:

    CMAKE_ARGS=-DGGML_NATIVE=ON pip install --no-binary llama-cpp-python llama-cpp-python
"""

import random
import sys
from pathlib import Path

import llama_cpp

import side

# Tokens that a call prefills at most.
BATCH = 2048
# llama.cpp gives every sequence a multiple of this many positions.
PADDING = 256


def write_gguf(model, path, dtype):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
    from servers.gguf_file import write

    write(Path(model), path, dtype)


def gguf(args):
    """The model's GGUF file. Another process writes it, whose memory does not count."""
    path = Path(args.scratch) / f"model-{args.dtype}.gguf"
    if not path.exists():
        side.in_a_process_of_its_own(write_gguf, args.model, path, args.dtype)
    return path


class Rollouts:
    """Prompts of one length, each with as many samples as any other."""

    def __init__(self, args, prompts, samples, new_tokens):
        self.prompts, self.samples = prompts, samples
        self.rows = len(self.prompts) * self.samples
        self.draws = random.Random(args.seed)
        model = llama_cpp.llama_model_load_from_file(str(gguf(args)).encode(), llama_cpp.llama_model_default_params())
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
        params = llama_cpp.llama_context_default_params()
        longest = side.one_length(map(len, prompts), "all prompts") + new_tokens + 1
        params.n_ctx = self.rows * (-(-longest // PADDING) * PADDING)
        params.n_batch, params.n_ubatch, params.n_seq_max = BATCH, 512, self.rows
        params.n_threads = params.n_threads_batch = args.threads
        # Memory of one piece for all sequences is slower here.
        params.kv_unified = False
        if args.dtype == "f32":
            params.type_k = params.type_v = llama_cpp.GGML_TYPE_F32
        self.context = llama_cpp.llama_init_from_model(model, params)
        self.memory = llama_cpp.llama_get_memory(self.context)
        self.batch = llama_cpp.llama_batch_init(max(BATCH, self.rows), 0, 1)

    def put(self, token, position, sequence, wanted):
        index = self.batch.n_tokens
        self.batch.token[index], self.batch.pos[index] = token, position
        self.batch.n_seq_id[index], self.batch.seq_id[index][0] = 1, sequence
        self.batch.logits[index] = wanted
        self.batch.n_tokens += 1

    def decode(self):
        if llama_cpp.llama_decode(self.context, self.batch) != 0:
            raise SystemExit("llama.cpp cannot decode")
        self.batch.n_tokens = 0

    def prefill(self):
        llama_cpp.llama_memory_clear(self.memory, True)
        self.batch.n_tokens = 0
        for number, prompt in enumerate(self.prompts):
            if self.batch.n_tokens + len(prompt) > BATCH:
                self.decode()
            for position, token in enumerate(prompt):
                self.put(token, position, number * self.samples, position == len(prompt) - 1)
        self.decode()
        for number in range(len(self.prompts)):
            first = number * self.samples
            for sequence in range(first + 1, first + self.samples):
                llama_cpp.llama_memory_seq_cp(self.memory, first, sequence, -1, -1)

    def run(self, new_tokens):
        """Tokens of all rows. The last one of a row is not computed with, as in `serl`."""
        self.prefill()
        for step in range(new_tokens - 1):
            for row in range(self.rows):
                self.put(self.draws.randrange(self.vocabulary), len(self.prompts[0]) + step, row, True)
            self.decode()
        return new_tokens * self.rows


def main():
    args = side.arguments()
    prompts, samples, length = side.workload(args)
    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, None)
    llama_cpp.llama_backend_init()
    rollouts = Rollouts(args, prompts, samples, length)
    side.measure(rollouts.run, length * rollouts.rows, length)


if __name__ == "__main__":
    main()
