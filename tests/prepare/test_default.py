"""The default params.yaml prepares the very sentences for which replies were recorded, each with its words."""

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.in_process import stage
from tinyner.files import sha256_file

SHA256 = {
    "target": "08bfe0f19767a972240c7382f8a6b4007e857422bb68cd6c74815457aa7d6180",
    "original": "955931dae0d251e540d513d796ec3767d2a0f510583dea388e6a65ae2f28c7df",
    "related": "39a27b93627313e7a3a6d45c34965152b65c2413280dddeb868ec2eadfde1150",
    "valid": "ef99afc0320a19bf6a0da5b2b7f78af51029271c0de64b5c3896cb9c7e96aab5",
    "test": "b35bd0e9a05705677779f0cb9baedf7d050b7274a53045be7a1d261b6df9fece",
    "test_conllpp": "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b",
}


@pytest.mark.slow
def test_every_word_of_the_prepared_sets_stays(tmp_path: Path) -> None:
    """Recorded replies are keyed by the words of their sentences, and trained cells by their inputs."""
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    done = stage(tmp_path, "prepare")
    assert done.returncode == 0, done.stderr
    assert {name: sha256_file(tmp_path / f"data/prepared/{name}.jsonl") for name in SHA256} == SHA256
