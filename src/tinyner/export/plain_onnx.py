"""Find entities in a text with an exported student: onnxruntime, tokenizers and numpy, and nothing else.

    python example.py "Angela Merkel met Tony Blair in Berlin."
    python example.py --int8 "Angela Merkel met Tony Blair in Berlin."

A text is one sentence; split longer ones first. Words are runs of letters and digits, and single signs. tinyner splits
by finer rules; ``Student.tags`` takes words that you split yourself.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

WORD = re.compile(r"\w+(?:[-.'\u2019&]\w+)*|[^\w\s]")


def check(folder: Path, names: list[str]) -> None:
    """End with a line where one of these files has another checksum than in tinyner.sha256, if that is there."""
    sums = folder / "tinyner.sha256"
    if not sums.exists():
        return
    lines = sums.read_bytes().split(b"\n")
    for name in names:
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if f"{digest}  {name}".encode() not in lines:
            raise SystemExit(f"{folder / name}: is not as it was exported; copy the whole folder again")


class Student:
    """The graph and the tokenizer in a folder."""

    def __init__(self, folder: Path, int8: bool = False) -> None:
        """Load them; ``int8``: the smaller graph, which rounds; it is made for processors with VNNI.

        Raises:
            SystemExit: where a file is not as it was exported.
        """
        graph = "model.int8.onnx" if int8 else "model.onnx"
        check(folder, ["config.json", "tokenizer.json", graph])
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.labels = [config["id2label"][str(number)] for number in range(len(config["id2label"]))]
        self.longest = config["longest"]
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.session = onnxruntime.InferenceSession(str(folder / graph))

    def tags(self, words: list[str]) -> list[str]:
        """Return the tag of each word of a sentence: O, or B-TYPE and I-TYPE at its beginning and in it."""
        encoding = self.tokenizer.encode(words, is_pretokenized=True)
        if len(encoding.ids) > self.longest:
            raise SystemExit(f"a sentence of {len(encoding.ids)} subwords: at most {self.longest}; split it")
        ids = np.array([encoding.ids], dtype=np.int64)
        (logits,) = self.session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        firsts = {word: place for place, word in reversed(list(enumerate(encoding.word_ids))) if word is not None}
        unseen = np.array([0.0 if label == "O" else -np.inf for label in self.labels])  # a word without a subword
        rows = [logits[0, firsts[word]] if word in firsts else unseen for word in range(len(words))]
        return [self.labels[number] for number in self.best(rows)]

    def best(self, rows: list[np.ndarray]) -> list[int]:
        """Return the labels with the highest sum of which each I- continues an entity of its type (Viterbi)."""
        legal = np.array(
            [[not b.startswith("I-") or a in (f"B-{b[2:]}", b) for b in self.labels] for a in ["O", *self.labels]]
        )
        barred = np.where(legal, 0.0, -np.inf)
        sums, back = barred[0], []  # a sentence begins as behind an O
        for index, row in enumerate(rows):
            steps = sums[:, None] + barred[1:] if index else sums[None]
            back.append(steps.argmax(0))
            sums = steps.max(0) + row
        path = [int(sums.argmax())] if rows else []
        for pointers in reversed(back[1:]):
            path.append(int(pointers[path[-1]]))
        return path[::-1]

    def entities(self, text: str) -> list[tuple[str, str]]:
        """Return the entities of a sentence, each with its type."""
        places = [match.span() for match in WORD.finditer(text)]
        spans: list[list[int]] = []
        types: list[str] = []
        for (start, end), tag in zip(places, self.tags([text[start:end] for start, end in places]), strict=True):
            if tag.startswith("B-"):
                spans.append([start, end])
                types.append(tag[2:])
            elif tag != "O":
                spans[-1][1] = end
        return [(text[start:end], label) for (start, end), label in zip(spans, types, strict=True)]


if __name__ == "__main__":
    arguments = sys.argv[1:]
    student = Student(Path(__file__).parent, int8="--int8" in arguments)
    for text in [argument for argument in arguments if argument != "--int8"] or sys.stdin:
        for entity, label in student.entities(text.rstrip("\n")):
            print(label, entity, sep="\t")
