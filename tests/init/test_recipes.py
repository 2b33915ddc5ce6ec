"""Recipes: data by sha256, in each of their forms, give the same files; the prompt is the one that was answered."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, Handler
from tests.init.workspace import clone
from tinyner.errors import UserError
from tinyner.files import read_rows, sha256_text
from tinyner.init import parameters, plan, recipes
from tinyner.init.options import Options
from tinyner.init.plan import Plan
from tinyner.rows import text_of

CROSSNER = ROOT.parent / "shared/data/crossner"
needs_crossner = pytest.mark.skipif(not CROSSNER.is_dir(), reason="../shared is not beside the checkout")

WORDS = [["Rosa", "met", f"Lee{index}"] for index in range(20)]
FILE = {"file": "a", "sha256": "0" * 64}
EXAMPLE = {"text": "Ann left", "entities": {"PER": ["Ann"]}}
PARAMS = {
    "types": {"PER": ["person"]},
    "annotate": {"annotator": "local", "definitions": {"PER": "a human"}},
    "train": {"epochs": 3, "schedule": {"type": "pure_distilled"}},
}


def columns(rows: list[list[str]]) -> str:
    return "\n".join(f"{words[0]} B-PER\n" + "".join(f"{word} O\n" for word in words[1:]) for words in rows)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write_recipe(folder: Path, **changes: object) -> None:
    """Write a recipe whose data are in two forms: parted, and with all sentences in one file."""
    order = sorted(range(20), key=lambda index: sha256(f"7:made-{index:03d}"))
    valid = [WORDS[index] for index in sorted(order[:5])]
    target = "".join(
        json.dumps({"id": f"made-{index:03d}", "words": WORDS[index], "tags": ["B-PER", "O", "O"]}) + "\n"
        for index in sorted(order[5:])
    )
    files = {
        "parted/valid.txt": columns(valid),
        "parted/target.jsonl": target,
        "parted/test.txt": columns([["Max", "left"]]),
        "whole/dev.txt": columns(WORDS),
        "whole/test.txt": columns([["Max", "left"]]),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)

    def data_file(name: str, **more: object) -> dict[str, object]:
        return {"file": name.partition("/")[2], "sha256": sha256(files[name]), **more}

    dev = {"ids": "made-{index:03d}", "seed": 7}
    content: dict[str, object] = {
        "title": "made",
        "provenance": "written here\n",
        "data": [
            {
                "valid": data_file("parted/valid.txt"),
                "test": data_file("parted/test.txt"),
                "target": data_file("parted/target.jsonl"),
            },
            {
                "valid": data_file("whole/dev.txt", **dev, first=5),
                "test": data_file("whole/test.txt"),
                "target": data_file("whole/dev.txt", **dev, after=5),
            },
        ],
        "params": PARAMS,
        "examples": [EXAMPLE],
        **changes,
    }
    (folder / "recipes").mkdir(exist_ok=True)
    (folder / "recipes/made.yaml").write_text(yaml.safe_dump(content, sort_keys=False))


def planned(name: str, source: str, changes: dict[str, object] | None = None, target_size: int | None = None) -> Plan:
    recipe, text = recipes.load(name), Path("params.yaml").read_text()
    overrides = recipes.overrides(recipe)
    made = recipes.material(recipe, name, source, parameters.prepare_of(text, overrides))
    options = Options(recipe=name, target_size=target_size, changes=changes or {})
    return plan.make(made, options, text, overrides)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "prompts").mkdir()
    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    shutil.copyfile(ROOT / "prompts/scheme.txt", tmp_path / "prompts/scheme.txt")
    monkeypatch.chdir(tmp_path)
    write_recipe(tmp_path)
    return tmp_path


def test_all_forms_of_the_data_give_the_same_files(folder: Path, serve: Callable[[Handler], str]) -> None:
    def answer(path: str, _: bytes) -> tuple[int, bytes]:
        file = folder / path.lstrip("/")
        return (200, file.read_bytes()) if file.is_file() else (404, b"")

    parted, whole = planned("made", "parted"), planned("made", "whole/")
    assert parted.files == whole.files == planned("made", f"{serve(answer)}/whole").files
    assert sorted(map(str, parted.files)) == [
        *("data/own/sentences.jsonl", "data/own/test.jsonl", "data/own/valid.jsonl", "prompts/made.jsonl")
    ]
    assert parted.files[Path("data/own/sentences.jsonl")] == (folder / "parted/target.jsonl").read_bytes()
    valid = parted.files[Path("data/own/valid.jsonl")].decode().splitlines()
    assert [json.loads(line)["id"] for line in valid] == [f"conll-valid-{index:05d}" for index in range(5)]
    assert json.loads(parted.files[Path("prompts/made.jsonl")]) == EXAMPLE


def test_a_recipes_parameters_come_before_inits_and_the_users_before_both(folder: Path) -> None:
    params = planned("made", "parted", {"train.epochs": 2}).params
    assert params.types == {"PER": ["person"]}
    assert params.annotate.definitions == {"PER": "a human"}
    assert (params.annotate.annotator, params.annotate.examples) == ("local", "made")
    assert (params.train.epochs, params.train.schedule.type, params.train.group) == (2, "pure_distilled", "B")
    assert (params.prepare.corpus, params.prepare.target) == ("data/own", "data/own/sentences.jsonl")


def test_inits_choices_fit_a_recipes_own(folder: Path) -> None:
    """Its group, its epochs, its sizes of stand-ins; --target-size is the user's, so it comes before the recipe's."""
    files = {"train.txt": columns(WORDS[:4]), "target.txt": columns(WORDS[4:])}
    (folder / "data/made").mkdir(parents=True)
    for name, text in files.items():
        (folder / "data/made" / name).write_text(text)
    layout = {name.partition(".")[0]: {"file": name, "sha256": sha256(text)} for name, text in files.items()}
    prepare = {"test_from_target": 4, "valid_from_target": 2, "target_size": 14}
    content = {**PARAMS, "prepare": prepare, "train": {"group": "B", "epochs": 3}}
    write_recipe(folder, data=[layout], params=content)
    params = planned("made", "data/made").params
    assert (params.train.group, params.train.schedule.type, params.train.schedule.n) == ("B", "group", None)
    assert (params.train.epochs, params.train.lr_decay, params.train.dev_size) == (3, 0.5, 2)
    assert (params.prepare.test_from_target, params.prepare.valid_from_target) == (4, 2)
    assert params.prepare.target_size == 14
    assert planned("made", "data/made", target_size=10).params.prepare.target_size == 10


def test_other_data_are_refused(folder: Path) -> None:
    with (folder / "whole/dev.txt").open("a") as file:
        file.write("\nLee O\n")
    message = r"--data: not what recipes/made\.yaml is for: whole/dev\.txt has the sha256 \w{12}, expected \w{12}$"
    with pytest.raises(UserError, match=message):
        planned("made", "whole")


def test_a_file_that_is_in_none_of_the_forms_is_named_once(folder: Path) -> None:
    write_recipe(folder, data=[{"target": {"file": "dev.txt", "sha256": sign * 64}} for sign in "aba"])
    message = r"recipes/made\.yaml is for: whole/dev\.txt has the sha256 \w{12}, expected aaaaaaaaaaaa or bbbbbbbbbbbb$"
    with pytest.raises(UserError, match=message):
        planned("made", "whole")
    (folder / "whole/dev.txt").unlink()
    (folder / "whole/dev.txt").symlink_to("nowhere")
    with pytest.raises(UserError, match=r"--data: whole/dev\.txt: is a link to nowhere, and there is nothing"):
        planned("made", "whole")


def test_the_local_files_of_a_recipe_are_those_of_all_forms(folder: Path) -> None:
    recipe = recipes.load("made")
    (folder / "whole/target.jsonl").write_text("")
    names = ("", "test.txt", "target.jsonl", "dev.txt")
    assert recipes.sources(recipe, "whole/") == [Path("whole") / name for name in names]
    assert recipes.sources(recipe, "https://example.org/whole") == []


def test_data_that_are_not_there_are_named(folder: Path, serve: Callable[[Handler], str]) -> None:
    names = "valid.txt and test.txt and target.jsonl, or dev.txt and test.txt"
    with pytest.raises(UserError, match=f"--data: prompts has not the files of recipes/made.yaml: {names}"):
        planned("made", "prompts")
    with pytest.raises(UserError, match=f"--data: nowhere is no folder; recipes/made.yaml reads there {names}"):
        planned("made", "nowhere")
    url = serve(lambda path, body: (404, b""))
    with pytest.raises(
        UserError, match=rf"--recipe made: {url}/valid.txt.*; download the files by other means, {names}"
    ):
        planned("made", url)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heading": "x"}, "recipes/made.yaml: heading: Extra inputs are not permitted"),
        ({"data": []}, "recipes/made.yaml: data: List should have at least 1 item"),
        (
            {"data": [{"target": {"file": "a", "sha256": "0" * 64, "first": 3}}]},
            "first and after rank sentences by ids",
        ),
        ({"data": [{"target": {"file": "a", "sha256": "0"}}]}, "data.0.target.sha256: String should match pattern"),
        (
            {"data": [{"target": {"file": "a", "sha256": "0" * 64, "ids": "x"}}]},
            "data.0.target.ids: String should match",
        ),
        ({"examples": [{"text": "a"}]}, 'recipes/made.yaml: examples: expected {"text": ..., "entities"'),
        ({"examples": [{"text": "Max left", "entities": {}}]}, "examples: 'Max left' is a sentence of test"),
        ({"params": {"types": {"PER": 3}}}, "recipes/made.yaml: params: PER: expected a definition, a list"),
    ],
)
def test_a_recipe_that_is_none(changes: dict[str, object], message: str, folder: Path) -> None:
    write_recipe(folder, **changes)
    with pytest.raises(UserError, match=re.escape(message)):
        planned("made", "parted")


def test_a_recipe_that_is_not_there(folder: Path) -> None:
    with pytest.raises(UserError, match=r"--recipe: recipes/none\.yaml can't be read; choices: made"):
        recipes.load("none")


def test_another_prompt_than_the_answered_is_refused(folder: Path) -> None:
    made = planned("made", "parted")
    recipes.check_prompt(recipes.load("made"), "made", made)  # names no prompt
    write_recipe(folder, prompt_sha256="0" * 64)
    with pytest.raises(UserError, match=r"prompts/scheme\.txt, filled in, has the sha256 .* replies are to 000"):
        recipes.check_prompt(recipes.load("made"), "made", made)


@pytest.mark.slow
@needs_crossner
@pytest.mark.parametrize(
    ("domain", "train", "test"),
    [
        ("politics", 200, 651),
        ("science", 200, 543),
        ("music", 100, 465),
        ("literature", 100, 416),
        ("ai", 100, 431),
    ],
)
def test_crossner_of_the_folder_is_what_the_replies_are_to(
    domain: str, train: int, test: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clone(tmp_path / "clone"))
    source, name = CROSSNER / domain, f"crossner-{domain}"
    made = planned(name, str(source))
    recipe = recipes.load(name)
    recipes.check_prompt(recipe, name, made)
    recorded = [row for path in recipe.replies for _, row in read_rows(ROOT / path)]
    assert {row["text_sha256"] for row in recorded} == {sha256_text(text_of(row)) for row in made.asked}
    replies = {json.loads(line)["prompt_sha256"] for line in (source / "replies.jsonl").open()}
    assert replies == {recipe.prompt_sha256}
    assert made.files[Path("data/own/sentences.jsonl")] == (source / "sentences.jsonl").read_bytes()
    assert made.files[Path(f"prompts/{name}.jsonl")] == (source / "examples.jsonl").read_bytes()
    sizes = {split: len(rows) for split, rows in made.material.splits.items()}
    assert sizes == {"train": train, "valid": 100, "test": test}
    assert (made.params.annotate.gold_size, made.gold) == (None, [])  # no reply to a sentence of train is recorded
    assert [made.material.splits[split][0]["id"] for split in ("train", "test")] == [
        "conll-train-00000",
        "conll-test-00000",
    ]


@pytest.mark.slow
@needs_crossner
@pytest.mark.parametrize(
    "domain",
    ["ai", *(pytest.param(name, marks=pytest.mark.long) for name in ("literature", "music", "politics", "science"))],
)
def test_crossner_as_published_gives_the_same_files(
    domain: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The published files are the parted ones joined again, with tabs: their sha256 are in the recipe."""
    monkeypatch.chdir(clone(tmp_path / "clone"))
    source, published = CROSSNER / domain, tmp_path / "published"
    published.mkdir()
    blocks = {
        name: (source / f"{name}.txt").read_text().strip("\n").split("\n\n")
        for name in ("train", "valid", "test", "pool")
    }
    ids = [json.loads(line)["id"] for line in (source / "sentences.jsonl").open()]
    indices = [int(sentence_id.rpartition("-")[2]) for sentence_id in ids]
    pool = dict(zip(indices, blocks["pool"], strict=True))
    valid = iter(blocks["valid"])
    blocks["dev"] = [pool.get(index) or next(valid) for index in range(len(blocks["pool"]) + len(blocks["valid"]))]
    for name in ("train", "dev", "test"):
        (published / f"{name}.txt").write_text("\n\n".join(blocks[name]).replace(" ", "\t") + "\n\n")
    name = f"crossner-{domain}"
    assert planned(name, str(published)).files == planned(name, str(source)).files
