"""The folder of an export: built beside its place, and moved there when it is whole.

What it has stands in its manifest, export.json.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinyner.errors import UserError
from tinyner.files import sha256_file, write_json
from tinyner.unfinished import put_folder, scratch

MANIFEST = "export.json"
_FILES = "files"


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give a folder that Git ignores, which takes the place of ``target`` when the block ends without an error.

    Raises:
        UserError: where the target is neither new, nor empty, nor an earlier export without other files; or where it
            can't be written.
    """
    target = target.absolute()
    check_target(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with scratch(target.parent, f".{target.name}-") as temporary:
            made = temporary / "made"
            made.mkdir()
            (made / ".gitignore").write_text("# made by tinyner export: `git add` leaves it out\n*\n", encoding="utf-8")
            yield made
            check_target(target)  # somebody may have written there meanwhile
            put_folder(made, target, temporary / "before")
    except OSError as error:
        raise UserError(f"{target}: can't be written: {error.strerror or error}; name another folder") from None


def check_target(target: Path) -> None:
    """Check that nothing is lost where an export takes the place of a folder.

    Raises:
        UserError: where it is no folder, or has files that no export wrote.
    """
    if not target.exists():
        return
    if not target.is_dir():
        raise UserError(f"{target}: is no folder; name a new one")
    if not any(target.iterdir()):
        return
    files = read_manifest(target).get(_FILES)
    if not isinstance(files, dict):
        raise UserError(f"{target}: is not empty, and no earlier export ({MANIFEST} is missing); name a new folder")
    others = sorted(set(_names(target)) - {*files, MANIFEST})
    if others:
        raise UserError(
            f"{target}: has a file that no export wrote, {others[0]}, which would be lost; move it, or name a new "
            "folder"
        )


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Write what an export is, with the sizes and hashes of its files."""
    files = {
        name: {"bytes": (folder / name).stat().st_size, "sha256": sha256_file(folder / name)} for name in _names(folder)
    }
    write_json(folder / MANIFEST, {**content, _FILES: files})


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what the manifest of an export says; nothing where there is none, or it is damaged."""
    try:
        content: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
        is_whole = all(isinstance(row["sha256"], str) for row in content[_FILES].values())
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return {}
    return content if is_whole else {}


def changed_files(folder: Path, part: str) -> list[str]:
    """Return which files below a part of an export are not as its manifest says, or not in it at all."""
    files = read_manifest(folder).get(_FILES, {})
    listed = {name for name in files if name.startswith(f"{part}/")}
    there = {name for name in _names(folder) if name.startswith(f"{part}/")}
    changed = {name for name in listed & there if sha256_file(folder / name) != files[name]["sha256"]}
    return sorted((listed ^ there) | changed)


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
