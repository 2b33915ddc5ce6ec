"""Sizes, splits, types and test sentences beside the parameters; each source read by itself."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checks.conftest import change, texts
from tests.conftest import Handler
from tests.pilot.conftest import made, unlabelled
from tinyner.checks.data import Sets, check_data, check_prepared
from tinyner.checks.findings import Findings
from tinyner.checks.sources import read_sources
from tinyner.errors import UserError
from tinyner.files import load, write_rows
from tinyner.params import load_params


def checked(project: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Findings, Sets]:
    """Read and check the data of a project."""
    monkeypatch.chdir(project)
    findings, params = Findings(), load_params()
    return findings, check_data(findings, params, read_sources(findings, params), has_train=True)


@pytest.mark.parametrize(
    ("section", "values", "part"),
    [
        ("prepare", {"target_size": 13}, "prepare.target_size: 13 sentences wanted, there are 12"),
        ("prepare", {"original_size": 21}, "prepare.original_size: 21 sentences wanted, there are 20"),
        ("train", {"dev_size": 7}, "train.dev_size: 7 sentences wanted, valid has 6; set it to at most 6"),
        ("train", {"original_size": 21}, "train.original_size: 21 sentences wanted, there are 20"),
        ("train", {"target_size": 0}, "train.group: D needs target sentences, and there are none"),
        ("prepare", {"original_size": 0}, "train.group: D needs original sentences, and there are none"),
        ("prepare", {"corpus": "data/nowhere"}, "prepare.corpus: data/nowhere is no directory"),
        ("prepare", {"target": "data/own/none.csv"}, "prepare.target: data/own/none.csv: no such file"),
        ("prepare", {"conllpp": "data/own/train.jsonl"}, "has other sentences than the test set"),
        ("prepare", {"target": "corpus", "target_size": 21}, "prepare.target_size: 21 sentences wanted, there are 20"),
    ],
)
def test_what_does_not_fit_is_an_error(
    section: str, values: dict[str, object], part: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(project, **{section: values})
    findings, _ = checked(project, monkeypatch)
    assert [text for text in texts(findings, "error") if part in text], findings.rows


def test_sets_are_those_of_stage_prepare(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tinyner.prepare.__main__ import main

    change(project, prepare={"target": "corpus", "target_size": 8, "original_size": 5})
    findings, sets = checked(project, monkeypatch)
    assert texts(findings, "error") == []
    main()
    check_prepared(findings, sets, load_params().prepare)
    assert texts(findings, "ok")[-1] == "data/prepared: is what params.yaml and the files say"
    write_rows(project / "data/own/valid.jsonl", made(7, "v", 200))
    findings, sets = checked(project, monkeypatch)
    check_prepared(findings, sets, load_params().prepare)
    assert "data/prepared: valid is not what" in texts(findings, "ok")[-1]


def test_stand_ins_are_counted_once_among_all_sentences() -> None:
    target = unlabelled(made(6, "t", 100))
    gold = made(2, "v", 200)
    assert Sets(target, [], [], target[2:4], target[:2]).readable() == target
    assert Sets(target, None, [], gold, target[:2]).readable() == [*target, *gold]


def test_a_set_that_dvc_can_not_see_change_is_a_warning(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tinyner.prepare.__main__ import main

    (project / "more.csv").write_text("text\nRosa went to Rome .\nJan left .\n")
    change(project, prepare={"target": "more.csv", "target_size": None})
    checked(project, monkeypatch)
    main()
    (project / "more.csv").write_text("text\nRosa went to Bonn .\nJan left .\n")
    findings, sets = checked(project, monkeypatch)
    check_prepared(findings, sets, load_params().prepare)
    stale = "data/prepared: target is not what params.yaml and the files say; run: dvc repro -f -s prepare"
    assert texts(findings, "warning")[-1] == stale


def test_tags_that_changed_are_not_prepared_yet(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tinyner.prepare.__main__ import main

    change(project, prepare={"target": "corpus", "target_size": 8, "original_size": 5})
    checked(project, monkeypatch)  # which goes into the project's folder
    main()
    valid = load(project / "data/own/valid.jsonl")
    assert any(tag != "O" for row in valid for tag in row["tags"])
    write_rows(project / "data/own/valid.jsonl", [{**row, "tags": ["O"] * len(row["words"])} for row in valid])
    findings, sets = checked(project, monkeypatch)
    check_prepared(findings, sets, load_params().prepare)
    assert "data/prepared: valid is not what" in texts(findings, "ok")[-1]


def test_types_without_gold_are_a_warning(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(project, types={"LOC": [], "PER": [], "ORG": []})
    write_rows(project / "data/own/test.jsonl", made(1, "e", 300))
    findings, _ = checked(project, monkeypatch)
    warnings = texts(findings, "warning")
    assert "types: no gold sentence has ORG" in warnings[0]
    assert "test: has no entity of type LOC" in warnings[1]


@pytest.mark.parametrize(("overlap", "mark"), [("warn", "warning"), ("error", "error"), ("drop", "ok")])
def test_test_sentences_that_stand_elsewhere(
    overlap: str, mark: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_rows(project / "data/own/test.jsonl", [*made(3, "e", 300), *made(1, "o")])
    change(project, prepare={"overlap": overlap})
    findings, _ = checked(project, monkeypatch)
    overlaps = [finding for finding in findings.rows if "word for word in other sets" in finding.text]
    assert [(finding.mark, "1 of 4 sentences" in finding.text) for finding in overlaps] == [(mark, True)]


def test_a_split_that_is_not_there_or_twice_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "data/own/test.jsonl").rename(project / "data/own/dev.jsonl")
    findings, sets = checked(project, monkeypatch)
    errors = texts(findings, "error")
    assert "expected one file for valid, it has dev.jsonl and valid.jsonl" in errors[0]
    assert "data/own has no file for test; put it there (where git or DVC tracks it), or set prepare.test" in errors[1]
    assert (sets.test, sets.valid) == (None, None)


def test_a_file_that_nothing_uses_is_a_warning(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    findings, _ = checked(project, monkeypatch)
    assert not [text for text in texts(findings, "warning") if "not used" in text]
    (project / "data/own/test.jsonl").rename(project / "data/own/labelled.jsonl")
    findings, _ = checked(project, monkeypatch)
    assert [text.partition(";")[0] for text in texts(findings, "warning") if "not used" in text] == [
        "data/own: labelled.jsonl is not used"
    ]


def test_a_project_without_gold(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(project, prepare={"corpus": "none"})
    findings, sets = checked(project, monkeypatch)
    assert [text.partition(";")[0] for text in texts(findings, "error")] == [
        "train.group: D trains on original sentences, which are those of train, but prepare.corpus is none",
        "prepare.corpus is none",
    ]
    assert (sets.original, sets.valid, sets.test) == ([], None, None)


def test_what_a_corpus_lacks_is_refused_in_the_words_of_stage_prepare(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinyner.prepare.__main__ import main

    def refused() -> list[str]:
        findings, _ = checked(project, monkeypatch)
        return texts(findings, "error")

    def stopped() -> str:
        """Return what stage prepare stops with, without the files that it says are not used."""
        with pytest.raises(UserError) as error:
            main()
        return str(error.value).partition("; data/own: ")[0]

    monkeypatch.chdir(project)
    change(project, prepare={"corpus": "none", "conllpp": "data/own/test.jsonl"})
    assert stopped() == refused()[0]
    change(project, train={"group": "B"})
    assert stopped() in refused()
    change(project, prepare={"test_from_target": 3, "valid_from_target": 2}, train={"dev_size": 2})
    assert stopped() in refused()
    assert stopped().startswith("prepare.conllpp corrects the labels of test")
    change(project, prepare={"conllpp": "none", "valid_from_target": 20})
    assert stopped() in refused()
    assert "23 sentences wanted, there are 12 target sentences" in stopped()


def test_target_sentences_may_stand_in_for_test_and_valid(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    (project / "data/own/test.jsonl").unlink()
    (project / "data/own/valid.jsonl").unlink()
    params = load_params()
    for sizes, errors in (((4, 5), 0), ((7, 6), 2)):
        update = dict(zip(("test_from_target", "valid_from_target"), sizes, strict=True))
        changed = params.model_copy(update={"prepare": params.prepare.model_copy(update=update)})
        findings = Findings()
        sets = check_data(findings, changed, read_sources(findings, changed), has_train=True)
        assert findings.count("error") == errors
        assert sets.target is not None
        ids = [row["id"] for row in sets.target]
        assert [row["id"] for row in sets.test or []] == ids[: sizes[0]]
        assert [row["id"] for row in sets.valid or []] == ids[sizes[0] : sum(sizes)]
        assert not any("tags" in row for row in [*(sets.test or []), *(sets.valid or [])])


def test_sentences_that_are_held_out_are_not_trained_on(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "data/own/test.jsonl").unlink()
    change(project, prepare={"test_from_target": 4}, train={"target_size": 9})
    findings, _ = checked(project, monkeypatch)
    held = "and 4 more that are held out, as their text stands in test or valid"
    assert texts(findings, "error") == [f"train.target_size: 9 sentences wanted, there are 8, {held}; lower it"]
    change(project, train={"target_size": 8})
    assert checked(project, monkeypatch)[0].count("error") == 0
    change(project, prepare={"test_from_target": 12}, train={"target_size": None})
    findings, _ = checked(project, monkeypatch)
    assert "there are none, and 12 more that are held out" in " ".join(texts(findings, "error"))


def test_sentences_that_stand_in_train_never_stand_in(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tinyner.prepare.__main__ import main

    (project / "data/own/test.jsonl").unlink()
    change(project, prepare={"test_from_target": 4})
    _, before = checked(project, monkeypatch)
    assert before.test is not None
    write_rows(project / "data/own/train.jsonl", [*made(20, "o"), {**before.test[0], "tags": ["O"] * 7, "id": "again"}])
    findings, sets = checked(project, monkeypatch)
    assert sets.test is not None
    assert [row["id"] for row in sets.test[:3]] == [row["id"] for row in before.test[1:]]
    main()
    check_prepared(findings, sets, load_params().prepare)
    assert texts(findings, "ok")[-1] == "data/prepared: is what params.yaml and the files say"
    change(project, prepare={"test_from_target": 12})
    findings, _ = checked(project, monkeypatch)
    assert "there are 11 target sentences, but for 1 whose text stands in train" in " ".join(texts(findings, "error"))


def test_splits_of_a_url_are_read_each_by_itself(
    project: Path, serve: Callable[[Handler], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        return {
            "/c/train.txt": (200, b"Rosa B-PER\nleft O\n"),
            "/c/valid.txt": (200, b"Rosa B-PER\nleft\n"),
        }.get(path, (404, b""))

    monkeypatch.setenv("TINYNER_CACHE", str(tmp_path / "cache"))
    change(project, prepare={"corpus": f"{serve(answer)}/c"})
    findings, _ = checked(project, monkeypatch)
    assert [text for text in texts(findings, "ok") if "train" in text and "1 sentence, 1 entity" in text]
    errors = " ".join(texts(findings, "error"))
    assert "valid.txt:2: expected 2 columns" in errors
    assert "test.txt: the server answered 404" in errors


def test_notes_stand_behind_the_counts(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "data/own/train.jsonl").unlink()
    (project / "data/own/train.txt").write_text("Rosa I-PER\nleft O\n\nRome I-LOC\n. O\n")
    findings, _ = checked(project, monkeypatch)
    line = next(text for text in texts(findings, "ok") if "train" in text)
    assert "2 sentences, 2 entities" in line
    assert "tags I- read as B-: 2 (first: data/own/train.txt:1" in line
