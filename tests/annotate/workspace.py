"""The stage as a user runs it, in a folder of its own, and what a server may answer."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.in_process import call
from tinyner.annotate.__main__ import main
from tinyner.params import read_yaml

KEY = "sk-secret-key"


def configure(
    workspace: Path,
    base_url: str | None,
    annotate: dict[str, Any] | None = None,
    annotator: dict[str, Any] | None = None,
    **sampling: Any,
) -> None:
    """Point the annotator at a server; ``annotate`` and ``annotator`` are changes of their sections."""
    path = workspace / "params.yaml"
    params = read_yaml(path.read_text())
    params["annotate"]["annotator"] = "openai"
    params["annotate"] |= {"retries": 0} | (annotate or {})
    settings = {"base_url": base_url, "sampling": sampling, "model": "m", "concurrency": 1, "price": None} | (
        annotator or {}
    )
    params["annotate"]["annotators"]["openai"] |= settings
    params["train"]["lr"] = 5.0e-5
    path.write_text(yaml.safe_dump(params))


def environment(workspace: Path, key: str | None = KEY) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    kept["TINYNER_REPLIES"] = str(workspace / "replies")
    return kept | ({"OPENAI_API_KEY": key} if key else {})


def annotate(workspace: Path, key: str | None = KEY, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    command, env = [sys.executable, "-m", "tinyner.annotate"], environment(workspace, key)
    return subprocess.run(command, cwd=workspace, env=env, capture_output=True, text=True, check=False, timeout=timeout)


def completion(text: str | None, **more: Any) -> bytes:
    message = {"role": "assistant", "content": text} | more
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    return json.dumps(answer).encode()


def sentence_of(body: bytes) -> str:
    prompt: str = json.loads(body)["messages"][0]["content"]
    return prompt.rstrip("\n").rpartition("Sentence: ")[2]


def annotate_here(workspace: Path, key: str | None = KEY) -> subprocess.CompletedProcess[str]:
    """Run the stage in this process, which is faster than to start another."""
    with pytest.MonkeyPatch.context() as patch:
        for name in {*os.environ, "OPENAI_API_KEY"}:
            if name.startswith("OPENAI_"):
                patch.delenv(name, raising=False)
        return call(workspace, main, **environment(workspace, key))
