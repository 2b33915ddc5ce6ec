"""The command as a user runs it: the whole list, its exit codes, and that it writes nothing."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.annotate.workspace import completion
from tests.checks.conftest import change, check
from tests.conftest import Handler
from tests.in_process import stage
from tests.pilot.conftest import made
from tinyner.files import write_rows


def listing(project: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}


def test_where_all_is_right_it_says_so_and_writes_nothing(project: Path, serve: Callable[[Handler], str]) -> None:
    bodies: list[bytes] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        bodies.append(body)
        return 200, completion("O")

    change(project, annotate={"annotators": {"openai": {"base_url": f"{serve(answer)}/v1"}}, "max_cost_usd": 1.0})
    before = listing(project)
    done = check(project)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "0 errors, 0 warnings"
    assert all(line.startswith("ok ") for line in done.stdout.splitlines()[:-1])
    for text in (
        "params.yaml: every key is there",
        "prepare.corpus, train: 20 sentences, 30 entities",
        "prepare.target: 12 sentences",
        "data/prepared: not made yet; next: dvc repro prepare",
        "prompts/mine.jsonl: 1 example,",
        "prompts/scheme.txt: has {sentence} and names every type",
        "openai (gpt-4.1-mini): 12 of 12 replies are to be asked for",
        "under the cap of $1",
        "OPENAI_API_KEY is set",
        "answers; one request of a few tokens was sent, without any text of yours",
        "a tokenizer of 30,522 subwords",
        "0.0% of the subwords",
        "NVIDIA GPU",
        "of 2 seeds train at once",
    ):
        assert text in done.stdout
    assert len(bodies) == 1
    assert listing(project) == before
    assert stage(project, "prepare").returncode == 0
    assert "data/prepared: is what params.yaml and the files say" in check(project, "--no-request").stdout
    assert len(bodies) == 1
    change(project, prepare={"target_size": 10})
    stale = "data/prepared: target is not what params.yaml and the files say now; next: dvc repro prepare"
    assert stale in " ".join(check(project).stdout.split())


def test_gold_sentences_that_score_the_llm_are_counted(project: Path) -> None:
    change(project, annotate={"gold_size": 15, "annotators": {"openai": {"base_url": "http://127.0.0.1:9/v1"}}})
    done = check(project, "--no-request")
    assert "annotate.gold_size: 15 gold sentences are asked for as well, for teacher_f1" in done.stdout
    assert "openai (gpt-4.1-mini): 27 of 27 replies are to be asked for" in done.stdout
    change(project, annotate={"gold_size": 25})
    done = check(project, "--no-request")
    assert "warning  annotator  annotate.gold_size: 25, and there are no more than 20 gold sentences to" in done.stdout


def test_gold_sentences_without_a_row_in_a_file_that_votes_are_not_asked(project: Path) -> None:
    rows = [{**row, "tags": ["B-PER", *"OOOOOO"]} for row in (*made(12, "t", 100), *made(3, "o"))]
    write_rows(project / "data/own/labels.jsonl", rows)
    annotators = {
        "claude": {"labels": "data/own/labels.jsonl", "online": False, "sampling": {}},
        "openai": {"base_url": "http://127.0.0.1:9/v1"},
    }
    change(project, annotate={"annotator": ["claude", "openai"], "annotators": annotators, "gold_size": 20})
    out = check(project, "--no-request").stdout
    assert "claude: labels for 12 of 12 target sentences and 3 of 20 gold sentences" in out
    assert "annotate.gold_size: 3 gold sentences are asked for as well, for teacher_f1" in out
    assert "there are no more than 3 gold sentences to ask for: of" in out
    assert "with a row in each file of labels; label these in the files too, or set another annotator" in out
    assert "openai (gpt-4.1-mini): 15 of 15 replies are to be asked for" in out
    write_rows(project / "data/own/labels.jsonl", rows[:12])
    out = check(project, "--no-request").stdout
    assert "annotate.gold_size: 20, and there is no gold sentence to ask for" in out
    assert "openai (gpt-4.1-mini): 12 of 12 replies are to be asked for" in out


def test_every_mistake_is_in_one_list(project: Path) -> None:
    folder = project / "data/own"
    rows = (folder / "train.jsonl").read_text().splitlines()
    rows[2] = json.dumps({"words": ["a"], "tags": ["B-ORG"]})
    rows[5] = json.dumps({"words": ["a"], "tags": ["B-DATE"]})
    (folder / "train.jsonl").write_text("\n".join(rows))
    (folder / "valid.jsonl").write_text('{"words": ["a"], "tags": []}\n')
    (folder / "mine.jsonl").write_text("{\n")
    (project / "prompts/mine.jsonl").write_text('{"text": 1}\n{"text": "b", "entities": {"ORG": ["b"]}}\n')
    change(project, prepare={"student": "nowhere"}, train={"epochs": 0, "lr": "fast"}, clean={"max_failed": 2.0})
    done = check(project, key=None)
    assert done.returncode == 2
    errors = [line for line in done.stdout.splitlines() if line.startswith("error ")]
    for text, line in zip(
        [
            "params.yaml: clean.max_failed: input should be less than or equal to 1",
            "params.yaml: train.epochs: input should be greater than or equal to 1",
            "params.yaml: train.lr: input should be a valid number",
            "train.jsonl:6: word 0: type DATE is none of the types in params.yaml (LOC, PER)",
            "train.jsonl:3: word 0: type ORG is none of the types",
            "valid.jsonl:1: ",
            "prepare.target: data/own/mine.jsonl:1: ",
            "prompts/mine.jsonl:1: expected",
            "prompts/mine.jsonl:2: ORG is no type",
            "openai: no key: set OPENAI_API_KEY",
            "prepare.student: nowhere is no folder",
        ],
        errors,
        strict=True,
    ):
        assert text in line
    assert done.stderr == "tinyner: check: 11 errors to mend, listed above\n"
    assert "what depends on clean, train is not checked until that is mended" in done.stdout


def test_a_file_that_is_no_params_yaml_is_one_error(project: Path) -> None:
    for text, part in (("a: [", "params.yaml:1: not valid YAML"), ("- a", "expected the sections")):
        (project / "params.yaml").write_text(text)
        done = check(project)
        assert (done.returncode, done.stdout.splitlines()[-1]) == (2, "1 error, 0 warnings")
        assert part in done.stdout
    (project / "params.yaml").write_bytes(b"\xff\xfe")
    assert "not valid YAML" in check(project).stdout
    (project / "params.yaml").unlink()
    assert "params.yaml: can't be read: No such file or directory; run this at the" in check(project).stdout


def test_warnings_alone_are_no_error(project: Path) -> None:
    change(project, types={"LOC": ["place"], "PER": ["person"], "ORG": ["organization"]})
    change(project, annotate={"definitions": {"ORG": "a body"}})
    done = check(project, "--no-request")
    assert done.returncode == 0
    assert "warning" in done.stdout
    assert done.stderr == ""


def test_stand_ins_are_not_counted_as_trained_on(project: Path) -> None:
    change(
        project,
        prepare={"corpus": "none", "test_from_target": 5, "valid_from_target": 3},
        train={"group": "B", "dev_size": 3, "epochs": 40, "seeds": [1, 2], "device": "cpu"},
    )
    assert "training: 2 seeds, 40 epochs of 4 sentences; very roughly" in check(project, "--no-request").stdout


def test_labels_in_files_need_no_prompt_and_their_files_are_read(project: Path) -> None:
    rows = [{**row, "tags": ["B-PER", *"OOOOOO"]} for row in made(12, "t", 100)]
    path = project / "data/own/labels.jsonl"
    write_rows(path, rows)
    annotators = {"claude": {"labels": "data/own/labels.jsonl", "online": False, "sampling": {}}}
    # The draft of a definition is shown to nobody, and there is no example.
    definitions = {"LOC": "TODO: say what it is", "PER": ""}
    change(project, annotate={"annotator": "claude", "annotators": annotators, "definitions": definitions})
    (project / "prompts/mine.jsonl").unlink()
    done = check(project, key=None)
    assert done.returncode == 0, done.stdout
    assert "none is sent: all labels are in files" in done.stdout
    write_rows(path, [{**rows[0], "tags": ["B-ORG", *"OOOOOO"]}])
    done = check(project, key=None)
    assert done.returncode == 2
    assert "data/own/labels.jsonl:1" in done.stdout
    path.unlink()
    assert "data/own/labels.jsonl: no such file" in check(project, key=None).stdout


def test_labels_in_files_are_read_though_the_prompts_of_an_llm_have_mistakes(project: Path) -> None:
    annotators = {"claude": {"labels": "data/own/labels.jsonl", "online": False, "sampling": {}}}
    change(project, annotate={"annotator": ["claude", "openai"], "annotators": annotators, "definitions": {"LOC": ""}})
    out = check(project).stdout
    assert "data/own/labels.jsonl: no such file" in out
    assert "annotate.definitions: none for LOC" in out


def test_a_key_that_is_missing_is_said_beside_a_mistake_of_the_prompts(project: Path) -> None:
    change(project, annotate={"definitions": {"LOC": "TODO: say what it is", "PER": "a person"}})
    done = check(project, key=None)
    assert done.returncode == 2
    printed = " ".join(done.stdout.split())
    assert "annotate.definitions: still TODO for LOC" in printed
    assert "error annotator openai: no key: set OPENAI_API_KEY" in printed
    assert "its replies and their cost are not counted until the prompts are mended" in printed
