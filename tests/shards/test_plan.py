"""Which files of folders, patterns and names are shards, and what each becomes."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shards.conftest import write_shards
from tinyner.errors import UserError
from tinyner.predict.source import ENDINGS
from tinyner.shards.plan import _renamed, plan_of


def targets(names: list[str], output: Path) -> dict[str, str]:
    shards = plan_of(names, str(output), "jsonl").shards
    return {shard.target.removeprefix(f"{output}/"): shard.source for shard in shards}


def test_a_folder_s_shards_keep_their_places(shards: Path, tmp_path: Path) -> None:
    for name in ("_SUCCESS", ".hidden.jsonl", "_old/part.jsonl", "notes.md"):
        path = shards / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}\n")
    plan = plan_of([str(shards)], str(tmp_path / "out"), "conll")
    assert plan.left_out == ["notes.md"]
    assert [(shard.source, shard.target, shard.record) for shard in plan.shards] == [
        (str(shards / source), str(tmp_path / "out" / target), str(tmp_path / "out/_tinyner" / f"{target}.json"))
        for source, target in [
            ("day-1/part-0.jsonl", "day-1/part-0.conll"),
            ("day-1/part-2.jsonl", "day-1/part-2.conll"),
            ("day-2/packed.jsonl.gz", "day-2/packed.conll.gz"),
            ("day-2/part-1.jsonl", "day-2/part-1.conll"),
            ("day-2/table.parquet", "day-2/table.conll"),
        ]
    ]


def test_a_pattern_s_files_keep_their_places_below_its_first_plain_folder(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {"day-1/part-0.jsonl": "day-1/part-0.jsonl", "day-1/part-2.jsonl": "day-1/part-2.jsonl"}
    assert targets([f"{shards}/*-1/*.jsonl"], tmp_path / "out") == {
        target: str(shards / source) for target, source in expected.items()
    }
    monkeypatch.chdir(shards)
    assert targets(["*-1/*.jsonl"], tmp_path / "out") == expected


def test_links_are_the_files_that_they_lead_to(shards: Path, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links/a.jsonl").symlink_to(shards / "day-1/part-0.jsonl")
    (tmp_path / "links/broken.jsonl").symlink_to(tmp_path / "none")
    plan = plan_of([str(tmp_path / "links")], str(tmp_path / "out"), "jsonl")
    (direct,) = plan_of([str(shards / "day-1/part-0.jsonl")], str(tmp_path / "out"), "jsonl").shards
    assert plan.left_out == ["broken.jsonl"]
    assert [(shard.source, shard.size, shard.version) for shard in plan.shards] == [
        (str(tmp_path / "links/a.jsonl"), direct.size, direct.version)
    ]


def test_names_that_a_pattern_asks_for_may_begin_with_an_underscore(shards: Path, tmp_path: Path) -> None:
    (shards / "_old.jsonl").write_text("{}\n")
    assert targets([f"{shards}/_*.jsonl"], tmp_path / "out") == {"_old.jsonl": str(shards / "_old.jsonl")}


def test_a_changed_file_has_another_version(shards: Path, tmp_path: Path) -> None:
    before = plan_of([str(shards)], str(tmp_path / "out"), "jsonl").shards
    path = shards / "day-1/part-0.jsonl"
    path.write_text(path.read_text() + json.dumps({"text": "More."}) + "\n")
    after = plan_of([str(shards)], str(tmp_path / "out"), "jsonl").shards
    changed = [first.source for first, second in zip(before, after, strict=True) if first.version != second.version]
    assert changed == [str(path)]


@pytest.mark.parametrize(
    ("names", "output", "message"),
    [
        (["{}/none"], "out", "none: no such file or folder; expected plain text"),
        (["{}/*.csv"], "out", r"\*\.csv: has no shard; expected files that end in"),
        (["{}/other"], "out", "other: has no shard, but 2 files of other kinds; expected"),
        (["{}/texts"], "texts", "-o .*texts: lies in .*texts, whose files are read"),
        (["{}/texts"], "texts/out", "-o .*texts/out: lies in"),
        (["{}/texts/**/*.jsonl"], "texts/out", "-o .*texts/out: lies in"),
        (["{}/texts/day-1/*.jsonl"], "texts/day-1", "would be written over one of the files that are read"),
        (["{}/texts/day-1/part-0.jsonl"], "texts/day-1", "would be written over one of the files that are read"),
        (
            ["{}/texts", "{}/texts/day-1/x.csv", "{}/same/x.jsonl"],
            "out",
            "x.jsonl and .*x.csv would both become .*x.jsonl",
        ),
        (["-"], "out", "-: standard input becomes no folder; name a file: -o FILE"),
        (["{}/texts", "{}/pdf"], "out", "pdf: has no shard, but 1 file of other kinds"),
        (["nosuch://bucket/a"], "out", "nosuch://bucket/a: Protocol not known: nosuch"),
    ],
)
def test_what_can_t_be_is_one_line(names: list[str], output: str, message: str, tmp_path: Path) -> None:
    write_shards(tmp_path / "texts")
    for name in ("other/a.md", "other/b.pdf", "same/x.jsonl", "texts/day-1/x.csv", "pdf/c.pdf", "texts/d.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text\nHe left.\n")
    with pytest.raises(UserError, match=message) as raised:
        plan_of([name.format(tmp_path) for name in names], str(tmp_path / output), "jsonl")
    assert "\n" not in str(raised.value)


@given(
    stem=st.from_regex(re.compile(r"[a-z0-9-]{1,5}(\.[0-9])?(/[a-z]{1,3})?", re.ASCII), fullmatch=True),
    ending=st.sampled_from(sorted(ENDINGS)),
    packing=st.sampled_from(["", ".gz"]),
)
def test_a_target_has_its_shard_s_name_and_the_format_s_ending(stem: str, ending: str, packing: str) -> None:
    assert _renamed(f"{stem}{ending}{packing}", "jsonl") == f"{stem}.jsonl{packing}"
    assert _renamed(f"{stem}{packing}", "tsv").startswith(stem)
