"""The source of a command's runs: the archives on its command line, then the repository."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from tinyner.runs.run import Run
from tinyner.runs.sources import ArchiveSource, NoRepositoryError, RunSource


class ArchivesFirst(RunSource):
    """Archives, then, for names that are in none of them, the repository."""

    def __init__(self, archives: ArchiveSource) -> None:
        """Take the archives; the repository is not looked at before it is needed."""
        self._archives = archives

    @cached_property
    def _repository(self) -> RunSource:
        from tinyner.runs.repository import RepositorySource  # noqa: PLC0415, DVC takes seconds to import

        return RepositorySource()

    @property
    def place(self) -> str:
        """The archives."""
        return self._archives.place

    def names(self, prefix: str = "") -> list[str]:
        """Return the names in the archives; see ``RunSource.names``."""
        return self._archives.names(prefix)

    def get(self, name: str) -> Run | None:
        """Return the run of that name, out of an archive if possible."""
        try:
            return self._archives.get(name) or self._repository.get(name)
        except NoRepositoryError:
            return None

    def choices(self) -> list[str]:
        """Return the names in the archives, then those in the repository."""
        try:
            return list(dict.fromkeys([*self._archives.choices(), *self._repository.choices()]))
        except NoRepositoryError:
            return self._archives.choices()

    def of_study(self, name: str) -> Run | None:
        """Return the run of that name out of an archive, and from nowhere else."""
        return self._archives.get(name)

    def elsewhere(self, names: Iterable[str]) -> str:
        """Return a note on names that are in no archive; see ``RunSource.elsewhere``."""
        others = dict.fromkeys(name for name in names if self._archives.get(name) is None)
        return f"Not from an archive, but from this repository: {', '.join(others)}." if others else ""


def open_source(archives: Sequence[str] = ()) -> RunSource:
    """Return where a command finds runs: in these archives, then in the repository here.

    Args:
        archives: each as ``FILE`` or ``PREFIX=FILE``, see ``ArchiveSource``.

    Raises:
        UserError: where an archive can't be read, or two of them have a name in common.
    """
    if archives:
        return ArchivesFirst(ArchiveSource(archives))
    from tinyner.runs.repository import RepositorySource  # noqa: PLC0415, DVC takes seconds to import

    return RepositorySource()
