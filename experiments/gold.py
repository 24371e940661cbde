"""Gold answers of questions, from the solver of their domain (`serl-quickstart gold`)."""

import json
import subprocess
import tempfile
from pathlib import Path


class Solver:
    """Solves questions of one domain, each once."""

    def __init__(self, binary, domain):
        self.binary = binary
        self.domain = domain
        self.known = {}

    def answers(self, questions):
        """The answer to each question; None where it is not coherent."""
        new = [question for question in dict.fromkeys(questions) if question not in self.known]
        if new:
            self.known |= dict.fromkeys(new) | self.solve(new)
        return [self.known[question] for question in questions]

    def solve(self, questions):
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "questions.jsonl"), Path(folder, "answers.jsonl")
            source.write_text("".join(json.dumps({"problem": question}) + "\n" for question in questions))
            self.write(source, target)
            return {row["problem"]: row["answer"] for row in map(json.loads, target.read_text().splitlines())}

    def write(self, source, target):
        """Writes the questions of a JSONL file with their answers, those that have one."""
        command = [self.binary, "gold", "--domain", self.domain, source, "--output", target]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{source}: {done.stderr.strip()}")
