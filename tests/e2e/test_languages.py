"""A corpus in German, Japanese and Hindi, from ``tinyner init`` to ``tinyner predict``, without a loss."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests import in_process
from tests.conftest import Handler
from tests.init.workspace import clone, git
from tests.languages.material import FOLDER, LANGUAGES, TYPES, Teacher, make_student, rows_of, squeezed
from tinyner.files import load
from tinyner.rows import text_of_words
from tinyner.words import word_places

_TOKENIZERS = {"german": "wordpiece", "japanese": "unigram", "hindi": "wordpiece"}
_ENDINGS = {"german": "csv", "japanese": "txt", "hindi": "csv"}  # of the files of raw sentences
_TRAINING = (
    "train.epochs=10",
    "train.lr=0.005",
    "train.lr_decay=1.0",
)  # as much as gives a tiny student some span to predict


class Project:
    """A clone with the template of a language; beside it 20 labelled sentences, 10 raw ones, and a student."""

    def __init__(self, language: str, folder: Path) -> None:
        self.language, self.folder, self.clone = language, folder, clone(folder / "clone")
        rows = rows_of(language)
        self.raw = [row["text"] for row in rows[20:]]
        (folder / "gold.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows[:20]))
        (folder / "raw.txt").write_text("".join(f"{text}\n" for text in self.raw))
        fields = ('"{}"'.format(text.replace('"', '""')) for text in self.raw)
        (folder / "raw.csv").write_text("\n".join(["text", *fields]))
        (self.clone / f"prompts/{language}.txt").write_bytes((FOLDER / f"{language}.txt").read_bytes())
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-qm", "template")
        make_student(folder / "student", _TOKENIZERS[language])

    def run(self, *words: str) -> str:
        """Run ``tinyner`` in the clone; return what it printed."""
        return self._output(in_process.command(self.clone, *words, **self._variables()))

    def stages(self, *names: str) -> str:
        """Run stages; return what they printed."""
        return "".join(self._output(in_process.stage(self.clone, name, **self._variables())) for name in names)

    def init(self, url: str) -> str:
        """Run ``tinyner init`` by flags, with an annotator at a URL."""
        files = ("--sentences", f"../raw.{_ENDINGS[self.language]}", "--gold", "../gold.jsonl", "--git")
        choices = ("--types", TYPES[self.language], "--annotator", "openai", "--prompt", self.language)
        values = (
            f"annotate.annotators.openai.base_url={url}/v1",
            "train.seeds=[1]",
            *_TRAINING,
        )
        changes = [word for value in values for word in ("-S", value)]
        return self.run("init", *files, *choices, *changes, "--student", "../student")

    def _variables(self) -> dict[str, str]:
        stores = {f"TINYNER_{name.upper()}": str(self.folder / name) for name in ("replies", "cells")}
        return {**stores, "TINYNER_WORKERS": "1", "OPENAI_API_KEY": "key", "COLUMNS": "1000"}

    @staticmethod
    def _output(done: CompletedProcess[str]) -> str:
        output = done.stdout + done.stderr
        assert done.returncode == 0, output
        return output


def words_and_tags(row: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the words of a made sentence, and their tags by its labels."""
    text, places = row["text"], word_places(row["text"])
    tags = ["O"] * len(places)
    for start, end, label in row["label"]:
        inside = [index for index, place in enumerate(places) if start <= place[0] < end]
        assert (places[inside[0]][0], places[inside[-1]][1]) == (start, end)
        tags[inside[0] : inside[-1] + 1] = [f"B-{label}", *[f"I-{label}"] * (len(inside) - 1)]
    return [text[start:end] for start, end in places], tags


@pytest.mark.parametrize(
    "language", [pytest.param(name, marks=[pytest.mark.long] if name == "hindi" else []) for name in LANGUAGES]
)
def test_from_init_to_predict(
    language: str, tmp_path: Path, real_student: Path, serve: Callable[[Handler], str]
) -> None:
    teacher, project = Teacher(language), Project(language, tmp_path)
    made = {squeezed(row["text"]): row for row in rows_of(language)}
    project.init(serve(teacher))
    check_students(project, real_student)

    assert "target 10, original 10, valid 1, test 10" in project.stages("prepare")
    sets = {name: load(project.clone / f"data/prepared/{name}.jsonl") for name in ("original", "test", "target")}
    prepared = {squeezed("".join(row["words"])): row for of_set in sets.values() for row in of_set}
    assert prepared.keys() == made.keys()
    for text, row in prepared.items():
        words, tags = words_and_tags(made[text])
        assert row["words"] == words
        assert row.get("tags", tags) == tags
    assert sum("tags" in row for row in prepared.values()) == 20

    printed = project.run("pilot", "-n", "7")
    assert re.search(r"F1 1\.000, 95% interval 0\.\d{3} to 1\.000", printed), printed
    assert "replies: ok 10, repaired 0, failed 0" in project.stages("annotate", "clean", "align")
    check_prompts(project, teacher)
    aligned = {squeezed("".join(row["words"])): row for row in load(project.clone / "data/aligned/target.jsonl")}
    assert aligned.keys() == set(map(squeezed, project.raw))
    assert all(row["tags"] == words_and_tags(made[text])[1] for text, row in aligned.items())
    ledger = load(project.clone / "data/aligned/target_ledger.jsonl")
    by_id = {row["id"]: row for row in sets["target"]}
    assert len(ledger) == sum(len(made[text]["label"]) for text in aligned)
    for row in ledger:
        assert row["outcome"] == "exact"
        assert [text_of_words(by_id[row["id"]], *place) for place in row["span"]] == [row["text"]]

    project.stages("train", "evaluate")
    assert json.loads((project.clone / "metrics/evaluate.json").read_text())["f1"] is not None
    project.run("predict", "../raw.txt", "-o", "../labelled.jsonl")
    labelled = load(project.folder / "labelled.jsonl")
    assert [row["text"] for row in labelled] == project.raw
    spans = [(row["text"], span) for row in labelled for span in row["spans"]]
    assert spans
    print(json.loads((project.clone / "metrics/evaluate.json").read_text())["f1"], spans)
    for text, span in spans:
        assert text[span["start"] : span["end"]] == span["text"]
        assert {span["start"], span["end"]} <= {place for places in word_places(text) for place in places}


def check_students(project: Project, english: Path) -> None:
    """Check what ``tinyner check`` says of the multilingual student, and of the English one of the default."""
    assert "warning  student" not in project.run("check", "--no-request")
    output = project.run("check", "--no-request", "-S", f"prepare.student={english}")
    warnings = [line for line in output.splitlines() if line.startswith("warning  student")]
    unknown = [line for line in warnings if "% of the subwords of your sentences are unknown to this student" in line]
    spelt = [line for line in warnings if "fall apart into single characters" in line]
    assert bool(unknown) is (project.language != "german")
    assert bool(spelt) is (project.language == "hindi")
    assert all("use a multilingual student: prepare.student: hf:" in line for line in warnings)


def check_prompts(project: Project, teacher: Teacher) -> None:
    """Check that the LLM got the template, and examples and sentence with its label, in Japanese without spaces."""
    asked = teacher.asked()
    assert sorted(map(squeezed, asked[-10:])) == sorted(map(squeezed, project.raw))
    if project.language == "japanese":
        assert set(project.raw) < set(asked)
    for prompt in teacher.prompts:
        assert prompt.count(f"\n{teacher.label}") == 4  # three examples and the sentence
        assert prompt.count("\nResult: {") == 3
        assert "Sentence: " not in prompt
