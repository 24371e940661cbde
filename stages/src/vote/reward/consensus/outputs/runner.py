"""Runs one answer in a process of its own: reads a task from stdin, writes its results as lines of JSON to stdout.

A task to describe an answer has `code` and `instruction`; the result has the function's `name` (none: a whole program)
and its `parameters`, each with name and annotation. A task to run it has `code`, `name`, `inputs` (a list of arguments
each) and `steps`; there is a result per input: `value`, a text that is equal for equal values, or `error`.
"""

import ast
import hashlib
import io
import itertools
import json
import os
import random
import re
import sys
import types

LONGEST_TEXT = 1000  # characters of a value; what is longer is told by its digest
LONGEST_SERIES = 1000  # items read from an iterator
DEEPEST = 20  # nested values


class OutOfSteps(BaseException):
    """The answer has executed more lines than it may."""


def described(code, instruction):
    """The function that the instruction names or, if it names none, the last one that is not private."""
    functions = [node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    words = set(re.findall(r"\w+", instruction))
    named = [f for f in functions if f.name in words]
    public = [f for f in functions if not f.name.startswith("_")]
    chosen = (named or public or functions)[-1:]
    if not chosen:
        return {"name": None, "parameters": []}
    arguments = chosen[0].args
    required = arguments.posonlyargs + arguments.args
    required = required[: len(required) - len(arguments.defaults)]
    parameters = [[a.arg, ast.unparse(a.annotation) if a.annotation else ""] for a in required]
    return {"name": chosen[0].name, "parameters": parameters}


def counted(steps):
    """A trace function that ends what executes more than `steps` lines. Unlike a clock, it ends it always there."""
    left = steps

    def trace(_frame, event, _argument):
        nonlocal left
        if event == "line":
            left -= 1
            if left < 0:
                raise OutOfSteps
        return trace

    return trace


def traced(steps, action):
    sys.settrace(counted(steps))
    try:
        return action()
    finally:
        sys.settrace(None)


def text_of(value, depth=0):
    """A text that is the same for equal values, in every process."""
    if depth > DEEPEST:
        return "..."
    within = lambda items: [text_of(item, depth + 1) for item in items]
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, float):
        return hex(int(value)) if value.is_integer() and abs(value) < 2**53 else format(value, ".10g")
    if isinstance(value, (str, bytes)):
        return ascii(value)
    if isinstance(value, (list, tuple, range)):
        return "[" + ",".join(within(value)) + "]"
    if isinstance(value, (set, frozenset)):
        return "{" + ",".join(sorted(within(value))) + "}"
    if isinstance(value, dict):
        pairs = zip(within(value.keys()), within(value.values()))
        return "{" + ",".join(sorted(f"{key}:{item}" for key, item in pairs)) + "}"
    if isinstance(value, (types.GeneratorType, map, filter, zip, enumerate, reversed)):
        return text_of(list(itertools.islice(value, LONGEST_SERIES)), depth)
    return f"<{type(value).__name__}>"


def shortened(text):
    return text if len(text) <= LONGEST_TEXT else hashlib.blake2b(text.encode(), digest_size=32).hexdigest()


def words_of(argument):
    """An argument as a line of input."""
    if isinstance(argument, (list, tuple)):
        return " ".join(words_of(item) for item in argument)
    return str(argument)


class Answer:
    """The answer's code, and the names that it has defined."""

    def __init__(self, task):
        self.code = compile(task["code"], "answer", "exec")
        self.name = task["name"]
        self.steps = task["steps"]

    def execute(self):
        names = {"__name__": "__main__" if self.name is None else "answer"}
        try:
            traced(self.steps, lambda: exec(self.code, names))
        except Exception:
            # What follows the function, such as examples that ask for input, does not matter.
            if self.name not in names:
                raise
        return names

    def value(self, arguments):
        """What the function returns or, if that is nothing, what it prints or makes of its arguments; what a whole
        program prints."""
        random.seed(0)
        sys.stdout = printed = io.StringIO()
        sys.stdin = io.StringIO("".join(words_of(a) + "\n" for a in arguments))
        if self.name is None:
            self.execute()
            return ascii(printed.getvalue().strip() or None)
        function = self.execute()[self.name]
        printed.seek(0)
        printed.truncate()
        before = text_of(arguments)
        value = traced(self.steps, lambda: text_of(function(*arguments)))
        if value != "None":
            return value
        said, after = printed.getvalue().strip(), text_of(arguments)
        return f"printed {ascii(said)}" if said else f"changed {after}" if after != before else value

    def outcome(self, arguments):
        try:
            return {"value": shortened(self.value(arguments))}
        except BaseException as error:  # SystemExit and OutOfSteps, too, are outcomes
            return {"error": type(error).__name__}


def main():
    task = json.load(sys.stdin, object_hook=lambda of: dict(of["pairs"]) if "pairs" in of else of)
    out = os.fdopen(os.dup(1), "w", encoding="ascii")

    def write(result):
        out.write(json.dumps(result) + "\n")
        out.flush()

    # What the answer prints must not get between the results.
    os.close(1)
    sys.stderr = io.StringIO()
    try:
        if "inputs" not in task:
            write(described(task["code"], task["instruction"]))
            return
        answer = Answer(task)
        for arguments in task["inputs"]:
            write(answer.outcome(arguments))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        write({"error": type(error).__name__})


main()
