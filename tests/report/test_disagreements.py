"""The hardest sentences come first, with what differs in them."""

import re
from dataclasses import replace

from tests.report import made
from tinyner.report import disagreements
from tinyner.report.scored_runs import with_scores
from tinyner.rows import Sentence
from tinyner.runs.reference import Reference


def test_the_hardest_sentences_come_first() -> None:
    gold = made.sentences(5)
    right = gold[0]["tags"]
    missed, half = ["O"] * 4, ["B-PER", "I-PER", "O", "O"]
    predictions = {  # t0: one seed, one entity; t1: both seeds, one; t2: both, both entities; t3: one, both; t4: right
        1: [half, half, missed, missed, right],
        2: [right, half, missed, right, right],
    }
    made_up = made.small_run("E")
    details = replace(made_up.details, predictions=predictions)
    (run,), _ = with_scores([replace(made_up, read_details=lambda: details)])
    reference = Reference.of(gold, [])
    cases = disagreements.of_students(reference, run, 9)
    assert [case.id for case in cases] == ["t2", "t1", "t3", "t0"]
    assert [(case.share, case.errors) for case in cases] == [(1, 4), (1, 2), (0.5, 2), (0.5, 1)]
    assert [case.id for case in disagreements.of_students(reference, run, 2)] == ["t2", "t1"]


def test_a_card_names_what_differs() -> None:
    words = ["Ann", "Lee", "in", "Bonn"]
    gold, predicted = [(0, 2, "PER"), (3, 4, "LOC")], [(0, 2, "PER")]
    sentence: Sentence = {"id": "t", "words": words}
    case = disagreements.Disagreement(sentence, gold, {"seed 1": predicted}, "E", 1, 1.0)
    assert case.types == ["LOC"]
    card = disagreements.card(case, ["LOC", "PER"])
    assert "<q>Bonn</q> <b>LOC</b>: gold" in card
    assert "Ann Lee</q>" not in card  # both have it
    assert 'data-types="LOC"' in card
    assert card.count('class="t c1 first"') == 2
    assert card.count('class="w"') == 4


def test_a_script_without_white_space_is_shown_as_it_is_written() -> None:
    sentence: Sentence = {"id": "t", "words": ["林", "さ", "ん", "は", "NTT", "へ"], "text": "林さんは NTTへ"}
    gold = [(0, 3, "PER"), (4, 5, "ORG")]
    card = disagreements.card(disagreements.Disagreement(sentence, gold, {"seed 1": []}, "E", 2, 1.0), ["PER", "ORG"])
    assert '<p class="unseen">林さんは NTTへ</p>' in card
    assert "<q>林さん</q> <b>PER</b>" in card
    assert re.findall(r'class="(w(?: join[^"]*)?)"', card) == [
        *("w joins", "w joined joins", "w joined joins", "w joined", "w joins", "w joined")
    ]


def test_sentences_that_the_teacher_labelled_have_its_labels_above() -> None:
    (run,), _ = with_scores([made.small_run("B", 0.9, by_teacher=True, group="B")])
    test = made.sentences(40)
    reference = Reference.of(made.stand_ins(test), made.labels(test)[3:])
    cases = disagreements.of_students(reference, run, 99)
    assert cases
    assert not {"t0", "t1", "t2"} & {case.id for case in cases}  # which the teacher didn't label
    card = disagreements.card(cases[0], ["LOC", "PER"])
    assert "gold" not in card
    assert ">teacher<" in card
    assert "seeds differ from the teacher, " in card
