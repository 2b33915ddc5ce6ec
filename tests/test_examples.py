"""The programs of examples/, as somebody starts and ends them."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from .conftest import ROOT

STAND_IN = [sys.executable, str(ROOT / "examples/clinic/stand_in_llm.py")]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_the_stand_in_for_an_llm_says_how_it_is_used() -> None:
    done = subprocess.run([*STAND_IN, "--help"], capture_output=True, text=True, check=True)
    assert "Stand in for a good LLM" in done.stdout
    assert "--port" in done.stdout


@pytest.mark.slow
def test_the_stand_in_for_an_llm_answers_and_ends_in_peace() -> None:
    port, pipe = free_port(), subprocess.PIPE
    command = [*STAND_IN, "--port", str(port)]
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"http://127.0.0.1:{port}/v1; Ctrl-C ends it\n"
        prompt = "Sentence: Aspirin was stopped."
        body = json.dumps({"messages": [{"role": "user", "content": prompt}]}).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/chat/completions", body) as answer:
            assert json.load(answer)["choices"][0]["message"]["content"].startswith("Result: {")
        second = subprocess.run(command, capture_output=True, text=True, check=False)
        assert second.returncode == 1
        assert (
            second.stderr
            == f"port {port} is taken, perhaps by this program, started before; --port N takes another one\n"
        )
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
