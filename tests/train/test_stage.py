"""The stage from params.yaml to model, predictions, curves and metrics; and what it says of a GPU that lies idle."""

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForTokenClassification

from tests.conftest import ROOT
from tinyner.bio import tags_to_spans
from tinyner.files import load
from tinyner.train.__main__ import main

pytestmark = pytest.mark.slow

INSTALL = "is a CPU build; for a GPU: pip uninstall -y torch && pip install torch=="


def test_the_stage_writes_its_outputs_and_remembers_its_cells(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "params.yaml").read_text()
    for old, new in (("group: E", "group: D"), ("epochs: 4", "epochs: 2"), ("dev_size: 500", "dev_size: 1")):
        text = text.replace(old, new, 1)
    (workspace / "params.yaml").write_text(text)
    monkeypatch.setenv("TINYNER_CELLS", str(workspace / "cells"))
    tool = workspace / "bin/nvidia-smi"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tool.parent), prepend=":")

    main()
    first = capsys.readouterr()
    assert first.out.startswith("group D: 2 distilled and 1 original sentences, ")
    assert "; 2 to train, " in first.out
    if torch.version.cuda is None:
        assert first.err.startswith("train: WARNING: training goes on on the CPU, slowly: there is an NVIDIA GPU")
        assert INSTALL in first.err
        assert first.err.count("\n") == 1
    model = AutoModelForTokenClassification.from_pretrained("models/student")
    assert model.config.num_labels == 9
    predictions = {seed: load(f"predictions/seed_{seed}.jsonl") for seed in (1, 2)}
    assert [(row["id"], len(row["tags"])) for row in predictions[1]] == [("test", 2)]
    assert [len(row["probabilities"]) for row in predictions[1]] == [len(tags_to_spans(predictions[1][0]["tags"]))]
    card = json.loads(Path("models/student/config.json").read_text())["tinyner"]
    assert card["decode"] == "viterbi"
    assert 0.1 <= card["temperature"] <= 10
    thresholds = [row[0] for row in card["dev"]["threshold_precision_recall"]]
    assert thresholds == sorted(thresholds)
    assert all(0 <= share <= 1 for row in card["dev"]["threshold_precision_recall"] for share in row)
    with Path("plots/curves.csv").open() as file:
        assert [(row["epoch"], row["distilled_share"]) for row in csv.DictReader(file)] == [("1", "1.0"), ("2", "0.0")]
    metrics = json.loads(Path("metrics/train.json").read_text())
    assert [row["seed"] for row in metrics["seeds"]] == [1, 2]
    assert metrics["run"][0]["sentences_a_seed"] == 3

    outputs = {path: path.read_bytes() for path in Path("models").rglob("*") if path.is_file()}
    capsys.readouterr()  # of transformers, above
    main()
    second = capsys.readouterr()
    assert "2 of 2 seeds were trained before, on the same data and schedule" in second.out
    assert second.err == ""
    assert json.loads(Path("metrics/speed.json").read_text())["run"][0]["seeds_trained_before"] == 2
    assert {path: path.read_bytes() for path in outputs} == outputs


@pytest.mark.long
def test_training_that_was_interrupted_says_from_where_it_goes_on(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "params.yaml").read_text()
    for old, new in (("group: E", "group: D"), ("epochs: 4", "epochs: 6"), ("dev_size: 500", "dev_size: 1")):
        text = text.replace(old, new, 1)
    (workspace / "params.yaml").write_text(text)
    monkeypatch.setenv("TINYNER_CELLS", str(workspace / "cells"))
    monkeypatch.setenv("TINYNER_WORKERS", "1")
    command, pipe = [sys.executable, "-m", "tinyner.train"], subprocess.PIPE
    process = subprocess.Popen(command, cwd=workspace, stdout=pipe, stderr=pipe, text=True)
    assert process.stdout is not None
    while not process.stdout.readline().startswith("epochs: "):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert err.endswith("tinyner: interrupted; each seed's last checkpoint is kept; run again to go on\n")

    main()
    output = capsys.readouterr().out
    assert "was interrupted: goes on after epoch " in output
    counts = [line.split()[1] for line in output.splitlines() if line.startswith("epochs: ")]
    assert counts[-1] == "12/12"
    assert counts[0] != "1/12"
