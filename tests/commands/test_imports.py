"""What each command loads, in a process of its own that does its whole work; and how it ends when nobody reads on.

A library that a command does not need costs more time than the command's work. So every command has a row here: its
words, and the modules that must not be in ``sys.modules`` when it has ended.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.init.workspace import clone
from tests.predicted import prediction
from tests.report.made import small_run
from tinyner.cli import COMMANDS
from tinyner.corpora import ASKED
from tinyner.files import sha256_file, sha256_text, write_rows
from tinyner.runs.archive import write_archive

pytestmark = pytest.mark.slow

TORCH = {"torch", "transformers"}
SEQEVAL = {"seqeval", "sklearn"}
DVC = {"dvc", "scmrepo"}
SERVICES = {"aiohttp", "datasets", "httpx2", "huggingface_hub", "openai", "ray"}
THE_REST = {"jinja2", "json_repair", "nltk", "numpy", "pydantic", "rich", "ruamel", "safetensors", "scipy"}
ALL = TORCH | SEQEVAL | DVC | SERVICES | THE_REST | {"sentencex", "tokenizers", "yaml"}
COMPILER = {"torch._dynamo", "transformers.modeling_utils"}  # of torch; models of transformers: seconds each

PILOT = ROOT / "results/pilot.jsonl.xz"
SENTENCES = [{"id": f"s{index}", "words": f"{name} met Mr Smith in Paris .".split()} for index, name in enumerate("AB")]
TAGS = ["B-PER", "O", "O", "B-PER", "O", "B-LOC", "O"]


@dataclass(frozen=True)
class Row:
    """A command that prints something."""

    words: str
    forbidden: set[str]
    code: int = 141  # nobody reads what it prints
    prepare: Callable[[Path], None] | None = None
    fixture: str | None = None  # whose path takes the place of {} in the words


def with_sentences(workspace: Path) -> None:
    """Add what stage annotate reads."""
    (workspace / "prompts").mkdir()
    for path in (ROOT / "prompts").iterdir():
        (workspace / "prompts" / path.name).write_bytes(path.read_bytes())
    for name in ASKED.values():
        write_rows(workspace / name, [sentence | {"tags": TAGS} for sentence in SENTENCES])


def with_gold_replies(workspace: Path) -> None:
    """Add what the pilot reads, and a recorded reply to each sentence."""
    with_sentences(workspace)
    write_rows(workspace / "data/prepared/test.jsonl", [{"id": "t", "words": ["Lee", "left"], "tags": ["B-PER", "O"]}])
    rows = [
        {
            "id": sentence["id"],
            "text_sha256": sha256_text(" ".join(sentence["words"])),
            "annotator": "claude",
            "prompt_sha256": sha256_file(workspace / "prompts/cot.txt"),
            "reply": "Result: {}",
        }
        for sentence in SENTENCES
    ]
    write_rows(workspace / "data/recorded/replies.jsonl", rows)


def with_predictions(workspace: Path) -> None:
    """Add what the scorers read."""
    write_rows(workspace / "data/prepared/test.jsonl", [sentence | {"tags": TAGS} for sentence in SENTENCES])
    write_rows(workspace / "data/prepared/test_conllpp.jsonl", [])
    write_rows(workspace / "predictions/seed_0.jsonl", [prediction(str(row["id"]), TAGS) for row in SENTENCES])


def with_replies(workspace: Path) -> None:
    """Add what stage clean reads."""
    for corpus, sentences in ASKED.items():
        write_rows(workspace / f"data/annotated/{corpus}.jsonl", [])
        write_rows(workspace / sentences, [])
    write_rows(workspace / "data/annotated/prompts.jsonl", [])


def as_clone(workspace: Path) -> None:
    """Make a clone of it, as `tinyner init` wants it."""
    clone(workspace / "clone")
    for path in (workspace / "clone").iterdir():
        path.replace(workspace / path.name)


def with_curve(workspace: Path) -> None:
    """Add an archive of two runs that differ in their number of original sentences."""
    runs = [small_run(f"A-{size}", group="A", original_size=size) for size in (50, 500)]
    write_archive(workspace / "curve.jsonl.xz", runs)


COMMAND_ROWS = (
    Row("--help", ALL | {"http.client", "psutil"}),
    Row("study table2 --dry-run", TORCH | SEQEVAL | DVC | SERVICES | {"scipy"}),
    Row(
        f"compare --from {ROOT}/results/quarter.jsonl.xz --table 2",
        TORCH | SEQEVAL | DVC | SERVICES | {"scipy", "tokenizers"},
    ),
    Row(f"archive A-lr-1e-4 --from {PILOT} -o small.jsonl.xz", TORCH | SEQEVAL | DVC | SERVICES | {"rich", "scipy"}),
    Row(f"report A-lr-1e-4 --from {PILOT} -o report.html", TORCH | SEQEVAL | DVC | SERVICES),
    Row(
        "figure learning-curve --from curve.jsonl.xz", TORCH | SEQEVAL | DVC | SERVICES | {"scipy"}, prepare=with_curve
    ),
    Row(
        "init --sentences prompts/standard.txt --types DRUG,DOSE --annotator local --dry-run",
        TORCH | SEQEVAL | DVC | SERVICES | {"numpy", "scipy"},
        prepare=as_clone,
    ),
    Row("annotate --estimate", TORCH | SEQEVAL | DVC | SERVICES | {"scipy"}, prepare=with_sentences),
    Row("pilot -n 1", TORCH | DVC | SERVICES, prepare=with_gold_replies),
    Row("serve --help", ALL),
    Row("plots-page", ALL, code=2),  # here is no page for it
    Row(
        "predict {}/in.txt -m {} --threads 1",
        SEQEVAL | DVC | {"openai", "ray", "scipy", "transformers"} | COMPILER,
        fixture="tiny_model",
    ),
    Row(
        "predict {}/in.txt -m {} --threads 1 --runtime onnx",
        TORCH | SEQEVAL | DVC | SERVICES | {"scipy"},
        fixture="tiny_model",
    ),
    Row("serve-student --help", ALL | {"starlette", "uvicorn"}),
    Row("export --help", ALL),
    Row("push --help", ALL),
    Row("scorers", TORCH | SEQEVAL | DVC | SERVICES, prepare=with_predictions, fixture="student"),
    Row("migrate", TORCH | SEQEVAL | DVC | SERVICES | {"numpy", "scipy"}),
    Row("check --help", ALL),
    Row(
        "check --no-request -S prepare.corpus=none -S prepare.target=prompts/examples.jsonl -S prepare.related=none",
        SEQEVAL | DVC | SERVICES - {"huggingface_hub", "httpx2"} | COMPILER,
        prepare=with_sentences,
    ),
)
STAGE_ROWS = (Row("-m tinyner.clean", TORCH | SEQEVAL | DVC | SERVICES, prepare=with_replies),)

COMMAND = """
import sys
from pathlib import Path
from tinyner import cli, errors

listing, *words = sys.argv[1:]
try:
    errors.run(lambda: cli.run(words))
finally:
    Path(listing).write_text(" ".join(sys.modules))
"""


@pytest.fixture(scope="session")
def tiny_model(student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a student of one layer, and a file for it."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForTokenClassification

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    shape: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    labels = {0: "O", 1: "B-PER", 2: "I-PER"}
    BertForTokenClassification(BertConfig(**shape, intermediate_size=64, id2label=labels)).save_pretrained(folder)
    AutoTokenizer.from_pretrained(student).save_pretrained(folder)
    (folder / "in.txt").write_text("Blair met Clinton in Paris .\n")
    return folder


def unread(command: Iterable[str], workspace: Path) -> tuple[int, str]:
    """Run a process whose output nobody reads; return its exit code and what it writes to standard error."""
    reading, writing = os.pipe()
    os.close(reading)
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=workspace,
        env=buffered,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    return done.returncode, done.stderr


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    return tmp_path


def test_every_command_has_a_row() -> None:
    names = {module.__name__.rpartition(".")[2].replace("_", "-") for module in COMMANDS}
    assert names == {row.words.split()[0] for row in COMMAND_ROWS} - {"--help"}


@pytest.mark.parametrize("row", COMMAND_ROWS, ids=lambda row: " ".join(row.words.replace(str(ROOT), "").split()[:3]))
def test_a_command_loads_what_it_needs_and_ends_when_nobody_reads(
    row: Row, workspace: Path, request: pytest.FixtureRequest
) -> None:
    if row.prepare is not None:
        row.prepare(workspace)
    words = row.words
    if row.fixture is not None:
        path = request.getfixturevalue(row.fixture)
        words = words.replace("{}", str(path))
        (workspace / "data").mkdir(exist_ok=True)
        (workspace / "data/student").symlink_to(path)
    code, errors = unread(["-c", COMMAND, "modules", *words.split()], workspace)
    assert (code, errors if row.code == 141 else "") == (row.code, "")
    modules = set((workspace / "modules").read_text().split())
    assert "tinyner.errors" in modules
    assert modules & row.forbidden == set()


def test_compare_of_revisions_loads_dvc_but_nothing_that_trains_or_scores(tmp_path: Path) -> None:
    code, _ = unread(["-c", COMMAND, str(tmp_path / "modules"), "compare", "workspace"], ROOT)
    modules = set((tmp_path / "modules").read_text().split())
    assert code == 141
    assert "dvc" in modules
    assert modules & (TORCH | SEQEVAL | SERVICES | {"scipy"}) == set()


@pytest.mark.parametrize("row", STAGE_ROWS, ids=lambda row: row.words)
def test_a_stage_ends_when_nobody_reads(row: Row, workspace: Path) -> None:
    assert row.prepare is not None
    row.prepare(workspace)
    assert unread(row.words.split(), workspace) == (row.code, "")
