"""``tinyner report``: gather, draw, write."""

from collections.abc import Sequence
from pathlib import Path

from tinyner.report.material import Material, Source, archived, corpus, workspace
from tinyner.report.page import page
from tinyner.rows import atomic

OUTPUT = Path("reports/report.html")


def run(archives: Sequence[str], data: Sequence[Path], output: Path = OUTPUT) -> None:
    """Write the report.

    Args:
        archives: each ``FILE`` or ``PREFIX=FILE``; none: the run that the workspace holds.
        data: repositories whose sentences and replies are shown, this one where none is named.
        output: the HTML file.

    Raises:
        UserError: where a run can't be read.
    """
    if archives:
        runs, sources = archived(archives)
    else:
        one = workspace()
        runs, sources = {one.name: one}, [Source("the workspace", None, 1)]
    corpora = [corpus(root) for root in data or [Path()]]
    text = page(Material(runs, sources, corpora)).encode()
    with atomic(output) as file:
        file.write(text)
    print(f"{output}: {len(runs)} {'run' if len(runs) == 1 else 'runs'}, {len(text):,} bytes")
    for one_corpus in corpora:
        if one_corpus.missing:
            print(f"without {', '.join(one_corpus.missing)}, which `dvc repro align` makes: some sections say so")
