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
    if names and prefix:
        raise UserError(f"--prefix {prefix}: goes with --study, or no names; write names in full")
    if not output.name.endswith(SUFFIX):
        raise UserError(f"-o {output}: expected a name that ends in {SUFFIX}")
    source = Source(archives)
    chosen = [f"{prefix}{name}" for name in named(study)] if study else names or source.names(prefix)
    runs = [source.find(name).whole() for name in dict.fromkeys(chosen)]
    write_archive(output, runs)
    print(f"{output}: {len(runs)} runs, {output.stat().st_size / 1e6:.2f} MB")
    elsewhere = source.elsewhere(run.name for run in runs)
    if elsewhere:
        print(elsewhere)
