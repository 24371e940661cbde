"""Answers of llama.cpp's server, from a GGUF file that its converter makes of the folder."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

import xllamacpp

from .worker import ALTERNATIVES, Task

FORMATS = {"float32": "f32", "bfloat16": "bf16"}


def main() -> None:
    """Answers a task."""
    task = Task()
    with TemporaryDirectory() as scratch:
        file = Path(scratch) / "policy.gguf"
        convert = [sys.executable, "-m", "convert_hf_to_gguf", "--outtype", FORMATS[task.dtype], "--outfile", str(file)]
        subprocess.run([*convert, str(task.folder)], check=True)
        answer(task, file)
    sys.stdout.flush()
    os._exit(0)  # The server's threads do not end by themselves.


def answer(task: Task, file: Path) -> None:
    """Answers a task with the policy in a GGUF file."""
    post = serve(file, task.dtype)

    def decode(tokens: list[int]) -> str:
        return post("/detokenize", {"tokens": tokens})["content"]

    answers = []
    for user, messages, expected in zip(task.users, task.messages(), task.expected, strict=True):
        text = post("/apply-template", {"messages": messages})["prompt"] if task.format == "chat" else user
        # As the server reads the text that it is asked to continue.
        prompt = post("/tokenize", {"content": text, "add_special": True, "parse_special": True})["tokens"]
        asked = {
            "prompt": text,
            "n_predict": task.max_new_tokens,
            "temperature": 0,
            "n_probs": ALTERNATIVES,
            "return_tokens": True,
        }
        given = post("/completion", asked)
        places = given["completion_probabilities"]
        ranked = [[(one["id"], one["logprob"]) for one in place["top_logprobs"]] for place in places]
        answers.append(task.answer(expected, prompt, given["tokens"], ranked, decode))
    task.finish(answers, "xllamacpp", "convert-hf-to-gguf")


def serve(file: Path, dtype: str):
    """Starts a server and returns what posts requests to it."""
    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.n_parallel, params.warmup, params.use_jinja = 1, False, True
    params.hostnames, params.port = ["127.0.0.1"], 0
    if dtype == "float32":
        # Keys and values are kept in float16 otherwise.
        params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
        params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    server = xllamacpp.Server(params)

    def post(path: str, body: dict) -> dict:
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(server.listening_address + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)

    post.server = server  # Which lives as long as it is asked.
    return post


if __name__ == "__main__":
    main()
