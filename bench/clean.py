"""The time that `tinyner.clean` takes for replies that are hard to read: milliseconds per 10 kB, the slowest first.

Each family is a reply of 10 kB that gives a parser much to try: long runs of one sign, brackets that never close,
lines that look like answers. Issue 14 allows 50 ms. Run it as ``python bench/clean.py``.
"""

import time

from tinyner.clean.parse import parse_reply
from tinyner.clean.type_names import TypeNames
from tinyner.params import load_params
from tinyner.tables import show_rows

LENGTH = 10_000  # characters
WORDS = ["Rosa", "joined", "Opel", "in", "Mainz", "."]
UNITS = {
    "a word, then blanks": "PER" + " " * 9990 + "x",
    "a word, then blank lines": "word" + "\n" * 9990 + ":",
    "words before Result": "a b Result ",
    "Result lines": "Result: \n",
    "Result lines with prose": "Result: none of these\n",
    "Result lines with dictionaries": 'Result: {"PER": ["Rosa"]}\n',
    "opening brackets": "[",
    "opening braces": "{",
    "braces and keys": '{"a":',
    "bare keys": "{PER: ",
    "bare keys without a colon": "{PER ",
    "closed brackets": "[] ",
    "small dictionaries": '{"PER": ["Rosa"]} ',
    "small dictionaries in prose": 'So {"PER": ["Rosa"]} it is. ',
    "broken dictionaries": "{'PER': ['Rosa'}",
    "double quotes": '"',
    "single quotes": "'",
    "quotes and commas": '", ',
    "quotes and colons": '": ',
    "backslashes": "\\",
    "escaped quotes": '\\"',
    "colons": ": ",
    "commas in a list": 'Result: {"PER": ["' + "Rosa, " * 1600,
    "numbers": 'Result: {"PER": [' + "1," * 4900,
    "open thoughts": "<think>",
    "closed thoughts": "</think>",
    "thoughts": "<think>a</think>",
    "angle brackets": "<",
    "chat markers": "<|im_end|>",
    "pipes": "|",
    "table rows": "| Rosa | PER |\n",
    "rules of tables": "|---|---|\n",
    "bullets": "- Rosa (PER)\n",
    "bullets of prose": "- Rosa: a person of whom much is said\n",
    "typed lines": "PER: Rosa\n",
    "nested bullets": "  - ",
    "anchors of YAML": "a: &a [*a,*a]\n",
    "dashes": "-",
    "fences": "```json\n",
    "Sentence lines": "Sentence: x\n",
    "letters": "a",
    "a long mention": 'Result: {"PER": ["' + "a" * 9900 + '"]}',
    "words": "lorem ",
    "parentheses": "Rosa (",
    "tuples": "('Rosa', 'PER'), ",
    "a list of quotes and signs": 'Result: {"PER": [' + '";' * 4990,
    "a list of colons and quotes": 'Result: {"PER": [' + ": \"'" * 2400,
    "open brackets in a name": 'Result: {"PER": ["Rosa' + "[" * 9900 + '"]}',
    "keys of YAML": "a:\n",
    "lists of YAML": "key:\n  - a\n",
    "aliases of YAML": "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n",
    "human turns": "Human: x\n",
    "dictionaries and keys": "{'a': 'b', ",
    "dictionaries in dictionaries": '{"a":{',
    "closed dictionaries in lists": "[{'a': " * 800 + "'b'" + "}]" * 800,
    "lists in a broken list": "['Rosa'," * 800 + "]" * 800,
    "triple quotes": '"""',
    "dictionaries of text to type": '{"Rosa": "PER"},',
    "objects in a broken list": "[{'text': 'Rosa', 'type': 'PER'},",
}


def main() -> None:
    """Print a row a family."""
    names = TypeNames(load_params().types)
    rows = []
    for family, unit in UNITS.items():
        reply = (unit * (LENGTH // len(unit) + 1))[:LENGTH]
        times = []
        for _ in range(3):
            start = time.perf_counter()
            status = parse_reply(reply, WORDS, names)[0]
            times.append(time.perf_counter() - start)
        rows.append({"family": family, "ms": round(min(times) * 1000, 1), "status": status.value})
    show_rows("Time for a reply of 10 kB", sorted(rows, key=lambda row: -float(str(row["ms"]))))


if __name__ == "__main__":
    main()
