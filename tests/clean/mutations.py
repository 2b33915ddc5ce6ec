"""Well-formed replies, and what may happen to one on its way: a sign dropped, doubled, swapped, a cut, a wrapping."""

import json
import random
from typing import NamedTuple

PEOPLE = ["Nora", "Paul Frei", "Rosa O'Dowd", "Ines", "Sinéad Núñez", "Max"]
PLACES = ["Turin", "Lyon", "New York", "Bad Ems", "Genoa"]
COMPANIES = ["Opel", "AT&T", "Banco do Brasil", "Yahoo! Inc.", "IG Metall"]
OTHERS = ["German", "World Cup", "Covid-19"]
BY_TYPE = {"PER": PEOPLE, "LOC": PLACES, "ORG": COMPANIES, "MISC": OTHERS}


class WellFormed(NamedTuple):
    """A sentence, a reply to it, and the mentions that the reply names."""

    words: list[str]
    reply: str
    mentions: set[tuple[str, str]]


class Mutated(NamedTuple):
    """A reply after one mutation, and whether the server said that it was cut."""

    kind: str
    reply: str
    cut: bool = False


def well_formed(generator: random.Random) -> WellFormed:
    """Return a sentence of names, none beside another, and a reply in the shape that the prompts ask for."""
    entities = {
        label: generator.sample(texts, generator.randint(0, min(3, len(texts)))) for label, texts in BY_TYPE.items()
    }
    entities = {label: texts for label, texts in entities.items() if texts or generator.random() < 0.3}
    mentions = [(label, text) for label, texts in entities.items() for text in texts]
    generator.shuffle(mentions)
    words = ["So"]
    for _, text in mentions:
        words += [*text.split(), generator.choice(["met", "near", "saw", "left"])]
    dictionary = json.dumps(entities, ensure_ascii=generator.random() < 0.3)
    before = generator.choice(["", "", "Context: a report.\nCandidates: some; names\n"])
    return WellFormed([*words, "."], f"{before}Result: {dictionary}", set(mentions))


def mutated(whole: WellFormed, generator: random.Random) -> Mutated:
    """Return the reply after one mutation in its dictionary."""
    reply = whole.reply
    start = reply.rindex("Result:")
    line, dictionary = reply[start:], reply[start + len("Result: ") :]
    signs = [index for index, char in enumerate(line) if not char.isalnum() and char != " "]
    at = generator.choice(signs)
    kind = generator.choice(["drop", "double", "swap", "cut", "wrap", "re-quote"])
    head = reply[:start]
    if kind == "drop":
        return Mutated(kind, head + line[:at] + line[at + 1 :])
    if kind == "double":
        return Mutated(kind, head + line[:at] + line[at] + line[at:])
    if kind == "swap":
        return Mutated(kind, head + line[:at] + line[at + 1 : at + 2] + line[at] + line[at + 2 :])
    if kind == "cut":
        return Mutated(kind, head + line[: generator.randrange(1, len(line))], cut=True)
    if kind == "wrap":
        other = '{"PER": ["Wrong"]}'
        return Mutated(
            kind,
            generator.choice(
                [
                    f"<think>Result: {other}</think>{reply}",
                    f"Result: {other}, no.\n</think>\n{reply}",
                    f"{reply}\n\nSentence: Wrong went home .\nResult: {other}",
                    f"{head}```json\n{dictionary}\n```",
                    f"{head}Result:\n```\n{dictionary}\n```\nThese are all.",
                    f'{head}Result: {{"entities": {dictionary}}}',
                    f'{{"name": "extract", "arguments": {dictionary}}}',
                    json.dumps({"name": "extract", "arguments": dictionary}),
                    f"{reply}<|im_end|>\n<|im_start|>user\nWrong\n<|im_start|>assistant\nResult: {other}",
                    f"analysisResult: {other} is wrong.assistantfinal{line}",
                ]
            ),
        )
    quotes = generator.choice(["''", "\u201c\u201d", "\u00ab\u00bb", "``"])
    parts = dictionary.split('"')
    requoted = "".join(part + ("" if i == len(parts) - 1 else quotes[i % 2]) for i, part in enumerate(parts))
    return Mutated(kind, f"{head}Result: {requoted}")
