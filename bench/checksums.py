"""What checksums cost where a student is loaded: ``python bench/checksums.py [MODEL]``, seconds by the clock.

A process loads the student, once with its file of checksums and once without, in turn; the fastest of ``ROUNDS``
counts. MODEL is a folder (default: models/student, of ``dvc repro``); it is copied.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from tinyner import sums
from tinyner.tables import show_rows

ROUNDS = 5
_LOAD = """
import sys, time
start = time.perf_counter()
from pathlib import Path
from tinyner.predict.tagger import Tagger
Tagger(Path(sys.argv[1]), runtime=sys.argv[2], threads=1)
print(time.perf_counter() - start)
"""


def load_seconds(folder: Path, runtime: str) -> float:
    """Return the seconds that a process takes to import what it needs and to load a student."""
    command = [sys.executable, "-c", _LOAD, str(folder), runtime]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def digest_seconds(content: bytes, digest: str) -> float:
    """Return the seconds that a checksum of some bytes takes."""
    start = time.perf_counter()
    _ = zlib.crc32(content) if digest == "crc32" else hashlib.new(digest, content).digest()
    return time.perf_counter() - start


def main() -> None:
    """Print how long checksums of the weights take, and loading with and without."""
    model = Path(sys.argv[1] if len(sys.argv) > 1 else "models/student")
    with tempfile.TemporaryDirectory() as scratch:
        folders = {name: Path(scratch) / name for name in ("with", "without")}
        for folder in folders.values():
            shutil.copytree(model, folder)
        sums.write(folders["with"])
        (folders["without"] / sums.NAME).unlink(missing_ok=True)
        weights = (model / "model.safetensors").read_bytes()
        rows: list[dict[str, object]] = []
        for digest in ("crc32", "sha256", "md5"):
            seconds = min(digest_seconds(weights, digest) for _ in range(ROUNDS))
            rows.append({"what": f"{digest} of {len(weights) / 1e6:.0f} MB", "seconds": f"{seconds:.3f}"})
        for runtime in ("torch", "onnx"):
            times: dict[str, list[float]] = {name: [] for name in folders}
            for _ in range(ROUNDS):
                for name, folder in folders.items():
                    times[name].append(load_seconds(folder, runtime))
            for name in folders:
                rows.append({"what": f"load by {runtime}, {name} checksums", "seconds": f"{min(times[name]):.3f}"})
    show_rows("Checksums of a student", rows)


if __name__ == "__main__":
    main()
