import csv
import json
from pathlib import Path

import pytest
import yaml
from tests.conftest import ROOT
from tests.predicted import prediction

from tinyner.errors import UserError
from tinyner.evaluate import __main__ as evaluate
from tinyner.evaluate.test_set import CONLL_BEGINS
from tinyner.files import load, write_json, write_rows
from tinyner.params import load_params

GOLD = [["B-PER", "I-PER", "O"], ["B-LOC", "O", "O"]]
MISSES_LOC = [["B-PER", "I-PER", "O"], ["O", "O", "O"]]
WRONG_TYPE = [["B-PER", "I-PER", "O"], ["B-ORG", "O", "B-LOC"]]


def write_costs(workspace: Path, costs: dict[str, tuple[int, int, float]]) -> None:
    """Write what stage annotate says of each corpus: replies, those with a price, US dollars."""
    rows = [
        dict(zip(("corpus", "replies", "priced", "cost_usd"), (name, *row), strict=True)) for name, row in costs.items()
    ]
    write_json(workspace / "metrics/annotate.json", {"costs": rows})


@pytest.fixture
def workspace(tmp_path: Path, student: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/student").symlink_to(student)
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    rows = [{"id": f"s{index}", "words": ["a", "b", "c"], "tags": tags} for index, tags in enumerate(GOLD)]
    write_rows(tmp_path / "data/prepared/test.jsonl", rows)
    for name in ("test_conllpp", "original", "target", "related", "valid"):
        write_rows(tmp_path / f"data/prepared/{name}.jsonl", [])
    write_costs(tmp_path, {"target": (2, 2, 0.25), "related": (1, 1, 0.5)})
    for seed, predicted in ((10, WRONG_TYPE), (2, MISSES_LOC)):
        tags = [prediction(f"s{index}", tags) for index, tags in enumerate(predicted)]
        write_rows(tmp_path / f"predictions/seed_{seed}.jsonl", tags)
    return tmp_path


def test_mean_and_spread_over_seeds(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate.main()
    metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
    # Seed 2: P 1/1, R 1/2, F1 2/3. Seed 10: P 1/3, R 1/2, F1 2/5.
    assert [seed["seed"] for seed in metrics["seeds"]] == [2, 10]
    assert [seed["scores"][0]["f1"] for seed in metrics["seeds"]] == pytest.approx([2 / 3, 2 / 5])
    assert metrics["f1"] == pytest.approx((2 / 3 + 2 / 5) / 2)
    assert metrics["f1_std"] == pytest.approx(abs(2 / 3 - 2 / 5) / 2**0.5)
    assert metrics["precision"] == pytest.approx((1 + 1 / 3) / 2)
    assert metrics["PER"] == 1
    assert [row["of"] for row in metrics["summary"]] == ["micro", "macro", "weighted", "LOC", "MISC", "ORG", "PER"]
    assert not [name for name in metrics if name.startswith("conllpp")]
    # Seed 2 misses the LOC, seed 10 predicts ORG for it and another LOC; both predict the PER.
    header, *confusions = (workspace / "plots/confusion.csv").read_text().splitlines()
    assert header == "gold,predicted,entities,share"
    assert len(confusions) == 5 * 5 - 1  # none against none is undefined
    assert [row for row in confusions if ",0.0," not in row] == [
        "LOC,ORG,0.5,0.5",
        "LOC,none,0.5,0.5",
        "PER,PER,1.0,1.0",
        "none,LOC,0.5,",
    ]
    header, *by_type = (workspace / "plots/types.csv").read_text().splitlines()
    assert header == "type,f1,f1_std"
    assert [row.split(",")[0] for row in by_type] == ["micro", "LOC", "MISC", "ORG", "PER"]
    assert by_type[-1] == "PER,1.0,0.0"
    printed = capsys.readouterr().out
    assert "entities: an F1 of .70 is known to ±" in printed
    assert "0.533 ± 0.189" in printed
    assert (
        "no entity of MISC to find, so the score there can only be 0; macro leaves it out, as seqeval does\n" in printed
    )
    assert (
        "no entity of ORG to find, so the score there can only be 0; macro counts it for the 1 of 2 seeds that"
        in printed
    )
    macro = [seed["scores"][1] for seed in metrics["seeds"]]
    assert [row["f1"] for row in macro] == pytest.approx([(0 + 1) / 2, (0 + 0 + 1) / 3])  # PER 1, LOC 0; ORG 0


def test_tags_that_are_not_legal_are_counted(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate.main()
    assert "a tag I- that" not in capsys.readouterr().out
    rows = [prediction("s0", ["B-PER", "I-LOC", "I-LOC"]), prediction("s1", ["I-LOC", "O", "O"])]
    write_rows(workspace / "predictions/seed_10.jsonl", rows)
    evaluate.main()
    assert "0, 3 words (a number a seed) have a tag I- that continues no entity" in capsys.readouterr().out


def test_how_far_probabilities_are_off_is_said(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (workspace / "predictions").iterdir():
        write_rows(path, [prediction(row["id"], row["tags"], calibrated=0.2) for row in load(path)])
    evaluate.main()
    metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
    # All entities are at .2, and before at .95. Of seed 2 the only one is right, of seed 10 one of three.
    assert metrics["ece"] == pytest.approx(((1 - 0.2) + (1 / 3 - 0.2)) / 2, abs=1e-5)
    assert metrics["ece_uncalibrated"] == pytest.approx(((1 - 0.95) + (0.95 - 1 / 3)) / 2, abs=1e-5)
    line = (
        "an entity's probability is off by 0.467 on average (expected calibration error); it was 0.333 before the "
        "temperature"
    )
    assert line in capsys.readouterr().out


def test_the_plots_of_probabilities_pool_the_seeds(workspace: Path) -> None:
    """Seed 2: PER right at .95. Seed 10: PER right at .85, and wrong ORG and LOC at .83 and .15."""
    pairs = {2: [[0.95], []], 10: [[0.85], [0.83, 0.15]]}
    for seed, probabilities in pairs.items():
        path = workspace / f"predictions/seed_{seed}.jsonl"
        rows = [
            {**row, "probabilities": calibrated, "uncalibrated": [0.99] * len(calibrated)}
            for row, calibrated in zip(load(path), probabilities, strict=True)
        ]
        write_rows(path, rows)
    evaluate.main()
    with (workspace / "plots/reliability.csv").open() as file:
        bins = [[row["scores"], *(float(value) for value in [*row.values()][1:])] for row in csv.DictReader(file)]
    assert bins == [
        ["calibrated", 0.15, 0.0, 1],
        ["calibrated", 0.84, 0.5, 2],
        ["calibrated", 0.95, 1.0, 1],
        ["uncalibrated", 0.99, 0.5, 4],
    ]
    with (workspace / "plots/thresholds.csv").open() as file:
        curve = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    # Of the four predicted entities two are right; gold has two, which two seeds are held against.
    points = [(0.0, 2 / 4, 2 / 4), (0.83, 2 / 3, 2 / 4), (0.85, 2 / 2, 2 / 4), (0.95, 1 / 1, 1 / 4)]
    assert [row["threshold"] for row in curve] == [threshold for threshold, _, _ in points]
    assert [row["precision"] for row in curve] == pytest.approx([precision for _, precision, _ in points])
    assert [row["recall"] for row in curve] == pytest.approx([recall for *_, recall in points])


@pytest.mark.parametrize(
    ("group", "schedule", "usd"),
    [
        ("A", "group", 0.0),
        ("D", "group", 0.25),
        ("E", "group", 0.75),
        ("C", "group", 0.75),
        ("E", "pure_original", 0.0),
    ],
)
def test_f1_per_dollar_counts_the_replies_that_are_trained_on(
    group: str, schedule: str, usd: float, workspace: Path
) -> None:
    path = workspace / "params.yaml"
    params = load_params(path, {"train.group": group, "train.schedule.type": schedule})
    path.write_text(yaml.safe_dump(params.model_dump()))
    evaluate.main()
    metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
    assert metrics["cost_usd"] == usd
    assert metrics.get("f1_per_usd") == (pytest.approx(metrics["f1"] / usd) if usd else None)


def test_an_unknown_price_leaves_the_cost_out(workspace: Path) -> None:
    write_costs(workspace, {"target": (2, 2, 0.25), "related": (2, 1, 0.25)})
    evaluate.main()
    metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
    assert not {"cost_usd", "f1_per_usd"} & set(metrics)


def test_a_single_seed_has_no_spread(workspace: Path) -> None:
    (workspace / "predictions/seed_10.jsonl").unlink()
    evaluate.main()
    metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
    assert metrics["f1_std"] is None


def test_conllpp_scores_the_same_predictions_again(workspace: Path) -> None:
    rows = [{"id": f"c{index}", "words": ["a", "b", "c"], "tags": tags} for index, tags in enumerate(MISSES_LOC)]
    write_rows(workspace / "data/prepared/test_conllpp.jsonl", rows)
    evaluate.main()
    metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
    assert metrics["conllpp_f1"] == pytest.approx((1 + 2 * (1 / 3) / (1 + 1 / 3)) / 2)


def test_sentences_that_stand_in_other_sets_are_left_out_of_unseen_f1(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"id": f"s{index}", "words": words.split(), "tags": GOLD[index]}
        for index, words in enumerate(("a b c", "d e f"))
    ]
    write_rows(workspace / "data/prepared/test.jsonl", rows)
    for name in ("original", "target", "related", "valid"):
        for other in ("original", "target", "related", "valid"):
            seen = [{"id": "x", "words": ["a", "b", "c"]}] if other == name else []
            write_rows(workspace / f"data/prepared/{other}.jsonl", seen)
        evaluate.main()
        metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
        # Of the second sentence alone: seed 2 misses its LOC, seed 10 predicts two others for it.
        assert (metrics["unseen_f1"], metrics["unseen"]) == (0, [{"sentences": 1, "of": 2}])
        assert metrics["f1"] == pytest.approx((2 / 3 + 2 / 5) / 2)
        printed = capsys.readouterr().out
        assert (
            "1 of 2 test sentences stand in original, target, related or valid too; F1 on the others is 0.000"
            in printed
        )


def test_unseen_f1_is_f1_where_no_sentence_stands_elsewhere(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate.main()
    metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
    assert metrics["unseen_f1"] == pytest.approx(metrics["f1"])
    assert metrics["unseen"] == [{"sentences": 2, "of": 2}]
    assert "stand in" not in capsys.readouterr().out


def test_without_an_unseen_sentence_there_is_no_unseen_f1(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(workspace / "data/prepared/valid.jsonl", [{"id": "v", "words": ["a", "b", "c"], "tags": ["O"] * 3}])
    evaluate.main()
    metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
    assert "unseen_f1" not in metrics
    assert metrics["unseen"] == [{"sentences": 0, "of": 2}]
    assert "; no others are left" in " ".join(capsys.readouterr().out.split())


def write_people(workspace: Path, predicted: dict[int, list[list[str]]]) -> None:
    """Write a test set of two sentences whose words are of two subwords each, and predictions by seed."""
    for path in (workspace / "predictions").iterdir():
        path.unlink()
    gold = [["B-PER", "I-PER"], ["B-LOC", "O"]]
    words = [["Nadim", "Ladki"], ["Ladki", "Nadim"]]
    rows = [
        {"id": f"p{index}", "words": row, "tags": tags}
        for index, (row, tags) in enumerate(zip(words, gold, strict=True))
    ]
    write_rows(workspace / "data/prepared/test.jsonl", rows)
    corrected = [rows[0] | {"tags": ["B-ORG", "I-ORG"]}, rows[1]]
    write_rows(workspace / "data/prepared/test_conllpp.jsonl", corrected)
    for seed, tags in predicted.items():
        write_rows(
            workspace / f"predictions/seed_{seed}.jsonl",
            [prediction(f"p{index}", row) for index, row in enumerate(tags)],
        )


def test_the_papers_scorer_counts_subwords(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Gold: Nadim Ladki is three entities of PER, lad ##ki two of LOC; see test_subword_scorer.py."""
    write_people(workspace, {1: [["B-PER", "O"], ["B-LOC", "O"]], 2: [["B-ORG", "I-ORG"], ["O", "O"]]})
    evaluate.main()
    metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
    # Seed 1: nad right and ##im alone wrong, both of LOC right: P 3/4, R 3/5. Seed 2: nothing right.
    assert metrics["paper_f1"] == pytest.approx((2 * 3 / (4 + 5) + 0) / 2)
    assert metrics["f1"] == pytest.approx((1 / 2 + 0) / 2)
    # Without the last sentence: seed 1 has nothing right, seed 2 all.
    assert metrics["conllpp_paper_f1"] == pytest.approx((0 + 1) / 2)
    assert metrics["conllpp_f1"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    for name, support in (("paper_summary", 5), ("conllpp_paper_summary", 3)):
        rows = metrics[name]
        assert [row["of"] for row in rows] == [row["of"] for row in metrics["summary"]]
        assert rows[0].keys() == metrics["summary"][0].keys()
        assert rows[0]["support"] == support
    assert metrics["paper_summary"][0]["f1"] == metrics["paper_f1"]
    assert metrics["paper_summary"][0]["f1_std"] == pytest.approx(2 / 3 / 2**0.5)
    assert metrics["conllpp_paper_summary"][0]["f1"] == metrics["conllpp_paper_f1"]
    output = " ".join(capsys.readouterr().out.split())
    for where in ("test", "CoNLL++ without its last sentence"):
        assert f"The paper's scorer on {where}: by subword, not comparable with the strict scores" in output


def test_the_papers_scorer_is_the_same_where_a_word_is_a_subword(workspace: Path) -> None:
    evaluate.main()
    metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
    assert metrics["paper_f1"] == pytest.approx(metrics["f1"])
    assert list(metrics)[:5] == ["f1", "f1_std", "precision", "recall", "macro_f1"]


def test_an_empty_test_set_scores_nothing(workspace: Path) -> None:
    for name in ("data/prepared/test.jsonl", "predictions/seed_2.jsonl", "predictions/seed_10.jsonl"):
        write_rows(workspace / name, [])
    evaluate.main()
    metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
    assert (metrics["f1"], metrics["paper_f1"]) == (0, 0)
    assert "unseen_f1" not in metrics
    assert "conllpp_paper_f1" not in metrics


def test_long_sentences_and_words_without_subwords_are_scored(workspace: Path) -> None:
    words, tags = ["\x00", *["Ladki"] * 100], ["B-PER", *["B-LOC"] * 100]
    write_rows(workspace / "data/prepared/test.jsonl", [{"id": "long", "words": words, "tags": tags}])
    for seed in (2, 10):
        write_rows(workspace / f"predictions/seed_{seed}.jsonl", [prediction("long", tags)])
    evaluate.main()
    metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
    assert (metrics["f1"], metrics["paper_f1"]) == (1, 1)
    assert (metrics["summary"][0]["support"], metrics["paper_summary"][0]["support"]) == (101, 127)


def test_without_a_student_the_stage_says_what_to_run(workspace: Path) -> None:
    (workspace / "data/student").unlink()
    with pytest.raises(UserError, match=r"data/student: no fast tokenizer .*run `dvc repro prepare`"):
        evaluate.main()


def set_params(workspace: Path, **changes: object) -> None:
    """Write changes of params.yaml; ``__`` in a key is a dot."""
    path = workspace / "params.yaml"
    params = load_params(path, {key.replace("__", "."): value for key, value in changes.items()})
    path.write_text(yaml.safe_dump(params.model_dump()))


@pytest.fixture
def cold(workspace: Path) -> Path:
    """The test sentences stand in, with the teacher's labels; all replies to a third one failed."""
    sentences = [{"id": f"s{index}", "words": [f"a{index}", "b", "c"]} for index in range(3)]
    write_rows(workspace / "data/prepared/test.jsonl", sentences)
    write_rows(workspace / "data/prepared/target.jsonl", sentences)
    aligned = [{**row, "tags": tags, "spans": []} for row, tags in zip(sentences, GOLD, strict=False)]
    write_rows(workspace / "data/aligned/target.jsonl", aligned)
    for seed, predicted in ((10, WRONG_TYPE), (2, MISSES_LOC)):
        tags = [prediction(f"s{index}", tags) for index, tags in enumerate([*predicted, ["B-PER", "O", "O"]])]
        write_rows(workspace / f"predictions/seed_{seed}.jsonl", tags)
    set_params(workspace, prepare__test_from_target=3)
    return workspace


def test_scores_against_the_teacher_are_called_agreement(cold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate.main()
    metrics = json.loads((cold / "metrics/evaluate.json").read_text())
    assert [name for name in metrics if not name.startswith("teacher_agreement")] == ["cost_usd", "unseen"]
    assert metrics["teacher_agreement"] == pytest.approx((2 / 3 + 2 / 5) / 2)  # as F1 of the same tags, above
    assert metrics["teacher_agreement_std"] == pytest.approx(abs(2 / 3 - 2 / 5) / 2**0.5)
    assert metrics["teacher_agreement_precision"] == pytest.approx((1 + 1 / 3) / 2)
    assert metrics["teacher_agreement_recall"] == pytest.approx(1 / 2)
    assert metrics["teacher_agreement_macro"] == metrics["teacher_agreement_summary"][1]["f1"]
    assert list(metrics["teacher_agreement_types"]) == ["LOC", "MISC", "ORG", "PER"]
    assert metrics["teacher_agreement_types"]["PER"] == 1
    assert [row["of"] for row in metrics["teacher_agreement_summary"]][:3] == ["micro", "macro", "weighted"]
    assert [row["seed"] for row in metrics["teacher_agreement_seeds"]] == [2, 10]
    assert metrics["teacher_agreement_unseen"] == pytest.approx(metrics["teacher_agreement"])
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.startswith("Agreement with the teacher, not accuracy; strict, mean ± std over seeds 2, 10")
    assert "2 target sentences with the LLM's labels stand in for test (1 others don't count: their replies" in printed
    assert "┃ precision ┃ recall ┃ agreement ┃ entities ┃" in printed
    assert "entities: an agreement of .70 is known to ±" in printed
    assert "for accuracy, label some sentences: let `tinyner init ... --gold FILE --force` split them" in printed
    assert "F1" not in printed
    assert "paper" not in printed
    assert "F1 a dollar" not in printed
    assert "test sentences stand in original" not in printed  # those of target are the stand-ins themselves


def test_the_last_lines_say_what_to_do_next(cold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (cold / "data/own").mkdir()
    set_params(cold, prepare__corpus="data/own")
    evaluate.main()
    lines = capsys.readouterr().out.splitlines()
    assert (
        "for accuracy, label some sentences: put them into data/own/test.jsonl, or let `tinyner init ... "
        "--gold FILE --force` split them (docs/own-corpus.md)"
    ) in lines
    assert lines[-1] == (
        "the student is in models/student; it finds entities in your texts, one a line: tinyner predict FILE.txt"
    )


def test_a_stand_in_that_a_student_learned_from_is_seen(cold: Path, capsys: pytest.CaptureFixture[str]) -> None:
    original = [{"id": "o", "words": ["a0", "b", "c"], "tags": GOLD[0]}]
    write_rows(cold / "data/prepared/original.jsonl", original)
    evaluate.main()
    metrics = json.loads((cold / "metrics/evaluate.json").read_text())
    assert metrics["unseen"] == [{"sentences": 1, "of": 2}]
    assert metrics["teacher_agreement_unseen"] == 0
    assert (
        "1 of 2 test sentences stand in original, target, related or valid too; agreement on the others is 0.000"
        in (" ".join(capsys.readouterr().out.split()))
    )


def test_a_stand_in_whose_sentences_somebody_labelled_gives_f1(cold: Path) -> None:
    """Target has them still, and no student is trained on them: none is seen."""
    rows = [
        {"id": f"s{index}", "words": [f"a{index}", "b", "c"], "tags": (*GOLD, ["O"] * 3)[index]} for index in range(3)
    ]
    write_rows(cold / "data/prepared/test.jsonl", rows)
    evaluate.main()
    metrics = json.loads((cold / "metrics/evaluate.json").read_text())
    assert not [name for name in metrics if name.startswith("teacher_agreement")]
    assert metrics["unseen"] == [{"sentences": 3, "of": 3}]
    set_params(cold, prepare__test_from_target=None)
    evaluate.main()
    assert json.loads((cold / "metrics/evaluate.json").read_text())["unseen"] == [{"sentences": 0, "of": 3}]


def test_stand_ins_without_a_single_label_are_refused(cold: Path) -> None:
    write_rows(cold / "data/aligned/target.jsonl", [])
    with pytest.raises(UserError, match=r"data/aligned/target.jsonl: has none of the 3 sentences that stand in"):
        evaluate.main()
    assert not (cold / "metrics/evaluate.json").exists()


@pytest.mark.parametrize(
    ("corpus", "conllpp", "words", "is_shown"),
    [
        ("wheel", "none", ["a", "b", "c"], True),
        ("data/own", "none", ["a", "b", "c"], False),
        ("data/own", "test.txt", ["a", "b", "c"], True),
        ("data/own", "none", CONLL_BEGINS, True),
    ],
)
def test_the_papers_scorer_is_for_conll_alone(
    corpus: str, conllpp: str, words: list[str], is_shown: bool, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"id": f"s{index}", "words": words, "tags": ["B-PER", *(["O"] * (len(words) - 1))]} for index in range(2)]
    write_rows(workspace / "data/prepared/test.jsonl", rows)
    for seed in (2, 10):
        write_rows(
            workspace / f"predictions/seed_{seed}.jsonl", [prediction(str(row["id"]), row["tags"]) for row in rows]
        )
    set_params(workspace, prepare__corpus=corpus, prepare__conllpp=conllpp)
    evaluate.main()
    metrics = json.loads((workspace / "metrics/evaluate.json").read_text())
    assert ("paper_f1" in metrics) is ("paper_summary" in metrics) is is_shown
    assert ("The paper's scorer on test" in " ".join(capsys.readouterr().out.split())) is is_shown
