"""Which responses an optimizer step gets: the draws of the crate `serl-random`, written again.

A place is a hash of a seed, labels and numbers; the hash is the key of a ChaCha8 stream (Bernstein 2008); the stream
drives Fisher and Yates' shuffle. `self_test` compares with numbers that the crate promises never to change.
"""

import struct
from collections.abc import Iterator

from blake3 import blake3

WORD = 0xFFFFFFFF


def place(seed: int, label: str, *parts: int | str) -> bytes:
    """The 256-bit key of a place: the seed, then labels with their lengths and bare numbers."""
    name = struct.pack("<Q", seed)
    for part in (label, *parts):
        if isinstance(part, str):
            name += struct.pack("<Q", len(part.encode())) + part.encode()
        else:
            name += struct.pack("<Q", part)
    return blake3(name).digest()


def words(key: bytes) -> Iterator[int]:
    """The stream of a key: ChaCha with 8 rounds, 64 bits at a time."""
    start = [*struct.unpack("<4I", b"expand 32-byte k"), *struct.unpack("<8I", key)]
    block = 0
    while True:
        state = [*start, block & WORD, block >> 32, 0, 0]
        mixed = list(state)
        for _ in range(4):
            for i in range(4):
                quarter_round(mixed, i, 4 + i, 8 + i, 12 + i)
            for i in range(4):
                quarter_round(mixed, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
        out = [(a + b) & WORD for a, b in zip(mixed, state)]
        yield from (low | high << 32 for low, high in zip(out[0::2], out[1::2]))
        block += 1


def quarter_round(state: list[int], a: int, b: int, c: int, d: int) -> None:
    """Additions, exclusive ors and rotations of four words (RFC 8439, section 2.1)."""
    for into, other, mixed, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[into] = (state[into] + state[other]) & WORD
        word = state[mixed] ^ state[into]
        state[mixed] = (word << by | word >> 32 - by) & WORD


def below(stream: Iterator[int], bound: int) -> int:
    """A whole number below `bound` without bias (Lemire 2019)."""
    while True:
        product = next(stream) * bound
        if product % 2**64 >= 2**64 % bound:
            return product >> 64


def shuffled(items: list, key: bytes) -> list:
    """The items in the order that the stream of `key` gives them (Durstenfeld 1964)."""
    items, stream = list(items), words(key)
    for last in range(len(items) - 1, 0, -1):
        other = below(stream, last + 1)
        items[last], items[other] = items[other], items[last]
    return items


def deal(units: list[list[int]], train: dict, seed: int, iteration: int, round_number: int) -> list[list[int]]:
    """The responses of each step of a round.

    Every epoch shuffles the units (a response, or a pair of DPO) and cuts them into as many steps of about
    `train.batch_rollouts` responses as fit best; `train.max_steps` or `train.steps` says how many steps there are.
    """
    responses = sum(len(unit) for unit in units)
    per_epoch = max(1, int(responses / train["batch_rollouts"] + 0.5))
    wanted = train["steps"] or train["max_steps"] or per_epoch * train["epochs"]
    steps, epoch = [], 0
    while len(steps) < wanted and (train["steps"] or epoch < train["epochs"]):
        order = shuffled(units, place(seed, "train", iteration, round_number, "order", epoch))
        ends = [step * len(units) // per_epoch for step in range(per_epoch + 1)]
        cuts = [order[start:end] for start, end in zip(ends, ends[1:])]
        steps += [[number for unit in cut for number in unit] for cut in cuts if cut]
        epoch += 1
    return steps[:wanted]


def self_test() -> None:
    """Compares with `the_numbers_of_a_place_are_fixed` in `random/src/place.rs`."""
    key = place(7, "vote", 3, "id")
    assert struct.unpack("<Q", key[:8])[0] == 9_170_093_336_600_496_923
    assert below(words(key), 1 << 40) == 753_138_116_870
