"""The command as a user runs it: the real openai client against a server on loopback."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.annotate.workspace import KEY, annotate_here, completion, configure, environment
from tests.conftest import Handler
from tests.in_process import command, stage
from tests.pilot.conftest import Teacher, made, unlabelled
from tinyner.files import load, sha256_text, write_rows
from tinyner.params import read_yaml
from tinyner.rows import Sentence, text_of


def pilot(workspace: Path, *words: str, key: str | None = KEY) -> subprocess.CompletedProcess[str]:
    """Run ``tinyner pilot`` in a workspace."""
    with pytest.MonkeyPatch.context() as patch:
        for name in {*os.environ, "OPENAI_API_KEY"}:
            if name.startswith("OPENAI_"):
                patch.delenv(name, raising=False)
        return command(workspace, "pilot", *words, **environment(workspace, key))


def result(workspace: Path, *words: str) -> Any:
    """Run ``tinyner pilot``, and return its whole result."""
    done = pilot(workspace, *words, "-o", "pilot.json")
    assert done.returncode == 0, done.stderr
    return json.loads((workspace / "pilot.json").read_text())


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_first_gold_sentences_are_asked_and_scored(workspace: Path, teacher: Teacher) -> None:
    teacher.forgets = lambda prompt, sentence: sentence.startswith("Rosa0 ")
    done = pilot(workspace, "-n", "20")
    assert done.returncode == 0, done.stderr
    assert sorted(teacher.asked) == sorted(text_of(row) for row in made(20, "o"))
    out = flat(done.stdout)
    assert "scheme: asking openai (m) for 20 replies to scheme, 0 stored already; $" in out
    assert "openai against gold: 20 sentences, 30 entities" in out
    assert "│ micro │ 1.000 │ 0.967 │ 0.983 │ 0.9" in out
    assert "│ macro │ 1.000 │ 0.975 │ 0.987 │ │ 30 │" in out
    assert "│ LOC │ 1.000 │ 1.000 │ 1.000 │ 0.722 to 1.000* │ 10 │" in out
    assert "│ PER │ 1.000 │ 0.950 │ 0.974 │ 0.9" in out
    assert "│ ORG │ 0.000 │ 0.000 │ 0.000 │ too few │ 0 │" in out
    assert "* Wilson's over entities, as every sentence that has one scores the same" in out
    assert "F1 0.983, 95% interval 0.9" in out
    assert "20 replies: ok 20, repaired 0, failed 0; empty 1" in out
    assert "29 mentions: exact 29" in out
    # 9 tokens a request at $1,000 a million
    assert "20 replies asked for, $0.1800 paid, 0 from the store" in out
    assert "all target and related sentences: 0 replies are stored, 50 are not; these would cost about $0.4" in out
    assert "the first 20 of 40 in data/prepared/original.jsonl" in out
    assert "few sentences" not in out
    assert "the worst sentence 1. o0: 1 missed, 0 wrong, 0 right Rosa0 Smith was seen" in out
    assert "Rosa0 Smith PER -" in out
    assert "reply: Result: {}" in out


def test_replies_are_kept_and_count_in_the_stage(workspace: Path, teacher: Teacher) -> None:
    first = result(workspace, "-n", "12")
    again = result(workspace, "-n", "15")
    assert len(teacher.asked) == 15
    assert again["candidates"][0]["cost"]["asked"] == 3
    assert [row["id"] for row in again["candidates"][0]["rows"]][:12] == [
        row["id"] for row in first["candidates"][0]["rows"]
    ]
    target = [*load(workspace / "data/prepared/target.jsonl"), *unlabelled(made(15, "o"))]
    write_rows(workspace / "data/prepared/target.jsonl", target)
    assert annotate_here(workspace).returncode == 0
    assert len(teacher.asked) == 15 + 50
    assert len(set(teacher.asked)) == 15 + 50
    # Now all are stored: nobody is asked, and there is nothing to pay.
    after = pilot(workspace, "-n", "15", key=None)
    assert after.returncode == 0
    assert "65 replies are stored, 0 are not; nothing to pay" in flat(after.stdout)


def test_replies_count_as_gold_sentences_of_the_stage(workspace: Path, teacher: Teacher) -> None:
    """With annotate.gold_size a pilot asks for the very sentences that the stage would ask for, in the same order."""
    teacher.forgets = lambda prompt, sentence: sentence.startswith("Rosa0 ")
    params = read_yaml((workspace / "params.yaml").read_text())
    params["annotate"]["gold_size"] = 12
    (workspace / "params.yaml").write_text(yaml.safe_dump(params))
    whole = result(workspace)
    assert whole["sentences"] == len(teacher.asked) == 12
    done = pilot(workspace, "-n", "5")
    assert "all target, related and gold sentences: 12 replies are stored, 50 are not" in flat(done.stdout)
    assert annotate_here(workspace).returncode == 0
    assert len(teacher.asked) == 12 + 50
    outputs = {path: path.read_bytes() for path in (workspace / "data/annotated").iterdir()}
    for name in ("clean", "align"):
        assert stage(workspace, name, **environment(workspace, None)).returncode == 0
    metrics = json.loads((workspace / "metrics/align.json").read_text())
    assert metrics["teacher_f1"] == whole["candidates"][0]["f1"] < 1
    assert metrics["rows"][0]["gold_sentences"] == 12
    # A later pilot with more sentences changes nothing that the stage writes.
    assert pilot(workspace, "-n", "20").returncode == 0
    assert annotate_here(workspace, key=None).returncode == 0
    assert {path: path.read_bytes() for path in (workspace / "data/annotated").iterdir()} == outputs


def test_a_single_sentence_has_no_interval_and_no_error_is_no_certainty(workspace: Path, teacher: Teacher) -> None:
    out = flat(pilot(workspace, "-n", "1").stdout)
    assert "F1 1.000; no interval: the sentences, or their entities, are too few to tell" in out
    out = flat(pilot(workspace, "-n", "20").stdout)
    assert "F1 1.000, 95% interval 0.886 to 1.000 (Wilson's over entities, since every sentence scores the same)" in out


def test_few_sentences_are_said_to_be_few(workspace: Path, teacher: Teacher) -> None:
    write_rows(workspace / "data/prepared/original.jsonl", made(5, "o"))
    write_rows(workspace / "data/prepared/valid.jsonl", [])
    out = flat(pilot(workspace).stdout)
    assert "the first 5 of 5 in" in out
    assert "warning: few sentences (5) show" in out
    assert "label more" in out


def test_no_few_shot_example_is_asked_however_it_is_written(workspace: Path, teacher: Teacher) -> None:
    sentences = made(8, "o")
    example = text_of(sentences[1]).replace(" .", ".").replace("Smith", "SMITH")
    write_rows(workspace / "prompts/mine.jsonl", [{"text": example, "entities": {}}])
    template = (workspace / "prompts/scheme.txt").read_text()
    in_the_template = f"Never copy this: {text_of(sentences[2])}\n{template}"
    (workspace / "prompts/mine.txt").write_text(in_the_template)
    write_rows(workspace / "data/prepared/original.jsonl", sentences)
    write_rows(workspace / "data/prepared/valid.jsonl", [])
    whole = result(workspace, "--prompt", "prompts/mine.txt", "-S", "annotate.examples=mine")
    assert [row["id"] for row in whole["candidates"][0]["rows"]] == ["o0", "o3", "o4", "o5", "o6", "o7"]
    assert whole["available"] == 6


def test_prompts_are_compared_on_the_same_sentences(workspace: Path, teacher: Teacher) -> None:
    teacher.forgets = lambda prompt, sentence: "JSON" in prompt and sentence[0] in "RO"
    words = ("--prompt", "scheme", "--prompt", "json", "--prompt", "scheme-cot")
    whole = result(workspace, *words, "-n", "24")
    assert [candidate["name"] for candidate in whole["candidates"]] == ["scheme", "json", "scheme-cot"]
    assert len({tuple(row["id"] for row in candidate["rows"]) for candidate in whole["candidates"]}) == 1
    assert [candidate["f1"] for candidate in whole["candidates"]] == [1.0, pytest.approx(60 / 66), 1.0]
    pairs = {(pair["a"], pair["b"]): pair for pair in whole["differences"]}
    assert len(pairs) == 3
    # Of 6 sentences that differ, all for the worse: exact p is 2 of 64 swaps; Holm over 3.
    assert pairs["scheme", "json"]["p"] == pytest.approx(2 / 64)
    assert pairs["scheme", "json"]["adjusted"] == pytest.approx(6 / 64)
    assert pairs["scheme", "scheme-cot"]["p"] == 1.0
    assert pairs["scheme", "json"]["low"] > 0
    out = flat(pilot(workspace, *words, "-n", "24").stdout)
    assert "no difference shown, scheme less json: 9.1 points of F1 (95% interval" in out
    assert "p=0.094 after Holm over 3)" in out
    assert "json: the 6 worst sentences" in out
    assert "micro 36 scheme 1.000 1.000 1.000 0.904 to 1.000* json 1.000 0.833 0.909" in out
    assert "PER 24 scheme 1.000 1.000 1.000 0.862 to 1.000* json 1.000 0.750 0.857" in out
    assert "scheme: no sentence with an error" in out
    assert "no difference: scheme and scheme-cot score the same on every sentence; others may tell" in out
    out = flat(pilot(workspace, *words, "-n", "3").stdout)
    assert "no comparison: the sentences, or their entities, are too few to tell" in out
    assert "1.000 1.000 1.000 too few" in out


def test_annotators_are_compared(workspace: Path, teacher: Teacher) -> None:
    params = read_yaml((workspace / "params.yaml").read_text())
    url = params["annotate"]["annotators"]["openai"]["base_url"]
    change = f"annotate.annotators.local.base_url={url}"
    whole = result(workspace, "--annotator", "openai", "--annotator", "local", "-S", change, "-n", "4")
    assert [candidate["name"] for candidate in whole["candidates"]] == ["openai scheme", "local scheme"]
    assert [candidate["identity"].partition(" ")[0] for candidate in whole["candidates"]] == ["m", "local"]
    assert len(teacher.asked) == 8


def test_an_annotator_of_records_is_scored_where_it_has_replies(workspace: Path) -> None:
    """Here on target sentences that have gold, since there is no reply to original ones."""
    write_rows(workspace / "data/prepared/target.jsonl", made(6, "t", 100))
    prompt = pilot_prompt(workspace)
    rows = [
        {
            "id": row["id"],
            "text_sha256": sha256_text(text_of(row)),
            "annotator": "claude",
            "prompt_sha256": sha256_text(prompt),
            "reply": f'Result: {{"PER": ["{" ".join(row["words"][:2])}"]}}',
        }
        for row in made(4, "t", 100)
    ]
    write_rows(workspace / "data/recorded/replies.jsonl", rows)
    whole = result(workspace)
    assert (whole["from"], whole["available"]) == ({"data/prepared/target.jsonl": 4}, 4)
    assert whole["candidates"][0]["ledger"] == {"exact": 4}
    assert whole["candidates"][0]["cost"]["all"]["why"] == "answers from records only"
    done = pilot(workspace, "--prompt", "json")
    assert done.returncode == 2
    assert "no reply to any of 56 gold sentences is recorded for this prompt" in done.stderr
    assert "claude answers from records only" in done.stderr


def pilot_prompt(workspace: Path) -> str:
    """Return the prompt of the template scheme, all filled in but the sentence."""
    from tinyner.annotate import templates
    from tinyner.params import load_params

    params = load_params(workspace / "params.yaml")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace)
        shots = templates.load_shots("examples", params.types)
        return templates.load("scheme").render(params.types, params.annotate.definitions, shots).text


def test_failed_replies_count_as_no_entity_and_are_shown_first(workspace: Path, teacher: Teacher) -> None:
    teacher.reply = lambda sentence: "I can't help with that." if sentence.startswith("Omar1 ") else None
    teacher.forgets = lambda prompt, sentence: sentence.startswith("Rosa0 ")
    done = pilot(workspace, "-n", "4", "-S", "clean.max_failed=0.1")
    out = flat(done.stdout)
    assert "4 replies: ok 3, repaired 0, failed 1; empty 1; problems: refused 1" in out
    assert "warning: 25% failed; stage clean stops above clean.max_failed (0.1)" in out
    assert "1. o1: 2 missed, 0 wrong, 0 right; failed: refused" in out
    assert "2. o0: 1 missed" in out


@pytest.mark.parametrize(
    ("right", "changes", "advice"),
    [
        (9, ("train.group=D", "train.schedule.type=all"), "learned its sentences first and the human ones last"),
        (
            9,
            ("train.group=E", "train.schedule.type=sigmoid", "train.schedule.k=2"),
            "set train.schedule to {type: simp",
        ),
        (9, ("train.group=D", "train.schedule.type=power", "train.schedule.n=2"), "set train.schedule to {type: simp"),
        (9, ("train.group=E", "train.schedule.type=group"), None),
        (9, ("train.group=E", "train.schedule.type=sigmoid", "train.schedule.k=32"), None),
        (9, ("train.group=B", "train.schedule.type=group"), None),
        (20, ("train.group=D", "train.schedule.type=all"), None),
        (1, ("train.group=E", "train.schedule.type=group"), "human sentences alone made the better student"),
        (1, ("train.group=E", "train.schedule.type=pure_original"), None),
    ],
)
def test_a_worse_teacher_gets_advice_on_the_blend(
    right: int, changes: tuple[str, ...], advice: str | None, workspace: Path, teacher: Teacher
) -> None:
    known = {text_of(row) for row in made(right, "o")}
    teacher.reply = lambda sentence: None if sentence in known else "Result: {}"
    words = [word for change in changes for word in ("-S", change)]
    out = flat(pilot(workspace, "-n", "20", *words).stdout)
    assert "F1 " in out
    if advice is None:
        assert "docs/results.md" not in out
    else:
        assert advice in out


def test_votes_of_several_prompts_are_a_candidate(workspace: Path, teacher: Teacher) -> None:
    whole = result(workspace, "-n", "3", "-S", "annotate.prompts.target=[scheme,json]")
    assert [candidate["name"] for candidate in whole["candidates"]] == ["scheme+json"]
    assert len(teacher.asked) == 6
    assert all(len(row["replies"]) == 2 for row in whole["candidates"][0]["rows"])


def test_the_cap_holds_for_all_candidates_together(workspace: Path, teacher: Teacher) -> None:
    """A request costs $0.009; the cap leaves room for one at its worst when some 17 of 24 are paid."""
    words = ("--prompt", "scheme", "--prompt", "json", "-n", "12", "-S", "annotate.annotators.openai.concurrency=1")
    assert pilot(workspace, *words).returncode == 0
    most = max(1000e-6 * (len(prompt.encode()) + 128 + 10) for prompt in teacher.prompts)
    least = min(1000e-6 * (len(prompt.encode()) + 128 + 10) for prompt in teacher.prompts[12:])  # of json
    for path in (workspace / "replies").rglob("*.jsonl"):
        path.unlink()
    cap = max(most + 11 * 0.009, least + 17 * 0.009)
    room = int((cap - least) / 0.009) + 1
    teacher.asked.clear()
    done = pilot(workspace, *words, "-S", f"annotate.max_cost_usd={cap:.6f}")
    assert done.returncode == 2
    assert "annotate.max_cost_usd" in done.stderr
    assert 12 < len(teacher.asked) == room < 24
    assert pilot(workspace, *words).returncode == 0
    assert len(teacher.asked) == 24


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--prompt", "missing"], "prompts/missing.txt can't be read; choices: cot, json,"),
        (["--annotator", "gpt"], "annotate.annotator: 'gpt' is not one of claude, local, openai"),
        (["-n", "0"], "pilot: -n 0: expected the number of sentences"),
        (["-o", "prompts"], "-o prompts: is a folder"),
        (["-o", "params.yaml/x.json"], "-o params.yaml/x.json: can't be written: Not a directory"),
        (["-S", "types={X: [], Y: []}", "-S", "annotate.prompts.target=json"], "is no type of params.yaml (X, Y)"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], part: str, workspace: Path, teacher: Teacher) -> None:
    done = pilot(workspace, *words)
    assert (done.returncode, done.stderr.count("\n"), teacher.asked) == (2, 1, [])
    assert part in done.stderr


def test_scores_are_printed_where_the_file_can_t_be_written_in_the_end(
    workspace: Path, serve: Callable[[Handler], str], teacher: Teacher
) -> None:
    """Here a folder of the file's name turns up while the LLM is asked."""

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        (workspace / "pilot.json").mkdir(exist_ok=True)
        return teacher(path, body)

    configure(workspace, f"{serve(answer)}/v1")
    done = pilot(workspace, "-n", "4", "-o", "pilot.json")
    assert (done.returncode, done.stderr) == (2, "tinyner: -o pilot.json: is a folder; name a file in it\n")
    assert "openai against gold: 4 sentences" in flat(done.stdout)


def test_without_a_key_or_prepared_files_one_line_says_so(workspace: Path, teacher: Teacher) -> None:
    done = pilot(workspace, key=None)
    assert "pilot: 30 of 30 replies of openai are missing, and no key: set OPENAI_API_KEY" in done.stderr
    (workspace / "prompts/none.txt").write_text("PER? {sentence}")
    params = ("--prompt", "none", "-S", "types={PER: []}")
    done = pilot(workspace, *params)
    assert "original.jsonl: o1 has the type LOC, which params.yaml does not have (PER); run: dvc repro" in done.stderr
    (workspace / "data/prepared/original.jsonl").unlink()
    assert "data/prepared/original.jsonl: is not here" in pilot(workspace).stderr
    assert teacher.asked == []


def test_sentences_come_first_whose_replies_count_later(workspace: Path, teacher: Teacher) -> None:
    """Target sentences are asked for in any case, original ones only with annotate.gold_size."""
    write_rows(workspace / "data/prepared/target.jsonl", [*made(3, "t", 100), *unlabelled(made(9, "t", 110))])
    whole = result(workspace, "-n", "5")
    assert whole["from"] == {"data/prepared/target.jsonl": 3, "data/prepared/original.jsonl": 2}
    whole = result(workspace, "-n", "5", "-S", "annotate.gold_size=5")
    assert whole["from"] == {"data/prepared/original.jsonl": 5}


def test_all_sentences_are_counted_as_the_stage_counts_them(workspace: Path, teacher: Teacher) -> None:
    """A file of labels that votes takes the gold sentences out that it has no row for."""
    gold = [{**row, "tags": ["O"] * 7} for row in (*made(50, "t", 100), *made(4, "o"))]
    write_rows(workspace / "data/own/labels.jsonl", gold)
    params = read_yaml((workspace / "params.yaml").read_text())
    params["annotate"]["annotators"]["claude"]["labels"] = "data/own/labels.jsonl"
    params["annotate"] |= {"annotator": ["claude", "openai"], "gold_size": 12}
    (workspace / "params.yaml").write_text(yaml.safe_dump(params))
    line = "all target, related and gold sentences: 4 replies are stored, 50 are not"
    assert line in flat(pilot(workspace, "-n", "6").stdout)
    assert line in flat(pilot(workspace, "-n", "6", "--annotator", "openai").stdout)
    count = len(teacher.asked)
    assert annotate_here(workspace).returncode == 0
    assert len(teacher.asked) == count + 50
    (workspace / "data/own/labels.jsonl").unlink()
    done = pilot(workspace, "-n", "20")
    assert (done.returncode, len(teacher.asked)) == (2, count + 50)  # nothing is paid before it is known
    assert "data/own/labels.jsonl: no such file" in done.stderr


def test_a_sentence_is_counted_in_the_singular(workspace: Path, teacher: Teacher) -> None:
    out = flat(pilot(workspace, "-n", "1").stdout)
    assert "for 1 reply to scheme" in out
    assert "openai against gold: 1 sentence, 1 entity" in out
    assert "1 reply: ok 1" in out
    assert "1 mention: exact 1" in out
    assert "1 reply asked for" in out
    assert "few sentences (1) show" in out


def test_valid_stands_in_where_there_is_no_train(workspace: Path, teacher: Teacher) -> None:
    write_rows(workspace / "data/prepared/original.jsonl", [])
    whole = result(workspace, "-n", "3")
    assert whole["from"] == {"data/prepared/valid.jsonl": 3}


def test_valid_fills_up_and_what_can_t_be_had_is_said(workspace: Path, teacher: Teacher) -> None:
    rows = made(6, "o")
    write_rows(workspace / "data/prepared/original.jsonl", rows)
    valid = [{**rows[0], "id": "again"}, *made(10, "v", 200)]
    write_rows(workspace / "data/prepared/valid.jsonl", valid)
    done = pilot(workspace, "-n", "9")
    assert "can be asked for" not in done.stdout
    assert (
        "the sentences are the first 6 of 6 in data/prepared/original.jsonl and the first 3 of 10 in "
        "data/prepared/valid.jsonl, those that no prompt shows"
    ) in flat(done.stdout)
    done = pilot(workspace, "-n", "30")
    assert done.stdout.startswith("-n 30: there are no more than 16 gold sentences that can be asked for: with labels")
    assert len(teacher.asked) == 16


def test_a_test_sentence_is_never_asked_whatever_its_words(workspace: Path, teacher: Teacher) -> None:
    first, second, *_ = made(40, "o")
    of_test: Sentence = {"id": "e", "words": [*first["words"][:-2], "".join(first["words"][-2:])]}
    write_rows(workspace / "data/prepared/test.jsonl", [of_test])
    whole = result(workspace, "-n", "2")
    assert whole["available"] == 39
    assert whole["candidates"][0]["rows"][0]["id"] == second["id"]
    assert text_of(first) not in teacher.asked
    pools = [load(workspace / f"data/prepared/{name}.jsonl") for name in ("original", "valid")]
    write_rows(workspace / "data/prepared/test.jsonl", [sentence for pool in pools for sentence in pool])
    done = pilot(workspace)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "data/prepared/test.jsonl has each of 50 gold sentences too" in done.stderr


def test_without_a_server_one_line_says_so(workspace: Path, teacher: Teacher) -> None:
    done = pilot(workspace, "-S", "annotate.annotators.openai.base_url=http://127.0.0.1:9/v1", "-n", "2")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "openai at 127.0.0.1:9 can't be reached" in done.stderr


def test_tokens_that_a_server_does_not_count_have_no_price(workspace: Path, serve: Callable[[Handler], str]) -> None:
    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        completed = json.loads(completion("Result: {}"))
        del completed["usage"]
        return 200, json.dumps(completed).encode()

    configure(workspace, f"{serve(answer)}/v1", annotator={"price": None})
    assert "what these would cost is not known: no price in params.yaml" in flat(pilot(workspace, "-n", "2").stdout)
    price = {"input": 1.0, "cached_input": 0.0, "output": 1.0, "batch_discount": 0.0}
    configure(workspace, f"{serve(answer)}/v1", annotator={"price": price})
    assert "would cost is not known: the replies have no token counts" in flat(pilot(workspace, "-n", "2").stdout)


@pytest.mark.slow
def test_ctrl_c_keeps_the_replies(workspace: Path, serve: Callable[[Handler], str]) -> None:
    asked = 0

    def slow(path: str, body: bytes) -> tuple[int, bytes]:
        nonlocal asked
        asked += 1
        time.sleep(0.05 if asked < 4 else 0.5)
        return 200, completion("Result: {}")

    configure(workspace, f"{serve(slow)}/v1")
    code = "import sys; from tinyner.cli import main; sys.argv[0] = 'tinyner'; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "pilot", "-n", "30"],
        cwd=workspace,
        env=environment(workspace),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while asked < 4:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    stored = [row for path in (workspace / "replies").rglob("*.jsonl") for row in load(path) if "reply" in row]
    assert len(stored) == asked >= 4
    assert err == f"tinyner: interrupted; {asked} replies are stored, {30 - asked} are left: run again to go on\n"
