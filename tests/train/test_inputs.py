"""What params.yaml makes of the files of the stages before: whose words weigh what, and what stands in for gold."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT
from tinyner.errors import UserError
from tinyner.files import write_rows
from tinyner.params import load_params
from tinyner.train.cell_key import key_of
from tinyner.train.encoded import Encoded, tags_of
from tinyner.train.inputs import Inputs, read_inputs


def made(**changes: object) -> Inputs:
    base: dict[str, object] = {"train.group": "D", "train.dev_size": 1, "train.seeds": [1], "train.device": "cpu"}
    return read_inputs(load_params(ROOT / "params.yaml", {**base, **changes}))


def test_a_voted_word_weighs_its_share_and_every_other_word_1(workspace: Path) -> None:
    data = made(**{"train.vote_weights": True}).data
    assert data.train.word_weights.tolist() == pytest.approx([0.5, 0.6667, 1, 1, 1, 1])
    assert data.dev.word_weights.tolist() == data.test.word_weights.tolist() == [1, 1]


def test_where_votes_have_no_weight_all_words_are_alike(workspace: Path) -> None:
    weighted, plain = made(**{"train.vote_weights": True}), made(**{"train.vote_weights": False})
    assert plain.data.train.word_weights.tolist() == [1] * 6
    assert key_of(plain.cells[0]) != key_of(weighted.cells[0])
    names = [field.name for field in fields(Encoded) if field.name != "word_weights"]
    assert all(np.array_equal(getattr(plain.data.train, name), getattr(weighted.data.train, name)) for name in names)
    # Without votes, whether they weigh changes no cell.
    group_a = [key_of(made(**{"train.group": "A", "train.vote_weights": weigh}).cells[0]) for weigh in (True, False)]
    assert group_a[0] == group_a[1]


def example(name: str, *, tags: str = "B-PER O") -> dict[str, object]:
    return {"id": name, "words": [name, "left"], "tags": tags.split(), "spans": []}


@pytest.fixture
def stand_ins(workspace: Path) -> Path:
    """Five target sentences, of which two stand in for test and two for dev; all replies to one of each failed."""
    names = [f"Person{number}" for number in range(5)]
    write_rows(workspace / "data/aligned/target.jsonl", [example(name) for name in names if name[-1] not in "13"])
    for split, part in (("test", names[:2]), ("valid", names[2:4])):
        rows = [{"id": name, "words": [name, "left"]} for name in part]
        write_rows(workspace / f"data/prepared/{split}.jsonl", rows)
    write_rows(workspace / "data/prepared/original.jsonl", [])
    return workspace


COLD: dict[str, object] = {
    "prepare.test_from_target": 2,
    "prepare.valid_from_target": 2,
    "train.group": "B",
    "train.dev_size": 2,
}


def gold_tags(encoded: Encoded) -> list[list[str]]:
    return tags_of(encoded, encoded.gold, load_params(ROOT / "params.yaml").labels)


def test_stand_ins_have_the_teachers_tags_and_are_not_trained_on(stand_ins: Path) -> None:
    inputs = made(**COLD)
    assert gold_tags(inputs.data.dev) == [["B-PER", "O"]]  # the other one has no labels
    assert gold_tags(inputs.data.test) == [["B-PER", "O"], ["O", "O"]]  # it is predicted all the same
    assert inputs.sizes == (1, 0)
    assert inputs.dev_is_stand_in
    held_out, dev, test = inputs.notes
    assert held_out == "held out of training: 2 of 3 target sentences, since test or valid has their text"
    for name, note in (("dev", dev), ("test", test)):
        assert note.startswith(f"{name}: 2 target sentences stand in, with the LLM's labels; a score on them is ")
        assert "agreement with the teacher, not accuracy; 1 whose replies failed have no labels" in note


def test_duplicates_of_stand_ins_are_not_trained_on_wherever_they_stand(stand_ins: Path) -> None:
    others = [{**example("Person0"), "id": "again"}, {**example("Person3"), "id": "whose reply was read"}]
    write_rows(stand_ins / "data/aligned/related.jsonl", [*others, example("Rosa")])
    inputs = made(**{**COLD, "train.group": "C"})
    assert inputs.sizes == (2, 0)  # Person4 and Rosa
    assert inputs.notes[0].startswith("held out of training: 2 of 3 target and 2 of 3 related sentences")


def test_a_size_counts_the_sentences_that_are_not_held_out(stand_ins: Path) -> None:
    assert made(**COLD, **{"train.target_size": 1}).sizes == (1, 0)
    with pytest.raises(
        UserError, match=r"train.target_size: 2 sentences wanted, there are 1 \(see .*; some are held out"
    ):
        made(**COLD, **{"train.target_size": 2})


def test_stand_ins_that_somebody_labelled_are_still_not_trained_on(stand_ins: Path) -> None:
    write_rows(stand_ins / "data/prepared/test.jsonl", [{**example("Person0"), "id": "gold"}])
    inputs = made(**COLD)
    assert inputs.sizes == (1, 0)
    assert [note.split(":")[0] for note in inputs.notes] == ["held out of training", "dev"]
    without = made(**{**COLD, "prepare.test_from_target": None})
    assert without.sizes == (2, 0)


def test_a_group_of_original_sentences_alone_holds_nothing_out(stand_ins: Path) -> None:
    write_rows(stand_ins / "data/prepared/original.jsonl", [example("Rosa")])
    inputs = made(**{**COLD, "train.group": "A"})
    assert inputs.sizes == (0, 1)
    assert [note.split(":")[0] for note in inputs.notes] == ["dev", "test"]


def test_stand_ins_none_of_which_has_labels_are_refused(stand_ins: Path) -> None:
    write_rows(stand_ins / "data/aligned/target.jsonl", [example("Person0"), example("Person4")])
    with pytest.raises(UserError, match=r"has none of the 2 sentences that stand in for test or dev"):
        made(**COLD)


def test_without_original_sentences_the_groups_that_need_them_are_refused(stand_ins: Path) -> None:
    for group in "AD":
        with pytest.raises(UserError, match=rf"train.group: {group} needs sentences of which there are none"):
            made(**{**COLD, "train.group": group})
