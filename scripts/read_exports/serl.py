"""What `serl` asks and answers."""

import json
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


@dataclass(frozen=True)
class Serl:
    """The binary, and the problems as a configuration has them put."""

    binary: Path
    config: str
    problems: str
    limit: int
    overrides: list[str]

    def version(self) -> str:
        """Such as `serl 0.1.0`."""
        return self.call("-V").strip()

    def task(self, folder: Path, scratch: Path) -> dict:
        """What the engines are given: questions and how to put them; and what is expected of them."""
        expected = self.answers(folder, scratch / "answers.parquet")
        numbers = range(1, len(expected) + 1)
        prompts = [self.prompt(folder, number) for number in numbers]
        users = [self.prompt(folder, number, "prompt.format=raw")["text"] for number in numbers]
        return {
            "format": prompts[0]["format"],
            "system": self.setting("prompt", "system", ""),
            "users": users,
            "max_new_tokens": self.setting("eval", "max_new_tokens", 1024),
            "ends": [end["id"] for end in prompts[0]["ends"]],
            "prompts": [prompt["ids"] for prompt in prompts],
            "expected": expected,
        }

    def answers(self, folder: Path, table: Path) -> list[str]:
        """Its greedy responses in float32."""
        settings = [*self.overrides, "model.device=flex", "model.dtype=f32", "eval.k=0", f"eval.limit={self.limit}"]
        self.call("eval", str(folder), self.problems, "-c", self.config, *settings, "--quiet", "--output", str(table))
        rows = pyarrow.parquet.read_table(table, columns=["greedy", "text"]).to_pylist()
        return [row["text"] for row in rows if row["greedy"]]

    def prompt(self, folder: Path, number: int, *overrides: str) -> dict:
        """Text and token ids of a prompt."""
        settings = [*self.overrides, f"model.path={folder}", f"seeds.path={self.problems}", *overrides]
        return json.loads(self.call("prompt", "-c", self.config, *settings, "--seed", str(number), "--json"))

    def setting(self, section: str, key: str, default: object) -> object:
        """A value of the configuration."""
        name = self.config
        if name.startswith("builtin:"):
            name = CONFIGS / f"{name.removeprefix('builtin:')}.toml"
        value = tomllib.loads(Path(name).read_text()).get(section, {}).get(key, default)
        for override in self.overrides:
            name, _, text = override.partition("=")
            if name == f"{section}.{key}":
                value = text if isinstance(default, str) else type(default)(text)
        return value

    def call(self, *arguments: str) -> str:
        """The standard output of a command."""
        done = subprocess.run([str(self.binary), *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"serl {' '.join(arguments)}\n{done.stderr}")
        return done.stdout
