"""Arguments that the scripts share."""

import argparse
import sys


def parser(description: str) -> argparse.ArgumentParser:
    """A parser of the script's options; everything after `--` is for `serl run`."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--serl", default="serl", metavar="PATH", help="the binary, here and on all machines")
    made.add_argument("arguments", nargs="*", metavar="ARGUMENT", help="arguments of `serl run`, after `--`")
    return made


def fail(message: str, code: int) -> int:
    """Tells what is wrong."""
    print(f"error: {message}", file=sys.stderr)
    return code
