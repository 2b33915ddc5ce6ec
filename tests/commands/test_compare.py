"""What `tinyner compare` loads: imports took longer than its work once."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

HEAVY = (
    "datasets",
    "dvc",
    "huggingface_hub",
    "ray",
    "scipy",
    "seqeval",
    "sklearn",
    "tokenizers",
    "torch",
    "transformers",
)

PROGRAM = """
import sys
from tinyner import cli
cli.run(sys.argv[1:])
print(*sorted(name for name in sys.modules if "." not in name))
"""


def test_of_archives_it_loads_what_reads_and_prints_them(tmp_path: Path) -> None:
    words = ["compare", "--from", str(ROOT / "results/pilot.jsonl.xz")]
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    *table, modules = process.stdout.splitlines()
    assert table[0].startswith("Strict scores on test, mean ± std over 2 seeds")
    assert set(modules.split()).isdisjoint(HEAVY), set(modules.split()) & set(HEAVY)
