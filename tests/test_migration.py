"""Old parameters become today's: every params.yaml of the repository's history, every run in results/."""

import copy
import json
import lzma
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinyner.commands.rewritten_yaml import rewrite
from tinyner.errors import UserError
from tinyner.migration import TABLE, Added, Removed, Renamed, migrated, todays_changes, todays_name, todays_params
from tinyner.params import Params, check_params, flat, keys_of, parse_params, read_yaml

from .conftest import ROOT

TODAY: dict[str, Any] = read_yaml((ROOT / "params.yaml").read_text())
ARCHIVES = sorted((ROOT / "results").glob("*.jsonl.xz"))


def git(*words: str, text: str = "") -> str:
    """Return what git prints in this repository."""
    done = subprocess.run(["git", *words], cwd=ROOT, input=text.encode(), capture_output=True, check=True)
    return done.stdout.decode()


@pytest.fixture(scope="module")
def history() -> list[str]:
    """Every text that params.yaml had in a commit that HEAD comes from."""
    try:
        shallow = git("rev-parse", "--is-shallow-repository").strip() == "true"
    except (subprocess.CalledProcessError, FileNotFoundError):
        pytest.skip("this is no git repository, so it has no earlier params.yaml")
    if shallow:
        pytest.skip("this clone is shallow, so it lacks the earlier params.yaml")
    names = git("log", "--full-history", "--format=%H:params.yaml", "HEAD", "--", "params.yaml")
    blobs = {line.split()[0] for line in git("cat-file", "--batch-check", text=names).splitlines() if " blob " in line}
    if len(blobs) < 2:
        pytest.skip("this clone has no history, so it lacks the earlier params.yaml")
    return [git("cat-file", "blob", blob) for blob in sorted(blobs)]


def comments(text: str) -> list[str]:
    """The comments of a YAML text, in their order."""
    return [f"#{line.partition('#')[2]}" for line in text.splitlines() if line.startswith("#") or " #" in line]


def test_every_earlier_params_yaml_is_migrated(history: list[str]) -> None:
    assert len(history) >= 10
    for text in history:
        rewritten = rewrite(text, Path("params.yaml"))
        parse_params(rewritten.text)
        before, after = flat(read_yaml(text)), flat(read_yaml(rewritten.text))
        assert {todays_name(key): value for key, value in before.items()}.items() <= after.items()
        assert comments(rewritten.text) == comments(text)
        assert rewrite(rewritten.text, Path("params.yaml")).lines == []


def test_only_lines_of_changed_keys_differ(history: list[str]) -> None:
    """In the texts that are laid out as DVC does it, which the very first was not."""
    for text in (text for text in history if ": null" not in text):
        lines, before = rewrite(text, Path("params.yaml")).text.splitlines(), text.splitlines()
        renamed = [line for line in before if line not in lines]
        names = [row.key.rpartition(".")[2] for row in TABLE if isinstance(row, Renamed)]
        assert {line.split(":")[0].strip() for line in renamed} <= set(names)


def test_every_recorded_run_is_migrated() -> None:
    runs = [json.loads(line) for path in ARCHIVES for line in lzma.decompress(path.read_bytes()).splitlines()]
    assert len(runs) > 100
    for run in runs:
        params = todays_params(run["params"])
        check_params(params)
        assert migrated(params)[1] == []
        before = run["params"]["train"]
        assert params["train"]["cuda_graphs"] is before.get("cuda_graphs", False)
        assert params["train"]["related_size"] == before.get("bbc_size", before.get("related_size"))


def test_todays_params_stay_as_they_are(params: Params) -> None:
    assert migrated(TODAY) == (TODAY, [])
    text = (ROOT / "params.yaml").read_text()
    assert (rewrite(text, Path("params.yaml")).text, rewrite(text, Path("params.yaml")).lines) == (text, [])
    assert params == check_params(TODAY)


def test_a_renamed_key_keeps_its_section_and_each_row_ends_at_a_key_of_today() -> None:
    for row in TABLE:
        if isinstance(row, Renamed):
            assert row.key.rpartition(".")[0] == row.name.rpartition(".")[0]
        name = todays_name(row.key).replace("*", "openai")
        *section, key = name.split(".")
        assert isinstance(row, Removed) or key in keys_of(section)


@given(st.sets(st.integers(0, len(TABLE) - 1)).map(sorted))
@settings(deadline=None)
def test_whatever_was_not_yet_done_is_done_once(places: list[int]) -> None:
    older = copy.deepcopy(TODAY)
    rows = [TABLE[place] for place in places]
    for row in rows:
        *section, key = row.key.split(".")
        mappings = [older]
        for part in section:
            mappings = [inner for each in mappings for inner in (each.values() if part == "*" else [each[part]])]
        for mapping in mappings:
            if isinstance(row, Added):
                del mapping[key]
            elif isinstance(row, Renamed):
                mapping[key] = mapping.pop(row.name.rpartition(".")[2])
    content, steps = migrated(older)
    check_params(content)
    assert all(step.row in rows for step in steps)
    assert all(row in [step.row for step in steps] for row in rows)
    assert migrated(content) == (content, [])


def test_a_new_key_comes_into_sections_that_are_there_alone() -> None:
    assert todays_params({"types": {}}) == {"types": {}}
    assert todays_params({"train": None, "align": 3}) == {"train": None, "align": 3}
    assert todays_params({"align": {"snap": "off"}}) == {"align": {"snap": "off", "min_agreement": 0.5}}


def test_an_unknown_key_is_left_alone() -> None:
    older = {"train": {**TODAY["train"], "forgotten": 1}, "else": {"train": {"bbc_size": 3}}}
    assert migrated(older) == (older, [])


def test_a_key_under_both_names_is_left_to_its_author() -> None:
    both = copy.deepcopy(TODAY)
    both["prepare"]["bbc"] = "none"
    assert migrated(both) == (both, [])
    with pytest.raises(UserError) as caught:
        check_params(both)
    assert str(caught.value) == (
        "params.yaml: prepare.bbc is prepare.related today, which stands there as well; take out prepare.bbc"
    )


def test_rows_of_later_versions() -> None:
    table = (
        Renamed("1", "a.*.x", "a.*.y"),
        Renamed("2", "a.*.y", "a.*.z"),
        Added("2", "b", {"c": 1}),
        Removed("3", "a.m.old", "it did nothing"),
    )
    older = {"a": {"m": {"x": 1, "old": 2}, "n": {"w": 0, "y": 3, "v": 4}}}
    content, steps = migrated(older, table)
    assert content == {"a": {"m": {"z": 1}, "n": {"w": 0, "z": 3, "v": 4}}, "b": {"c": 1}}
    assert list(content["a"]["n"]) == ["w", "z", "v"]
    assert list(map(str, steps)) == [
        *("a.m.x -> a.m.y", "a.m.y -> a.m.z", "a.n.y -> a.n.z", 'b: {"c": 1} (new)'),
        "a.m.old: taken out (it did nothing)",
    ]
    assert [step.since for step in steps[2:]] == [
        *("a.n.y is a.n.z since 2", "b is new since 2"),
        "a.m.old is gone since 3 (it did nothing)",
    ]
    assert todays_name("a.k.x.deeper", table) == "a.k.z.deeper"
    assert todays_params(older, table)["a"]["m"] == {"z": 1, "old": 2}  # runs may differ in it
    assert "x" in older["a"]["m"]


def test_changes_under_both_names_are_refused() -> None:
    for changes in (
        {"train.bbc_size": 1, "train.related_size": 2},
        {"train.related_size": 2, "train.bbc_size": 1},
        {"annotate.prompts": {"bbc": "cot", "related": "cot"}},
    ):
        with pytest.raises(UserError, match=r"(bbc_size|bbc) is .*related.* today, and both are set"):
            todays_changes(changes)


def test_an_old_params_yaml_is_refused_with_what_mends_it() -> None:
    old = copy.deepcopy(TODAY)
    old["prepare"]["bbc"] = old["prepare"].pop("related")
    assert _refused(old) == "params.yaml: prepare.bbc is prepare.related since 0.2: run tinyner migrate"
    del old["train"]["cuda_graphs"]
    assert _refused(old) == (
        "params.yaml: prepare.bbc is prepare.related since 0.2, train.cuda_graphs is new since 0.2: run tinyner migrate"
    )
    old["train"]["epoch"] = 3
    assert "run tinyner migrate; train.epoch is no known key; did you mean epochs?" in _refused(old)
    first = {**old, "annotate": {key: old["annotate"][key] for key in ("annotator", "prompts", "annotators")}}
    assert "annotate.few_shot is new since 0.1 and 11 more: run tinyner migrate; train.epoch" in _refused(first)


def _refused(content: dict[str, Any]) -> str:
    with pytest.raises(UserError) as caught:
        check_params(content)
    return str(caught.value)
