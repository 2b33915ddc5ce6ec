"""Files in folders and object stores, all reached through fsspec; local ones keep their paths."""

import contextlib
import importlib
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tinyner.errors import UserError
from tinyner.files import atomic

_VERSIONS = (
    "ETag",
    "etag",
    "generation",
    "md5Hash",
    "content_md5",
    "mtime",
    "LastModified",
    "last_modified",
    "modified",
)


_WHOLE = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oci", "oss"}
"""Object stores, in which a file is there when all of it is."""


def is_url(name: str) -> bool:
    """Return whether a name is that of an object store or another file system than this machine's.

    >>> is_url("s3://bucket/texts"), is_url("texts/a.jsonl"), is_url("C://x")
    (True, False, False)
    """
    protocol, separator, _ = name.partition("://")
    return bool(separator) and len(protocol) > 1


@contextlib.contextmanager
def reaching(name: str) -> Iterator[None]:
    """Turn whatever fsspec and the libraries below it raise into a line.

    Raises:
        UserError: in place of any other error, naming the file.
    """
    try:
        yield
    except UserError:
        raise
    except FileNotFoundError:
        raise UserError(f"{name}: no such file or folder") from None
    except PermissionError as error:
        raise UserError(f"{name}: access is denied ({_reason(error)}); check the permissions or credentials") from None
    except ImportError as error:
        raise UserError(f"{name}: {_reason(error)}; pip install it here and on all nodes") from None
    except ValueError as error:
        raise UserError(f"{name}: {_reason(error)}") from None
    except Exception as error:
        raise UserError(f"{name}: can't be reached ({type(error).__name__}: {_reason(error)})") from None


def _reason(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200].rstrip(".")


def file_system(name: str) -> tuple[Any, str]:
    """Return the file system of a path or URL, and the path in it.

    Raises:
        UserError: where no installed library knows it.
    """
    fsspec: Any = importlib.import_module("fsspec.core")  # takes a while, and only shards need it
    with reaching(name):
        system, path = fsspec.url_to_fs(name)
    return system, path


def _protocols(system: Any) -> set[str]:
    return {system.protocol} if isinstance(system.protocol, str) else set(system.protocol)


def followed(system: Any, path: str, info: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a file system says of a file; of a local link that leads somewhere, of what it leads to."""
    is_link = info.get("islink") and system.exists(path)
    result: Mapping[str, Any] = system.info(os.path.realpath(path)) if is_link else info
    return result


def version_of(info: Mapping[str, Any]) -> str:
    """Return what changes when a file does, by what its file system says of it: its size, and a tag or its time."""
    mark = next((f"{key} {info[key]}" for key in _VERSIONS if info.get(key) is not None), "")
    return f"{info.get('size')} bytes, {mark}"


def join(folder: str, name: str) -> str:
    """Return the name of a file in a folder.

    >>> join("s3://bucket/out/", "a.jsonl"), join("out", "x/a.jsonl")
    ('s3://bucket/out/a.jsonl', 'out/x/a.jsonl')
    """
    return f"{folder.rstrip('/')}/{name}"


def fetched(name: str, folder: Path) -> Path:
    """Return a local file with the content of a file: itself where it is local, else a copy in ``folder``.

    Raises:
        UserError: where it can't be read.
    """
    if not is_url(name):
        return Path(name)
    system, path = file_system(name)
    copy = folder / name.rpartition("/")[2]
    with reaching(name):
        system.get_file(path, str(copy))
    return copy


def put(file: Path, name: str) -> None:
    """Write a local file to a path or URL; it is there whole or not at all, also where two processes write it.

    Raises:
        UserError: where it can't be written.
    """
    if not is_url(name):
        with reaching(name), file.open("rb") as source, atomic(Path(name)) as target:
            shutil.copyfileobj(source, target)
        return
    system, path = file_system(name)
    if not _WHOLE.isdisjoint(_protocols(system)):
        with reaching(name):
            system.put_file(str(file), path)
        return
    folder, _, base = path.rpartition("/")
    unfinished = f"{folder}/.{base}.{uuid.uuid4().hex[:12]}.part"
    with reaching(name):
        system.makedirs(folder, exist_ok=True)
        try:
            system.put_file(str(file), unfinished)
            system.mv(unfinished, path)
        except BaseException:
            with contextlib.suppress(Exception):
                system.rm_file(unfinished)
            raise


def read_bytes(name: str) -> bytes | None:
    """Return the content of a file, None where there is none.

    Raises:
        UserError: where it can't be read.
    """
    system, path = file_system(name)
    with reaching(name):
        try:
            content: bytes = system.cat_file(path)
        except FileNotFoundError:
            return None
        return content


def size_of(name: str) -> int | None:
    """Return the bytes of a file, None where there is none; raises as ``read_bytes``."""
    system, path = file_system(name)
    with reaching(name):
        system.invalidate_cache()
        try:
            return int(system.info(path)["size"])
        except FileNotFoundError:
            return None
