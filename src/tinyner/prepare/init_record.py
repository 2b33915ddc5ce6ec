"""What ``tinyner init`` notes down of its work, in data/own: the files that it wrote, and what it made them of."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tinyner.files import sha256_file

NAME = ".init.json"


@dataclass(frozen=True)
class Record:
    """Files by their paths from the repository's root, each with the sha256 that it had.

    Attributes:
        written: by init; in the corpus folder and in prompts/.
        read: the user's files in the corpus folder of which others were made, such as a file that was split.
        sources: the sha256 of each file that init made others of, wherever it lies, the clone's own examples aside;
            None where it was not noted down.
    """

    written: Mapping[str, str] = field(default_factory=dict)
    read: Mapping[str, str] = field(default_factory=dict)
    sources: Sequence[str] | None = None

    def to_json(self) -> bytes:
        """Return the content of the file that ``load`` reads."""
        content = {
            "written": dict(sorted(self.written.items())),
            "read": dict(sorted(self.read.items())),
            "sources": None if self.sources is None else sorted(self.sources),
        }
        return json.dumps(content, ensure_ascii=False, indent=2).encode(errors="surrogateescape") + b"\n"


def load(folder: Path) -> Record:
    """Return the record in a corpus folder; an empty one where there is none that can be read.

    Nothing rests on it but what is called unused, and what init may remove.
    """
    try:
        content = json.loads((folder / NAME).read_bytes().decode(errors="surrogateescape"))
        written, read = _hashes(content["written"]), _hashes(content["read"])
        sources = content.get("sources")
        return Record(written, read, None if sources is None else list(sources))
    except (OSError, ValueError, KeyError, TypeError):
        return Record()


def is_unchanged(path: Path, sha256: str | None) -> bool:
    """Return whether a file is there and has this sha256."""
    return sha256 is not None and path.is_file() and sha256_file(path) == sha256


def _hashes(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(sha256, str) for sha256 in value.values()):
        raise TypeError("no mapping of paths to hashes")
    return value
