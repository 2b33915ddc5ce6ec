"""A key is in no output, store, log or message, whatever a server does with it; nor is a password of an address."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.annotate.provider import refused, serving
from tests.annotate.test_batch import BATCH
from tests.annotate.test_faults import Doing, Server, answer, send, serve
from tests.annotate.workspace import annotate_here, completion, configure, environment
from tests.conftest import ROOT
from tests.in_process import command
from tinyner.errors import UserError
from tinyner.params import check_params, read_yaml

__all__ = ["serve"]

PLANTED = "sk-planted-0123456789abcdef"


def error(handler: BaseHTTPRequestHandler, status: int, **headers: str) -> None:
    """Refuse a request, the key in status line, headers and body."""
    body = {"error": {"message": f"key {PLANTED} of Bearer {PLANTED}", "type": PLANTED, "code": PLANTED}}
    send(handler, status, json.dumps(body).encode(), **headers, X_Request_Id=PLANTED)


def stall(handler: BaseHTTPRequestHandler, sentence: str, before: int) -> None:
    time.sleep(2)


UNSLOWED = {"Retry_After": "0", "x_ratelimit_limit_requests": "60000"}  # so that refusals lower no rate
FAULTS: dict[str, Doing] = {
    "401": lambda handler, *_: error(handler, 401),
    "403": lambda handler, *_: error(handler, 403),
    "400": lambda handler, *_: error(handler, 400),
    "429": lambda handler, _, before: error(handler, 429, **UNSLOWED) if before < 2 else answer(handler),
    "500": lambda handler, *_: error(handler, 500),
    "redirect": lambda handler, *_: error(handler, 302, Location=f"http://127.0.0.1:9/?key={PLANTED}"),
    "no JSON": lambda handler, *_: send(handler, 200, f'{{"key": "{PLANTED}'.encode()),
    "HTML": lambda handler, *_: send(handler, 502, f"<p>{PLANTED}</p>".encode(), Content_Type="text/html"),
    "no completion": lambda handler, *_: send(handler, 200, json.dumps({"choices": PLANTED, PLANTED: 1}).encode()),
    "a reply": lambda handler, *_: answer(handler, f'{PLANTED} Result: {{"PER": ["{PLANTED}"]}}'),
    "a reason": lambda handler, *_: send(
        handler, 200, completion("Result: {}").replace(b'"stop"', f'"{PLANTED}"'.encode())
    ),
    "a model": lambda handler, *_: send(
        handler, 200, completion("Result: {}").replace(b'"model": "m"', f'"model": "{PLANTED}"'.encode())
    ),
    "a time-out": stall,
}


def holders(*folders: Path, planted: str = PLANTED) -> list[str]:
    """Return the files, by content or name, that have what was planted."""
    return [
        str(path)
        for folder in folders
        for path in folder.rglob("*")
        if planted in path.name or (path.is_file() and planted.encode() in path.read_bytes())
    ]


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_no_fault_of_a_server_leaves_the_key_anywhere(
    fault: str, workspace: Path, serve: Callable[..., Server], tmp_path: Path
) -> None:
    configure(workspace, serve(FAULTS[fault]).url(), {"max_failures": 2}, {"timeout": 0.5})
    done = annotate_here(workspace, key=PLANTED)
    assert PLANTED not in done.stdout + done.stderr
    assert holders(tmp_path) == []


def test_a_batch_leaves_the_key_nowhere(workspace: Path, tmp_path: Path) -> None:
    with serving() as provider:
        provider.key = PLANTED
        provider.reply = lambda sentence, _: refused(400, f"your key {PLANTED} is bad", PLANTED)
        configure(workspace, provider.url, {"mode": "batch", "batch": BATCH})
        done = annotate_here(workspace, key=PLANTED)
    assert PLANTED not in done.stdout + done.stderr
    assert holders(tmp_path) == []


@pytest.mark.slow
def test_no_experiment_of_dvc_holds_the_key(workspace: Path, serve: Callable[..., Server], tmp_path: Path) -> None:
    """Nor do the folders where it runs them, its cache and its logs."""
    variables = {
        **environment(workspace, PLANTED),
        **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "EMAIL"), "x"),
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(tmp_path / "site"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }

    def ran(*words: str) -> str:
        options: Any = {"cwd": workspace, "env": variables, "capture_output": True, "errors": "replace"}
        done: subprocess.CompletedProcess[str] = subprocess.run(words, **options, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    stage = {"cmd": "python -m tinyner.annotate", "params": ["annotate"], "deps": ["data/prepared"]}
    outs = {"outs": ["data/annotated"], "metrics": [{"metrics/annotate.json": {"cache": False}}]}
    (workspace / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"annotate": {**stage, **outs}}}))
    configure(workspace, serve(FAULTS["a reply"]).url())
    dvc = (sys.executable, "-m", "dvc")
    for words in (
        ("git", "init", "-q"), (*dvc, "init", "-q"), ("git", "config", "user.name", "x"),
        ("git", "config", "user.email", "x@example.org"), ("git", "add", "-A"), ("git", "commit", "-qm", "x"),
    ):  # fmt: skip
        ran(*words)
    printed = ran(*dvc, "exp", "run", "--temp", "-v", "-n", "mine")
    assert "refs/exps" in ran("git", "for-each-ref")
    assert (workspace / ".dvc/tmp").exists()
    printed += ran("git", "cat-file", "--batch-all-objects", "--batch")
    assert PLANTED not in printed
    assert holders(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("words", [["check"], ["pilot", "-n", "2"], ["annotate", "--estimate"]])
def test_commands_leave_the_key_nowhere(
    words: list[str], workspace: Path, serve: Callable[..., Server], tmp_path: Path
) -> None:
    configure(workspace, serve(FAULTS["401"]).url())
    done = command(workspace, *words, OPENAI_API_KEY=PLANTED, TINYNER_REPLIES=str(workspace / "replies"))
    assert PLANTED not in done.stdout + done.stderr
    assert holders(tmp_path) == []


def params_with(**changes: object) -> dict[str, object]:
    content = read_yaml((ROOT / "params.yaml").read_text())
    content["annotate"]["annotators"]["openai"] |= changes
    return dict(content)


@pytest.mark.parametrize(
    "changes",
    [
        {"api_key_env": PLANTED},
        {"base_url": f"https://me:{PLANTED}@example.org/v1"},
        {"base_url": f"https://:{PLANTED}@example.org/v1"},
    ],
)
def test_a_key_in_params_is_refused_and_not_repeated(changes: dict[str, object]) -> None:
    with pytest.raises(UserError, match="in Git") as raised:
        check_params(params_with(**changes))
    assert PLANTED not in str(raised.value)


@pytest.mark.slow
def test_init_writes_no_password(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Rosa left Turin .\n" * 3)
    url = f"http://me:{PLANTED}@127.0.0.1:9/v1"
    done = command(
        tmp_path, "init", "--sentences", "a.txt", "--types", "PER,LOC", "--annotator", "local", "--base-url", url,
        "--model", "m",
    )  # fmt: skip
    assert done.returncode == 2
    assert PLANTED not in done.stdout + done.stderr
    assert holders(tmp_path) == []


@pytest.mark.parametrize("user", [f"me:{PLANTED}", f"me:@{PLANTED}", f"me:p@{PLANTED}", PLANTED])
def test_a_password_or_token_of_an_address_is_not_printed(user: str, tmp_path: Path) -> None:
    done = command(tmp_path, "report", "--from", f"https://{user}@127.0.0.1:9/a.jsonl.xz")
    assert done.returncode == 2
    assert PLANTED not in done.stdout + done.stderr
