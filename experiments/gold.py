"""Gold answers of the embedded domain's questions, by reading them strictly.

Sentence forms and words are taken from the sources of `serl-quickstart`, so that there is one grammar. A question has an
answer if every sentence is a form in its place, person, object and pronouns agree, and every value lies within 0 to 99.
"""

import functools
import json
import re
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent / "quickstart" / "src"
CAP = 99
GENDERS = {"he": {"he": "he", "him": "him", "his": "his"}, "she": {"he": "she", "him": "her", "his": "her"}}
LISTS = {"t": "TIMES", "p": "PLACES", "c": "CONTAINERS", "g": "GROUPS", "f": "OTHERS", "o": "OBJECTS"}


def lexicon():
    """People with their genders, and the phrases of each list."""
    source = (SOURCES / "lexicon.rs").read_text()
    people = {name: gender for gender, name in re.findall(r'\b(he|she)\("(\w+)"\)', source)}
    lists = re.findall(r"pub const (\w+): &\[&str\] = &\[(.*?)\];", source, re.DOTALL)
    return people, {name: re.findall(r'"(.*?)"', phrases) for name, phrases in lists}


def capitalised(phrase):
    return phrase[:1].upper() + phrase[1:]


def slot_pattern(slot, people, lists):
    """A regular expression for what can stand in a slot; what must agree or is counted is a group of its own."""
    small = slot.lower() if slot != "N" else slot
    if slot == "N":
        return f"(?P<person_>{'|'.join(people)})"
    if slot == "n":
        return r"(?P<number_>[1-9]\d|\d)"
    if small in ("he", "him", "his"):
        words = [forms[small] for forms in GENDERS.values()]
        name = f"pronoun_{small}_"
    else:
        words, name = lists[LISTS[small]], "object_" if small == "o" else None
    words = [capitalised(word) for word in words] if slot != small else words
    return f"(?P<{name}>{'|'.join(words)})" if name else f"(?:{'|'.join(words)})"


@functools.cache
def grammar():
    """For openings, changes and closings: pairs of a pattern and the effect on the count."""
    people, lists = lexicon()
    source = (SOURCES / "forms.rs").read_text()
    parts = {}
    for part, block in re.findall(
        r"pub const (OPENINGS|CHANGES|CLOSINGS): &\[Form\] = &\[(.*?)\n\];", source, re.DOTALL
    ):
        parts[part] = []
        for effect, template in re.findall(r'form\(Effect::(\w+(?:\(\d\))?), "(.*?)"\)', block):
            pieces = re.split(r"\{(\w+)\}", template)
            slots = (slot_pattern(slot, people, lists) for slot in pieces[1::2])
            texts = map(re.escape, pieces[0::2])
            text = next(texts) + "".join(slot + after for slot, after in zip(slots, texts))
            parts[part].append((re.compile(numbered(text)), effect))
    return people, parts


def numbered(pattern):
    """The pattern with a number in the name of each group: a name can occur only once."""
    first, *others = pattern.split("_>")
    return first + "".join(f"_{at}>{other}" for at, other in enumerate(others))


def understand(forms, sentence):
    """The effect of a sentence and what it mentions: pairs of a kind and a word."""
    for pattern, effect in forms:
        if found := pattern.fullmatch(sentence):
            return effect, [(name.rsplit("_", 1)[0], word) for name, word in found.groupdict().items()]
    return None


def next_value(value, effect, numbers):
    match effect:
        case "Start":
            return numbers[0]
        case "StartSum":
            return sum(numbers)
        case "StartProduct":
            return numbers[0] * numbers[1]
        case "Add":
            return value + numbers[0]
        case "Subtract":
            return value - numbers[0]
        case "Times(2)" | "Times(3)":
            return value * int(effect[6])
    return value


def agree(mentions, people):
    """Whether there is one person, one object, and no pronoun of the other gender."""
    persons = {word for kind, word in mentions if kind == "person"}
    objects = {word for kind, word in mentions if kind == "object"}
    if len(persons) != 1 or len(objects) > 1:
        return False
    own = GENDERS[people[persons.pop()]]
    pronouns = ((kind.removeprefix("pronoun_"), word) for kind, word in mentions if kind.startswith("pronoun"))
    return all(own[kind] == word.lower() for kind, word in pronouns)


def answer(question):
    """The answer as a text; None if the question is not coherent."""
    people, parts = grammar()
    sentences = re.split(r"(?<=[.?]) ", question.strip())
    if len(sentences) < 2:
        return None
    places = ["OPENINGS"] + ["CHANGES"] * (len(sentences) - 2) + ["CLOSINGS"]
    read = [understand(parts[place], sentence) for place, sentence in zip(places, sentences)]
    if None in read or not agree([mention for _, mentions in read for mention in mentions], people):
        return None
    value = 0
    for effect, mentions in read:
        value = next_value(value, effect, [int(word) for kind, word in mentions if kind == "number"])
        if not 0 <= value <= CAP:
            return None
    changes = [effect for effect, _ in read if effect not in ("Start", "Ask", "AskQuick")]
    return str(value) if changes else None


def write_answers(source, target):
    """Writes the questions of a JSONL file with their answers, those that have one."""
    questions = [json.loads(line)["problem"] for line in source.read_text().splitlines()]
    rows = ({"problem": question, "answer": answer(question)} for question in questions)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(json.dumps(row) + "\n" for row in rows if row["answer"] is not None))
