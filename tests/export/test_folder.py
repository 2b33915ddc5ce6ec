"""The folder of an export: nothing of anybody's is lost, and nothing is written half."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.export.folder import MANIFEST, changed_files, new_folder, write_manifest


def write(target: Path, text: str = "new") -> None:
    with new_folder(target) as folder:
        (folder / "hf").mkdir()
        (folder / "hf/a").write_text(text)
        write_manifest(folder, {})


def write_half(target: Path) -> None:
    with new_folder(target) as folder:
        (folder / "half").write_text("")
        raise KeyboardInterrupt


def write_without_a_folder(target: Path) -> None:
    with new_folder(target) as folder:
        folder.rmdir()  # so that the last step fails, after the earlier export was moved


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir], ids=["new", "empty"])
def test_a_new_or_empty_folder_is_filled(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "out")
    write(tmp_path / "out")
    assert (tmp_path / "out/hf/a").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_earlier_export_is_replaced(tmp_path: Path) -> None:
    write(tmp_path / "out", "old")
    write(tmp_path / "out")
    assert (tmp_path / "out/hf/a").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_other_folders_and_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/notes").write_text("mine")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match="no earlier export"):
        write(tmp_path / "out")
    with pytest.raises(UserError, match="is no folder"):
        write(tmp_path / "file")
    assert (tmp_path / "out/notes").read_text() == "mine"


def test_an_earlier_export_with_a_file_of_somebodys_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "out", "old")
    (tmp_path / "out/hf/notes").write_text("mine")
    with pytest.raises(UserError, match="hf/notes"):
        write(tmp_path / "out")
    assert (tmp_path / "out/hf/a").read_text() == "old"


def test_where_the_work_fails_the_earlier_export_stays(tmp_path: Path) -> None:
    write(tmp_path / "out", "old")
    with pytest.raises(KeyboardInterrupt):
        write_half(tmp_path / "out")
    assert (tmp_path / "out/hf/a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_where_the_new_folder_can_not_take_its_place_the_earlier_export_stays(tmp_path: Path) -> None:
    write(tmp_path / "out", "old")
    with pytest.raises(UserError, match="can't be written"):
        write_without_a_folder(tmp_path / "out")
    assert (tmp_path / "out/hf/a").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_changed_since_is_named(tmp_path: Path) -> None:
    write(tmp_path / "out")
    assert changed_files(tmp_path / "out", "hf") == []
    (tmp_path / "out/hf/a").write_text("other")
    (tmp_path / "out/hf/b").write_text("")
    assert changed_files(tmp_path / "out", "hf") == ["hf/a", "hf/b"]
    assert (tmp_path / "out" / MANIFEST).exists()
