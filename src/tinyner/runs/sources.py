"""Sources of runs by name: the protocol, archives, and runs that are already read."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tinyner.errors import UserError
from tinyner.runs.archive import read_archive
from tinyner.runs.run import Run


class NoRepositoryError(UserError):
    """There is no DVC repository here."""


class RunSource(Protocol):
    """Where runs are found by name. An implementation inherits from this, and has at least the first four."""

    @property
    def place(self) -> str:
        """Where the experiments of a study are looked for, in words."""
        ...

    def names(self, prefix: str = "") -> list[str]:
        """Return the names of all runs that begin with ``prefix``, in their order.

        Raises:
            UserError: where there is none.
        """
        ...

    def get(self, name: str) -> Run | None:
        """Return the run of that name, or None where there is none.

        Raises:
            UserError: where the name is no name, or that of several runs, or the run can't be read.
        """
        ...

    def choices(self) -> list[str]:
        """Return all names, for a hint where one is misspelt."""
        ...

    def find(self, name: str) -> Run:
        """Return the run of that name; without one, raise a UserError that offers similar names."""
        run = self.get(name)
        if run is None:
            near = difflib.get_close_matches(name, self.choices(), 3, 0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "see `dvc exp list --all-commits`, `git branch -a`"
            raise UserError(f"{name}: no experiment, branch, tag or commit here, nor in an archive given; {hint}")
        return run

    def of_study(self, name: str) -> Run | None:
        """Return the run of a name that a study gives and no user typed: if archives were given, only from these."""
        return self.get(name)

    def elsewhere(self, names: Iterable[str]) -> str:
        """Return a note on names that were taken from the repository although archives were given; "" without any."""
        return ""


class FixedSource(RunSource):
    """Runs already read, by name, and no others."""

    def __init__(self, runs: Mapping[str, Run], place: str = "here") -> None:
        """Take the runs, and where they are, in words."""
        self._runs, self._place = runs, place

    @property
    def place(self) -> str:
        """The place that the runs were said to be in."""
        return self._place

    def names(self, prefix: str = "") -> list[str]:
        """Return those that begin with ``prefix``; there may be none."""
        return [name for name in self._runs if name.startswith(prefix)]

    def get(self, name: str) -> Run | None:
        """Return one of them."""
        check_name(name)
        return self._runs.get(name)

    def choices(self) -> list[str]:
        """Return all their names."""
        return list(self._runs)


class ArchiveSource(FixedSource):
    """The runs of archives."""

    def __init__(self, archives: Sequence[str]) -> None:
        """Read the archives.

        Args:
            archives: files that `tinyner archive` wrote, each as ``FILE`` or ``PREFIX=FILE``; the prefix goes before
                the names of its runs, to tell archives with the same experiments apart.

        Raises:
            UserError: where one can't be read, or two have a name in common.
        """
        runs: dict[str, Run] = {}
        archive_of: dict[str, str] = {}
        for archive in archives:
            prefix, file = prefix_and_file(archive)
            for run in read_archive(Path(file)).values():
                name = f"{prefix}{run.name}"
                if name in runs:
                    raise UserError(
                        f"--from {archive}: {name} is in {archive_of[name]} as well; tell them apart by a prefix, "
                        f"e.g. --from b-={file}"
                    )
                archive_of[name] = archive
                runs[name] = run.renamed(name) if prefix else run
        super().__init__(runs, f"in {', '.join(archives)}")
        self._archives = archives

    def names(self, prefix: str = "") -> list[str]:
        """Return those that begin with ``prefix``; see ``RunSource.names``."""
        if not self._runs:
            raise UserError(f"{', '.join(self._archives)}: no run in it")
        return beginning_with(prefix, list(self._runs), ", ".join(self._archives))


def prefix_and_file(archive: str) -> tuple[str, str]:
    """Return the prefix and the file of an archive as it was named, ``FILE`` or ``PREFIX=FILE``.

    >>> prefix_and_file("weak-=runs/a=b.jsonl.xz"), prefix_and_file("runs.jsonl.xz")
    (('weak-', 'runs/a=b.jsonl.xz'), ('', 'runs.jsonl.xz'))
    """
    prefix, equals, file = archive.partition("=")
    return (prefix, file) if equals and not Path(archive).exists() else ("", archive)


def beginning_with(prefix: str, names: Sequence[str], where: str) -> list[str]:
    """Return those names that begin with ``prefix``.

    Args:
        prefix: what ``--prefix`` says.
        names: at least one.
        where: they are from, in words.

    Raises:
        UserError: where none does.
    """
    matching = [name for name in names if name.startswith(prefix)]
    if not matching:
        some = f"{', '.join(names[:3])}{', ...' if len(names) > 3 else ''}"
        raise UserError(f"--prefix {prefix}: no name in {where} begins so; there are {some}")
    return matching


def check_name(name: str) -> None:
    """Raise a UserError where a name is empty."""
    if not name:
        raise UserError("'' is no name of a run; for the files as they lie here say workspace")
