"""All outputs of a run: standard output, files that a killed run takes up again, a folder."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tinyner.predict.labelling import Counts, Labelled
from tinyner.predict.output_format import OutputFormat, writer_of
from tinyner.predict.parts import Origin, Parts, parts
from tinyner.predict.write_brat import BratFolder
from tinyner.predict.writers import Writer


@dataclass(frozen=True)
class Outputs:
    """What is written.

    Attributes:
        target: a file, written whole or not at all; for BRAT a folder; None: standard output.
        format: as ``output_format.FORMATS``; None: by the target.
        page: an HTML file with the entities drawn in the texts, written besides; on a terminal, in place of the view.
    """

    target: Path | None = None
    format: str | None = None
    page: Path | None = None


class Sinks:
    """Outputs that are open."""

    def __init__(
        self, printed: Writer | None, files: Sequence[Writer], unfinished: Parts | None, folder: BratFolder | None
    ) -> None:
        """Write the beginnings, but of files that are taken up.

        Args:
            printed: writes to standard output; None: nothing does.
            files: write to the unfinished files.
            unfinished: None where there are no files.
            folder: for BRAT, or None.
        """
        self._printed, self._files, self._unfinished, self._folder = printed, files, unfinished, folder
        self.state: dict[str, Any] = {} if unfinished is None else unfinished.state
        self.write_to_terminal = printed is not None and sys.stdout.isatty()
        self.writes_files_alone = printed is None
        if not self.state:
            self._write(lambda writer: writer.begin())

    def write(self, block: Sequence[Labelled], counts: Counts) -> None:
        """Write texts; ``counts`` has these and those before."""
        self._write(lambda writer: writer.block(block, counts))
        if self._folder is not None:
            self._folder.write(block)

    def save(self, counts: Counts) -> None:
        """Save how far files are, where these alone are written: what is printed can't be taken up."""
        if self._unfinished is not None:
            self._unfinished.save(asdict(counts))

    def end(self, counts: Counts) -> None:
        """Write the ends."""
        self._write(lambda writer: writer.end(counts))
        if self._folder is not None:
            self._folder.finish(counts)

    def _write(self, content: Callable[[Writer], bytes]) -> None:
        if self._printed is not None:
            sys.stdout.buffer.write(content(self._printed))
            sys.stdout.buffer.flush()
        for index, writer in enumerate(self._files):
            assert self._unfinished is not None
            self._unfinished.write(index, content(writer))


@contextmanager
def opened(
    outputs: Outputs, chosen: OutputFormat, names: Sequence[str], origin: Callable[[], Origin] | None
) -> Iterator[Sinks]:
    """Open all outputs; files and folder take their places where the block ends without an error.

    Args:
        outputs: what is written.
        chosen: the format of the target, or of standard output.
        names: of the files that are read.
        origin: makes what files are made of; None: they can't be taken up.

    Raises:
        UserError: where a file can't be written.
    """
    has_page_alone = outputs.page is not None and outputs.format is None and chosen == "view"
    printed = writer_of(chosen, names) if outputs.target is None and not has_page_alone else None
    by_target: dict[Path, Writer] = {}
    folder = None
    with ExitStack() as stack:
        if outputs.target is not None and chosen == "brat":
            folder = BratFolder(outputs.target, names)
            stack.callback(folder.discard)
        elif outputs.target is not None:
            by_target[outputs.target] = writer_of(chosen, names)
        if outputs.page is not None:
            by_target[outputs.page] = writer_of("html", names)
        files_alone = printed is None and folder is None
        unfinished = stack.enter_context(parts(list(by_target), origin if files_alone else None)) if by_target else None
        yield Sinks(printed, list(by_target.values()), unfinished, folder)
