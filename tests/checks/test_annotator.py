"""Key, price, stored replies, and one request to a server on loopback by the real openai client."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.annotate.workspace import KEY, completion
from tests.checks.conftest import change, texts
from tests.conftest import Handler
from tests.pilot.conftest import made, unlabelled
from tinyner.checks.annotator import check_annotator
from tinyner.checks.findings import Findings
from tinyner.params import load_params


@pytest.fixture
def checked(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Findings]:
    """Return a function that checks the annotator of the project, with some of its settings changed."""
    monkeypatch.chdir(project)
    monkeypatch.setenv("TINYNER_REPLIES", str(project / "replies"))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)

    def run(annotate: dict[str, Any] | None = None, **openai: Any) -> Findings:
        change(project, annotate={**(annotate or {}), "annotators": {"openai": openai}})
        findings = Findings()
        corpora = {"target": unlabelled(made(12, "t", 100)), "related": []}
        check_annotator(findings, load_params(), corpora, may_send=True)
        return findings

    return run


def test_one_request_is_sent_with_all_settings_but_a_token(
    checked: Callable[..., Findings], serve: Callable[[Handler], str]
) -> None:
    bodies: list[dict[str, Any]] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        bodies.append(json.loads(body))
        return 200, completion("O")

    url = f"{serve(answer)}/v1"
    findings = checked({"output": "json_object", "prompts": {"target": "json", "related": "json"}}, base_url=url)
    assert findings.count("error") == 0
    assert bodies == [
        {
            "model": "gpt-4.1-mini",
            "messages": [{"role": "user", "content": 'Answer with {"ok": true}, as JSON.'}],
            "temperature": 0,
            "max_completion_tokens": 1,
            "response_format": {"type": "json_object"},
        }
    ]
    assert "(gpt-4.1-mini) answers; one request of a few tokens was sent" in texts(findings, "ok")[-1]
    assert "annotate.max_cost_usd: empty; these replies cost $0.02 at most; set a cap" in texts(findings, "warning")
    assert not (Path("replies")).exists()


@pytest.mark.parametrize(
    ("status", "message", "mark", "part"),
    [
        (401, f"Incorrect API key provided: {KEY}", "error", "HTTP 401: Incorrect API key provided: [key]"),
        (404, "The model does not exist", "error", "is base_url right"),
        (400, "Unsupported parameter: 'temperature'", "error", "Unsupported parameter"),
        (400, "max_tokens or model output limit was reached", "ok", "answers"),
        (429, "Rate limit reached", "warning", "it is limited now"),
        (500, "down", "error", "HTTP 500: down"),
    ],
)
def test_what_a_server_answers_is_one_line(
    status: int,
    message: str,
    mark: str,
    part: str,
    checked: Callable[..., Findings],
    serve: Callable[[Handler], str],
) -> None:
    body = json.dumps({"error": {"message": message}}).encode()
    findings = checked(base_url=f"{serve(lambda path, _: (status, body))}/v1")
    server = [finding for finding in findings.rows if finding.area == "server"]
    assert [finding.mark for finding in server] == [mark]
    assert part in server[0].text
    assert KEY not in server[0].text


def test_a_server_that_is_not_there(checked: Callable[..., Findings]) -> None:
    findings = checked(base_url="http://127.0.0.1:9/v1")
    assert "openai at 127.0.0.1:9 can't be reached" in texts(findings, "error")[0]


@pytest.mark.parametrize("url", ["foo", "localhost:8000/v1", "http://", "ftp://host/v1", "http://host:port/v1"])
def test_what_is_no_address_is_said_before_anything_is_sent(
    url: str, checked: Callable[..., Findings], monkeypatch: pytest.MonkeyPatch
) -> None:
    end = f"{url!r} is no address; it begins with http:// or https://, and mostly ends in /v1"
    assert texts(checked(base_url=url), "error") == [f"annotate.annotators.openai.base_url: {end}"]
    assert checked({"mode": "file"}, base_url=url).count("error") == 0
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    assert texts(checked({"mode": "online"}, base_url=None), "error") == [f"openai: OPENAI_BASE_URL: {end}"]


def test_a_local_server_is_asked_without_a_key(
    checked: Callable[..., Findings], serve: Callable[[Handler], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    url = f"{serve(lambda path, body: (200, completion('O')))}/v1"
    findings = checked(base_url=url, api_key_env=None, price=None)
    assert [finding.area for finding in findings.rows if finding.mark == "ok"][-1] == "server"
    assert "annotate.annotators.openai.price: empty" in texts(findings, "warning")[0]


def test_without_a_key_nothing_is_sent(checked: Callable[..., Findings], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    assert texts(checked(base_url="http://127.0.0.1:9/v1"), "error") == ["openai: no key: set OPENAI_API_KEY"]
    assert checked({"mode": "file"}).count("error") == 0
    monkeypatch.setenv("OPENAI_API_KEY", "sk-\u00e9")
    assert "holds characters that no key has" in texts(checked({"mode": "online"}), "error")[0]


def test_an_annotator_of_records_must_have_them_all(checked: Callable[..., Findings]) -> None:
    error = texts(checked({"annotator": "claude"}), "error")[0]
    assert "claude answers from records only, and 12 of 12 replies are missing for these prompts" in error
    assert "(local, openai, smollm2)" in error


def test_a_cap_that_may_end_the_run_and_a_cost_without_a_bound(checked: Callable[..., Findings]) -> None:
    findings = checked({"max_cost_usd": 0.01}, base_url="http://127.0.0.1:9/v1")
    assert "annotate.max_cost_usd: 0.01; $0.00 are spent and $0.02 may come at most" in texts(findings, "warning")[0]
    findings = checked({"max_cost_usd": None}, sampling={"temperature": 0, "max_completion_tokens": None})
    assert "bounds no reply, so the cost has no bound" in texts(findings, "warning")[0]
    findings = checked(tokenizer="nowhere/tokenizer.json")
    assert "annotate.annotators.openai.tokenizer: nowhere/tokenizer.json can't be loaded" in texts(findings, "error")[0]
