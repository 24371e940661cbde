"""Compares two stores: same_store.py A B. Exit code 1 if a node, or a byte that one wrote, differs."""

import hashlib
import json
import sys
from pathlib import Path


def nodes(store: Path) -> dict[str, dict[str, str]]:
    """The digests of the outputs of each complete node, by the node's key."""
    found = {}
    for path in (store / "v1/nodes").glob("*.json"):
        manifest = json.loads(path.read_text())
        found[path.stem] = {name: output["digest"] for name, output in manifest["outputs"].items()}
    return found


def files(store: Path) -> dict[str, str]:
    """The hash of each artifact of the store's runs, by its readable name."""
    found = {}
    for path in sorted((store / "runs").rglob("*")):
        if path.is_file() and path.suffix in {".parquet", ".safetensors", ".json", ".jinja"}:
            found[str(path.relative_to(store))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def main() -> int:
    """The exit code."""
    one, two = (Path(name) for name in sys.argv[1:3])
    differ = False
    for what, read in (("nodes", nodes), ("files", files)):
        a, b = read(one), read(two)
        different = sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))
        for name in different:
            print(f"{what}: {name} differs")
        print(f"{len(a)} and {len(b)} {what}, {len(different)} of them differ")
        differ |= bool(different) or not a
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
