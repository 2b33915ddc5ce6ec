"""A corpus that lacks splits: what stands in for them, what is said of it, what is refused before an LLM is paid."""

import json
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.corpus_files.files import write
from tests.in_process import stage
from tinyner.files import load, sha256_file
from tinyner.params import read_yaml
from tinyner.prepare import init_record
from tinyner.rows import Sentence

SIZE = 12
AGREEMENT = "agreement with the teacher, not accuracy"


def gold(*texts: str) -> str:
    """Return rows with a person at the beginning of each."""
    rows = [{"id": text, "words": text.split(), "tags": ["B-PER", *("O" for _ in text.split()[1:])]} for text in texts]
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def project(tmp_path: Path, student: Path) -> Path:
    """A project without a human label, whose twelve sentences are of distinct words."""
    (tmp_path / "data/own").mkdir(parents=True)
    write(tmp_path / "data/own", "mine.txt", "".join(f"Person{number} left .\n" for number in range(SIZE)))
    change(
        tmp_path,
        prepare={
            **{"corpus": "none", "target": "data/own/mine.txt", "related": "none", "student": str(student)},
            **{"target_size": None, "related_size": 0, "test_from_target": 3, "valid_from_target": 2},
        },
        train={"group": "B", "dev_size": 2},
    )
    return tmp_path


def change(project: Path, **settings: dict[str, Any]) -> None:
    path = project / "params.yaml"
    params = read_yaml((path if path.exists() else ROOT / "params.yaml").read_text())
    for section, values in settings.items():
        params[section] |= values
    path.write_text(yaml.safe_dump(params))


def run(project: Path, code: int = 0) -> CompletedProcess[str]:
    done = stage(project, "prepare")
    assert done.returncode == code, done.stdout + done.stderr
    return done


def prepared(project: Path, name: str) -> list[Sentence]:
    return load(project / f"data/prepared/{name}.jsonl")


def overlap(project: Path) -> dict[str, int]:
    rows = json.loads((project / "metrics/prepare.json").read_text())["overlap"]
    return {row["with"]: row["test_sentences"] for row in rows}


def test_without_a_human_label_target_sentences_stand_in(project: Path) -> None:
    printed = run(project).stdout
    target = prepared(project, "target")
    assert len(target) == SIZE
    assert (prepared(project, "test"), prepared(project, "valid")) == (target[:3], target[3:5])
    assert all(row.keys() == {"id", "words"} for row in target[:5])
    assert prepared(project, "original") == []
    assert "train: prepare.corpus is none; without original sentences, train.group can be B or C" in printed
    for split, numbers in (("test", "1 to 3"), ("valid", "4 to 5")):
        stand_in = f"target sentences {numbers} stand in, with the LLM's labels: scores on them are {AGREEMENT}"
        assert f"{split}: prepare.corpus is none; {stand_in}" in printed
    assert set(overlap(project).values()) == {0}  # that they are in target is no overlap
    assert "word for word" not in printed


def test_stand_ins_stay_the_same_in_a_larger_target_set(project: Path) -> None:
    change(project, prepare={"target_size": 6})
    run(project)
    small = [prepared(project, name) for name in ("test", "valid")]
    change(project, prepare={"target_size": None})
    run(project)
    assert [prepared(project, name) for name in ("test", "valid")] == small


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_gold_of_one_split_alone(split: str, project: Path) -> None:
    change(
        project,
        prepare={"corpus": "data/own", "original_size": None},
        train={"group": "D" if split == "train" else "B"},
    )
    write(project / "data/own", f"{split}.jsonl", gold("Jan rose .", "Piet rose ."))
    printed = run(project).stdout
    target = prepared(project, "target")
    sets = {"train": "original"}.get(split, split)
    assert sorted(row["id"] for row in prepared(project, sets)) == ["Jan rose .", "Piet rose ."]
    assert all("tags" in row for row in prepared(project, sets))
    if split != "test":
        assert prepared(project, "test") == target[:3]
    if split != "valid":
        assert prepared(project, "valid") == target[3:5]  # also where a test set came later
    if split != "train":
        assert prepared(project, "original") == []
        size = {"test": 3, "valid": 2}[split]
        assert f"{split}: the corpus has 2 sentences with human labels; the LLM's labels no longer stand in" in printed
        assert f"(prepare.{split}_from_target: {size})" in printed
    for other in {"train", "valid", "test"} - {split}:
        assert f"{other}: data/own has no file for {other} ({other}.jsonl, " in printed
    assert "not used" not in printed


def test_stand_ins_that_somebody_labelled_are_gold_and_no_overlap(project: Path) -> None:
    """The way from a cold start to scores: the file of the reviewed stand-ins is put into the folder."""
    run(project)
    stand_ins = [" ".join(row["words"]) for row in prepared(project, "test")]
    change(project, prepare={"corpus": "data/own"})
    write(project / "data/own", "test.jsonl", gold(*stand_ins))
    printed = run(project).stdout
    assert all("tags" in row for row in prepared(project, "test"))
    assert "word for word" not in printed
    assert overlap(project)["target"] == 0
    change(project, prepare={"test_from_target": None})  # nothing stood in: they are trained on, and it is said
    assert "test: 3 of 3 sentences stand word for word in other sets" in run(project).stdout


def test_a_sentence_that_stands_in_gold_train_never_stands_in(project: Path) -> None:
    """Whatever its words there; else it would be trained on with its human labels."""
    run(project)
    first, second, *_, last = prepared(project, "target")
    change(project, prepare={"corpus": "data/own", "original_size": None})
    write(project / "data/own", "train.jsonl", gold("".join(first["words"]), " ".join(second["words"]), "Jan rose ."))
    printed = run(project).stdout
    target = prepared(project, "target")
    assert (prepared(project, "test"), prepared(project, "valid")) == (target[2:5], target[5:7])
    assert set(overlap(project).values()) == {0}
    stand_in = "target sentences 1 to 3, not counting 2 whose text stands in train, stand in, with the LLM's labels"
    assert f"; {stand_in}" in printed
    write(project / "data/own", "train.jsonl", gold(*(" ".join(row["words"]) for row in (*target[:9], last))))
    message = (
        "valid_from_target: 5 sentences wanted, there are 2 target sentences, but for 10 whose text stands in train"
    )
    change(project, prepare={"test_from_target": 1, "valid_from_target": 4})
    assert message in run(project, 2).stderr


def test_a_sentence_that_train_has_twice_never_stands_in(project: Path) -> None:
    texts = [*("Jan rose ." for _ in range(6)), *(f"Person{number} rose ." for number in range(10))]
    rows = gold(*texts).replace('"id": "', '"id": "%d ')
    numbered = "".join(line.replace("%d", str(number)) for number, line in enumerate(rows.splitlines(keepends=True)))
    write(project / "data/own", "train.jsonl", numbered)
    change(project, prepare={"corpus": "data/own", "target": "corpus", "target_size": 12, "original_size": 4})
    run(project)
    small = [prepared(project, name) for name in ("test", "valid")]
    assert ["Jan", "rose", "."] not in [row["words"] for rows in small for row in rows]
    assert set(overlap(project).values()) == {0}
    change(project, prepare={"target_size": 14, "original_size": 2})
    run(project)
    assert [prepared(project, name) for name in ("test", "valid")] == small


def test_duplicates_of_stand_ins_are_no_overlap_but_for_dev(project: Path) -> None:
    """No student trains on them; but the best epoch would be chosen by a test sentence."""
    sentences = "Jan left .\n" * 30 + "".join(f"Person{number} left .\n" for number in range(30))
    write(project / "data/own", "mine.txt", sentences)
    change(project, prepare={"test_from_target": 10, "valid_from_target": 10})
    run(project)
    test, valid = ({" ".join(row["words"]) for row in prepared(project, name)} for name in ("test", "valid"))
    counts = overlap(project)
    assert counts["target"] == 0
    assert counts["valid"] == counts["any"] > 0
    assert test & valid == {"Jan left ."}


def test_target_sentences_of_the_train_split_that_stand_in_are_no_overlap_with_it(project: Path) -> None:
    write(project / "data/own", "train.jsonl", gold(*(f"Person{number} rose ." for number in range(SIZE))))
    change(project, prepare={"corpus": "data/own", "target": "corpus", "target_size": 8, "original_size": 4})
    printed = run(project).stdout
    assert all("tags" not in row for name in ("test", "valid") for row in prepared(project, name))
    assert all("tags" in row for row in prepared(project, "target"))  # they score the LLM
    assert set(overlap(project).values()) == {0}
    assert "target: 5 of the sentences that stand in have human labels, which score the LLM alone" in printed


def test_no_dev_set_at_all_is_a_size_of_0(project: Path) -> None:
    change(project, prepare={"valid_from_target": 0}, train={"dev_size": 0})
    assert "valid: prepare.corpus is none; it stays empty (prepare.valid_from_target: 0)" in run(project).stdout
    assert prepared(project, "valid") == []


@pytest.mark.parametrize(
    ("folder", "cure"), [("data/own", "call a"), ("none", "set prepare.corpus: data/own, and call a")]
)
def test_a_file_that_nothing_uses_is_named(folder: str, cure: str, project: Path) -> None:
    change(project, prepare={"corpus": folder})
    for name, content in (("labelled.jsonl", gold("Jan rose .")), ("mine.txt.dvc", ""), (".gitignore", "")):
        (project / "data/own" / name).write_text(content)
    expected = f"data/own: labelled.jsonl is not used; {cure} labelled file train, valid or test (test.jsonl), or name "
    assert expected in run(project).stdout
    change(project, prepare={"valid_from_target": None})
    assert expected in run(project, 2).stderr


def test_the_file_that_init_split_is_used_until_it_changes(project: Path) -> None:
    folder = project / "data/own"
    for name in ("test.jsonl", "labelled.jsonl"):
        write(folder, name, gold("Jan rose ."))
    read, written = ({f"data/own/{name}.jsonl": sha256_file(folder / f"{name}.jsonl")} for name in ("labelled", "test"))
    (folder / init_record.NAME).write_bytes(init_record.Record(written, read).to_json())
    change(project, prepare={"corpus": "data/own"})
    assert "labelled.jsonl" not in run(project).stdout
    write(folder, "labelled.jsonl", gold("Jan rose .", "Piet rose ."))
    printed = run(project).stdout
    assert "data/own/labelled.jsonl: has changed since tinyner init made the files of this project of it" in printed
    assert "labelled.jsonl is not used" not in printed
    (folder / "test.jsonl").unlink()  # what was made of it is gone
    assert "data/own: labelled.jsonl is not used" in run(project).stdout


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"prepare": {"test_from_target": None, "valid_from_target": None}},
            "prepare.corpus is none; set prepare.test_from_target and prepare.valid_from_target: how many target "
            "sentences, with the LLM's labels, stand in for test and for valid",
        ),
        (
            {"prepare": {"corpus": "data/own", "valid_from_target": None}},
            "data/own has no file for valid (valid.jsonl, dev.txt, ...); "
            "put it there (where git or DVC tracks it), or set prepare.valid_from_target: how many",
        ),
        ({"train": {"group": "A"}}, "train.group: A trains on original sentences, which are those of train, but "),
        ({"prepare": {"target": "corpus", "target_size": 5}}, "prepare.target: corpus takes sentences of the train "),
        ({"prepare": {"conllpp": "x.txt"}}, "prepare.conllpp corrects the labels of test, but prepare.corpus is none"),
        ({"prepare": {"valid_from_target": 10}}, "prepare.test_from_target + valid_from_target: 13 sentences wanted"),
        ({"prepare": {"test_from_target": 13}}, "prepare.test_from_target: 13 sentences wanted, there are 12 target"),
        ({"prepare": {"test_from_target": 10}}, "prepare.test_from_target, valid_from_target: all 12 target sentences"),
        ({"prepare": {"test_from_target": 0}}, "params.yaml: prepare.test_from_target: input should be greater than"),
        ({"train": {"dev_size": 3}}, "train.dev_size: 3 sentences wanted, valid has 2"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(
    changes: dict[str, dict[str, Any]], message: str, project: Path
) -> None:
    change(project, **changes)
    done = run(project, 2)
    assert done.stderr.startswith(f"tinyner: {message}")
    assert done.stderr.count("\n") == 1
    assert not (project / "data/prepared").exists()
