"""``tinyner report``: gather, draw, write."""

from collections.abc import Sequence
from pathlib import Path

from tinyner.output import output as written
from tinyner.report.material import gathered
from tinyner.report.page import page


def run(names: Sequence[str], archives: Sequence[str], data: Sequence[Path], output: Path) -> None:
    """Write the report.

    Args:
        names: runs by name; none: all of the archives, or what the workspace holds.
        archives: each ``FILE`` or ``PREFIX=FILE``.
        data: repositories whose sentences and replies are shown, this one where none is named.
        output: the HTML file.

    Raises:
        UserError: where a run can't be read, or the file not be written.
    """
    material = gathered(names, archives, data or [Path()])
    text = page(material).encode()
    with written(output) as file:
        file.write(text)
    several = "run" if len(material.runs) == 1 else "runs"
    print(f"{output}: {len(material.runs)} {several}, {len(text):,} bytes")
    missing = dict.fromkeys(name for one in material.corpora for name in one.missing)
    if missing:
        print(f"some sections lack {', '.join(missing)}, which `dvc repro align` makes")
