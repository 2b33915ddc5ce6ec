"""Annotation by the Batch API and by files, as a user runs it: the real openai client against a server on loopback."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.annotate import provider as api
from tests.annotate.provider import Provider, answered, refused
from tests.annotate.workspace import KEY, annotate_here, completion, configure, environment, sentence_of
from tests.conftest import ROOT, Handler
from tinyner.annotate import outputs
from tinyner.files import load

BATCH = {"max_requests": 2, "max_bytes": 200_000_000, "poll_seconds": 0.05}
SENTENCES = ["Sentence 0", "Sentence 1", "Sentence 2", "News 0"]
# A reply has up to 20,000 tokens, and in a batch these cost a dollar.
DEAR = {"input": 0.0, "cached_input": 0.0, "output": 100.0, "batch_discount": 0.5}


@pytest.fixture
def provider(workspace: Path) -> Iterator[Provider]:
    """Serve a provider; at the end, the key must stand in no file of the test's."""
    with api.serving() as provider:
        yield provider
    assert not [path for path in workspace.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def batches(
    workspace: Path, provider: Provider, annotator: dict[str, Any] | None = None, dear: bool = False, **changes: Any
) -> None:
    """Configure ``mode: batch``, two requests a file."""
    settings = {"mode": "batch", "retries": 1, "batch": BATCH} | changes
    if dear:
        configure(workspace, provider.url, settings, {"price": DEAR}, max_completion_tokens=20_000)
    else:
        configure(workspace, provider.url, settings, annotator)


def run(workspace: Path, key: str | None = KEY) -> subprocess.CompletedProcess[str]:
    """Run the stage; whatever happens, it says so in one line without the key."""
    done = annotate_here(workspace, key)
    assert KEY not in done.stdout + done.stderr
    assert done.returncode in (0, 2), done.stderr
    assert done.stderr.count("\n") == done.returncode // 2, done.stderr
    return done


def refusal(workspace: Path, key: str | None = KEY) -> str:
    """Run the stage, which fails, and return the line that it ends with."""
    done = run(workspace, key)
    assert done.returncode == 2, done.stdout
    return done.stderr


def succeeds(workspace: Path, key: str | None = KEY) -> str:
    done = run(workspace, key)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def killed(workspace: Path, provider: Provider, route: str, *script: str | None) -> None:
    """Run the stage, and kill it the moment that a call stalls."""
    provider.script[route] = list(script)
    provider.stalled.clear()
    process = started(workspace)
    assert provider.stalled.wait(60)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def started(workspace: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tinyner.annotate"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=workspace, env=environment(workspace), stdout=pipe, stderr=pipe, text=True)


def stored(workspace: Path) -> list[str]:
    """Return the texts of all replies in the user's store, repeated ones repeatedly."""
    lines = [line for path in workspace.glob("replies/*/*.jsonl") for line in path.read_bytes().split(b"\n")]
    rows = [json.loads(line) for line in lines if line]
    return sorted(row["reply"].rpartition("\n")[2] for row in rows if "reply" in row)


def processed(provider: Provider) -> Counter[str]:
    """Return how often each sentence was paid for."""
    return Counter(sentence.strip() for sentence in provider.asked.elements())


def annotated(workspace: Path) -> list[dict[str, Any]]:
    return [row for corpus in ("target", "related") for row in load(workspace / f"data/annotated/{corpus}.jsonl")]


def requests(content: bytes) -> list[str]:
    """Return the sentences of a request file."""
    return [sentence_of(json.dumps(json.loads(line)["body"]).encode()) for line in content.splitlines()]


def test_a_batch_gives_the_rows_that_online_gives_at_half_the_price(workspace: Path, provider: Provider) -> None:
    price = {"input": 400.0, "cached_input": 100.0, "output": 1600.0, "batch_discount": 0.5}
    configure(workspace, provider.url, annotator={"price": price}, temperature=0, seed=5)
    succeeds(workspace)
    online, dollars = annotated(workspace), json.loads((workspace / "metrics/annotate.json").read_text())
    shutil.rmtree(workspace / "replies")

    settings = {"mode": "batch", "retries": 1, "batch": BATCH}
    configure(workspace, provider.url, settings, {"price": price}, temperature=0, seed=5)
    assert "completed, 2 of 2 done" in succeeds(workspace)
    rows, metrics = annotated(workspace), json.loads((workspace / "metrics/annotate.json").read_text())
    assert [row["cost_usd"] for row in rows] == pytest.approx([row["cost_usd"] / 2 for row in online])
    assert [{**row, "cost_usd": 0} for row in rows] == [{**row, "cost_usd": 0} for row in online]
    assert (rows[0]["prompt_tokens"], rows[0]["completion_tokens"]) == (7, 2)
    assert metrics["cost_usd"] == pytest.approx(dollars["cost_usd"] / 2) == 4 * (7 * 400 + 2 * 1600) / 2e6
    assert metrics["requests"] == 4

    assert [requests(content) for content in provider.uploads] == [SENTENCES[:2], SENTENCES[2:]]
    lines = [json.loads(line) for content in provider.uploads for line in content.splitlines()]
    prompt = (ROOT / "prompts/cot.txt").read_text()
    for line, sentence in zip(lines, SENTENCES, strict=True):
        message = {"role": "user", "content": prompt.replace("{sentence}", sentence)}
        body = {"model": "m", "messages": [message], "temperature": 0, "seed": 5}
        expected = {"custom_id": line["custom_id"], "method": "POST", "url": "/v1/chat/completions", "body": body}
        assert line == expected
    assert len({line["custom_id"] for line in lines}) == 4
    assert provider.calls[api.UPLOAD] == provider.calls[api.CREATE] == 2

    before = provider.calls.copy()
    succeeds(workspace, key=None)  # all of it is in the store
    assert provider.calls == before


def test_a_key_that_is_sent_back_is_not_kept(workspace: Path, provider: Provider) -> None:
    provider.reply = lambda sentence, _: answered(f"You are {KEY}\n{sentence}")  # the fixture looks for it
    batches(workspace, provider)
    succeeds(workspace)
    assert annotated(workspace)[0]["reply"] == "You are [key]\nSentence 0"


def test_without_a_key_a_reply_is_kept_as_it_is(workspace: Path, provider: Provider) -> None:
    provider.key = "none"  # what the client sends where there is no key
    provider.reply = lambda sentence, _: answered(f"none\n{sentence}")
    batches(workspace, provider, annotator={"api_key_env": None})
    succeeds(workspace, key=None)
    assert annotated(workspace)[0]["reply"] == "none\nSentence 0"


def test_files_are_split_by_their_bytes_and_one_request_too_large_is_a_line(
    workspace: Path, provider: Provider
) -> None:
    batches(workspace, provider, batch=BATCH | {"max_bytes": 100})
    message = refusal(workspace)
    assert "annotate.batch.max_bytes: 100, and the request of s0 alone has " in message
    assert not provider.calls

    size = int(message.split()[-1])  # of the largest: all are alike, but that News is shorter than Sentence
    batches(workspace, provider, batch=BATCH | {"max_bytes": 3 * size - 1, "max_requests": 4})
    succeeds(workspace)
    assert [requests(content) for content in provider.uploads] == [SENTENCES[:2], SENTENCES[2:]]
    batches(workspace, provider, batch=BATCH | {"max_bytes": 3 * size, "max_requests": 4}, annotator={"model": "n"})
    succeeds(workspace)
    assert [len(content) for content in provider.uploads[2:]] == [3 * size, size - 4]


@pytest.mark.long
def test_a_run_killed_at_every_moment_goes_on_and_pays_for_nothing_twice(workspace: Path, provider: Provider) -> None:
    batches(workspace, provider)
    killed(workspace, provider, api.UPLOAD, api.STALL_AFTER)
    killed(workspace, provider, api.CREATE, api.STALL_AFTER)  # the batch is made, its id never came
    assert len(provider.batches) == 1
    killed(workspace, provider, api.CREATE, api.STALL)
    assert (len(provider.uploads), len(provider.batches)) == (2, 1)
    killed(workspace, provider, api.POLL, None, None, None, api.STALL)
    assert len(provider.batches) == 2
    killed(workspace, provider, api.CONTENT, api.STALL)
    assert not stored(workspace)
    killed(workspace, provider, api.CONTENT, None, api.STALL)
    assert len(stored(workspace)) == 2
    # In the middle of a file: much of nothing comes between its two replies.
    provider.garble = lambda content: content.replace(b"\n", b"\n" + b"{}\n" * 300_000, 1)
    process = started(workspace)
    while len(stored(workspace)) < 3 and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    succeeds(workspace)
    assert provider.statuses == ["completed"] * 2
    assert len(provider.uploads) == 2
    assert provider.asked == Counter(SENTENCES)
    assert stored(workspace) == sorted(SENTENCES)


def test_a_server_that_fails_for_a_while_costs_nothing_twice(workspace: Path, provider: Provider) -> None:
    batches(workspace, provider)
    provider.script[api.FILES] = [api.ERROR]  # once is retried
    # The first batch is made, and found by its name; the second is not, and not at another try.
    provider.script[api.CREATE] = [api.LOST, api.ERROR, api.ERROR]
    assert "HTTP 500: " in refusal(workspace)
    assert provider.statuses == ["validating"]
    assert provider.calls[api.CREATE] == 3
    provider.script[api.CREATE] = [api.ERROR]  # once is retried
    provider.script[api.POLL] = [api.ERROR, api.ERROR]
    message = refusal(workspace)
    assert "HTTP 500: " in message
    assert "4 replies are left, run again to go on" in message
    provider.script[api.CONTENT] = [api.CUT]
    assert "run again to go on" in refusal(workspace)
    succeeds(workspace)
    assert provider.asked == Counter(SENTENCES)
    assert (len(provider.uploads), len(provider.batches)) == (2, 2)
    assert stored(workspace) == sorted(SENTENCES)


def test_results_in_any_state_are_taken_and_the_rest_is_asked_again(workspace: Path, provider: Provider) -> None:
    def garbled(content: bytes) -> bytes:
        lines = content.splitlines(keepends=True)[::-1]
        if len(lines) == 1:
            return content
        unknown = lines[0].replace(json.loads(lines[0])["custom_id"].encode(), b"0" * 40)
        return b"".join([lines[0], lines[0], unknown, b"[1]\n", b"<html>\n", b"\xff\n", lines[1][:99]])

    provider.garble = garbled
    batches(workspace, provider, retries=2)
    output = succeeds(workspace)
    assert "output: 1 replies; repeated: 1; of no request: 5" in output
    assert [requests(content) for content in provider.uploads[2:]] == [[SENTENCES[0], SENTENCES[2]], SENTENCES[:1]]
    assert stored(workspace) == sorted(SENTENCES)


def test_what_a_batch_that_expired_brought_is_kept_and_the_rest_sent_again(workspace: Path, provider: Provider) -> None:
    def reply(sentence: str, before: int) -> dict[str, Any]:
        if sentence == "Sentence 1" and not before:
            return api.EXPIRED
        if sentence == "News 0" and before < 2:
            return refused(503, "Overloaded") if before else refused(429, "Too fast", "rate_limit_exceeded")
        return answered(sentence)

    provider.reply = reply
    batches(workspace, provider, retries=2)
    output = succeeds(workspace)
    assert "errors: 0 replies; failed: 1 batch_expired" in output
    assert sorted(provider.statuses) == ["completed", "completed", "completed", "expired"]
    assert provider.asked == Counter(SENTENCES) + Counter({"Sentence 1": 1, "News 0": 2})
    assert stored(workspace) == sorted(SENTENCES)


def test_a_batch_that_fails_at_validation_is_a_line_and_the_next_run_tries_anew(
    workspace: Path, provider: Provider
) -> None:
    problem = {"code": "model_not_found", "line": 2, "message": f"The model m\ndoes not exist, {KEY}", "param": "model"}
    provider.invalid = [[problem, {**problem, "message": "Nor that", "line": None}]]
    batches(workspace, provider)
    message = refusal(workspace)
    assert "refused batch batch_0: The model m does not exist, [key] (line 2); Nor that; 4 replies are left" in message
    succeeds(workspace)
    assert sorted(provider.statuses) == ["completed", "completed", "failed"]
    assert provider.asked == Counter(SENTENCES)


def test_a_request_that_always_fails_leaves_the_others_stored(workspace: Path, provider: Provider) -> None:
    provider.reply = lambda sentence, _: refused(500, "Oh") if sentence == "Sentence 1" else answered(sentence)
    batches(workspace, provider)
    message = refusal(workspace)
    assert "HTTP 500: Oh; 1 replies are left, run again to go on" in message
    assert provider.asked["Sentence 1"] == 2  # retries: 1
    assert stored(workspace) == sorted({*SENTENCES} - {"Sentence 1"})
    # One that can't be right is not sent again and again.
    provider.reply = lambda _sentence, _before: refused(400, "Unsupported value")
    assert "HTTP 400: Unsupported value; 1 replies" in refusal(workspace)
    assert provider.asked["Sentence 1"] == 3
    # And one that the model won't answer has its answer.
    provider.reply = lambda _sentence, _before: refused(400, "Filtered", "content_filter")
    succeeds(workspace)
    assert [(row["reply"], row["finish_reason"]) for row in annotated(workspace)[1:2]] == [("", "content_filter")]
    assert provider.asked["Sentence 0"] == 1


def test_a_request_that_can_not_be_right_is_sent_once_whatever_becomes_of_others(
    workspace: Path, provider: Provider
) -> None:
    provider.reply = lambda sentence, _: refused(400, "No such setting") if "1" in sentence else answered(sentence)
    batches(workspace, provider, retries=3)
    assert "HTTP 400: No such setting; 1 replies are left" in refusal(workspace)
    assert provider.asked == Counter(SENTENCES)


@pytest.mark.slow
def test_a_result_that_was_paid_for_and_is_none_counts_once(workspace: Path, provider: Provider) -> None:
    def reply(sentence: str, before: int) -> dict[str, Any]:
        result = answered(sentence, completion_tokens=20_000)
        if sentence == "Sentence 0" and not before:
            result["response"]["body"]["choices"] = []
        return result

    provider.reply = reply
    batches(workspace, provider, dear=True)
    killed(workspace, provider, api.CONTENT, None, api.STALL)
    succeeds(workspace)
    metrics = json.loads((workspace / "metrics/annotate.json").read_text())
    assert metrics["costs_of_lost_replies_usd"] == [1.0]
    assert metrics["cost_usd"] == 5.0


def test_a_key_that_is_refused_ends_it_with_a_line(workspace: Path, provider: Provider) -> None:
    provider.reply = lambda sentence, _: refused(401 if sentence.endswith("0") else 500, "Incorrect key")
    batches(workspace, provider, retries=6)
    message = refusal(workspace)
    assert "HTTP 401: Incorrect key" in message
    assert len(provider.batches) == 2
    provider.key = "sk-another"
    message = refusal(workspace)
    assert "HTTP 401: " in message
    assert "Bearer [key]" in message


@pytest.mark.slow
def test_what_the_queue_has_no_room_for_waits_for_the_others(workspace: Path, provider: Provider) -> None:
    provider.queue = 2
    batches(workspace, provider)
    succeeds(workspace)
    assert sorted(provider.statuses) == ["completed", "completed", "failed"]
    assert len(provider.uploads) == 2
    assert provider.asked == Counter(SENTENCES)

    provider.queue = 1
    batches(workspace, provider, annotator={"model": "n"})
    message = refusal(workspace)
    assert "has no room in its queue for a batch of 2 requests" in message
    assert "lower annotate.batch.max_requests" in message
    assert provider.asked == Counter(SENTENCES)
    batches(workspace, provider, annotator={"model": "n"}, batch=BATCH | {"max_requests": 1})
    succeeds(workspace)
    assert provider.asked == Counter(SENTENCES + SENTENCES)

    provider.queue = 0  # what fills it is not ours, and over when the next run finds its batch refused
    batches(workspace, provider, annotator={"model": "o"}, batch=BATCH | {"max_requests": 4})
    killed(workspace, provider, api.POLL, api.STALL)
    provider.queue = None
    succeeds(workspace)


@pytest.mark.slow
def test_no_more_is_sent_than_the_cap_allows_at_its_worst(workspace: Path, provider: Provider) -> None:
    provider.reply = lambda sentence, _: answered(sentence, completion_tokens=20_000)
    batches(workspace, provider, dear=True, max_cost_usd=2.5)
    killed(workspace, provider, api.POLL, api.STALL)
    message = refusal(workspace)  # what is under way counts
    assert "annotate.max_cost_usd: 2.5 is reached: 2.000000 is spent" in message
    assert "2 replies are left, raise it to go on" in message
    assert provider.asked == Counter(SENTENCES[:2])
    batches(workspace, provider, dear=True, max_cost_usd=4.0)
    succeeds(workspace)
    assert provider.asked == Counter(SENTENCES)
    assert json.loads((workspace / "metrics/annotate.json").read_text())["cost_usd"] == 4.0


def test_a_cap_that_allows_one_request_at_a_time_is_no_failure(workspace: Path, provider: Provider) -> None:
    batches(workspace, provider, dear=True, max_cost_usd=1.5, retries=0)
    succeeds(workspace)
    assert len(provider.batches) == 4
    assert provider.asked == Counter(SENTENCES)


@pytest.mark.slow
def test_a_batch_under_way_when_the_prompt_changes_is_still_collected(workspace: Path, provider: Provider) -> None:
    batches(workspace, provider)
    template = workspace / "prompts/cot.txt"
    old = template.read_text()
    killed(workspace, provider, api.CREATE, None, api.STALL)
    template.write_text(old + " ")
    assert "completed, 2 of 2 done" in succeeds(workspace)
    # The one under way brought its two; the other was not sent any more, since nobody wants it.
    assert processed(provider) == Counter(SENTENCES[:2] + SENTENCES)
    template.write_text(old)
    succeeds(workspace)
    assert processed(provider) == Counter(SENTENCES + SENTENCES)


@pytest.mark.slow
def test_a_full_disk_is_a_line_and_loses_nothing(workspace: Path, provider: Provider) -> None:
    provider.reply = lambda sentence, _: answered("x" * 30_000 + "\n" + sentence)
    batches(workspace, provider)
    bounded = ["bash", "-c", f"ulimit -f 100; exec {sys.executable} -m tinyner.annotate"]
    done = subprocess.run(
        bounded, cwd=workspace, env=environment(workspace), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "replies can't be stored: " in done.stderr
    assert provider.asked == Counter(SENTENCES)
    succeeds(workspace)
    assert provider.asked == Counter(SENTENCES)


def test_a_server_without_a_batch_api_is_one_line(workspace: Path, serve: Callable[[Handler], str]) -> None:
    for status, body, part in (
        (404, b'{"detail": "Not Found"}', "HTTP 404"),
        (200, b"<html>", "sent no answer of the Batch API"),
    ):
        url = serve(lambda _path, _body, status=status, body=body: (status, body))  # type: ignore[misc]
        configure(workspace, f"{url}/v1", {"mode": "batch", "batch": BATCH})
        assert part in refusal(workspace)


@pytest.mark.slow
def test_a_batch_that_is_gone_can_be_given_up(workspace: Path, provider: Provider) -> None:
    batches(workspace, provider)
    killed(workspace, provider, api.POLL, api.STALL)
    provider.batches.clear()
    message = refusal(workspace)
    assert "HTTP 404: No such object: batch_" in message
    (named,) = [word for word in message.split() if word.endswith(".state.json")]
    Path(named).unlink()
    (other,) = (workspace / "replies").glob("*/batches/*.state.json")
    other.unlink()
    succeeds(workspace)
    assert provider.asked == Counter(SENTENCES)


@pytest.mark.slow
def test_what_is_under_way_in_a_batch_is_asked_no_other_way(workspace: Path, provider: Provider) -> None:
    batches(workspace, provider, batch=BATCH | {"max_requests": 4})
    killed(workspace, provider, api.POLL, api.STALL)
    for mode in ("online", "file", "ray"):
        batches(workspace, provider, mode=mode)
        message = refusal(workspace)
        assert f"annotate.mode: {mode}, but 4 of these requests are under way in a batch (batch_0)" in message
        assert "set annotate.mode: batch to collect it, or delete " in message
    assert not provider.asked
    batches(workspace, provider)
    succeeds(workspace)
    assert provider.asked == Counter(SENTENCES)

    batches(workspace, provider, annotator={"model": "n"}, batch=BATCH | {"max_requests": 4})
    killed(workspace, provider, api.POLL, api.STALL)
    batches(workspace, provider, annotator={"model": "n"}, mode="online")
    (named,) = [word for word in refusal(workspace).split() if word.endswith(".state.json")]
    Path(named).unlink()
    succeeds(workspace)


@pytest.mark.slow
def test_a_batch_that_somebody_cancelled_is_not_sent_again_unasked(workspace: Path, provider: Provider) -> None:
    batches(workspace, provider, batch=BATCH | {"max_requests": 4})
    killed(workspace, provider, api.POLL, api.STALL)
    provider.batches["batch_0"]["status"] = "cancelled"
    assert "batch batch_0 was cancelled" in refusal(workspace)
    assert len(provider.batches) == 1
    succeeds(workspace)
    assert provider.asked == Counter(SENTENCES)


def runner(path: Path) -> list[bytes]:
    """Return the lines that `vllm run-batch` writes for a request file."""
    lines = []
    for row in map(json.loads, path.read_bytes().splitlines()):
        reply = json.loads(completion(sentence_of(json.dumps(row["body"]).encode())))
        response = {"status_code": 200, "request_id": "vllm-batch-1", "body": reply}
        result = {"id": "vllm-1", "custom_id": row["custom_id"], "response": response, "error": None}
        lines.append(json.dumps(result).encode() + b"\n")
    return lines


def test_the_file_mode_stops_at_its_files_and_takes_what_a_runner_wrote(workspace: Path) -> None:
    settings = {"mode": "file", "batch": BATCH | {"max_requests": 4}}
    configure(workspace, "http://127.0.0.1:9/v1", settings)
    message = refusal(workspace, key=None)
    (path,) = (workspace / "replies").glob("*/batches/*.requests.jsonl")
    results = path.with_name(path.name.replace(".requests.", ".results."))
    assert f"4 requests are in 1 file(s) under {path.parent}" in message
    assert f"vllm run-batch -i {path} -o {results} --model m" in message
    assert requests(path.read_bytes()) == SENTENCES

    lines = runner(path)
    unknown = lines[0].replace(json.loads(lines[0])["custom_id"].encode(), b"0" * 40)
    # As vLLM tells of a request that it could not take.
    failed = {"error": {"message": "too long", "type": "BadRequestError", "param": None, "code": 400}}
    row = json.loads(lines[1]) | {"response": {"status_code": 400, "request_id": "1", "body": None}, "error": failed}
    bad = json.dumps(row).encode() + b"\n"
    results.write_bytes(b"".join([lines[2], lines[2], unknown, bad, lines[0], lines[3][:-20]]))
    done = run(workspace, key=None)
    assert done.returncode == 2
    assert "2 replies; failed: 1 BadRequestError; repeated: 1; of no request: 2" in done.stdout
    assert "2 requests are in 1 file(s)" in done.stderr
    (rest,) = {*path.parent.glob("*.requests.jsonl")} - {path}
    assert str(rest) in done.stderr
    assert requests(rest.read_bytes()) == ["Sentence 1", "News 0"]
    assert stored(workspace) == ["Sentence 0", "Sentence 2"]

    rest.with_name(rest.name.replace(".requests.", ".results.")).write_bytes(b"".join(runner(rest)))
    foreign = path.with_name("zzz.results.jsonl")
    foreign.write_bytes(lines[0])
    assert f"{foreign}: its name should begin as its request file's" in refusal(workspace, key=None)
    foreign.unlink()
    succeeds(workspace, key=None)
    assert [row["reply"] for row in annotated(workspace)] == SENTENCES
    assert stored(workspace) == sorted(SENTENCES)


def test_a_result_file_that_is_read_again_is_paid_for_once(workspace: Path) -> None:
    price = {"input": 0.0, "cached_input": 0.0, "output": 1e6, "batch_discount": 0.5}
    configure(workspace, None, {"mode": "file"}, {"price": price}, max_tokens=10)  # a reply is 5 dollars at its worst
    refusal(workspace, key=None)
    (path,) = (workspace / "replies").glob("*/batches/*.requests.jsonl")
    lines = runner(path)
    lines[0] = lines[0].replace(b'"choices": [', b'"choices": [], "was": [')
    path.with_name(path.name.replace(".requests.", ".results.")).write_bytes(b"".join(lines))
    for _ in range(2):
        assert "1 requests are in 1 file(s)" in refusal(workspace, key=None)
    rows = [row for file in (workspace / "replies").glob("*/*.jsonl") for row in load(file)]
    assert [row["lost_usd"] for row in rows if "lost_usd" in row] == [5.0]


def test_the_file_mode_writes_no_more_than_the_cap_allows(workspace: Path) -> None:
    price = {"input": 0.0, "cached_input": 0.0, "output": 1e6, "batch_discount": 0.5}
    settings = {"mode": "file", "batch": BATCH | {"max_requests": 4}}
    for cap, count in ((14.0, 2), (4.0, 0)):  # a reply is five dollars at its worst
        configure(workspace, None, settings | {"max_cost_usd": cap}, {"price": price}, max_tokens=10)
        message = refusal(workspace, key=None)
        assert (f"{count} requests are in 1 file(s)" if count else "4 is reached: 0.000000 is spent") in message
    (path,) = (workspace / "replies").glob("*/batches/*.requests.jsonl")
    assert requests(path.read_bytes()) == SENTENCES[:2]


@pytest.mark.parametrize("mode", ["online", "batch"])
@pytest.mark.parametrize("fault", ["more or fewer replies than others have", "a reply to another text"])
def test_replies_that_do_not_add_up_with_the_sentences_are_refused(
    fault: str, mode: str, workspace: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = outputs.write

    def write_with_a_fault(names: Any, corpora: Any, plan: Any, *others: Any) -> Any:
        if fault.startswith("more"):
            del plan.requests[1]
        else:
            plan.requests[1] = replace(plan.requests[1], sentence=plan.requests[0].sentence)
        return write(names, corpora, plan, *others)

    monkeypatch.setattr(outputs, "write", write_with_a_fault)
    batches(workspace, provider, mode=mode)
    done = run(workspace)
    assert done.returncode == 2
    assert f"tinyner: annotate: sentences with {fault}: 1 (" in done.stderr
    assert not (workspace / "data/annotated/target.jsonl").exists()
