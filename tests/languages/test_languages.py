"""A corpus in German, Japanese and Hindi, from ``tinyner init`` to ``tinyner predict``, without a loss."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import in_process
from tests.conftest import Handler
from tests.init.workspace import clone, git
from tests.languages.conftest import FOLDER, LANGUAGES, TYPES, Teacher, make_student, rows_of, squeezed
from tinyner.files import load
from tinyner.words import word_places

_KINDS = {"german": "wordpiece", "japanese": "unigram", "hindi": "wordpiece"}  # of the students' tokenizers
_ENDINGS = {"german": "csv", "japanese": "txt", "hindi": "csv"}  # of the files of raw sentences


class Project:
    """A clone that init made a project of, with its teacher on loopback."""

    def __init__(self, language: str, folder: Path, url: str, teacher: Teacher) -> None:
        self.language, self.teacher, self.folder = language, teacher, clone(folder / "clone")
        rows, self.sentences = rows_of(language), folder / f"raw.{_ENDINGS[language]}"
        self.gold, self.raw = rows[:20], [row["text"] for row in rows[20:]]
        lines = self.raw
        if _ENDINGS[language] == "csv":
            lines = ["text", *('"{}"'.format(text.replace('"', '""')) for text in self.raw)]
        self.sentences.write_text("\n".join(lines), encoding="utf-8")
        (folder / "gold.jsonl").write_text(
            "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in self.gold), encoding="utf-8"
        )
        template = self.folder / f"prompts/{language}.txt"
        template.write_bytes((FOLDER / template.name).read_bytes())
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-qm", "template")
        self.variables = {
            "TINYNER_REPLIES": str(folder / "replies"),
            "TINYNER_CELLS": str(folder / "cells"),
            "TINYNER_WORKERS": "1",
            "OPENAI_API_KEY": "key",
            "COLUMNS": "500",
        }
        self.student = make_student(folder / "student", _KINDS[language])
        self.base_url = f"annotate.annotators.openai.base_url={url}/v1"

    def run(self, *words: str) -> str:
        return self._output(in_process.command(self.folder, *words, **self.variables))

    def stages(self, *names: str) -> str:
        return "".join(self._output(in_process.stage(self.folder, name, **self.variables)) for name in names)

    def _output(self, done: "in_process.CompletedProcess[str]") -> str:
        output = done.stdout + done.stderr
        assert done.returncode == 0, output
        return output

    def init(self) -> str:
        files = ("--sentences", str(self.sentences), "--gold", str(self.sentences.with_name("gold.jsonl")))
        choices = ("--types", TYPES[self.language], "--annotator", "openai", "--prompt", self.language, "--git")
        changes = ("-S", self.base_url, "-S", "train.seeds=[1]", "-S", "train.epochs=1")
        return self.run("init", *files, *choices, *changes, "--student", str(self.student))


def tags_of(text: str, labels: list[tuple[int, int, str]]) -> list[str]:
    """Return the tag of each word of a text, by labels of characters."""
    tags = ["O"] * len(word_places(text))
    for start, end, label in labels:
        inside = [index for index, place in enumerate(word_places(text)) if start <= place[0] < end]
        tags[inside[0] : inside[-1] + 1] = [f"B-{label}", *[f"I-{label}"] * (len(inside) - 1)]
    return tags


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_from_init_to_predict(
    language: str, tmp_path: Path, real_student: Path, serve: Callable[[Handler], str]
) -> None:
    teacher = Teacher(language)
    project = Project(language, tmp_path, serve(teacher))
    rows = {squeezed(row["text"]): row for row in rows_of(language)}
    project.init()
    _check_says_what_a_student_knows(project, real_student)
    output = project.stages("prepare")
    assert "target 10, original 10, related 0, valid 1, test 10" in output

    # Nothing of the texts is lost, and the labels are those of the file.
    prepared = {name: load(project.folder / f"data/prepared/{name}.jsonl") for name in ("original", "test", "target")}
    texts = [squeezed("".join(row["words"])) for of_split in prepared.values() for row in of_split]
    assert sorted(texts) == sorted(rows)
    for row in prepared["original"] + prepared["test"]:
        made = rows[squeezed("".join(row["words"]))]
        assert row["words"] == [made["text"][start:end] for start, end in word_places(made["text"])]
        assert row["tags"] == tags_of(made["text"], made["label"])

    assert "F1 1.000, 95% interval 1.000 to 1.000" in project.run("pilot", "-n", "8")
    project.stages("annotate", "clean", "align")
    assert sorted(map(squeezed, teacher.asked())[7:]) == sorted(map(squeezed, project.raw))


def _check_says_what_a_student_knows(project: Project, english: Path) -> None:
    assert "warning  student" not in project.run("check", "--no-request")
