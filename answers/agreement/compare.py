"""Tables of agreement: our verdicts and those of `math-verify` against the expected ones, and against each other.

Rows are joined by id. A row that was not graded, or without a verdict, counts as "not equal".
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

HEAD = ("category", "rule", "rows", "ours = expected", "theirs = expected", "ours = theirs")


def joined(reference: Path, graded: Path) -> list[dict]:
    """The rows of the reference with `ours` and `theirs`."""
    equal = {row["id"]: row.get("equal") is True for row in map(json.loads, graded.open(encoding="utf-8"))}
    rows = [json.loads(line) for line in reference.open(encoding="utf-8")]
    return [{**row, "ours": equal.get(row["id"], False), "theirs": row["reference"]} for row in rows]


def percent(rows: list[dict], left: str, right: str) -> str:
    same = sum(row[left] == row[right] for row in rows)
    return f"{100 * same / len(rows):.2f}%"


def table(rows: list[dict]) -> list[tuple[str, ...]]:
    """A line for each rule, after one for its category; last, one for everything."""
    groups: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for row in rows:
        for key in ((row["category"], row["rule"]), (row["category"], ""), ("~", "")):
            groups[key].append(row)
    return [
        (
            "all" if category == "~" else category,
            rule or "(all)",
            str(len(group)),
            percent(group, "ours", "expected"),
            percent(group, "theirs", "expected"),
            percent(group, "ours", "theirs"),
        )
        for (category, rule), group in sorted(groups.items())
    ]


def printed(lines: list[tuple[str, ...]], markdown: bool) -> str:
    widths = [max(len(line[column]) for line in [HEAD, *lines]) for column in range(len(HEAD))]
    aligned = [
        [
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        for line in [HEAD, *lines]
    ]
    if not markdown:
        return "\n".join("  ".join(line) for line in aligned)
    rule = ["-" * width if column < 2 else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    return "\n".join(f"| {' | '.join(line)} |" for line in [aligned[0], rule, *aligned[1:]])


def disagreements(rows: list[dict], most: int) -> str:
    """For each rule the first rows on which the three verdicts are not one."""
    listed: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if not row["expected"] == row["ours"] == row["theirs"]:
            verdicts = " ".join(f"{name} {row[name]}" for name in ("expected", "ours", "theirs"))
            listed[row["rule"]].append(f"  {row['id']}: {verdicts}\n    gold {row['gold']!r}\n    pred {row['pred']!r}")
    return "\n".join("\n".join([f"{rule}: {len(found)}", *found[:most]]) for rule, found in listed.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reference", type=Path, help="output of reference.py")
    parser.add_argument("graded", type=Path, help="output of `serl grade`: the rows with an `equal` of their own")
    parser.add_argument("--list", type=int, default=0, metavar="N", help="print N disagreements of each rule, too")
    parser.add_argument("--rule", help="only rows of this rule")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    arguments = parser.parse_args()
    rows = joined(arguments.reference, arguments.graded)
    rows = [row for row in rows if arguments.rule in (None, row["rule"])]
    print(printed(table(rows), arguments.markdown))
    if arguments.list:
        print(disagreements(rows, arguments.list))


if __name__ == "__main__":
    main()
