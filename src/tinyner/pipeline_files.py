"""Files that the pipeline makes: what to do where one is not here, and whether it is as its stage wrote it.

DVC's lock has the MD5 of each output. DVC itself compares it only where a file's time of change is another.
"""

import functools
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tinyner.errors import UserError

_STAGES = Path("dvc.yaml")
_LOCK = Path("dvc.lock")
_CONFIGS = (Path(".dvc/config"), Path(".dvc/config.local"))
_FOLDERS = ("data", "models", "predictions")  # of the outputs that commands read


def advice(path: Path) -> str | None:
    """Return the commands that bring a missing output of the pipeline, in words; None where no stage makes it.

    ``dvc pull`` is named where the project has a remote and its lock has the output: a clone has the lock at once, and
    the outputs after a pull.

    Args:
        path: of the output, or of a file in it, in the current directory's project or in another project.
    """
    for project, name in _places(path):
        if (stage := _stage_of(project, name)) is None:
            continue
        make = f"`dvc repro {stage}`"
        if not _has_remote(project) or not (project / _LOCK).exists():
            return f"run {make}"
        return f"run `dvc pull` to fetch it from your remote, or {make} to make it"
    return None


def missing(path: Path) -> str:
    """Return what is said of an input of a command or stage that is not there."""
    if (text := advice(path)) is not None:
        return f"{path}: is not here; {text}"
    if path.parts[:1] in [(folder,) for folder in _FOLDERS] and not _STAGES.exists():
        return f"{path}: is not here, nor is a project (dvc.yaml); run this at the root of a clone"
    return f"{path}: can't be read: {os.strerror(2)}"


def check(path: Path) -> None:
    """Hold a file that is about to be read against DVC's lock, where that has it as an output of a stage.

    A stage that was started by hand reads what lies there, and a line says so.

    Raises:
        OSError: where it can't be read.
        UserError: where it is another, or the lock can't be read.
    """
    for project, name in _places(path):
        try:
            outs = _outs_of((project / _LOCK).read_bytes())
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise UserError(f"{project / _LOCK}: can't be read ({error}); bring it back with git") from None
        for out, (stage, md5) in outs.items():
            if out == name:
                with path.open("rb") as file:
                    is_same = hashlib.file_digest(file, "md5").hexdigest() == md5
            elif out in name.parents:
                if not (project / out).is_dir():
                    raise FileNotFoundError(os.fspath(path))
                is_same = folder_md5(project / out) == md5
            else:
                continue
            if not is_same:
                _say(path, project / out, stage)


def check_folder(folder: Path) -> None:
    """Hold a folder that a stage writes against DVC's lock; see ``check``."""
    check(folder / "any file")


def _say(path: Path, out: Path, stage: str) -> None:
    running, is_by_hand = os.environ.get("DVC_STAGE"), False
    main = getattr(sys.modules["__main__"], "__spec__", None)
    if running is None and main is not None and main.name.startswith("tinyner.") and main.name.endswith(".__main__"):
        running, is_by_hand = main.name.split(".")[1], True
    if running == stage:  # it has just written it
        return
    what = f"{path}: is not what {_LOCK} has of stage {stage}"
    if is_by_hand:
        print(f"tinyner: {what}; taken as it is, since no `dvc repro` runs", file=sys.stderr)
        return
    raise UserError(
        f"{what}: it was changed or damaged since; delete {out}, then `dvc checkout {out}` brings it back, or "
        f"`dvc repro -f {stage}` makes it; where you changed it on purpose, `dvc commit {stage}`"
    )


@functools.lru_cache(4)
def _outs_of(lock: bytes) -> Mapping[Path, tuple[str, str]]:
    """Return the outputs in a lock, each with its stage and its MD5.

    Raises:
        ValueError: where it is no lock.
    """
    import yaml  # noqa: PLC0415, only in a project

    from tinyner.quick_yaml import read_values  # noqa: PLC0415, the same

    try:
        stages = read_values(lock.decode(), yaml.SafeLoader)["stages"]
        return {
            Path(row["path"]): (stage, row["md5"])
            for stage, content in stages.items()
            for row in content.get("outs", ())
            if row.get("hash") == "md5"  # else of an older DVC, which took \r\n for \n
        }
    except (yaml.YAMLError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error).partition("\n")[0] or type(error).__name__) from None


def folder_md5(folder: Path) -> str:
    """Return the hash of a folder as dvc.lock has it: of the names and MD5 hashes of its files."""
    files = sorted((path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file())
    stamps = tuple((name, *_stamp(path)) for name, path in files)
    return _folder_md5(folder.absolute(), stamps)


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


@functools.lru_cache(16)
def _folder_md5(folder: Path, stamps: tuple[tuple[str, int, int, int], ...]) -> str:
    rows = []
    for name, *_ in stamps:
        with (folder / name).open("rb") as file:
            rows.append({"md5": hashlib.file_digest(file, "md5").hexdigest(), "relpath": name})
    return f"{hashlib.md5(json.dumps(rows, sort_keys=True).encode()).hexdigest()}.dir"  # noqa: S324, DVC's


def _places(path: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each folder above a path that may be a project, and the path from there."""
    yield from ((folder, path.relative_to(folder)) for folder in path.parents if (folder / _STAGES).is_file())


def _stage_of(project: Path, name: Path) -> str | None:
    """Return the stage that makes a file, by dvc.yaml; None where there is none, or dvc.yaml can't be read."""
    import yaml  # noqa: PLC0415, only after a mistake

    try:
        stages: dict[str, Any] = yaml.safe_load((project / _STAGES).read_text(encoding="utf-8"))["stages"]
        for stage, content in stages.items():
            for entry in [*content.get("outs", ()), *content.get("metrics", ())]:
                out = Path(entry if isinstance(entry, str) else next(iter(entry)))
                if out == name or out in name.parents:
                    return stage
    except (OSError, ValueError, yaml.YAMLError, LookupError, TypeError, AttributeError, StopIteration):
        return None  # DVC says what is wrong with its file
    return None


def _has_remote(project: Path) -> bool:
    """Return whether a remote is set up here; DVC's files are INI files with sections such as ['remote "team"']."""
    for config in _CONFIGS:
        try:
            lines = (project / config).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            continue
        if any(line.lstrip().startswith(("['remote ", '["remote ', "[remote ")) for line in lines):
            return True
    return False
