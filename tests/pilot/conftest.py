"""A small repository with gold sentences, and a server that answers as a test asks it to."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.annotate.workspace import completion, configure, sentence_of
from tests.conftest import ROOT, Handler
from tinyner.files import write_rows
from tinyner.params import read_yaml
from tinyner.rows import Sentence

NAMES = ("Rosa", "Omar", "Ines", "Juri", "Lena", "Timo", "Vera", "Nils")
CITIES = ("Rome", "Lima", "Oslo", "Kyiv")


def made(count: int, prefix: str, first: int = 0) -> list[Sentence]:
    """Return sentences with a person and, in every second, a place; no two have the same text."""
    sentences: list[Sentence] = []
    for index in range(first, first + count):
        name, city = f"{NAMES[index % 8]}{index}", CITIES[index % 4]
        words, tags = [name, "Smith", "was", "seen", "late", "yesterday", "."], ["B-PER", "I-PER", *"OOOOO"]
        if index % 2:
            words, tags = [*words[:4], "in", city, "."], [*tags[:4], "O", "B-LOC", "O"]
        sentences.append({"id": f"{prefix}{index}", "words": words, "tags": tags})
    return sentences


def unlabelled(sentences: list[Sentence]) -> list[Sentence]:
    return [{"id": sentence["id"], "words": sentence["words"]} for sentence in sentences]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a folder with params and prompts, 40 original sentences, 50 target ones without labels, no replies."""
    params = read_yaml((ROOT / "params.yaml").read_text())
    params["annotate"]["prompts"] = {"target": "scheme", "related": "scheme"}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    (tmp_path / "prompts").mkdir()
    for path in (ROOT / "prompts").iterdir():
        (tmp_path / "prompts" / path.name).write_bytes(path.read_bytes())
    write_rows(tmp_path / "data/prepared/original.jsonl", made(40, "o"))
    write_rows(tmp_path / "data/prepared/target.jsonl", unlabelled(made(50, "t", 100)))
    write_rows(tmp_path / "data/prepared/related.jsonl", [])
    write_rows(tmp_path / "data/prepared/valid.jsonl", made(10, "v", 200))
    write_rows(tmp_path / "data/prepared/test.jsonl", made(10, "e", 300))
    return tmp_path


class Teacher:
    """A server's LLM: it knows the gold of the made sentences, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.prompts: list[str] = []
        self.forgets: Callable[[str, str], bool] = lambda prompt, sentence: False  # a sentence's persons
        self.reply: Callable[[str], str | None] = lambda sentence: None  # instead of the gold entities

    def __call__(self, path: str, body: bytes) -> tuple[int, bytes]:
        sentence, prompt = sentence_of(body), json.loads(body)["messages"][0]["content"]
        self.asked.append(sentence)
        self.prompts.append(prompt)
        words = sentence.split()
        entities = {} if self.forgets(prompt, sentence) else {"PER": [" ".join(words[:2])]}
        if words[-2] in CITIES:
            entities["LOC"] = [words[-2]]
        return 200, completion(self.reply(sentence) or f"Result: {json.dumps(entities)}")


@pytest.fixture
def teacher(workspace: Path, serve: Callable[[Handler], str]) -> Teacher:
    """Return a teacher that the annotator openai asks, at a price."""
    made_teacher = Teacher()
    price = {"input": 1000.0, "cached_input": 0.0, "output": 1000.0, "batch_discount": 0.5}
    configure(workspace, f"{serve(made_teacher)}/v1", annotator={"price": price}, max_completion_tokens=10)
    return made_teacher
