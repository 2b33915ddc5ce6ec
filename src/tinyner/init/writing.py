"""Write a plan: all of it, or nothing; texts under DVC or, if the user says so, under Git."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tinyner.errors import UserError
from tinyner.files import atomic
from tinyner.init import ignoring, project
from tinyner.init.changes import Changes
from tinyner.init.options import Options
from tinyner.params import PARAMS_FILE


def write(what: Changes, options: Options) -> list[Path]:
    """Write a plan; where it can't be written to the end, leave the files as they were.

    Return the files that are written beside those of ``what``: .gitignore where another one lets texts in.

    Raises:
        UserError: where a file can't be written, or DVC fails.
    """
    beside: list[Path] = []
    try:
        with _all_or_nothing(_touched(what)):
            for path, place in what.moved.items():
                path.rename(place)
            for path, content in what.files.items():
                if content is None:
                    path.unlink()
                elif path != PARAMS_FILE:
                    _write(path, content)
            if what.from_dvc:
                project.dvc("remove", *map(str, what.from_dvc))
            for path in (*what.removed, *what.cleared):
                path.unlink(missing_ok=True)
            if not options.in_git:
                beside = ignoring.make_sure([*what.texts, *what.sources])
            if what.to_dvc:
                project.dvc("add", *map(str, what.to_dvc))
            params = what.files.get(PARAMS_FILE)
            if params is not None:
                _write(PARAMS_FILE, params)
    except OSError as error:
        raise UserError(f"init: {error.filename}: can't be written: {error.strerror}; nothing is changed") from None
    return beside


def _touched(what: Changes) -> set[Path]:
    """Return all files that writing may make, change or remove."""
    texts = [*what.texts, *what.sources]
    paths = [*what.files, *what.removed, *what.cleared, *what.moved, *what.moved.values(), *what.from_dvc]
    return {
        *(path for path in paths),
        *(project.dvc_file(path) for path in what.to_dvc),
        *(path.parent / ignoring.FILE for path in [*texts, *what.removed, *what.cleared, *what.from_dvc]),
    }


def _write(path: Path, content: bytes) -> None:
    with atomic(path) as file:
        file.write(content)


@contextmanager
def _all_or_nothing(paths: Iterable[Path]) -> Iterator[None]:
    """Restore these files where the block ends with an error."""
    before = {path: path.read_bytes() if path.exists() else None for path in paths}
    try:
        yield
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.read_bytes() != content:
                _write(path, content)
        raise
