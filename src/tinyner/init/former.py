"""What lies in the clone before ``tinyner init`` writes: what may be overwritten, what goes, what stays."""

import hashlib
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from tinyner import fetch
from tinyner.files import sha256_file
from tinyner.init import project
from tinyner.init.project import OWN, PROMPTS
from tinyner.params import PARAMS_FILE, Params, read_yaml
from tinyner.prepare import init_record, unused_files
from tinyner.prepare.init_record import Record


def moves(lost: Sequence[Path], record: Record, sources: Collection[str]) -> Iterator[tuple[Path, Path]]:
    """Yield the files that no commit and no cache of DVC's has as they are, and where they are moved to.

    Those that init wrote and nobody changed can be made again, as long as what they were made of is there.

    Args:
        lost: files that are to be overwritten or removed.
        record: of what init wrote before.
        sources: the sha256 of the files that init reads now.
    """
    can_be_made = record.sources is not None and set(record.sources) <= set(sources)
    for path in lost:
        is_made = can_be_made and init_record.is_unchanged(path, record.written.get(str(path)))
        if not is_made and not _is_held(path):
            endings = itertools.chain([""], map(str, itertools.count(2)))
            names = (f"{path.stem}.before{ending}{path.suffix}" for ending in endings)
            yield path, next(free for name in names if not (free := path.with_name(name)).exists())


def leftovers(params: Params, record: Record, used: Collection[Path]) -> dict[Path, str]:
    """Return the files of the project before that nothing uses, each with why it stays; "" where it can be had back.

    Args:
        params: of the new project.
        record: of what init wrote before.
        used: files that the new project uses, or that are gone otherwise.
    """
    used_annotators = params.annotate.names
    named = {project.inside(fetch.local(fetch.address(name))) for name in unused_files.named(params, used_annotators)}
    before = read_yaml(PARAMS_FILE.read_text(encoding="utf-8"))
    paths = [*map(Path, record.written), Path(str(before["prepare"]["target"]))]
    return {
        path: _why_it_stays(path, record)
        for path in dict.fromkeys(paths)
        if (path.parent == PROMPTS or OWN in path.parents) and path.is_file() and path not in used and path not in named
    }


def _why_it_stays(path: Path, record: Record) -> str:
    if str(path) not in record.written:
        return "init did not write it"
    if not init_record.is_unchanged(path, record.written[str(path)]):
        return "it has changed since init wrote it"
    if path.read_bytes().strip() and not _is_held(path):
        return "no commit has it" if path.parent == PROMPTS else "neither a commit nor DVC's cache has it"
    return ""


def _is_held(path: Path) -> bool:
    return project.is_held(path) or project.is_kept_by_dvc(path)


def new_record(
    record: Record,
    contents: Mapping[Path, bytes],
    written: Collection[Path],
    gone: Collection[Path],
    *,
    read: Collection[Path],
    sources: Collection[str],
) -> Record:
    """Return the record of what init has written and read.

    Args:
        record: the one before.
        contents: of the files that the project has from init.
        written: those of them that get other bytes now; the others count if init wrote them before.
        gone: files that are removed or moved.
        read: the user's files in data/own that others are made of.
        sources: the sha256 of all files that others are made of.
    """
    kept = {
        name: sha256
        for name, sha256 in record.written.items()
        if Path(name) not in contents and Path(name) not in gone and Path(name).is_file()
    }
    for path, content in contents.items():
        sha256 = hashlib.sha256(content).hexdigest()
        if path in written or record.written.get(str(path)) == sha256:
            kept[str(path)] = sha256
    return Record(kept, {str(path): sha256_file(path) for path in read}, sorted(sources))
