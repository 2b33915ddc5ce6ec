"""The cap, kept by reservation whatever is in flight; and the estimate of tokens and dollars."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.annotate.workspace import annotate, annotate_here, completion, configure, sentence_of
from tests.conftest import Handler
from tinyner.annotate.costs import Budget, token_counter
from tinyner.annotate.requests import plan_requests
from tinyner.commands import annotate as command
from tinyner.errors import UserError
from tinyner.files import load, write_rows
from tinyner.params import Params, load_params

# A dollar a token of output: a request may cost 10, and costs 2.
PRICE = {"input": 0.0, "cached_input": 0.0, "output": 1e6, "batch_discount": 0.5}
WORST, ACTUAL = 10, 2


class Counting:
    """A server that holds the cap against what is under way, at each request."""

    def __init__(self, cap: float) -> None:
        self.cap, self.under_way, self.done = cap, 0, 0
        self.most, self.asked, self.broken = 0, list[str](), False
        self._lock = threading.Lock()

    def __call__(self, path: str, body: bytes) -> tuple[int, bytes]:
        with self._lock:
            self.asked.append(sentence_of(body))
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            self.broken |= self.done * ACTUAL + self.under_way * WORST > self.cap
        time.sleep(0.05)
        with self._lock:
            self.under_way -= 1
            self.done += 1
        return 200, completion("Result: {}")


def sentences(workspace: Path, count: int) -> None:
    rows = [{"id": f"s{index}", "words": ["Sentence", str(index)]} for index in range(count)]
    write_rows(workspace / "data/prepared/target.jsonl", rows)


@pytest.mark.slow
def test_a_cap_that_is_spent_before_the_run_ends_it_at_once(workspace: Path, serve: Callable[[Handler], str]) -> None:
    """More workers than may ask before the first answer, and none may ask."""
    sentences(workspace, 40)
    server = Counting(5)
    configure(
        workspace, serve(server), {"max_cost_usd": 5.0}, {"price": PRICE, "concurrency": 64}, max_completion_tokens=10
    )
    done = annotate(workspace, timeout=60)
    assert done.returncode == 2
    assert "annotate.max_cost_usd: 5 is reached: 0.000000 is spent" in done.stderr
    assert server.asked == []


def test_the_cap_holds_with_requests_under_way_and_a_rerun_goes_on(
    workspace: Path, serve: Callable[[Handler], str]
) -> None:
    sentences(workspace, 15)
    server = Counting(35)
    url = serve(server)

    def capped(cap: float) -> Any:
        annotator = {"concurrency": 8, "price": PRICE}
        configure(workspace, f"{url}/v1", {"max_cost_usd": cap}, annotator, max_completion_tokens=WORST)
        return annotate_here(workspace)

    done = capped(35)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    # 13 replies at 2 are 26, and another request might cost 10.
    assert "annotate.max_cost_usd: 35 is reached: 26.000000 is spent on these sentences" in done.stderr
    assert "3 replies are left, run again to go on" in done.stderr
    assert not server.broken
    assert server.most > 1
    assert capped(35).returncode == 2  # nothing more is spent
    assert len(server.asked) == 13
    server.cap = 100
    done = capped(100)
    assert done.returncode == 0, done.stderr
    assert len(server.asked) == len(set(server.asked)) == 16
    metrics = json.loads((workspace / "metrics/annotate.json").read_text())
    assert metrics["cost_usd"] == 32.0
    assert {row["corpus"]: row["cost_usd"] for row in metrics["costs"]} == {"target": 30.0, "related": 2.0}
    assert {row["cost_usd"] for row in load(workspace / "data/annotated/target.jsonl")} == {2.0}


@pytest.mark.slow
def test_a_run_ends_at_the_cap_with_prices_whose_sums_are_not_exact(
    workspace: Path, serve: Callable[[Handler], str], params: Params
) -> None:
    sentences(workspace, 40)
    body = completion("Result: {}").replace(b'"prompt_tokens": 7', b'"prompt_tokens": 913')
    url = serve(lambda path, _: (200, body))
    price = params.annotate.annotators["openai"].price
    assert price is not None
    annotator = {"concurrency": 4, "price": price.model_dump()}
    configure(workspace, f"{url}/v1", {"max_cost_usd": 0.02}, annotator, max_completion_tokens=1024)
    done = annotate(workspace, timeout=60)
    assert done.returncode == 0, done.stderr  # 41 replies are 0.015, and the last may cost 0.0035
    configure(workspace, f"{url}/v1", {"max_cost_usd": 0.03}, annotator | {"model": "n"}, max_completion_tokens=1024)
    sentences(workspace, 90)
    done = annotate(workspace, timeout=60)
    assert done.returncode == 2
    assert "annotate.max_cost_usd: 0.03 is reached" in done.stderr


def test_what_may_have_been_paid_for_nothing_counts_too(workspace: Path, serve: Callable[[Handler], str]) -> None:
    asked: list[str] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        asked.append(sentence_of(body))
        return 200, b"no JSON" if len(asked) == 1 else completion("Result: {}")

    url = f"{serve(answer)}/v1"
    configure(workspace, url, {"max_cost_usd": 22, "retries": 3}, {"price": PRICE}, max_completion_tokens=WORST)
    done = annotate_here(workspace)
    assert done.returncode == 2
    assert "22 is reached: 14.000000 is spent" in done.stderr  # 10 for nothing, two replies
    done = annotate_here(workspace)
    assert "22 is reached: 14.000000 is spent" in done.stderr  # the store remembers
    configure(workspace, url, {"max_cost_usd": 100}, {"price": PRICE}, max_completion_tokens=WORST)
    done = annotate_here(workspace)
    assert done.returncode == 0
    assert "asking openai, 2 cached: 1/2" in done.stdout
    assert "$16.0000 so far, about $18.0000 in all" in done.stdout
    metrics = json.loads((workspace / "metrics/annotate.json").read_text())
    assert metrics["cost_usd"] == 18.0
    assert metrics["costs_of_lost_replies_usd"] == [10.0]
    assert {row["corpus"]: row["cost_usd"] for row in metrics["costs"]} == {"target": 6 + 7.5, "related": 2 + 2.5}


def test_a_server_that_counts_no_tokens_is_charged_at_the_worst(
    workspace: Path, serve: Callable[[Handler], str]
) -> None:
    body = json.loads(completion("Result: {}"))
    del body["usage"]
    url = f"{serve(lambda path, _: (200, json.dumps(body).encode()))}/v1"
    configure(workspace, url, None, {"price": PRICE}, max_completion_tokens=WORST)
    assert annotate_here(workspace).returncode == 0
    assert json.loads((workspace / "metrics/annotate.json").read_text())["cost_usd"] == 40.0


def test_no_count_of_cached_tokens_makes_a_cost_negative(workspace: Path, serve: Callable[[Handler], str]) -> None:
    body = json.loads(completion("Result: {}"))
    body["usage"] |= {"prompt_tokens_details": {"cached_tokens": 1000}}
    url = f"{serve(lambda path, _: (200, json.dumps(body).encode()))}/v1"
    price = {"input": 1e6, "cached_input": 5e5, "output": 0.0, "batch_discount": 0.0}
    configure(workspace, url, None, {"price": price}, max_completion_tokens=WORST)
    assert annotate_here(workspace).returncode == 0
    assert json.loads((workspace / "metrics/annotate.json").read_text())["cost_usd"] == 4 * 7 * 0.5


def test_a_count_that_is_none_is_charged_at_the_worst(workspace: Path, serve: Callable[[Handler], str]) -> None:
    body = completion("Result: {}").replace(b'"prompt_tokens": 7', b'"prompt_tokens": 1' + b"0" * 400)
    url = f"{serve(lambda path, _: (200, body))}/v1"
    configure(workspace, url, None, {"price": PRICE}, max_completion_tokens=WORST)
    assert annotate_here(workspace).returncode == 0
    assert json.loads((workspace / "metrics/annotate.json").read_text())["cost_usd"] == 40.0


@pytest.mark.parametrize(
    ("annotator", "sampling", "part"),
    [
        ({"price": None}, {"max_tokens": 5}, "max_cost_usd: can't be kept without annotators.openai.price"),
        ({"price": PRICE}, {}, "set annotators.openai.sampling.max_completion_tokens (or max_tokens)"),
    ],
)
def test_a_cap_that_can_not_be_kept_is_refused(
    annotator: dict[str, Any], sampling: dict[str, Any], part: str, workspace: Path
) -> None:
    configure(workspace, "http://127.0.0.1:9/v1", {"max_cost_usd": 1.0}, annotator, **sampling)
    done = annotate_here(workspace)
    assert done.returncode == 2
    assert part in done.stderr


@given(st.floats(0, 50), st.lists(st.tuples(st.floats(0.01, 9), st.floats(0, 1)), max_size=40))
def test_no_order_of_reservations_breaks_the_cap(cap: float, requests: list[tuple[float, float]]) -> None:
    budget, open_ = Budget(cap, 0.0), list[tuple[float, float]]()
    for worst, share in requests:
        if budget.reserve(worst):
            open_.append((worst, worst * share))
        elif open_:
            budget.settle(*open_.pop(0))
        assert budget.spent + sum(worst for worst, _ in open_) <= cap + 1e-9
    for worst, actual in open_:
        budget.settle(worst, actual)
    assert budget.spent <= cap + 1e-9
    assert (budget.open, budget.reserved) == (0, 0.0)


def test_an_estimate_counts_by_corpus_and_sends_nothing(
    workspace: Path,
    serve: Callable[[Handler], str],
    student: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        asked.append(path)
        return 200, completion("Result: {}")

    price = PRICE | {"input": 1e6}  # a dollar a token each way
    annotator = {"price": price, "tokenizer": str(student)}
    configure(
        workspace,
        f"{serve(answer)}/v1",
        {"prompts": {"target": "standard", "related": "cot"}},
        annotator,
        max_tokens=10,
    )
    monkeypatch.chdir(workspace)
    monkeypatch.setenv("TINYNER_REPLIES", str(workspace / "replies"))
    monkeypatch.setenv("COLUMNS", "120")

    def estimated(changes: dict[str, object] | None = None) -> dict[str, list[str]]:
        command.run(changes or {}, only=True)
        lines = [line.split() for line in capsys.readouterr().out.splitlines()]
        return {line[0]: line[1:] for line in lines if line}

    def corpora() -> dict[str, list[Any]]:
        return {name: load(workspace / f"data/prepared/{name}.jsonl") for name in ("target", "related")}

    rows = estimated()
    plan = plan_requests(load_params(), corpora())
    count = token_counter(plan.endpoint.annotator).count
    inputs = {
        name: sum(count([row.text for row in plan.requests if row.corpus == name])) for name in ("target", "related")
    }
    assert rows["target"][:4] == ["standard", "3", "0", "3"]
    assert rows["target"][4:] == [
        f"{inputs['target']:,}",
        "30",
        f"{inputs['target'] + 30:.4f}",
        f"{inputs['target'] + 3 * 128 + 30:.4f}",  # as the cap counts: with what a chat template may add
    ]
    assert rows["related"][:4] == ["cot", "1", "0", "1"]
    assert rows["all"][:3] == ["4", "0", "4"]
    assert rows["input"][1:4] == ["counted", "by", f"{student},"]
    assert not asked

    assert annotate_here(workspace).returncode == 0
    rows = estimated({"annotate.prompts.related": "standard"})
    assert rows["target"][2:4] == ["3", "0"]  # stored, to ask
    assert rows["related"][2:6] == ["0", "1", rows["related"][4], "2"]  # as long as the replies that are stored
    assert len(asked) == 4
    batch = estimated({"annotate.prompts.related": "standard", "annotate.mode": "batch"})
    assert float(batch["related"][7]) == float(rows["related"][7]) / 2
    assert float(batch["related"][6]) == pytest.approx(float(rows["related"][6]) / 2)


def test_an_estimate_goes_by_the_replies_to_each_prompt(
    workspace: Path,
    serve: Callable[[Handler], str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        long = "four steps" in json.loads(body)["messages"][0]["content"]
        return 200, completion("x").replace(
            b'"completion_tokens": 2', f'"completion_tokens": {80 if long else 20}'.encode()
        )

    assert "four steps" in (workspace / "prompts/cot.txt").read_text()
    assert "four steps" not in (workspace / "prompts/standard.txt").read_text()
    configure(workspace, f"{serve(answer)}/v1", {"prompts": {"target": "standard", "related": "cot"}}, max_tokens=100)
    assert annotate_here(workspace).returncode == 0
    sentences(workspace, 5)
    write_rows(
        workspace / "data/prepared/related.jsonl", [{"id": f"b{index}", "words": [f"{index}"]} for index in range(3)]
    )
    monkeypatch.chdir(workspace)
    monkeypatch.setenv("TINYNER_REPLIES", str(workspace / "replies"))
    monkeypatch.setenv("COLUMNS", "120")
    command.run({}, only=True)
    out = capsys.readouterr().out
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}
    assert (rows["target"][4], rows["target"][6]) == ("2", "40")
    assert (rows["related"][4], rows["related"][6]) == ("3", "240")
    assert "output tokens (target standard): the mean of 3 stored replies of this annotator to the same prompt" in out
    assert "output tokens (related cot): the mean of 1 stored replies of this annotator to the same prompt" in out


def test_a_tokenizer_that_is_none_is_one_line(params: Params) -> None:
    annotator = params.annotate.annotators["openai"]
    for name in ("/no/such/folder/tokenizer.json", "tiktoken:no_such_encoding"):
        with pytest.raises(UserError, match="tokenizer: "):
            token_counter(annotator.model_copy(update={"tokenizer": name}))
    with pytest.raises(UserError, match="counts no tokens"):
        token_counter(annotator.model_copy(update={"tokenizer": "server", "base_url": "http://127.0.0.1:9"})).count(
            ["x"]
        )
