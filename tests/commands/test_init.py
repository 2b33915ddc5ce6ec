"""``tinyner init`` as a user runs it, by flags."""

import json
import os
import re
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests import in_process
from tests.init.test_recipes import write_recipe
from tests.init.workspace import (
    TYPES,
    clone,
    git,
    labelled,
    params_of,
    texts,
    would_be_added,
    write_csv,
    write_jsonl,
)
from tinyner.files import load

MESSAGE = re.compile("tinyner: .*\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return clone(tmp_path / "clone")


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "notes.csv", texts(200))


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "gold.jsonl", labelled(60))


def init(folder: Path, *words: object, ok: bool = True, no_annotator: bool = False) -> CompletedProcess[str]:
    """Run ``tinyner init --git``, since DVC takes seconds; tests of writing have DVC."""
    variables = {"COLUMNS": "200", "OPENAI_API_KEY": "", "TINYNER_REPLIES": str(folder.parent / "replies")}
    names = {"--annotator", "--recipe"} & set(words)
    annotator = () if names or no_annotator else ("--annotator", "openai")
    done = in_process.command(folder, "init", "--git", *annotator, *map(str, words), **variables)
    assert (done.returncode == 0) is ok, done.stdout + done.stderr
    if not ok:
        assert done.returncode == 2
        assert MESSAGE.fullmatch(done.stderr)
    return done


def rows(folder: Path, split: str) -> list[dict[str, Any]]:
    return load(folder / f"data/own/{split}.jsonl")


def test_sentences_and_labelled_ones_become_a_project(folder: Path, notes: Path, gold: Path) -> None:
    output = init(folder, "--sentences", notes, "--gold", gold, "--annotator", "openai").stdout
    assert "notes.csv   CSV: 200 sentences, 1,5" in output
    assert "gold.jsonl  JSON, texts with spans: 60 sentences" in output
    assert "entities: DRUG 40, DOSE 20; 20 sentences without any" in output
    assert "split      train 24, valid 10, test 26 of the 60 labelled sentences" in output
    assert "no definition yet of DRUG, DOSE" in output
    assert "prompts/notes.jsonl: 3 few-shot examples, sentences of yours with their labels" in output
    assert (
        "https://api.openai.com gets 200 sentences and, to be scored, 21 labelled ones without the labels, and the 3"
        in output
    )
    assert "the LLM labels all 200\n             and 21 sentences of train, to score the LLM by" in output
    assert re.search(r"221 requests, about [\d,]+ tokens in and [\d,]+ out: \$0\.0\d, at most \$0\.4\d", output)
    assert "first  write the definitions of DRUG, DOSE into params.yaml\n" in output
    assert "export OPENAI_API_KEY=..., the key of the LLM" in output
    commands = re.findall(r"\n  [1234] +(.+?) +#", output)
    commit = "git add -A && git commit -m 'Project notes'"
    assert commands == [commit, "tinyner check", "dvc repro prepare && tinyner pilot", "dvc repro"]
    params = params_of(folder)
    assert params["types"] == {"DRUG": [], "DOSE": []}
    assert params["annotate"]["gold_size"] == 21
    assert (
        params["prepare"] | {"corpus": "data/own", "target": "data/own/notes.csv", "related": "none"}
        == params["prepare"]
    )
    assert params["train"] | {"group": "D", "dev_size": 10, "batch_size": 16} == params["train"]
    assert params["annotate"]["definitions"]["DRUG"].startswith("TODO: ")
    assert (folder / "data/own/notes.csv").read_bytes() == notes.read_bytes()
    splits = {split: rows(folder, split) for split in ("train", "valid", "test")}
    assert {split: len(part) for split, part in splits.items()} == {"train": 24, "valid": 10, "test": 26}
    assert {row["id"] for part in splits.values() for row in part} == {str(index) for index in range(60)}
    examples = load(folder / "prompts/notes.jsonl")
    assert {label for row in examples for label in row["entities"]} == {"DRUG", "DOSE"}
    assert {row["text"] for row in examples} <= {" ".join(row["words"]) for row in splits["train"]}


def test_without_a_label_the_prompt_has_definitions_only(folder: Path, notes: Path) -> None:
    output = init(folder, "--sentences", notes, "--types", TYPES).stdout
    assert "examples   none, prompts/notes.jsonl is empty" in output
    assert "types      DRUG (medicine): a substance given to a patient\n             DOSE: how much of it\n" in output
    assert "no definition yet of ROUTE" in output
    assert "first  write the definition of ROUTE into params.yaml\n" in output
    params = params_of(folder)
    assert params["types"] == {"DRUG": ["medicine"], "DOSE": [], "ROUTE": []}
    assert (params["prepare"]["corpus"], params["train"]["group"]) == ("data/own", "B")
    assert (params["prepare"]["test_from_target"], params["prepare"]["valid_from_target"]) == (40, 20)
    assert "stand-ins  valid 20, test 40 of the sentences that the LLM labels, for want of gold; none is tr" in output
    assert "           a score on them is agreement with the teacher, not accuracy" in output
    assert (folder / "prompts/notes.jsonl").read_text() == "\n"


def test_the_columns_that_are_read_are_named(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("note_id,text,ward\n" + "".join(f"{index},{text},A\n" for index, text in enumerate(texts(20))))
    output = init(folder, "--sentences", path, "--types", TYPES).stdout
    assert "column text has the texts, note_id the ids; not read: ward\n" in output


def test_where_texts_go_has_each_heading_once(folder: Path, notes: Path, gold: Path) -> None:
    words = ("--no-split-texts", "--dry-run", "-S", "annotate.max_cost_usd=1")
    output = init(folder, "--sentences", notes, "--gold", gold, *words).stdout
    part = output[output.index("Where your texts go") : output.index("What the annotation costs")]
    assert re.findall(r"\n  (\S+(?: \S+)?) ", part) == ["Git", "the LLM"]


def test_a_dry_run_says_all_and_writes_nothing(folder: Path, notes: Path, gold: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}
    output = init(folder, "--sentences", notes, "--gold", gold, "--dry-run").stdout
    assert "What would be written\n  written  data/own/train.jsonl, " in output
    assert "Done" not in output
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts}
    assert after == before


def test_what_git_would_not_take_is_said(folder: Path, notes: Path, tmp_path: Path) -> None:
    rules = (folder / ".gitignore").read_text()
    (folder / ".gitignore").write_text(f"{rules}*.csv\n")
    output = init(folder, "--sentences", notes, "--types", TYPES).stdout
    line = f".gitignore:{rules.count(chr(10)) + 1}:*.csv; `git add -f` adds it nevertheless"
    assert f"LOOK OUT  data/own/notes.csv stays out of Git by {line}\n" in output


def test_another_project_says_what_becomes_of_the_one_before(folder: Path, notes: Path, tmp_path: Path) -> None:
    init(folder, "--sentences", notes, "--types", TYPES)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "notes")
    letters = ("--sentences", write_csv(tmp_path / "letters.csv", texts(30)), "--types", TYPES)
    line = "left  data/own/notes.csv, which nothing uses any more: --force removes it\n"
    assert line in init(folder, *letters, "--dry-run").stdout
    assert (folder / "data/own/notes.csv").exists()
    write_jsonl(folder / "data/own/test.jsonl", labelled(3))
    plan = (
        "kept     data/own/test.jsonl as test.before.jsonl (no commit has it, nor DVC's cache)\n"
        "  removed  data/own/notes.csv: init wrote it, nothing uses it, and a commit or DVC's cache has it\n"
        "           prompts/notes.jsonl: init wrote it, nothing uses it, and nothing is in it\n"
    )
    assert plan in init(folder, *letters, "--force", "--dry-run").stdout
    output = init(folder, *letters, "--force").stdout
    assert plan in output
    assert "moved    data/own/test.jsonl to data/own/test.before.jsonl\n" in output
    assert "removed  data/own/notes.csv, prompts/notes.jsonl\n" in output


@pytest.mark.slow
def test_the_data_of_a_recipe_stay_out_of_git(folder: Path) -> None:
    write_recipe(folder)
    git(folder, "add", "recipes")
    words = ("init", "--recipe", "made", "--data", "whole/")
    output = in_process.command(folder, *words, COLUMNS="200", TINYNER_REPLIES=str(folder.parent / "replies")).stdout
    assert "not whole/, which is added to .gitignore\n" in output
    assert "Git      asked: of the recipe's texts it gets only hashes, data/own/*.dvc, and the examples in " in output
    assert not [name for name in would_be_added(folder) if name.startswith("whole/")]
    assert "parted/target.jsonl" in would_be_added(folder)  # nobody named it


def test_labelled_sentences_are_not_asked(folder: Path, notes: Path, tmp_path: Path) -> None:
    gold = write_jsonl(tmp_path / "gold.jsonl", labelled(60, first=180))  # 20 of them are among the notes
    output = init(folder, "--sentences", notes, "--gold", gold).stdout
    assert "20 sentences stand among the labelled ones too" in output
    target = load(folder / "data/own/notes.jsonl")
    assert [row["id"] for row in target] == [f"n{index}" for index in range(180)]
    labelled_words = {tuple(row["words"]) for split in ("train", "valid", "test") for row in rows(folder, split)}
    assert not labelled_words & {tuple(row["words"]) for row in target}
    assert not (folder / "data/own/notes.csv").exists()
    both = write_csv(tmp_path / "both.csv", [row["text"] for row in labelled(60, first=180)])
    assert (
        "both.csv: all its sentences are labelled ones"
        in init(folder, "--sentences", both, "--gold", gold, "--force", ok=False).stderr
    )


def test_splits_that_are_there_stay(folder: Path, notes: Path, tmp_path: Path) -> None:
    source = tmp_path / "gold"
    source.mkdir()
    write_jsonl(source / "train.jsonl", labelled(12))
    write_jsonl(source / "test.jsonl", labelled(30, first=2000))
    output = init(folder, "--sentences", notes, "--gold", source).stdout
    assert f"split      train 12, test 30, as {source} has them" in output
    assert len(rows(folder, "train")) == 12
    assert not (folder / "data/own/valid.jsonl").exists()


def test_splits_in_place_are_read_where_they_are(folder: Path, notes: Path) -> None:
    for split, count in (("train", 12), ("valid", 10), ("test", 30)):
        write_jsonl(folder / f"data/own/{split}.jsonl", labelled(count, first=1000 * count))
    write_csv(folder / "data/own/mine.csv", texts(50))
    before = (folder / "data/own/train.jsonl").read_bytes()
    output = init(folder, "--sentences", "data/own/mine.csv", "--gold", "data/own").stdout
    assert "written  prompts/mine.jsonl, data/own/.init.json, params.yaml\n" in output
    assert (folder / "data/own/train.jsonl").read_bytes() == before
    assert params_of(folder)["prepare"]["target"] == "data/own/mine.csv"


def test_sizes_and_parameters_by_flags(folder: Path, notes: Path, gold: Path) -> None:
    sizes = ("--test", 10, "--valid", 0, "--target-size", 40)
    flags = (*sizes, "--name", "medical", "--prompt", "json", "--student", "hf:s")
    values = ("-S", "train.epochs=3", "-S", "annotate.output=json_object")
    output = init(folder, "--sentences", notes, "--gold", gold, *flags, *values).stdout
    assert "the LLM labels 40 of 200; raise prepare.target_size for more" in output
    params = params_of(folder)
    assert (len(rows(folder, "test")), len(rows(folder, "train"))) == (10, 50)
    assert (params["prepare"]["target_size"], params["prepare"]["student"]) == (40, "hf:s")
    assert params["annotate"]["prompts"] == {"target": "json", "related": "json"}
    assert params["train"]["epochs"] == 3
    assert (folder / "prompts/medical.jsonl").exists()


def test_texts_of_several_sentences_are_split_and_their_parts_stay_together(folder: Path, tmp_path: Path) -> None:
    both = [f"{first} {second}" for first, second in zip(texts(40), texts(80)[40:], strict=True)]
    notes = write_csv(tmp_path / "notes.csv", both)
    gold = []
    for index in range(30):
        text = f"Patient {index} took aspirin. Then {index} was well."
        start = text.index("aspirin")
        gold.append({"text": text, "label": [[start, start + 7, "DRUG"]]})
    output = init(folder, "--sentences", notes, "--gold", write_jsonl(tmp_path / "gold.jsonl", gold)).stdout
    assert "40 of 40 in notes.csv have several sentences; each sentence is a row by itself" in output
    assert "what is of one document, or has the same text, is in one of them" in output
    assert params_of(folder)["prepare"]["split_texts"] is True
    numbers = [{row["words"][1] for row in rows(folder, split)} for split in ("train", "valid", "test")]
    assert sum(map(len, numbers)) == 30
    words = ("--sentences", notes, "--types", TYPES, "--no-split-texts", "--dry-run")
    assert "40 of 40 in notes.csv have several sentences; they stay whole" in init(folder, *words, "--force").stdout


def test_a_span_that_ends_inside_a_word_is_refused_with_how_many_do(folder: Path, notes: Path, tmp_path: Path) -> None:
    gold = labelled(60)
    for row in gold[3:9]:
        row["label"] = [[start, end - 1, name] for start, end, name in row["label"]]
    path = write_jsonl(tmp_path / "gold.jsonl", gold)
    message = init(folder, "--sentences", notes, "--gold", path, ok=False).stderr
    assert "gold.jsonl:4: DRUG 'hepari' (16:22) is part of 'heparin', and a word has one tag" in message
    assert message.endswith("(tinyner init --snap); 6 spans of this file end inside a word\n")
    output = init(folder, "--sentences", notes, "--gold", path, "--snap").stdout
    assert "spans snapped to whole words: 6" in output
    assert params_of(folder)["prepare"]["span_edges"] == "snap"


def test_few_gold_sentences_say_what_they_are_worth(folder: Path, notes: Path, tmp_path: Path) -> None:
    output = init(folder, "--sentences", notes, "--gold", write_jsonl(tmp_path / "gold.jsonl", labelled(20))).stdout
    assert "split      train 10, test 10 of the 20 labelled sentences" in output
    assert "stand-ins  valid 20 of the sentences that the LLM labels" in output
    assert params_of(folder)["train"]["dev_size"] == 20
    assert re.search(r"test       \d+ entities: an F1 of \.70 is known to ±\.[23]\d \(95 %\); smaller diff", output)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            [],
            "init: needs --sentences FILE and --types TYPES (or --gold PATH); on a terminal, it asks for what it needs",
        ),
        (["--types", "DRUG"], "init: needs --sentences FILE; on a terminal"),
        (
            ["--sentences", "long.csv", "--types", "DRUG"],
            "set prepare.split_texts: true (tinyner init --split-texts)",
        ),
        (["--sentences", "none.csv", "--types", "DRUG"], "tinyner: --sentences: none.csv: no such file"),
        (["--sentences", "data", "--types", "DRUG"], "tinyner: --sentences: data: is a folder; name a file in it"),
        (["--sentences", "{notes}", "--gold", "link"], "tinyner: --gold: link: is a link to nowhere, and"),
        (["--sentences", "pipe", "--types", "DRUG"], "tinyner: --sentences: pipe: is a pipe, which gives"),
        (["--sentences", "~nobody-here/a.csv", "--types", "DRUG"], "--sentences: ~nobody-here/a.csv: no such file"),
        (["--sentences", "{notes}", "--gold", "splits"], "tinyner: --gold: splits/test.jsonl: is a link to nowhere"),
        (["--sentences", "{notes}", "--gold", "same.jsonl"], "its 12 labelled sentences have 1 text only, and what"),
        (["--sentences", "{notes}", "--types", "DRUG", "--data", "x"], "init: --data goes with --recipe"),
        (["--sentences", "{notes}", "--gold", "data"], "--gold: data has no file called train, valid or test"),
        (["--sentences", "{notes}", "--gold", "{gold}", "--types", "DRUG"], "type DOSE is none of --types (DRUG);"),
        (
            ["--sentences", "{notes}", "--gold", "{gold}", "--test", "61"],
            "init: --test 61 is more than the 60 labelled sentences",
        ),
        (
            ["--sentences", "{notes}", "--gold", "{gold}", "--test", "-1"],
            "init: --test -1: expected a number of sentences, at least 0",
        ),
        (["--sentences", "{notes}", "--gold", "{notes}"], "notes.csv:2: expected labels with every sentence"),
        (["--sentences", "{notes}", "--types", "DRUG = x"], "--types: expected TYPE: definition, found 'DRUG = x'"),
        (["--sentences", "{notes}", "--types", "f1: x"], "types: f1 is the name of a score"),
        (
            ["--sentences", "{notes}", "--types", "DRUG", "--annotator", "me"],
            "annotator: 'me' is not one of claude",
        ),
        (
            ["--sentences", "{notes}", "--types", "DRUG", "-S", "train.epoch=1"],
            "train.epoch is no known key; did you",
        ),
        (["--recipe", "crossner-politics", "--types", "DRUG"], "--types can't go with --recipe"),
        (["--recipe", "crossner-politics", "--name", "mine", "--test", "0"], "--name, --test can't go with --recipe"),
        (["--recipe", "none"], "--recipe: recipes/none.yaml can't be read; choices: crossner-"),
    ],
)
def test_what_is_missing_or_wrong_is_one_line(
    words: list[str], message: str, folder: Path, notes: Path, gold: Path
) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "splits").mkdir()
    for link in ("link", "splits/test.jsonl"):
        (folder / link).symlink_to("nowhere")
    write_jsonl(folder / "splits/train.jsonl", labelled(20))
    write_csv(folder / "long.csv", [*texts(20), f"{texts(1)[0]} " * 200])
    write_jsonl(folder / "same.jsonl", [{"text": "Aspirin .", "label": [[0, 7, "DRUG"]]}] * 12)
    before = (folder / "params.yaml").read_bytes()
    assert message in init(folder, *(word.format(notes=notes, gold=gold) for word in words), ok=False).stderr
    assert (folder / "params.yaml").read_bytes() == before
    assert not list((folder / "data/own").glob("*.jsonl"))


def test_no_text_is_sent_to_a_server_that_nobody_named(folder: Path, notes: Path, gold: Path) -> None:
    message = init(folder, "--sentences", notes, "--gold", gold, ok=False, no_annotator=True).stderr
    assert message.startswith("tinyner: init: needs --annotator NAME (openai, local, smollm2); on a terminal")
    server = ("--annotator", "local", "--base-url", "http://localhost:9/v1", "--model", "qwen3")
    output = init(folder, "--sentences", notes, "--gold", gold, *server).stdout
    assert "http://localhost:9/v1 gets 200 sentences" in output
    assert "first  write the definitions of DRUG, DOSE into params.yaml\n" in output
    assert "start the server of qwen3 at http://localhost:9/v1\n" in output
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "notes")
    again = init(folder, "--sentences", notes, "--gold", gold, ok=False, no_annotator=True).stderr
    assert "--annotator NAME (openai, local, smollm2; params.yaml has local, of before)" in again


def test_who_has_records_only_is_refused_for_other_sentences(folder: Path, notes: Path) -> None:
    before = git(folder, "status", "--porcelain", "--ignored")
    words = ("--sentences", notes, "--types", TYPES, "--annotator", "claude")
    for more in ((), ("--dry-run",), ("--force",)):
        message = init(folder, *words, *more, ok=False).stderr
        assert "init: claude answers from records only, and of 200 replies to these sentences and this pr" in message
        assert "200 are missing; choose an annotator that can be asked, --annotator NAME (openai, local, sm" in message
    assert git(folder, "status", "--porcelain", "--ignored") == before


def test_a_recipe_that_names_no_annotator_needs_the_flag(folder: Path) -> None:
    write_recipe(folder, params={"types": {"PER": []}, "annotate": {"definitions": {"PER": "a human"}}})
    message = init(folder, "--recipe", "made", "--data", "whole", ok=False).stderr
    assert "init: recipes/made.yaml names no annotator, so this needs --annotator NAME (openai, local" in message


def test_without_gold_to_score_it_a_pilot_shows_what_the_llm_answers(folder: Path, notes: Path, tmp_path: Path) -> None:
    source = tmp_path / "gold"
    source.mkdir()
    write_jsonl(source / "test.jsonl", labelled(30, first=2000))
    output = init(folder, "--sentences", notes, "--gold", source).stdout
    steps = ["tinyner check", "dvc repro prepare && tinyner pilot -n 10", "dvc repro"]
    assert re.findall(r"\n  [234] +(.+?) +#", output) == steps
    assert "# what the LLM answers, before it is asked for all\n" in output


def test_types_with_other_names_are_those_of_the_labels(folder: Path, notes: Path, gold: Path, tmp_path: Path) -> None:
    types = tmp_path / "types.yaml"
    types.write_text("SUBSTANCE: {names: [drug], definition: what is given}\nDOSE: how much\nROUTE: the way\n")
    output = init(folder, "--sentences", notes, "--gold", gold, "--types", types).stdout
    assert "entities of type DRUG read as SUBSTANCE: 40" in output
    assert "gold        no entity of ROUTE" in output
    assert "TODO" not in (folder / "params.yaml").read_text()
    assert "B-SUBSTANCE" in json.dumps(rows(folder, "train"))


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Frau Weiß aus Köln gewann den Preis {}.", "Latin"),
        ("田中さんは東京で寿司を{}回食べた。", "Han 53 %, Kana 47 %"),
        ("राम ने दिल्ली में {} किताबें खरीदीं।", "Devanagari"),
    ],
)
def test_texts_of_other_languages(text: str, script: str, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("".join(text.format(index) + "\n" for index in range(30)))
    output = init(folder, "--sentences", path, "--types", "PER: a person").stdout
    assert "texts.txt  plain text: 30 sentences" in output
    assert f"; {script}\n" in output
    assert ("student    MiniLM, which knows English" in output) is (script != "Latin")
    assert (folder / "data/own/texts.txt").read_bytes() == path.read_bytes()
