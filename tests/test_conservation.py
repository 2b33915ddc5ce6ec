"""Counts that add up: each rule refuses a planted fault, by name and whatever the rows are."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinyner.align import balance as align_balance
from tinyner.clean import balance as clean_balance
from tinyner.conservation import Balance, by_sentence, counted
from tinyner.errors import UserError
from tinyner.files import line_of

SENTENCE: Any = {"id": "a", "words": ["Blair", "left"]}
REPLY: Any = {"id": "a", "prompt_sha256": "p", "reply": "", "annotator": "x", "text_sha256": ""}
OF_FILE: Any = {**REPLY, "spans": [{"start": 0, "end": 1, "label": "PER"}]}
MENTION: Any = {"type": "PER", "text": "Blair"}
OK: Any = {"id": "a", "prompt_sha256": "p", "status": "ok", "mentions": [MENTION], "problems": []}
FAILED: Any = {**OK, "status": "failed", "mentions": [], "problems": ["empty"]}
EXAMPLE: Any = {
    "id": "a",
    "words": ["Blair", "left"],
    "tags": ["B-PER", "O"],
    "spans": [{"start": 0, "end": 1, "label": "PER"}],
}
LEDGER: Any = {"id": "a", "type": "PER", "text": "Blair", "outcome": "exact", "span": [[0, 1]]}


def test_rows_that_add_up_pass() -> None:
    assert not list(clean_balance.faults(REPLY, OK))
    assert not list(clean_balance.faults(REPLY, FAILED))
    assert not list(clean_balance.faults(OF_FILE, {**OK, "mentions": [{**MENTION, "span": [0, 1]}]}))  # type: ignore[typeddict-item]
    assert not list(align_balance.faults(SENTENCE, [OK, FAILED], EXAMPLE, [LEDGER]))
    assert not list(align_balance.faults(SENTENCE, [FAILED], None, []))


@pytest.mark.parametrize(
    ("reply", "changes"),
    [
        (REPLY, {"id": "b"}),
        (REPLY, {"prompt_sha256": "q"}),
        (REPLY, {"status": "lost"}),
        (REPLY, {"status": "failed"}),
        (REPLY, {"status": "failed", "mentions": []}),
        (OF_FILE, {"mentions": []}),
        (OF_FILE, {"mentions": [{**MENTION, "span": [0, 2]}]}),
        ({**OF_FILE, "spans": None}, {"mentions": []}),
    ],
)
def test_a_wrong_row_of_stage_clean_is_named(reply: Any, changes: dict[str, Any]) -> None:
    assert list(clean_balance.faults(reply, {**OK, **changes}))  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("annotations", "example", "ledger"),
    [
        ([OK], None, [LEDGER]),
        ([FAILED], EXAMPLE, []),
        ([OK], {**EXAMPLE, "words": ["Blair", "lef"]}, [LEDGER]),
        ([OK], {**EXAMPLE, "words": ["Blair"], "tags": ["B-PER"]}, [LEDGER]),
        ([OK], {**EXAMPLE, "id": "b"}, [LEDGER]),
        ([OK], {**EXAMPLE, "tags": ["B-PER"]}, [LEDGER]),
        ([OK], {**EXAMPLE, "weights": [1.0]}, [LEDGER]),
        ([OK], {**EXAMPLE, "spans": []}, [LEDGER]),
        ([OK], EXAMPLE, []),
        ([OK], EXAMPLE, [LEDGER, LEDGER]),
        ([OK, OK], EXAMPLE, [LEDGER]),
        ([OK], EXAMPLE, [{**LEDGER, "text": "left"}]),
        ([OK], EXAMPLE, [{**LEDGER, "outcome": "lost"}]),
        ([OK], EXAMPLE, [{**LEDGER, "id": "b"}]),
    ],
)
def test_wrong_rows_of_stage_align_are_named(annotations: list[Any], example: Any, ledger: list[Any]) -> None:
    assert list(align_balance.faults(SENTENCE, annotations, example, ledger))


def test_a_line_names_the_first_sentences_and_how_many_more() -> None:
    balance = Balance("clean")
    for number in (1, 1, 2, 3, 4, 5):  # two rows of the first sentence
        balance.add("replies without a row", f"s{number}", "run it again")
    with pytest.raises(UserError) as caught:
        balance.expect("replies", 5, 5)
    assert str(caught.value) == "clean: replies without a row: 5 (s1, s2, s3 and 2 more); run it again"


def test_sums_that_differ_are_refused() -> None:
    balance = Balance("align")
    balance.expect("mentions", 3, 3)
    with pytest.raises(UserError, match=r"^align: mentions do not add up: 3 in, 2 out; "):
        balance.expect("mentions", 3, 2)


@given(st.lists(st.text("abc", min_size=1), unique=True))
def test_all_ids_are_counted(ids: list[str]) -> None:
    text = counted(ids, len(ids))
    assert text.startswith(f"{len(ids)} (")
    assert all(row_id in text for row_id in ids[:3])
    assert ("more)" in text) == (len(ids) > 3)


def joined(folder: Path, ids: list[str], row_ids: list[str], *, some: bool = False) -> list[tuple[str, int]]:
    for name, of_file in (("sentences", ids), ("rows", row_ids)):  # without the sync of ``write_rows``, which is slow
        (folder / f"{name}.jsonl").write_bytes(b"".join(line_of({"id": row_id, "words": ["x"]}) for row_id in of_file))
    pairs = by_sentence("clean", folder / "sentences.jsonl", folder / "rows.jsonl", "annotate", some=some)
    return [(sentence["id"], len(rows)) for sentence, rows in pairs]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda rows: [row for row in rows if row != "b"], r"sentences of \S+ without a row in \S+: 1 \(b\)"),
        (lambda rows: [*rows[:2], "x", *rows[2:]], r"rows of \S+ that are of no sentence of \S+: 1 \(x\)"),
        (lambda rows: [*rows, "x"], r"rows of \S+ that are of no sentence of \S+: 1 \(x\)"),
        (lambda rows: rows[::-1], r"the rows of \S+ are not in the order of"),
        (lambda rows: [*rows, "a"], r"the rows of \S+ are not in the order of"),
    ],
)
def test_rows_that_are_not_those_of_the_sentences_are_refused(
    damage: Callable[[list[str]], list[str]], message: str, tmp_path: Path
) -> None:
    rows = ["a", "a", "b", "b", "c", "c"]
    assert joined(tmp_path, ["a", "b", "c"], rows) == [("a", 2), ("b", 2), ("c", 2)]
    with pytest.raises(UserError, match=f"^clean: {message}.*; run `dvc repro annotate`$"):
        joined(tmp_path, ["a", "b", "c"], damage(rows))


def test_a_sentence_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"more than once: 1 \(a\)"):
        joined(tmp_path, ["a", "b", "a"], ["a", "b"])


def test_where_some_sentences_have_rows_the_others_are_left_out(tmp_path: Path) -> None:
    assert joined(tmp_path, ["a", "b", "c"], ["b"], some=True) == [("b", 1)]
    assert joined(tmp_path, ["a", "b", "c"], [], some=True) == []
    with pytest.raises(UserError, match="are not in the order of"):
        joined(tmp_path, ["a", "b", "c"], ["c", "a"], some=True)


def test_any_change_of_the_rows_but_repeats_is_refused(tmp_path: Path) -> None:
    """Of 200 random changes: rows are dropped, moved, or get another id."""
    draw = random.Random(1)
    for _ in range(200):
        ids = [f"s{number}" for number in range(draw.randint(2, 6))]
        rows = list(ids)
        place = draw.randrange(len(rows))
        match draw.choice(("drop", "move", "rename")):
            case "drop":
                del rows[place]
            case "move":
                rows.insert((place + draw.randrange(1, len(ids))) % len(ids), rows.pop(place))
            case _:
                rows[place] = draw.choice(["x", *ids[:place], *ids[place + 1 :]])
        with pytest.raises(UserError, match=r"^clean: "):
            joined(tmp_path, ids, rows)
