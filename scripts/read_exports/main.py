"""Asks `serl` and every engine, compares, and prints what was found."""

import argparse
import shutil
import tempfile
from pathlib import Path

from . import report
from .engines import ENGINES, Failure
from .serl import Serl

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = Path.home() / ".cache/serl/read-exports"
DTYPES = ("float32", "bfloat16")


def main(description: str) -> int:
    """The exit code: 0 if every engine that read a folder answers as `serl` does, otherwise 1."""
    chosen = options(description)
    passed = [judge(chosen, folder) for folder in chosen.folders]
    return 0 if all(passed) else 1


def judge(chosen: argparse.Namespace, folder: Path) -> bool:
    """Whether all engines answer as `serl` does with the policy in a folder."""
    with tempfile.TemporaryDirectory() as scratch:
        serl = Serl(chosen.serl, chosen.config, chosen.problems, chosen.limit, chosen.overrides)
        task = serl.task(folder, Path(scratch))
        print(report.header(folder, serl.version(), task), flush=True)
        found = []
        for engine in (engine for engine in ENGINES if engine.name in chosen.engines):
            for dtype in DTYPES:
                try:
                    result = engine.answer(folder, dtype, task, chosen.venvs, Path(scratch))
                except Failure as failure:
                    result = failure
                found.append(report.Found(engine.name, dtype, task, result))
                print(found[-1].line(), flush=True)
        for line in report.details(found) + (report.warnings(found) if chosen.warnings else []):
            print(line)
        print(flush=True)
        return all(one.passed for one in found)


def options(description: str) -> argparse.Namespace:
    """The arguments of the command line."""
    names = [engine.name for engine in ENGINES]
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER", help="exported policies")
    parser.add_argument("--problems", required=True, metavar="FILE", help="what `serl eval` is given")
    parser.add_argument("-c", "--config", default="builtin:quickstart", help="how problems are put [%(default)s]")
    parser.add_argument("--set", dest="overrides", nargs="+", default=[], metavar="KEY=VALUE", help="as for `serl eval`")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="the first N problems [%(default)s]")
    parser.add_argument("--engines", nargs="+", choices=names, default=names, help="[all]")
    parser.add_argument("--warnings", action="store_true", help="print what the engines warn of in float32")
    parser.add_argument("--venvs", type=Path, default=CACHE, metavar="DIR", help="[%(default)s]; delete it to update")
    built = REPOSITORY / "target/release/serl"
    parser.add_argument("--serl", type=Path, default=shutil.which("serl") or built, help="the binary [%(default)s]")
    chosen = parser.parse_args()
    if not chosen.serl.is_file():
        parser.error(f"there is no binary `{chosen.serl}`: build it, or name it with `--serl`")
    for folder in chosen.folders:
        if not (folder / "config.json").is_file():
            parser.error(f"`{folder}` is no model folder: write one with `serl export`")
    return chosen
