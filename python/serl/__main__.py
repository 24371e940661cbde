"""`python -m serl` is `serl`."""

import os
import sys

from ._binary import find_binary


def main() -> None:
    """Becomes the binary, with the arguments of this process."""
    try:
        binary = find_binary()
    except FileNotFoundError as error:
        sys.exit(f"error: {error}")
    os.execv(binary, ["serl", *sys.argv[1:]])


if __name__ == "__main__":
    main()
