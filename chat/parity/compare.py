#!/usr/bin/env python3
"""Renders every template of some folders with transformers and with serl-chat, and prints where they differ.

    pip install transformers jinja2
    python chat/parity/compare.py FOLDER…

A template is a `*.jinja` file, or the `chat_template` of a JSON file: a string, or a list of named ones.
"""

import datetime
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from transformers.utils import chat_template_utils

CRATE = Path(__file__).resolve().parent.parent
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
HARD = "  <b>\"It's\" & 'né' 日本 \\n {{ x }} {% if %}</b>\n\nsecond line\ttab  \n"


def turn(role, content, **more):
    return {"role": role, "content": content, **more}


CONVERSATIONS = {
    "user": [turn("user", "What is 2 + 2?")],
    "hard": [turn("user", HARD)],
    "system": [turn("system", "Be brief."), turn("user", HARD)],
    "turns": [turn("user", "a?"), turn("assistant", "<think>\nhm\n</think>\n\nb"), turn("user", HARD)],
    "all": [turn("system", HARD), turn("user", "a?"), turn("assistant", HARD), turn("user", "c?")],
    "reasoning": [turn("user", "a?"), turn("assistant", "b", reasoning_content="why"), turn("user", "c")],
    "answered": [turn("user", "a?"), turn("assistant", "b")],
    "parts": [turn("user", [{"type": "text", "text": HARD}])],
    "tool": [
        turn("user", "Weather?"),
        turn(
            "assistant",
            "",
            tool_calls=[
                {
                    "type": "function",
                    "id": "call12345",
                    "function": {"name": "f", "arguments": {"city": "Zürich", "n": [1, 2.5, None, True, {}]}},
                }
            ],
        ),
        turn("tool", "sunny \"22°\"", name="f", tool_call_id="call12345"),
        turn("user", "Thanks"),
    ],
    "unknown role": [turn("narrator", "x"), turn("user", "y")],
    "no user": [turn("assistant", "x")],
}


class Day(datetime.datetime):
    """The day that serl-chat gives to templates, whenever they ask."""

    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26)


def python(case):
    """The prompt as transformers renders it, or None if the template fails."""
    try:
        messages = chat_template_utils._normalize_chat_messages(case["messages"])
        texts, _ = chat_template_utils.render_jinja_template(
            [messages],
            chat_template=case["template"],
            add_generation_prompt=case["add_generation_prompt"],
            **case["special_tokens"],
        )
        return {"text": texts[0]}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def rust(cases):
    command = ["cargo", "run", "--release", "-q", "-p", "serl-chat", "--example", "render"]
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, cwd=CRATE)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def templates(folders):
    """Each template once, by the path of a file that has it."""
    found = {}
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            if path.suffix in (".jinja", ".jinja2", ".j2"):
                found.setdefault(path.read_bytes().decode("utf-8", "replace"), str(path))
            elif path.suffix == ".json":
                try:
                    value = json.loads(path.read_bytes())["chat_template"]
                except Exception:
                    continue
                for named in value if isinstance(value, list) else [{"template": value}]:
                    if isinstance(named, dict) and isinstance(named.get("template"), str):
                        found.setdefault(named["template"], str(path))
    return {path: source for source, path in found.items()}


def main():
    chat_template_utils.datetime = Day
    cases = [
        {
            "template": source,
            "messages": messages,
            "special_tokens": TOKENS,
            "add_generation_prompt": prompt,
            "name": f"{path} [{name}{', prompt' if prompt else ''}]",
            "path": path,
        }
        for path, source in templates(sys.argv[1:]).items()
        for name, messages in CONVERSATIONS.items()
        for prompt in (False, True)
    ]
    counts, wrong = Counter(), set()
    for case, ours in zip(cases, rust(cases), strict=True):
        theirs = python(case)
        if "error" in theirs:
            kind = "both fail" if "error" in ours else "only Python fails"
        else:
            kind = "same" if theirs["text"] == ours.get("text") else "DIFFERENT"
        counts[kind] += 1
        if kind not in ("same", "both fail"):
            print(f"{kind}: {case['name']}\n  python {json.dumps(theirs)[-300:]}\n  serl   {json.dumps(ours)[-300:]}")
        if kind == "DIFFERENT":
            wrong.add(case["path"])
    print(f"{len({case['path'] for case in cases})} templates: {dict(counts)}; different: {len(wrong)}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
