"""Which files are labelled, and what each becomes."""

import glob
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tinyner.errors import UserError, listed
from tinyner.plurals import number
from tinyner.predict.output_format import OutputFormat
from tinyner.predict.source import ENDINGS, READ
from tinyner.shards.storage import file_system, followed, join, reaching, version_of

FORMATS: tuple[OutputFormat, ...] = ("jsonl", "conll", "csv", "tsv")
RECORDS = "_tinyner"  # in the folder of the output; what reads folders of shards leaves out such names
_GZIP = ".gz"


@dataclass(frozen=True)
class Shard:
    """A file of texts and the file that it becomes: paths or URLs."""

    source: str
    target: str
    record: str  # says that the target is whole, and what it was made of
    size: int  # bytes
    version: str  # another one once the file is changed


@dataclass(frozen=True)
class Plan:
    """The shards in the order of their names, and files in folders that are none."""

    shards: list[Shard]
    left_out: list[str]


def plan_of(names: Sequence[str], output: str, chosen: OutputFormat) -> Plan:
    """Return the shards of folders, patterns and files.

    Of a folder these are all files, in folders below it too, whose endings are those of texts; names in it that begin
    with a stop or an underscore are no shards, as for Spark and Arrow. A shard's target has the same place below
    ``output`` as it has in its folder.

    Args:
        names: paths or URLs of folders, patterns (``*``, ``?``, ``[...]``) or files.
        output: path or URL of the folder that is written.
        chosen: the format that is written.

    Raises:
        UserError: where one is not there, two would become the same file, or the output would be read as well.
    """
    shards: dict[str, Shard] = {}
    left_out: list[str] = []
    for name in names:
        for source, relative, info in _files(name, output, left_out):
            renamed = _renamed(relative, chosen)
            target, record = join(output, renamed), join(output, f"{RECORDS}/{renamed}.json")
            if target in shards and shards[target].source != source:
                raise UserError(f"{source} and {shards[target].source} would both become {target}; rename one of them")
            shards[target] = Shard(source, target, record, int(info["size"]), version_of(info))
    sources = {file_system(shard.source)[1] for shard in shards.values()}
    for target, shard in shards.items():
        if file_system(target)[1] in sources:
            raise UserError(f"-o {output}: {shard.source} would be written over one of the files that are read")
    return Plan([shards[target] for target in sorted(shards)], left_out)


def _files(name: str, output: str, left_out: list[str]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return the files of a name: how they are called, how relative to the folder, what the file system says of them.

    Raises:
        UserError: where there are none.
    """
    if name == "-":
        raise UserError("-: standard input becomes no folder; name a file: -o FILE")
    system, path = file_system(name)
    with reaching(name):
        if system.isfile(path):
            return [(name, posixpath.basename(path), followed(system, path, system.info(path)))]
        is_folder = system.isdir(path)
        if is_folder:
            folder, root, infos = name, path, system.find(path, detail=True)
        elif glob.has_magic(name):
            folder, root, infos = _root(name), _root(path), system.glob(path, detail=True)
        else:
            raise UserError(f"{name}: no such file or folder; expected {READ}")
    if is_folder or "**" in name:
        _check_output_is_elsewhere(name, root, output)
    files, others = [], []
    for place, listed_info in sorted(infos.items()):
        relative = place.removeprefix(root).lstrip("/")
        if is_folder and any(part.startswith((".", "_")) for part in relative.split("/")):
            continue
        with reaching(place):
            info = followed(system, place, listed_info)
        if info["type"] != "file" or (is_folder and not _is_text(relative)):
            others.append(relative)
        else:
            files.append((join(folder, relative) if folder else relative, relative, info))
    if not files:
        of_others = f", but {number(len(others), 'file')} of other kinds" if others else ""
        endings = listed(sorted(ENDINGS))
        raise UserError(f"{name}: has no shard{of_others}; expected files that end in {endings}, perhaps gzipped")
    left_out += others
    return files


def _check_output_is_elsewhere(name: str, root: str, output: str) -> None:
    """Raise a UserError where the next run would read what this one writes."""
    path = file_system(output)[1].rstrip("/")
    if path == root.rstrip("/") or path.startswith(f"{root.rstrip('/')}/"):
        raise UserError(f"-o {output}: lies in {name}, whose files are read; name a folder elsewhere")


def _root(pattern: str) -> str:
    """Return the folder before the first part of a pattern that is no plain name.

    >>> _root("/texts/2024-*/part-?.jsonl"), _root("s3://bucket/*"), _root("*.jsonl"), _root("/*.jsonl")
    ('/texts', 's3://bucket', '', '/')
    """
    parts = pattern.split("/")
    root = "/".join(parts[: next(index for index, part in enumerate(parts) if glob.has_magic(part))])
    return root or pattern[:1].strip("*?[")  # "/" where the first folder below it is none


def _is_text(name: str) -> bool:
    return posixpath.splitext(name.removesuffix(_GZIP))[1].lower() in ENDINGS


def _renamed(name: str, chosen: OutputFormat) -> str:
    """Return a shard's name with the ending of what is written; what was gzipped is gzipped again.

    >>> _renamed("a/part-0.parquet", "jsonl"), _renamed("part-1.jsonl.gz", "conll"), _renamed("v1.2", "jsonl")
    ('a/part-0.jsonl', 'part-1.conll.gz', 'v1.2.jsonl')
    """
    packing = _GZIP if name.endswith(_GZIP) else ""
    stem, ending = posixpath.splitext(name.removesuffix(_GZIP))
    return f"{stem if ending.lower() in ENDINGS else stem + ending}.{chosen}{packing}"
