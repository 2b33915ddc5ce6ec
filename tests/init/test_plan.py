"""Which sentences a plan counts: target, related and gold ones, as stage annotate will ask for them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.init.test_recipes import WORDS, columns, sha256, write_recipe
from tests.init.test_recipes import planned as planned_recipe
from tests.init.workspace import labelled, planned, texts, write_csv, write_jsonl
from tinyner.errors import UserError
from tinyner.init import choices
from tinyner.init.options import Options

OPENAI: dict[str, object] = {"annotate.annotator": "openai"}


@pytest.fixture
def asking(options: Options) -> Options:
    return replace(options, changes=OPENAI)


def lines(options: Options, scratch: Path) -> list[str]:
    return [f"{about}: {line}" for about, line in planned(options, scratch).reasons]


def test_related_sentences_are_counted(folder: Path, asking: Options, tmp_path: Path) -> None:
    more = write_csv(tmp_path / "more.csv", texts(90)[50:])
    of_file = replace(asking, changes={**OPENAI, "prepare.related": str(more)})
    made = planned(of_file, tmp_path)
    assert (len(made.asked), len(made.related), made.params.prepare.related_size) == (50, 40, None)
    assert f"sentences: and 40 related sentences of {more} (prepare.related); group D does not train on them" in lines(
        of_file, tmp_path
    )
    few = planned(replace(asking, changes={**of_file.changes, "prepare.related_size": 7}), tmp_path)
    assert [row["id"] for row in few.related] == [row["id"] for row in made.related[:7]]
    with pytest.raises(UserError, match=r"prepare\.related_size: 41 sentences wanted, the source has 40"):
        planned(replace(asking, changes={**of_file.changes, "prepare.related_size": 41}), tmp_path)
    assert not planned(asking, tmp_path).related


def test_gold_sentences_of_train_score_an_llm_alone(folder: Path, options: Options, tmp_path: Path) -> None:
    made = planned(replace(options, changes=OPENAI), tmp_path)
    assert made.params.annotate.gold_size == len(made.gold) == len(made.material.splits["train"]) - 3  # of the prompt
    recorded = planned(replace(options, changes={"annotate.annotator": "claude"}), tmp_path)
    assert (recorded.params.annotate.gold_size, recorded.gold) == (None, [])
    few = planned(replace(options, changes={**OPENAI, "prepare.original_size": 5}), tmp_path)
    assert few.params.annotate.gold_size == len(few.gold) <= 5
    said = planned(replace(options, changes={**OPENAI, "annotate.gold_size": 2}), tmp_path)
    assert (said.params.annotate.gold_size, len(said.gold)) == (2, 2)


def test_gold_of_the_sentences_for_the_llm_needs_no_other(folder: Path, asking: Options, tmp_path: Path) -> None:
    """If there is as much of it as a pilot asks for, or all sentences have it."""
    all_labelled = write_jsonl(tmp_path / "all.jsonl", labelled(50, first=0))
    made = planned(replace(asking, sentences=str(all_labelled)), tmp_path)
    assert (made.params.annotate.gold_size, made.gold) == (None, [])
    assert ("sentences", "50 of the sentences have labels of people, which score the LLM") in made.reasons
    for count, scores in ((29, False), (30, True)):
        rows = [*labelled(count, first=0), *({"text": text} for text in texts(50)[count:])]
        made = planned(replace(asking, sentences=str(write_jsonl(tmp_path / f"{count}.jsonl", rows))), tmp_path)
        assert (made.params.annotate.gold_size is None) is (not made.gold) is scores
    few = write_jsonl(tmp_path / "few.jsonl", labelled(20, first=0))
    assert planned(replace(asking, sentences=str(few)), tmp_path).params.annotate.gold_size is None


def test_a_recipe_with_an_llm_has_it_scored_too(folder: Path) -> None:
    files = {"train.txt": columns(WORDS[:9]), "test.txt": columns([["Max", "left"]])}
    files["target.jsonl"] = "".join(json.dumps({"words": words}) + "\n" for words in WORDS[9:])
    (folder / "data/made").mkdir()
    for name, text in files.items():
        (folder / "data/made" / name).write_text(text)
    layout = {name.partition(".")[0]: {"file": name, "sha256": sha256(text)} for name, text in files.items()}
    write_recipe(folder, data=[layout])
    made = planned_recipe("made", "data/made", {"annotate.annotator": "claude"})
    assert (made.params.annotate.gold_size, made.gold) == (None, [])  # no reply to a sentence of train is recorded
    made = planned_recipe("made", "data/made", OPENAI)
    assert made.params.annotate.gold_size == len(made.gold) == 9


def test_a_file_that_votes_takes_gold_sentences_without_a_row_out(
    folder: Path, options: Options, tmp_path: Path
) -> None:
    votes = {"annotate.annotator": ["claude", "openai"], "annotate.annotators.claude.labels": "data/own/rules.jsonl"}
    voting = replace(options, changes=votes)
    of_target = labelled(50, first=0)
    write_jsonl(folder / "data/own/rules.jsonl", of_target)
    made = planned(voting, tmp_path)
    assert (made.params.annotate.gold_size, made.gold) == (None, [])
    assert any(line.startswith("labels: claude: labels for 50 of 50 target") for line in lines(voting, tmp_path))
    write_jsonl(folder / "data/own/rules.jsonl", [*of_target, *labelled(40)])
    made = planned(voting, tmp_path)
    assert made.params.annotate.gold_size == len(made.gold) > 0
    (folder / "data/own/rules.jsonl").unlink()
    with pytest.raises(UserError, match=r"data/own/rules\.jsonl: no such file"):
        planned(voting, tmp_path)


def test_where_labels_are_in_files_nobody_is_told_of_definitions_or_examples(
    folder: Path, options: Options, tmp_path: Path
) -> None:
    write_jsonl(folder / "data/own/rules.jsonl", labelled(50, first=0))
    of_files = {"annotate.annotator": "claude", "annotate.annotators.claude.labels": "data/own/rules.jsonl"}
    without_types = replace(options, types=None)
    assert "TODO" in " ".join(lines(replace(without_types, changes=OPENAI), tmp_path))
    said = lines(replace(without_types, changes=of_files), tmp_path)
    assert "TODO" not in " ".join(said)
    assert not [line for line in said if line.startswith("examples: ")]
    assert "sentences: files label all 50" in said


def test_examples_by_similarity_are_said_to_be_so(folder: Path, asking: Options, tmp_path: Path) -> None:
    similar = replace(asking, changes={**OPENAI, "annotate.few_shot": "similar", "annotate.shots": 2})
    assert "examples: with each sentence the 2 nearest of 12 sentences of train (annotate.few_shot: similar)" in lines(
        similar, tmp_path
    )


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, ("D", "power", 2.0)),
        ({"train.schedule.type": "all"}, ("D", "all", None)),
        ({"train.schedule.type": "power", "train.schedule.n": 3}, ("D", "power", 3.0)),
        ({"train.group": "B"}, ("B", "group", None)),
        ({"train.group": "A"}, ("A", "group", None)),
        ({"train.original_size": 0}, ("B", "group", None)),
    ],
)
def test_the_blend_is_chosen_unless_the_user_says_it(
    said: dict[str, object], expected: tuple[object, ...], folder: Path, asking: Options, tmp_path: Path
) -> None:
    made = planned(replace(asking, changes={**OPENAI, **said}), tmp_path).params.train
    assert (made.group, made.schedule.type, made.schedule.n) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"train.epochs": 3}, (3, 0.5)),  # the rate falls over the epochs that there are
        ({"train.epochs": 3, "train.lr_decay": 0.9}, (3, 0.9)),
        ({"train.schedule": {"type": "all", "k": None, "n": None}}, (52, 0.973)),
        ({"train.schedule.type": "all", "train.target_size": 5}, (100, 0.986)),  # 17 sentences an epoch
    ],
)
def test_epochs_and_the_fall_of_the_rate_fit_what_is_said(
    said: dict[str, object], expected: tuple[int, float], folder: Path, asking: Options, tmp_path: Path
) -> None:
    made = planned(replace(asking, changes={**OPENAI, **said}), tmp_path).params.train
    assert (made.epochs, made.lr_decay) == expected


def test_what_stands_in_as_test_and_dev_is_not_counted_as_training(
    folder: Path, asking: Options, tmp_path: Path
) -> None:
    cold = replace(asking, gold=None, sentences=str(write_csv(tmp_path / "many.csv", texts(300))))
    made = planned(cold, tmp_path).params
    held_out = (made.prepare.test_from_target or 0) + (made.prepare.valid_from_target or 0)
    assert held_out > 0
    steps = made.train.epochs * (300 - held_out) / made.train.batch_size
    assert choices.LEAST_STEPS <= steps < choices.LEAST_STEPS * 1.1
    fewer = replace(cold, changes={**OPENAI, "prepare.test_from_target": 200})
    assert planned(fewer, tmp_path).params.train.epochs > made.train.epochs
