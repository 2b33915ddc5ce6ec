"""The stage as a user runs it: the real openai client against a server on loopback."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.annotate.workspace import KEY, annotate, annotate_here, completion, configure, environment, sentence_of
from tests.conftest import ROOT, Handler
from tinyner.files import load, write_rows


@pytest.mark.slow
def test_missing_replies_are_asked_for_once_and_kept_verbatim(workspace: Path, serve: Callable[[Handler], str]) -> None:
    bodies: list[bytes] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        assert path == "/v1/chat/completions"
        bodies.append(body)
        return 200, completion(f"Result: {{}} \u00e9\n{sentence_of(body)}")

    configure(workspace, f"{serve(answer)}/v1", temperature=0, seed=5, my_knob="x")
    done = annotate(workspace)
    assert done.returncode == 0, done.stderr
    request = json.loads(bodies[0])
    assert request["messages"][0]["content"] == (ROOT / "prompts/cot.txt").read_text().replace(
        "{sentence}", "Sentence 0"
    )
    assert {key: request[key] for key in ("model", "temperature", "seed", "my_knob")} == {
        "model": "m",
        "temperature": 0,
        "seed": 5,
        "my_knob": "x",
    }
    rows = load(workspace / "data/annotated/target.jsonl")
    assert [(row["id"], row["reply"]) for row in rows] == [
        (f"s{index}", f"Result: {{}} \u00e9\nSentence {index}") for index in range(3)
    ]
    assert (rows[0]["finish_reason"], rows[0]["prompt_tokens"], rows[0]["completion_tokens"]) == ("stop", 7, 2)
    assert json.loads((workspace / "metrics/annotate.json").read_text())["requests"] == 4

    first = (workspace / "data/annotated/target.jsonl").read_bytes()
    assert annotate_here(workspace, key=None).returncode == 0  # all of it is in the store, so no key is needed
    assert len(bodies) == 4
    assert (workspace / "data/annotated/target.jsonl").read_bytes() == first
    written = [path.read_bytes() for path in workspace.rglob("*") if path.is_file()]
    assert not [content for content in written if KEY.encode() in content]


def test_a_text_that_stands_in_both_corpora_is_asked_once(workspace: Path, serve: Callable[[Handler], str]) -> None:
    asked: list[str] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        asked.append(sentence_of(body))
        return 200, completion("Result: {}")

    write_rows(workspace / "data/prepared/related.jsonl", [{"id": "b0", "words": ["Sentence", "0"]}])
    configure(workspace, f"{serve(answer)}/v1")
    assert annotate_here(workspace).returncode == 0
    assert asked == ["Sentence 0", "Sentence 1", "Sentence 2"]
    assert load(workspace / "data/annotated/related.jsonl")[0]["id"] == "b0"
    metrics = json.loads((workspace / "metrics/annotate.json").read_text())
    assert metrics["requests"] == 3
    assert metrics["replies"][0]["cached"] == 0
    assert metrics["replies"][0]["prompt_tokens"] == 3 * 7
    assert annotate_here(workspace).returncode == 0
    assert json.loads((workspace / "metrics/annotate.json").read_text())["replies"][0]["cached"] == 3


@pytest.mark.parametrize("change", ["prompt", "sampling", "model", "sentence"])
def test_what_changes_the_question_misses_the_store(
    change: str, workspace: Path, serve: Callable[[Handler], str]
) -> None:
    bodies: list[bytes] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        bodies.append(body)
        return 200, completion("Result: {}")

    url = serve(answer)
    configure(workspace, f"{url}/v1", temperature=0)
    assert annotate_here(workspace).returncode == 0
    assert len(bodies) == 4
    path = workspace / "params.yaml"
    if change == "prompt":
        template = workspace / "prompts/cot.txt"
        template.write_text(template.read_text() + " ")
    elif change == "sentence":
        sentences = load(workspace / "data/prepared/target.jsonl")
        write_rows(workspace / "data/prepared/target.jsonl", [*sentences, {"id": "s3", "words": ["New"]}])
    else:
        old, new = {"sampling": ("temperature: 0", "temperature: 1"), "model": ("model: m\n", "model: n\n")}[change]
        path.write_text(path.read_text().replace(old, new))
    assert annotate_here(workspace).returncode == 0
    assert len(bodies) == (5 if change == "sentence" else 8)


def test_without_a_key_the_line_says_how_many_of_whom_and_what_to_set(workspace: Path) -> None:
    configure(workspace, None)
    done = annotate_here(workspace, key=None)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    for part in ("3 of 3 target replies to prompts/cot.txt", "1 of 1 related", "openai (m)", "set OPENAI_API_KEY"):
        assert part in done.stderr
    assert not (workspace / "data/annotated").exists()


def test_an_annotator_of_records_is_never_asked(workspace: Path) -> None:
    done = annotate_here(workspace)
    assert done.returncode == 2
    assert "are missing for annotator claude, and it answers from records only; choose an annotator th" in done.stderr
    assert "that can be asked (annotate.annotator: openai, local, smollm2), or put the replies under d" in done.stderr


@pytest.mark.parametrize(
    ("status", "body", "part"),
    [
        (401, b'{"error": {"message": "Incorrect API key provided: sk-secret-key"}}', "HTTP 401"),
        (404, b'{"detail": "Not Found"}', "HTTP 404: {'detail': 'Not Found'}"),
        (200, b'{"error": {"message": "The engine is overloaded", "code": 503}}', "The engine is overloaded"),
        (200, b'{"error": "no GPU"}', "sent no completion: no GPU"),
        (404, b'{"error": {"message": "The model does not exist"}}', "it mostly ends in /v1"),
        (200, b"<html>", "sent no completion"),
        (401, b'{"error": {"message": "' + b"x" * 280 + b' sk-secret-key"}}', "HTTP 401"),
        (200, b'{"id": "1", "object": "chat.completion", "choices": []}', "no choices with a message"),
        (200, b'{"id": "1", "object": "chat.completion", "choices": [null]}', "no choices with a message"),
        (200, b'{"id": "1", "object": "chat.completion", "choices": [{"message": null}]}', "no choices with"),
        (200, b'{"id": "1", "object": "chat.completion", "choices": {"a": 1}}', "no choices with a message"),
        (200, b'{"id": "1", "object": "chat.completion", "choices": [{"message": "hi"}]}', "no choices with"),
    ],
)
def test_a_refusing_server_is_one_line_without_the_key(
    status: int, body: bytes, part: str, workspace: Path, serve: Callable[[Handler], str]
) -> None:
    configure(workspace, f"{serve(lambda path, _: (status, body))}/v1")
    done = annotate_here(workspace)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("tinyner: annotate: openai at 127.0.0.1:")
    assert done.stderr.count("\n") == 1
    assert part in done.stderr
    assert "4 replies are left, run again to go on" in done.stderr
    assert KEY[:6] not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("base_url", "key", "part"),
    [
        ("http://[::1", KEY, "annotate.annotators.openai.base_url: 'http://[::1' is no address; it begins with http:"),
        ("127.0.0.1:9", KEY, "annotate.annotators.openai.base_url: '127.0.0.1:9' is no address; it begins with http:"),
        ("http://127.0.0.1:9", f"{KEY}\u00e9", "OPENAI_API_KEY holds characters that no key has"),
    ],
)
def test_settings_that_are_none_are_one_line(base_url: str, key: str, part: str, workspace: Path) -> None:
    configure(workspace, base_url)
    done = annotate_here(workspace, key)
    assert done.returncode == 2, done.stderr
    assert part in done.stderr
    assert done.stderr.count("\n") == 1
    assert KEY not in done.stderr


def test_a_store_that_can_not_be_written_stops_before_anything_is_asked(
    workspace: Path, serve: Callable[[Handler], str]
) -> None:
    asked: list[bytes] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        asked.append(body)
        return 200, completion("Result: {}")

    configure(workspace, f"{serve(answer)}/v1")
    (workspace / "replies").write_text("a file, not a folder")
    done = annotate_here(workspace)
    assert done.returncode == 2
    assert "replies can't be stored" in done.stderr
    assert not asked


def test_a_content_of_parts_is_their_text(workspace: Path, serve: Callable[[Handler], str]) -> None:
    parts: Any = [{"type": "text", "text": "Result: "}, {"type": "text", "text": "{}"}]
    configure(workspace, f"{serve(lambda path, body: (200, completion(parts)))}/v1")
    assert annotate_here(workspace).returncode == 0
    assert load(workspace / "data/annotated/target.jsonl")[0]["reply"] == "Result: {}"


def test_an_unreachable_server_is_one_line(workspace: Path) -> None:
    path = workspace / "params.yaml"
    configure(workspace, "http://127.0.0.1:9/v1")
    path.write_text(path.read_text().replace("timeout: 60", "timeout: 1"))
    done = annotate_here(workspace)
    assert done.returncode == 2
    assert "can't be reached" in done.stderr


def test_an_empty_or_refused_reply_is_kept_as_it_is(workspace: Path, serve: Callable[[Handler], str]) -> None:
    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        if sentence_of(body) == "Sentence 0":  # as some servers tell of a reply that was cut off before it began
            return 200, completion(None).replace(b', "content": null', b"")
        return 200, completion(None, refusal="I can't help") if "News" in sentence_of(body) else completion(None)

    configure(workspace, f"{serve(answer)}/v1")
    assert annotate_here(workspace).returncode == 0
    assert [row["reply"] for row in load(workspace / "data/annotated/target.jsonl")] == [""] * 3
    assert load(workspace / "data/annotated/related.jsonl")[0]["reply"] == "I can't help"


@pytest.mark.slow
def test_a_killed_run_keeps_what_arrived(workspace: Path, serve: Callable[[Handler], str]) -> None:
    sentences = [{"id": f"s{index}", "words": ["Sentence", str(index)]} for index in range(12)]
    write_rows(workspace / "data/prepared/target.jsonl", sentences)
    asked: list[str] = []
    enough = threading.Event()

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        asked.append(sentence_of(body))
        if len(asked) == 6:
            enough.set()
            time.sleep(30)  # the killed process never sees this answer
        return 200, completion("Result: {}")

    configure(workspace, f"{serve(answer)}/v1")
    process = subprocess.Popen([sys.executable, "-m", "tinyner.annotate"], cwd=workspace, env=environment(workspace))
    assert enough.wait(60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (workspace / "data/annotated").exists()
    assert annotate_here(workspace).returncode == 0
    # Five arrived; the sixth was under way and is asked again.
    assert len(asked) == 14
    assert sorted(set(asked)) == sorted([f"Sentence {index}" for index in range(12)] + ["News 0"])


def test_a_prompt_for_other_types_is_not_paid_for(workspace: Path) -> None:
    configure(workspace, "http://127.0.0.1:9/v1")
    (workspace / "prompts/cot.txt").write_text("List the drugs.\n{sentence}\n")
    done = annotate_here(workspace)
    assert done.returncode == 2
    assert "prompts/cot.txt: names none of the types in params.yaml (LOC, MISC, ORG, PER)" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("cot.txt", "no field", "prompts/cot.txt: expected the field {sentence} exactly once, found it 0 times"),
        ("cot.txt", "{sentence} {sentence}", "found it 2 times"),
        ("cot.txt", None, "prompts/cot.txt can't be read; choices: json, scheme, scheme-cot, standard"),
    ],
)
def test_a_template_that_is_none(name: str, content: str | None, part: str, workspace: Path) -> None:
    path = workspace / "prompts" / name
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    done = annotate_here(workspace)
    assert done.returncode == 2
    assert part in done.stderr
