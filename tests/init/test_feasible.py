"""Projects that could not run are refused in a line, and nothing is written."""

import json
from pathlib import Path

import pytest

from tests import in_process
from tests.init.workspace import TYPES, clone, git, labelled, texts, write_csv, write_jsonl


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = clone(tmp_path_factory.mktemp("feasible") / "clone")
    write_csv(folder.parent / "notes.csv", texts(60))
    write_csv(folder.parent / "alone.csv", texts(1))
    write_csv(folder.parent / "same.csv", texts(1) * 30)
    write_csv(folder.parent / "labelled.csv", [row["text"] for row in labelled(30)])
    gold = folder.parent / "gold"
    gold.mkdir()
    write_jsonl(gold / "train.jsonl", labelled(30))
    return folder


def message(folder: Path, *words: str) -> str:
    """What ``tinyner init`` says, which writes nothing."""
    done = in_process.command(folder, "init", "--git", "--annotator", "openai", *words)
    assert done.returncode == 2, done.stdout
    assert done.stderr.count("\n") == 1
    assert git(folder, "status", "--porcelain") == ""
    return done.stderr


def held_out(test: str, valid: str = "") -> str:
    which = f"{test} for test (--test)" + (f" and {valid} for valid (--valid)" if valid else "")
    return f"tinyner: init: {which} are held out of"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (
            ["alone.csv"],
            f"{held_out('1')} 1 sentence for the LLM, and none is left to train on; give more sentences, or",
        ),
        (["same.csv"], f"{held_out('8', '4')} 30 sentences for the LLM, and none is left to train on"),
        (
            ["notes.csv", "--test", "60", "--valid", "10"],
            f"{held_out('60', '10')} 60 sentences for the LLM, and none is",
        ),
        (["notes.csv", "--test", "30", "--valid", "30"], f"{held_out('30', '30')} 60 sentences"),
        (["notes.csv", "--target-size", "1"], f"{held_out('1')} 1 sentence for the LLM"),
        (["notes.csv", "-S", "prepare.target_size=0"], "no sentence is left for the LLM; raise prepare.target_size"),
        (
            ["notes.csv", "-S", "prepare.target_size=61"],
            "init: prepare.target_size is 61, and there are 60 sentences; lower it, or leave it empty for all",
        ),
        (["notes.csv", "-S", "train.target_size=999"], "init: train.target_size is 999, and there are 4"),
        (["notes.csv", "-S", "train.target_size=0"], "train.group: B trains on target sentences, and there are none"),
        (["notes.csv", "-S", "prepare.original_size=3"], "prepare.original_size is 3, and there are 0 sentences"),
        (
            ["notes.csv", "-S", "annotate.few_shot=similar"],
            "annotate.few_shot: similar wants 3 examples of data/prepared/original.jsonl, which has 0 sentences",
        ),
        (["notes.csv", "-S", "train.dev_size=11"], "init: train.dev_size is 11, and valid has 6 sentences"),
        (["notes.csv", "-S", "train.group=A"], "train.group: A trains on original sentences"),
        (["notes.csv", "-S", "prepare.test_from_target="], "there is no labelled sentence for test; put it there"),
        (
            ["notes.csv", "--prompt", "nope"],
            "prompts/nope.txt can't be read; choices: cot, json, scheme, scheme-cot, st",
        ),
        (
            ["notes.csv", "--prompt", "cot"],
            "init: prompts/cot.txt does not name DRUG, DOSE, ROUTE and has results of LOC",
        ),
        (
            ["notes.csv", "-S", "annotate.output=json_schema"],
            "annotate.output: json_schema, but prompts/scheme.txt does",
        ),
        (
            ["notes.csv", "--student", "/nope"],
            "prepare.student: /nope is no folder; choices: wheel, a folder or hf:MODEL",
        ),
        (["notes.csv", "--student", "prompts"], "prepare.student: prompts has no weights as .safetensors"),
        (["notes.csv", "--name", "a/b"], "annotate.examples: string should match pattern"),
    ],
)
def test_what_could_not_run_is_refused(words: list[str], part: str, folder: Path) -> None:
    sentences, *others = words
    assert part in message(folder, "--sentences", f"../{sentences}", "--types", TYPES, *others)


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        (["train.original_size=99"], "init: train.original_size is 99, and there are 30 sentences; lower it"),
        (
            ["train.original_size=0", "train.group=D"],
            "init: train.group: D trains on original sentences, and there are none",
        ),
        (["prepare.original_size=31"], "init: prepare.original_size is 31, and there are 30 sentences; lower it"),
    ],
)
def test_more_gold_than_there_is_is_refused(settings: list[str], part: str, folder: Path) -> None:
    flags = [word for setting in settings for word in ("-S", setting)]
    assert part in message(folder, "--sentences", "../notes.csv", "--gold", "../gold", *flags)


def test_a_template_that_has_results_of_other_types_is_refused(folder: Path) -> None:
    part = (
        "init: prompts/standard.txt has results of MISC, which are no types here: it is for other types; choose scheme"
    )
    types = "PER: a human; LOC: a place; ORG: a firm"
    assert part in message(folder, "--sentences", "../notes.csv", "--types", types, "--prompt", "standard")
    types += "; MISC: another name"
    words = ("init", "--dry-run", "--annotator", "openai", "--sentences", "../notes.csv", "--types", types)
    assert in_process.command(folder, *words, "--prompt", "standard").returncode == 0


def test_examples_without_reasoning_are_not_shown_with_it(folder: Path) -> None:
    words = ("--sentences", "../notes.csv", "--gold", "../gold/train.jsonl", "--prompt", "scheme-cot")
    assert "prompts/scheme-cot.txt: shows examples with their reasoning, and these have none" in message(folder, *words)


def test_sentences_of_train_do_not_stand_in(folder: Path) -> None:
    words = ("--sentences", "../labelled.csv", "--gold", "../gold")
    assert "labelled.csv: all its sentences are labelled ones" in message(folder, *words)


def test_no_example_is_a_sentence_of_test_or_valid(folder: Path, tmp_path: Path) -> None:
    gold = tmp_path / "gold"
    gold.mkdir()
    rows = [{"text": "Stop aspirin.", "label": [[5, 12, "DRUG"]]}, *labelled(20)]
    columns = "\n\n".join("\n".join(words) for words in (["Stop O", "aspirin. B-DRUG"], ["Heparin B-DRUG", "helped O"]))
    write_jsonl(gold / "train.jsonl", rows)
    (gold / "test.txt").write_text(f"{columns}\n")
    write_jsonl(gold / "valid.jsonl", rows[15:])
    words = ("init", "--git", "--annotator", "openai", "--sentences", "../notes.csv", "--gold", str(gold))
    done = in_process.command(folder, *words)
    assert done.returncode == 0, done.stderr
    assert "examples   none of the 7 sentences of train that stand in test or valid\n" in done.stdout
    shots = [json.loads(line) for line in (folder / "prompts/notes.jsonl").read_text().splitlines()]
    held_out_texts = {row["text"] for row in (rows[0], *rows[15:])}
    assert shots
    assert not {shot["text"].replace(" .", ".") for shot in shots} & held_out_texts
    git(folder, "checkout", "-q", ".")
    git(folder, "clean", "-fdq")
