"""The tables of a Markdown page, and how figures read in them."""


def sections(text):
    """The lines of each section by its heading. Lines of quoted responses are not headings."""
    of, name, quoted = {}, "", False
    for line in text.splitlines():
        if line.startswith("```"):
            quoted = not quoted
        if line.startswith("## ") and not quoted:
            name = line[3:]
        of.setdefault(name, []).append(line)
    return of


def tables(lines):
    """The tables among the lines: a list of rows by header each."""
    of, header = [], None
    for line in lines:
        if not line.startswith("|"):
            header = None
            continue
        cells = [cell.strip().replace("\\", "") for cell in line.strip("|").split("|")]
        if header is None:
            header, table = cells, []
            of.append(table)
        elif not set("".join(cells)) <= set("-:"):
            table.append(list(zip(header, cells)))
    return of


def number(text):
    """None for a dash and for what is no number."""
    try:
        return float(text.replace(",", "").removesuffix("%"))
    except ValueError:
        return None


def near(text, value):
    """Whether `text` is `value` as it is printed: rounded to its decimals, in percent if it says so."""
    if value is None:
        return text == "-"
    said, value = number(text), value * 100 if text.endswith("%") else value
    if said is None:
        return False
    if "e" in text:
        return abs(said - value) <= abs(value) * 0.06
    decimals = len(text.rstrip("%").split(".")[1]) if "." in text else 0
    return abs(said - value) <= 0.5001 * 10**-decimals


def printed(text, value):
    """What is compared: the text itself where it is right, or else the value."""
    return text if near(text, value) else value


def course(text, values):
    """`a → b → c`, or `a → … → c`."""
    parts = [part.strip() for part in text.split("→")]
    if "…" in parts:
        parts, values = [parts[0], parts[-1]], [values[0], values[-1]]
    if len(parts) != len(values):
        return parts, values
    return parts, [printed(part, value) for part, value in zip(parts, values)]
