"""Shards of texts, and the model that knows names by heart."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.predict.conftest import ByHeart, by_heart, names
from tests.shards.s3 import Store, object_store

__all__ = ["ByHeart", "by_heart", "names"]

TEXTS = ("Tony Blair met Angela Merkel in Rome.", "He left Berlin.", "Nobody was there.")


def write_shards(folder: Path, count: int = 3, texts: int = 30) -> Path:
    """Write JSON lines into two folders in one, a file of them gzipped, and a Parquet file; return the folder."""
    for number in range(count):
        rows = [{"text": f"{TEXTS[(number + row) % 3]} {row}", "id": f"{number}-{row}"} for row in range(texts)]
        content = "".join(json.dumps(row) + "\n" for row in rows).encode()
        path = folder / ("day-2" if number % 2 else "day-1") / f"part-{number}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    packed = folder / "day-2" / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(packed.with_name("part-1.jsonl").read_bytes(), mtime=0))
    table = pa.table({"text": [TEXTS[row % 3] for row in range(texts)]})
    pq.write_table(table, folder / "day-2" / "table.parquet")
    return folder


def target_of(name: str) -> str:
    """Return the place of the JSON lines that a shard becomes."""
    return name.replace(".parquet", ".jsonl")


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the contents of a folder's files by their places, without the records."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path): (folder / path).read_bytes() for path in paths if path.parts[0] != "_tinyner"}


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    return write_shards(tmp_path / "texts")


@pytest.fixture(scope="session")
def store() -> Iterator[Store]:
    """Return an object store that this process and those that it starts know: s3fs keeps the first one it meets."""
    with object_store() as served, pytest.MonkeyPatch.context() as patch:
        for name, value in {"ENDPOINT_URL": served.url, "ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b"}.items():
            patch.setenv(f"AWS_{name}", value)
        yield served
