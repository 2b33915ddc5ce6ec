"""The files that a call reads: named, by patterns, or standard input."""

import glob
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tinyner.errors import UserError
from tinyner.predict.source import READ, Source, size_of
from tinyner.predict.text import Text
from tinyner.predict.texts import Skipped, read_texts

STDIN = Path("-")


def paths_of(names: Sequence[str | Path]) -> list[Path]:
    """Return the files of names and patterns (``*``, ``?``, ``[...]``, ``**``), each once, in the order of the names.

    Files of a pattern are in the order of their names. A file whose name is like a pattern is that file.

    Raises:
        UserError: naming what is not there, or a pattern that no file has.
    """
    paths: list[Path] = []
    for name in names:
        path = Path(name)
        if path == STDIN or (path.exists() and not path.is_dir()):
            paths.append(path)
        elif glob.has_magic(str(name)) and not path.exists():
            matching = [Path(match) for match in sorted(glob.glob(str(name), recursive=True))]  # noqa: PTH207, any pattern
            if not (files := [match for match in matching if not match.is_dir()]):
                raise UserError(f"{name}: no file has such a name; expected {READ}")
            paths += files
        elif path.is_dir():
            raise UserError(
                f"{path}: is a folder; expected {READ}; for a folder say '{path}/*'; with -o FOLDER/ each file becomes "
                "one"
            )
        else:
            raise UserError(f"{path}: no such file; expected {READ}, or - for standard input")
    return list(dict.fromkeys(paths))


class Inputs:
    """The texts of some files, one file behind the other."""

    def __init__(self, paths: Sequence[Path], column: str | None = None, skipped: Skipped | None = None) -> None:
        """Take what is to be read, but read nothing yet.

        Args:
            paths: of the files; ``-``: standard input.
            column: that has the texts or words; None: the usual one.
            skipped: where to count lines that can't be read; None: the first of them is an error.
        """
        self.paths = list(paths)
        self.column = column
        self.skipped = skipped
        self._opened: dict[Path, Source] = {}
        self._sizes = [size_of(path) for path in self.paths]
        self._index = 0
        self._source: Source | None = None
        self.is_at_end = False  # all texts have been read

    @property
    def can_be_read_again(self) -> bool:
        """Whether all are files, and none a pipe."""
        return None not in self._sizes

    def check(self) -> None:
        """Read all files, so that what is wrong with the last line is said before the first one is labelled.

        What can be read only once is opened, so that its format is known; so are all files where lines may be skipped.

        Raises:
            UserError: where a file can't be read.
        """
        for path, size in zip(self.paths, self._sizes, strict=True):
            source = Source(path, self.column)
            if size is None:
                self._opened[path] = source
            elif self.skipped is None:
                source.is_silent = True  # it is read again
                for _ in read_texts(source, None, self.column):
                    pass
            else:
                source.close()

    @property
    def is_interactive(self) -> bool:
        """Whether somebody types the texts."""
        return any(source.is_interactive for source in self._opened.values())

    def texts(self) -> Iterator[Text]:
        """Yield all texts; where there are several files, with their names.

        Raises:
            UserError: where a line can't be read and none is to be skipped.
        """
        for index, path in enumerate(self.paths):
            self._index = index
            self._source = self._opened.pop(path, None) or Source(path, self.column)
            for text in read_texts(self._source, self.skipped, self.column):
                yield replace(text, file=str(path)) if len(self.paths) > 1 else text
        self.is_at_end = True

    def share(self) -> float | None:
        """Return which share of the bytes is read; None where their number is not known."""
        if self.is_at_end:
            return 1.0
        sizes = [size for size in self._sizes if size is not None]
        if len(sizes) < len(self._sizes) or self._source is None or not sum(sizes):
            return None
        return min(1.0, (sum(sizes[: self._index]) + self._source.position()) / sum(sizes))
