"""The steps of docs/branches.md: branches with other prompts, experiments, and what commands print about them."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.annotate.provider import Provider, answered, serving
from tests.e2e.conftest import Copy
from tests.e2e.project import change, commit, dvc_json, metrics_of, ran, run, switch, undo_changes
from tinyner.bio import tags_to_spans
from tinyner.files import load
from tinyner.rows import Sentence

PLOTS = ("curves_by_seed", "curves", "types", "confusion", "reliability", "thresholds")
LINE = "4. PER (Person): names of individual people.\n"
EDITED = "4. PER (Person): names of individual people. For now give people only, no other type.\n"


def obedient(sentences: list[Sentence]) -> Callable[[str, int], dict[str, Any]]:
    """Return an LLM that follows the edited prompt: it finds the people in the gold tags, and nothing else."""
    gold = {" ".join(row["words"]): row for row in sentences}

    def reply(sentence: str, _: int) -> dict[str, Any]:
        row = gold.get(sentence)
        spans = tags_to_spans(row["tags"]) if row else []
        people = [" ".join(row["words"][start:end]) for start, end, label in spans if label == "PER"] if row else []
        return answered(f"Result: {json.dumps({'PER': people} if people else {})}", prompt_tokens=7)

    return reply


@pytest.fixture(scope="module")
def main(copy: Copy) -> Path:
    """Return a project whose first run is committed on main."""
    return copy("branches")


@pytest.fixture(scope="module")
def standard(main: Path) -> str:
    """Commit a branch that uses the other prompt with recorded replies; return its name."""
    switch(main, "-c", "standard", "main")
    change(main, annotate__prompts__target="standard")
    # On so few sentences both prompts may lead to the same labels; then nothing is trained again.
    assert ran(run(main, "dvc", "repro"))[:3] == ["annotate", "clean", "align"]
    commit(main, "Standard prompt")
    switch(main, "main")
    return "standard"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with serving() as server:
        server.key = "none"  # which the client sends to a server that needs no key
        yield server


@pytest.fixture(scope="module")
def people(main: Path, provider: Provider) -> str:
    """Commit a branch with an edited prompt, whose replies come from a server; return its name."""
    switch(main, "-c", "people", "main")
    prompt = main / "prompts/cot.txt"
    assert LINE in prompt.read_text()
    prompt.write_text(prompt.read_text().replace(LINE, EDITED))
    provider.reply = obedient(load(main / "data/prepared/target.jsonl"))
    change(main, annotate__annotator="local", annotate__annotators__local__base_url=provider.url)
    assert ran(run(main, "dvc", "repro")) == ["annotate", "clean", "align", "train", "evaluate"]
    commit(main, "People only")
    switch(main, "main")
    return "people"


def test_a_prompt_edited_is_asked_once_and_its_effect_is_what_the_replies_say(
    main: Path, people: str, provider: Provider
) -> None:
    sentences: list[Sentence] = load(main / "data/prepared/target.jsonl")
    texts = {" ".join(row["words"]) for row in sentences + load(main / "data/prepared/related.jsonl")}
    assert dict(provider.asked) == dict.fromkeys(texts, 1)
    labels = [label for row in sentences for _, _, label in tags_to_spans(row["tags"])]
    people_count = labels.count("PER")
    assert 0 < people_count < len(labels)
    difference = dvc_json(main, "metrics", "diff", "main", people)["metrics/align.json"]
    assert difference["teacher_f1"]["old"] == metrics_of(main, "main", "align")["teacher_f1"]
    assert difference["teacher_f1"]["new"] == pytest.approx(2 * people_count / (people_count + len(labels)))
    # Switching to the branch runs no stage and sends no request.
    switch(main, people)
    assert "Data and pipelines are up to date." in run(main, "dvc", "repro")
    # A stage that DVC is forced to run takes the replies from the store.
    assert ran(run(main, "dvc", "repro", "--force", "--single-item", "annotate")) == ["annotate"]
    assert set(provider.asked.values()) == {1}
    undo_changes(main)
    switch(main, "main")


def test_metrics_of_a_branch_against_main(main: Path, people: str) -> None:
    switch(main, people)
    table = run(main, "dvc", "metrics", "diff", "main")
    assert table.splitlines()[0].split() == ["Path", "Metric", "main", "workspace", "Change"]
    assert max(map(len, table.splitlines())) < 100
    old, new = (metrics_of(main, revision, "evaluate")["f1"] for revision in ("main", people))
    row = dvc_json(main, "metrics", "diff", "main")["metrics/evaluate.json"]["f1"]
    assert (row["old"], row["new"], row["diff"]) == pytest.approx((old, new, new - old))
    switch(main, "main")


@pytest.mark.long
def test_branches_side_by_side(main: Path, standard: str, people: str) -> None:
    """Compare branches as they are in git and DVC's cache, without a checkout."""
    branches = ("main", standard, people)
    printed = run(main, "tinyner", "compare", *branches, "--format", "csv")
    rows = {row["run"]: row for row in csv.DictReader(io.StringIO(printed)) if row["run"] in branches}
    assert [*rows] == [*branches]
    assert [row["annotate.prompts.target"] for row in rows.values()] == ["cot", "standard", "cot"]
    for branch, row in rows.items():
        assert float(row["f1"]) == pytest.approx(metrics_of(main, branch, "evaluate")["f1"])
    assert run(main, "git", "branch", "--show-current").strip() == "main"
    assert run(main, "git", "status", "--short") == ""


@pytest.mark.long
def test_params_of_a_branch_against_main(main: Path, standard: str) -> None:
    table = run(main, "dvc", "params", "diff", "main", standard)
    assert [line.split() for line in table.splitlines()[1:]] == [
        ["params.yaml", "annotate.prompts.target", "cot", "standard"]
    ]


@pytest.mark.long
def test_plots_of_all_branches_have_the_points_of_each(main: Path, standard: str, people: str) -> None:
    branches = ("main", standard, people)
    files = {}
    for branch in branches:
        switch(main, branch)
        files[branch] = {name: (main / f"plots/{name}.csv").read_text() for name in PLOTS}
    switch(main, "main")
    plots = dvc_json(main, "plots", "diff", *branches)
    assert "errors" not in plots
    sources = {name: name for name in PLOTS} | {"loss": "curves_by_seed", "dev_f1": "curves_by_seed"}
    assert [*plots["data"]] == ["loss", "dev_f1", "blend", "types", "confusion", "reliability", "thresholds"]
    for name, (plot,) in plots["data"].items():
        assert plot["revisions"] == [*branches], name
        assert "<DVC_METRIC_" not in json.dumps(plot["content"])
        values = plot["content"]["data"]["values"]
        if name == "blend":  # two points for each epoch, one for each share
            assert len(values) == 3 * 2 * 2
            continue
        if name == "thresholds":  # two points for each threshold, precision and recall
            assert len(values) == sum(2 * (files[branch][name].count("\n") - 1) for branch in branches)
            continue
        for branch in branches:
            expected = list(csv.DictReader(io.StringIO(files[branch][sources[name]])))
            points = [{key: row[key] for key in expected[0]} for row in values if row["rev"] == branch]
            assert points == expected
    assert files["main"]["confusion"] != files[people]["confusion"]
