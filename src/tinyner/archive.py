"""``tinyner archive``: runs, their predictions included, in one file that git can hold."""

from collections.abc import Sequence
from pathlib import Path

from tinyner.errors import UserError
from tinyner.experiments import named
from tinyner.revisions import Source
from tinyner.runs import write_archive

SUFFIX = ".jsonl.xz"


def run(names: Sequence[str], archives: Sequence[str], study: str | None, prefix: str, output: Path) -> None:
    """Write the runs named, those of a study, or all that are recorded on the current commit.

    Raises:
        UserError: where one is not there, or not kept whole.
    """
    if names and study:
        raise UserError("give names or --study, not both")
    if not output.name.endswith(SUFFIX):
        raise UserError(f"-o {output}: expected a name that ends in {SUFFIX}")
    source = Source(archives)
    chosen = [f"{prefix}{name}" for name in named(study)] if study else names
    chosen = chosen or [name for name in source.names() if name.startswith(prefix)]
    if not chosen:
        raise UserError(
            "no experiment is recorded on this commit; name some runs, or make them: `tinyner study table2`"
        )
    runs = [source.find(name).whole() for name in dict.fromkeys(chosen)]
    write_archive(output, runs)
    print(f"{output}: {len(runs)} runs, {output.stat().st_size / 1e6:.2f} MB")
