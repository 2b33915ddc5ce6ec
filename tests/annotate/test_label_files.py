"""Annotators whose labels are in files, from the file to the aligned tags."""

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.annotate.label_stages import align, annotator, metrics, run, write_labels, write_project
from tests.conftest import ROOT
from tests.in_process import command
from tinyner.align.flatten import align_reply
from tinyner.align.searched_sentence import SearchedSentence
from tinyner.align.vote import vote
from tinyner.annotate import label_files
from tinyner.annotate.label_files import read_labels
from tinyner.bio import spans_to_tags, tags_to_spans, to_iob2
from tinyner.clean.__main__ import annotation_of
from tinyner.clean.asked_prompts import AskedPrompts
from tinyner.clean.type_names import TypeNames
from tinyner.files import load, sha256_file, sha256_text, write_rows
from tinyner.params import Params, load_params
from tinyner.prompts import Prompt
from tinyner.rows import Sentence, text_of

BLAIR: Sentence = {
    "id": "a",
    "words": ["Blair", "met", "Blair", "in", "Paris"],
    "tags": ["B-PER", "O", "B-PER", "O", "B-LOC"],
}
ROSA: Sentence = {"id": "b", "words": ["Rosa", "left", "St.", "Louis"]}
NOBODY: Sentence = {"id": "c", "words": ["It", "rained"], "tags": ["O", "O"]}
SENTENCES = [BLAIR, ROSA, NOBODY]
DEFAULT = load_params(ROOT / "params.yaml")
NAMES = TypeNames(DEFAULT.types)

# Words that a search by text would find elsewhere too, in another case, or as parts of others.
WORDS = st.sampled_from(
    ["US", "us", "U.S.", "Paris", "paris", "Paris-based", ",", '"', "-", "(", "Müller", "漢", "%", "x"]
)
TAGS = st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])


@st.composite
def tagged(draw: st.DrawFn) -> list[tuple[list[str], list[str]]]:
    """Some sentences of different words with IOB2 tags, at least one of an entity."""
    pairs = st.lists(st.tuples(WORDS, TAGS), min_size=1, max_size=7)
    sentences = draw(st.lists(pairs, min_size=1, max_size=4, unique_by=lambda row: "".join(word for word, _ in row)))
    rows = [([word for word, _ in pairs], to_iob2([tag for _, tag in pairs])) for pairs in sentences]
    return [*rows, (["Rosa", "won"], ["B-PER", "O"])]


def in_columns(rows: list[tuple[list[str], list[str]]]) -> str:
    return "\n\n".join("\n".join(f"{word}\t{tag}" for word, tag in zip(*row, strict=True)) for row in rows)


def in_json(rows: list[tuple[list[str], list[str]]]) -> str:
    return "\n".join(json.dumps({"tokens": words, "ner_tags": tags}) for words, tags in rows)


def in_doccano(rows: list[tuple[list[str], list[str]]]) -> str:
    lines = []
    for words, tags in rows:
        starts = [len(" ".join([*words[:index], ""])) if index else 0 for index in range(len(words))]
        spans = [
            [starts[first], starts[last - 1] + len(words[last - 1]), label]
            for first, last, label in tags_to_spans(tags)
        ]
        lines.append(json.dumps({"text": " ".join(words), "label": spans}))
    return "\n".join(lines)


def in_csv(rows: list[tuple[list[str], list[str]]]) -> str:
    file = io.StringIO()
    content = [json.loads(line) for line in in_doccano(rows).splitlines()]
    csv.writer(file).writerows([["text", "label"], *([row["text"], json.dumps(row["label"])] for row in content)])
    return file.getvalue()


FORMATS = {"crowd.txt": in_columns, "crowd.jsonl": in_json, "crowd.ndjson": in_doccano, "crowd.csv": in_csv}


@pytest.mark.slow
@given(tagged(), st.sampled_from(list(FORMATS)), st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_aligned_tags_are_those_of_the_file_word_for_word(
    rows: list[tuple[list[str], list[str]]], name: str, random: Any
) -> None:
    target = [Sentence(id=f"s{index}", words=words) for index, (words, _) in enumerate(rows)]
    random.shuffle(target)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_text(FORMATS[name](rows))
        params = with_file(file)
        labels = read_labels(params, {"target": target}, "crowd")
    expected = {f"s{index}": tags for index, (_, tags) in enumerate(rows)}
    for sentence in target:
        annotation = annotation_of(labels.replies["target", sentence["id"]], sentence, params, NAMES, AskedPrompts({}))
        reply = align_reply(
            SearchedSentence(sentence["words"]), annotation["mentions"], ["LOC", "PER"], Prompt(""), params.align
        )
        assert {mention.outcome for mention in reply.ledger} <= {"exact"}
        spans = vote([reply], len(sentence["words"]), params.align.min_agreement).spans
        assert spans_to_tags(spans, len(sentence["words"])) == expected[sentence["id"]]


def with_file(file: Path) -> Params:
    """Return the parameters of the repository with an annotator whose labels are in a file."""
    section = annotator(f"{file}#sha256={sha256_file(file)}")
    content = DEFAULT.model_dump()
    content["annotate"]["annotators"]["crowd"] = section
    return Params.model_validate(content)


def doccano(text: str, *spans: tuple[int, int, str], **more: Any) -> str:
    return json.dumps({"text": text, "label": [list(span) for span in spans]} | more) + "\n"


CROWD = (
    doccano("Blair met Blair in Paris", (10, 15, "person"), (10, 24, "MISC"), (19, 24, "LOC"), id=7, cost_usd=0.25)
    + doccano("Nobody else did .", cost_usd=1)
    + doccano("It  rained", id="c")
)
"""Of the second Blair only; without ROSA, and with a sentence that is not asked."""


def test_spans_keep_their_places_and_those_that_overlap_are_flattened(tmp_path: Path) -> None:
    write_project(tmp_path, SENTENCES, {"crowd": annotator(write_labels(tmp_path, "crowd.jsonl", CROWD))}, "crowd")
    assert align(tmp_path) == {"a": ["O", "O", "B-MISC", "I-MISC", "I-MISC"], "c": ["O", "O"]}
    ledger = load(tmp_path / "data/aligned/target_ledger.jsonl")
    assert [(row["type"], row["text"], row["outcome"], row["span"]) for row in ledger] == [
        ("PER", "Blair", "overlapping", [[2, 3]]),
        ("MISC", "Blair in Paris", "exact", [[2, 5]]),
        ("LOC", "Paris", "overlapping", [[4, 5]]),
    ]
    (example, _) = load(tmp_path / "data/aligned/target.jsonl")
    assert len(example["unflattened"]) == 3


def test_costs_sentences_without_labels_and_rows_of_no_sentence_are_counted_and_said(tmp_path: Path) -> None:
    write_project(tmp_path, SENTENCES, {"crowd": annotator(write_labels(tmp_path, "crowd.jsonl", CROWD))}, "crowd")
    done = run(tmp_path, "annotate")
    assert done.stdout.splitlines() == [
        "crowd: labels for 2 of 3 target sentences, from data/own/crowd.jsonl; nothing is sent, they cost 0.2500 US "
        "dollars, as their rows say",
        "crowd: 1 target sentence has no labels (first: b), counted as failed replies",
        "data/own/crowd.jsonl: entities of type person read as PER: 1 (first: data/own/crowd.jsonl:1)",
        "data/own/crowd.jsonl: rows of no target or related sentence, left out: 1 (first: data/own/crowd.jsonl:2)",
    ]
    written = metrics(tmp_path, "annotate")
    assert (written["requests"], written["cost_usd"]) == (0, 0.25)
    assert written["costs"][0] == {"corpus": "target", "replies": 3, "priced": 1, "cost_usd": 0.25}
    assert written["labels"] == [
        {"annotator": "crowd", "corpus": "target", "sentences": 3, "labelled": 2, "unused_rows": 1}
    ]
    assert len(written["notes"]) == 2
    assert run(tmp_path, "clean").stdout.startswith(
        "3 replies: ok 2, repaired 0, failed 1; empty (read, without an entity) 1"
    )
    assert [row["problems"] for row in load(tmp_path / "data/cleaned/target.jsonl")] == [[], ["no_labels"], []]


def test_too_many_sentences_without_labels_stop_the_pipeline(tmp_path: Path) -> None:
    section = {"crowd": annotator(write_labels(tmp_path, "crowd.jsonl", CROWD))}
    write_project(tmp_path, SENTENCES, section, "crowd", clean={"max_failed": 0.3})
    run(tmp_path, "annotate")
    done = run(tmp_path, "clean", 2)
    assert done.stderr.startswith("tinyner: 1 of 3 replies failed, more than clean.max_failed (0.3) allows")
    assert "label more sentences, or raise the limit" in done.stderr
    assert "33% of the replies failed: no_labels (the file of labels has no row for the sentence), for" in done.stdout


def test_the_teacher_is_scored_on_the_sentences_that_have_gold(tmp_path: Path) -> None:
    write_project(tmp_path, SENTENCES, {"crowd": annotator(write_labels(tmp_path, "crowd.txt", COLUMNS))}, "crowd")
    for name in ("annotate", "clean"):
        run(tmp_path, name)
    done = run(tmp_path, "align")
    assert "The teacher against gold, 2 of 3 sentences" in done.stdout
    assert metrics(tmp_path, "align")["teacher_f1"] == pytest.approx(2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3))


COLUMNS = (
    "Blair B-PER\nmet O\nBlair B-LOC\nin O\nParis O\n\nRosa B-PER\nleft O\nSt. B-LOC\nLouis I-LOC\n\nIt O\nrained O\n"
)


def test_files_and_an_llm_vote_in_the_order_of_their_names(tmp_path: Path) -> None:
    annotators = {
        "crowd": annotator(write_labels(tmp_path, "crowd.jsonl", CROWD), model="crowd workers"),
        "weak": annotator(write_labels(tmp_path, "weak.txt", COLUMNS), model="weak rules"),
    }
    write_project(tmp_path, SENTENCES, annotators, ["weak", "claude", "crowd"], align={"min_agreement": 0.6})
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/cot.txt").write_bytes((ROOT / "prompts/cot.txt").read_bytes())
    results = {"a": {"PER": ["Blair"], "LOC": ["Paris"]}, "b": {"PER": ["Rosa"]}, "c": {}}
    replies = [
        {
            **{"id": sentence["id"], "annotator": "claude", "text_sha256": sha256_text(text_of(sentence))},
            **{"prompt_sha256": sha256_file(tmp_path / "prompts/cot.txt"), "cost_usd": 0.125},
            "reply": f"Result: {json.dumps(results[sentence['id']])}",
        }
        for sentence in SENTENCES
    ]
    write_rows(tmp_path / "data/recorded/replies.jsonl", replies)
    assert align(tmp_path) == {
        "a": ["B-PER", "O", "O", "O", "O"],  # of three votes two have it
        "b": ["B-PER", "O", "O", "O"],  # of two votes both
        "c": ["O", "O"],
    }
    rows = load(tmp_path / "data/annotated/target.jsonl")
    assert [(row["id"], row["annotator"]) for row in rows[:3]] == [
        ("a", "weak rules"),
        ("a", "claude"),
        ("a", "crowd workers"),
    ]
    assert metrics(tmp_path, "annotate")["cost_usd"] == pytest.approx(3 * 0.125 + 0.25)
    assert [row["of"] for row in metrics(tmp_path, "align")["votes"]][:3] == [
        "vote 0, weak rules",
        "vote 1",
        "vote 2, crowd workers",
    ]


def test_the_estimate_says_that_labels_in_files_cost_nothing(tmp_path: Path) -> None:
    annotators = {"weak": annotator(write_labels(tmp_path, "weak.txt", COLUMNS))}
    write_project(tmp_path, SENTENCES, annotators, "weak")
    done = command(tmp_path, "annotate", "--estimate")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "weak: labels for 3 of 3 target sentences, from data/own/weak.txt; nothing is sent, they cost nothing",
        "no LLM is asked: this annotation will cost nothing",
    ]
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts/cot.txt").write_bytes((ROOT / "prompts/cot.txt").read_bytes())
    done = command(tmp_path, "annotate", "--estimate", "-S", "annotate.annotator=[weak,openai]")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("weak: labels for 3 of 3 target sentences")
    assert "Annotation by openai" in done.stdout


def test_labels_in_several_files_are_parts_and_other_words_are_no_obstacle(tmp_path: Path) -> None:
    first = write_labels(tmp_path, "1.jsonl", doccano("Blair met Blair in Paris", (0, 5, "PER")))
    second = write_labels(tmp_path, "2.txt", "Rosa O\nleft O\nSt B-LOC\n. I-LOC\nLouis I-LOC\n\nIt O\nrai O\nned O\n")
    write_project(tmp_path, SENTENCES, {"crowd": annotator(first, second)}, "crowd")
    assert align(tmp_path) == {
        "a": ["B-PER", "O", "O", "O", "O"],
        "b": ["O", "O", "B-LOC", "I-LOC"],
        "c": ["O", "O"],
    }
    notes = {row["note"]: row["count"] for row in metrics(tmp_path, "annotate")["notes"]}
    assert notes == {"rows with other words than their sentence, whose spans are carried over by characters": 2}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "Rosa B-PER\nleft O\nSt O\n.Louis B-LOC\n", "data/own/a.txt:1: LOC '. Louis' (12:19) is part"),
        ("a.txt", "Rosa B-GPE\nleft O\nSt. O\nLouis O\n", "data/own/a.txt:1: type GPE is none of the types"),
        ("a.txt", "Rosa B-PER\nwon O\n", "annotate.annotators.crowd.labels: none of the 1 labelled rows has the text"),
        ("a.csv", "id,text\n1,It rained\n", "data/own/a.csv: expected labels"),
        ("a.jsonl", doccano("It rained"), "data/own/a.jsonl: no text has a span; is it labelled?"),
        ("a.jsonl", doccano("It rained", (0, 1, "PER")), "data/own/a.jsonl:1: PER 'I' (0:1) is part of 'It'"),
        ("a.jsonl", doccano("It rained", (0, 2, "PER"), cost_usd="5 $"), "data/own/a.jsonl:1: expected cost_usd as"),
        ("a.jsonl", doccano("It rained", (0, 2, "PER"), cost_usd=-1), "data/own/a.jsonl:1: expected cost_usd as"),
    ],
)  # fmt: skip
def test_a_file_that_can_not_be_read_rightly_is_refused_in_one_line(
    name: str, content: str, message: str, tmp_path: Path
) -> None:
    write_project(tmp_path, SENTENCES, {"crowd": annotator(write_labels(tmp_path, name, content))}, "crowd")
    done = run(tmp_path, "annotate", 2)
    assert done.stderr.startswith(f"tinyner: {message}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "data/annotated").exists()


def test_types_that_are_dropped_are_no_labels_and_edges_may_be_snapped(tmp_path: Path) -> None:
    content = doccano("Blair met Blair in Paris", (0, 3, "PER"), (19, 24, "GPE"))
    section = {"crowd": annotator(write_labels(tmp_path, "crowd.jsonl", content))}
    reading = {"related": "none", "related_size": 0, "drop_types": ["gpe"], "span_edges": "snap"}
    write_project(tmp_path, [BLAIR], section, "crowd", prepare=reading)
    assert align(tmp_path) == {"a": ["B-PER", "O", "O", "O", "O"]}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    write_project(tmp_path, SENTENCES, {"crowd": annotator("data/own/crowd.txt")}, "crowd")
    assert run(tmp_path, "annotate", 2).stderr == "tinyner: data/own/crowd.txt: no such file\n"


@pytest.mark.parametrize("fault", [{"text_sha256": "x"}, {"id": "x"}])
def test_an_answer_to_another_sentence_is_refused(
    fault: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"text": "Blair left", "spans": [{"start": 0, "end": 5, "label": "PER"}]}
    path = write_labels(tmp_path, "mine.jsonl", json.dumps(row))
    write_project(tmp_path, [{"id": "a", "words": ["Blair", "left"]}], {"mine": annotator(path)}, "mine")
    run(tmp_path, "annotate")
    right = label_files._reply
    monkeypatch.setattr(label_files, "_reply", lambda *arguments: right(*arguments) | fault)
    done = run(tmp_path, "annotate", code=2)
    assert done.stderr.startswith("tinyner: annotate: sentences with a reply ")
    assert ": 1 (a); " in done.stderr
