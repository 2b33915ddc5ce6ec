"""Write a folder for BRAT: for each file that is read a document, NAME.txt, with its entities in NAME.ann.

BRAT reads types of some ASCII signs alone. Where others are called something else, visual.conf has what BRAT shows.
"""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from tinyner.errors import UserError
from tinyner.predict.labelling import Counts, Entity, Labelled
from tinyner.predict.writers import utf8
from tinyner.terminal import harmless
from tinyner.unfinished import scratch

_LABELS = "[labels]\n{labels}\n\n[drawing]\n"
_CONFIG = "[entities]\n{types}\n\n[relations]\n\n[events]\n\n[attributes]\n"


class BratFolder:
    """An unfinished folder; ``finish`` puts it where it belongs.

    A document has its texts in the lines where they stand in plain text, else a text a line. Offsets count code
    points of the document.
    """

    def __init__(self, target: Path, names: Sequence[str]) -> None:
        """Begin beside the target.

        Args:
            target: the folder that is to be.
            names: of the files that are read, as their texts have them; a single one's texts have none.

        Raises:
            UserError: where there is such a folder that is not empty, or none can be made.
        """
        check_folder(target)
        self._target = target
        self._stack = ExitStack()
        self._documents = _document_names(names)
        self._single = names[0] if len(names) == 1 else ""
        self._files: tuple[IO[bytes], IO[bytes]] | None = None
        self._line = self._place = self._count = 0
        self._current: str | None = None
        self._types: dict[str, str] = {}
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._unfinished = self._stack.enter_context(scratch(target.parent, f".{target.name}-")) / "made"
            self._unfinished.mkdir()
        except OSError as error:
            self._stack.close()
            raise UserError(f"-o {target}: can't be written: {error.strerror}; name another folder") from None

    def write(self, texts: Sequence[Labelled]) -> None:
        """Write texts; those of a file come one behind the other."""
        for labelled in texts:
            name = labelled.text.file or self._single
            if name != self._current:
                self._open(name)
            self._write(labelled)

    def finish(self, counts: Counts) -> None:
        """Write which types there are, and put the folder into its place."""
        for name in self._documents:
            if not (self._unfinished / f"{self._documents[name]}.txt").exists():
                self._open(name)
        self._close()
        types = "\n".join(sorted(self._type(label) for label in counts.labels))
        changed = sorted((self._type(label), label) for label in counts.labels if self._type(label) != label)
        if changed:
            labels = "\n".join(f"{name} | {harmless(label)}" for name, label in changed)
            (self._unfinished / "visual.conf").write_bytes(utf8(_LABELS.format(labels=labels)))
        (self._unfinished / "annotation.conf").write_bytes(utf8(_CONFIG.format(types=types)))
        if self._target.exists():
            self._target.rmdir()
        self._unfinished.replace(self._target)

    def discard(self) -> None:
        """Remove what is unfinished, if anything is."""
        self._close()
        self._stack.close()

    def _open(self, name: str) -> None:
        self._close()
        path = self._unfinished / self._documents[name]
        # Until the next document begins; _close closes them.
        self._files = Path(f"{path}.txt").open("wb"), Path(f"{path}.ann").open("wb")  # noqa: SIM115
        self._current = name
        self._line, self._place, self._count = 1, 0, 0

    def _close(self) -> None:
        for file in self._files or ():
            file.close()
        self._files = None

    def _write(self, labelled: Labelled) -> None:
        assert self._files
        text_file, entity_file = self._files
        text = labelled.text
        is_plain = not text.row
        blank = "\n" * (text.line - self._line) if is_plain else ""
        text_file.write(utf8(f"{blank}{text.text}\n"))
        begin = self._place + len(blank)
        for entity in labelled.entities:
            self._count += 1
            entity_file.write(utf8(_lines(self._count, entity, self._type(entity.label), begin, text.text)))
        self._line = text.line + 1
        self._place = begin + len(text.text) + 1

    def _type(self, label: str) -> str:
        """Return a type as BRAT can read it, another name for each type."""
        if label not in self._types:
            name = brat_name(label)
            number = 1
            while (unique := name if number == 1 else f"{name}_{number}") in self._types.values():
                number += 1
            self._types[label] = unique
        return self._types[label]


def check_folder(target: Path) -> None:
    """Check that a folder can be made there.

    Raises:
        UserError: where something is there but an empty folder.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f"-o {target}: is there already; name a new folder")


def brat_name(label: str) -> str:
    """Return a type as BRAT can read it: other signs than letters, digits, - and _ are _.

    >>> brat_name("WORK OF.ART")
    'WORK_OF_ART'
    """
    return re.sub(r"[^A-Za-z0-9_-]", "_", label)


def _lines(number: int, entity: Entity, label: str, begin: int, text: str) -> str:
    """Return the line of an entity, its type as BRAT has it, and that of its score; a line end begins a new range."""
    ranges = []
    place = entity.start
    for part in text[entity.start : entity.end].split("\n"):
        if part:
            ranges.append((begin + place, begin + place + len(part), part))
        place += len(part) + 1
    places = ";".join(f"{start} {end}" for start, end, _ in ranges)
    content = " ".join(part for _, _, part in ranges)
    line = f"T{number}\t{label} {places}\t{content}\n"
    return line if entity.score is None else f"{line}#{number}\tAnnotatorNotes T{number}\tscore {entity.score:.4f}\n"


def _document_names(names: Sequence[str]) -> dict[str, str]:
    """Return the name of each file's document, each another.

    >>> _document_names(["a/mine.txt", "b/mine.txt", "notes.csv.gz", "-"])
    {'a/mine.txt': 'mine', 'b/mine.txt': 'mine_2', 'notes.csv.gz': 'notes', '-': 'stdin'}
    """
    documents: dict[str, str] = {}
    for name in names:
        path = Path(name.removesuffix(".gz"))
        stem = "stdin" if name == "-" else path.stem.lstrip(".") or "document"
        number = 1
        while (document := stem if number == 1 else f"{stem}_{number}") in documents.values():
            number += 1
        documents[name] = document
    return documents
