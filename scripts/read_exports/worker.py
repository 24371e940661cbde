"""What all engines share: the task they are given, and where an answer leaves what was expected.

This runs in the environments of the engines: it imports nothing but the standard library.
"""

import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

#: How many tokens are looked at where an answer leaves what was expected.
ALTERNATIVES = 20

#: What a decoder writes for the bytes of a character that is not complete.
INCOMPLETE = "\ufffd"

Decode = Callable[[list[int]], str]
#: The most probable tokens at a place, with their log-probabilities.
Ranked = list[tuple[int, float]]


class Task:
    """Questions, how to put them, and what `serl` answers."""

    def __init__(self):
        folder, self.dtype, given, taken = sys.argv[1:]
        self.folder, self.taken = Path(folder), Path(taken)
        for name, value in json.loads(Path(given).read_text()).items():
            setattr(self, name, value)

    def messages(self) -> list[list[dict]]:
        """The conversation of each question."""
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [[*system, {"role": "user", "content": user}] for user in self.users]

    def finish(self, answers: list[dict], *packages: str) -> None:
        """Hands the answers back."""
        versions = [f"{package} {version(package)}" for package in packages]
        self.taken.write_text(json.dumps({"versions": versions, "answers": answers}))

    def answer(self, expected: str, prompt: list[int], tokens: list[int], ranked: list[Ranked], decode: Decode) -> dict:
        """An answer as it is handed back. `tokens` may close with one that ends it."""
        text = decode([token for token in tokens if token not in self.ends])
        at = None if text == expected else self.divergence(expected, tokens, decode)
        own = [token for token in tokens if token not in self.ends]
        answer = {"prompt": prompt, "tokens": own, "text": text, "divergence": None}
        if at is not None:
            answer["divergence"] = self.choice(expected, tokens, at, ranked, decode)
        return answer

    def divergence(self, expected: str, tokens: list[int], decode: Decode) -> int:
        """The place of the first token that does not continue what was expected."""
        for at, token in enumerate(tokens):
            if token in self.ends or not is_begun(expected, decode(tokens[: at + 1])):
                return at
        return len(tokens)

    def choice(self, expected: str, tokens: list[int], at: int, ranked: list[Ranked], decode: Decode) -> dict:
        """The two tokens between which `serl` and the engine chose differently, and their log-probabilities."""
        before, here = tokens[:at], ranked[at] if at < len(ranked) else []

        def continues(token: int) -> bool:
            if token in self.ends:
                return decode(before) == expected
            grown = decode([*before, token])
            return len(grown) > len(decode(before)) and is_begun(expected, grown)

        def shown(token: int | None) -> dict | None:
            if token is None:
                return None
            piece = "the end" if token in self.ends else repr(decode([token]))
            return {"token": token, "piece": piece, "logprob": dict(here).get(token)}

        chosen = tokens[at] if at < len(tokens) else None
        wanted = next((token for token, _ in here if token != chosen and continues(token)), None)
        return {"at": at, "chosen": shown(chosen), "wanted": shown(wanted)}


def is_begun(whole: str, start: str) -> bool:
    """Whether a text starts with another, but for the bytes of an incomplete character at its end."""
    return whole.startswith(start.rstrip(INCOMPLETE))
