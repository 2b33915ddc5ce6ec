"""Shards by processes of this machine: as one by one, and those that are done are left out."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shards.conftest import files_of, target_of
from tests.shards.s3 import Store
from tinyner import cli
from tinyner.errors import UserError
from tinyner.predict.options import Options
from tinyner.shards.label_shards import label_shards
from tinyner.shards.storage import put, read_bytes

pytestmark = pytest.mark.slow

KILLED = """
import os, signal, sys
from tinyner import cli, errors
from tinyner.shards import label_shards

def killed(shards, job, model, label=label_shards._labelling("local")):
    for count, item in enumerate(label(shards, job, model), 1):
        yield item
        if count == 2:
            os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    label_shards._labelling = lambda engine: killed
    errors.run(lambda: cli.run(sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def _a_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start a single process, but where shards are held against each alone: each takes seconds to start."""
    if "alone" not in request.node.name:
        monkeypatch.setenv("TINYNER_WORKERS", "1")


def predict(source: Path | str, output: Path | str, model: Path, *options: str) -> None:
    cli.run(["predict", str(source), "-o", str(output), "-m", str(model), *options])


def test_each_shard_becomes_what_it_becomes_alone_and_a_killed_run_goes_on(
    shards: Path, names: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "killed.py").write_text(KILLED)
    words = ["predict", str(shards), "-o", f"{tmp_path}/out/", "-m", str(names)]
    killed = subprocess.run([sys.executable, str(tmp_path / "killed.py"), *words], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = files_of(tmp_path / "out")
    assert 2 <= len(done) <= 5
    cli.run(words)
    assert " done before; in " in capsys.readouterr().err
    for name in files_of(shards):
        alone = tmp_path / ("alone.jsonl.gz" if name.endswith("gz") else "alone.jsonl")
        predict(shards / name, alone, names, "--threads", "2")
        assert (tmp_path / "out" / target_of(name)).read_bytes() == alone.read_bytes()


KILLED_MIDWAY = """
import os, shutil, signal, sys
from tinyner import cli, errors

def killed(source, target):
    target.write(b"ha")
    target.flush()
    os.kill(os.getpid(), signal.SIGKILL)

shutil.copyfileobj = killed
if __name__ == "__main__":
    errors.run(lambda: cli.run(sys.argv[1:]))
"""


@pytest.mark.long
def test_what_a_process_killed_in_the_midst_of_a_shard_left_is_gone_after_the_next_run(
    shards: Path, names: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, scratch = tmp_path / "out", tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    (tmp_path / "killed.py").write_text(KILLED_MIDWAY)
    words = ["predict", str(shards / "day-1"), "-o", f"{out}/", "-m", str(names)]
    run = [sys.executable, str(tmp_path / "killed.py"), *words]
    refused = subprocess.run(run, capture_output=True, text=True, check=False)  # its process is killed, and it says so
    assert "a process was killed" in refused.stderr
    left = [path.name for path in out.rglob("*") if path.is_file()]
    assert left
    assert all(name.startswith(".") for name in left)
    assert list(scratch.iterdir())
    again = [sys.executable, "-m", "tinyner.cli", *words]
    subprocess.run(again, capture_output=True, check=True)
    assert not [path for path in out.rglob("*") if path.name.startswith(".")]
    assert len(files_of(out)) == 2
    assert not list(scratch.iterdir())


@pytest.mark.long
def test_what_changed_is_labelled_again_and_nothing_else(
    shards: Path, names: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = str(tmp_path / "out")
    options = Options(min_score=0.1)

    def label() -> str:
        label_shards([str(shards)], names, output, options)
        return capsys.readouterr().err

    assert label() == f"tinyner: 5 shards labelled; in {output} are 150 texts, 270 sentences, 200 entities\n"
    before = files_of(tmp_path / "out")
    assert "0 shards labelled, 5 shards were done before; in" in label()
    first, second = shards / "day-1/part-0.jsonl", tmp_path / "out/day-2/part-1.jsonl"
    first.write_text(first.read_text().replace("Rome", "Rome and Paris"))
    second.write_bytes(second.read_bytes()[:100])
    printed = label()
    assert f"labelled again, as the input changed since: {output}/day-1/part-0.jsonl\n" in printed
    assert f"labelled again, as its output is another or gone: {second}\n" in printed
    assert "2 shards labelled, 3 shards were done before" in printed
    after = files_of(tmp_path / "out")
    assert {name for name in before if before[name] != after[name]} == {"day-1/part-0.jsonl"}
    options = Options(min_score=0.1, threads=2)
    assert "0 shards labelled, 5 shards were done before; in" in label()
    options = Options(min_score=0.2)
    assert "labelled again, as the options changed since: " in label()
    (tmp_path / "out/_tinyner/day-1/part-0.jsonl.json").write_text("{")
    assert "labelled again, as its record is damaged, or of an older version: " in label()


def test_a_bad_shard_stops_no_other(
    shards: Path, names: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [shards / "day-1/part-0.jsonl", shards / "day-2/part-1.jsonl"]
    whole = bad[0].read_text()
    for path in bad:
        path.write_text(whole + '{"text": 1}\n')
    with pytest.raises(
        UserError, match=r"part-\d.jsonl:31: expected text .*; 2 shards could not be labelled"
    ) as raised:
        predict(shards, f"{tmp_path}/out/", names)
    lines = [*capsys.readouterr().err.splitlines(), str(raised.value)]
    assert all(any(f"{path}:31: " in line for line in lines) for path in bad)
    assert set(files_of(tmp_path / "out")) == {"day-1/part-2.jsonl", "day-2/packed.jsonl.gz", "day-2/table.jsonl"}
    predict(shards, f"{tmp_path}/out/", names, "--skip-bad-lines")
    assert "tinyner: 2 bad lines skipped, one of them: " in capsys.readouterr().err
    predict(shards, f"{tmp_path}/out/", names, "--skip-bad-lines")
    assert "tinyner: 2 bad lines skipped, one of them: " in capsys.readouterr().err
    assert set(files_of(tmp_path / "out")) == set(map(target_of, files_of(shards)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "{}/out.jsonl", "--engine", "ray", "--html", "{}/page.html"], "say -o FOLDER/, and no --html"),
        (["--engine", "ray"], "say -o FOLDER/"),
        (["-o", "{}/out/", "--format", "html"], "--format html: shards are written as one of jsonl, conll, csv, tsv"),
        (["-o", "{}/out/", "--threads", "0"], "--threads: expected 1 or more"),
        (["-o", "{}/out/", "--precision", "0.9"], "does not say how right its entities are"),
    ],
)
def test_what_can_t_be_asked_for(options: list[str], message: str, shards: Path, names: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        cli.run(["predict", str(shards), "-m", str(names), *(option.format(tmp_path) for option in options)])
    assert not (tmp_path / "out").exists()


def test_nothing_half_is_in_an_object_store_whenever_the_process_is_killed(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object is there when all of it is, so no other name is needed, which would stay behind."""
    s3fs = pytest.importorskip("s3fs")

    def none(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(s3fs.S3FileSystem, "mv", none)
    (tmp_path / "file").write_text("whole")
    put(tmp_path / "file", "s3://bucket/put/target")
    assert read_bytes("s3://bucket/put/target") == b"whole"


@pytest.mark.long
def test_shards_in_an_object_store(
    store: Store, shards: Path, names: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    objects = store.objects
    objects.update({f"notes/{name}": content for name, content in files_of(shards).items()})
    predict("s3://notes", "s3://found/new/", names)
    predict(shards, f"{tmp_path}/out/", names)
    labels = {key.removeprefix("found/new/"): content for key, content in objects.items() if "found/new/day" in key}
    assert labels == files_of(tmp_path / "out")
    assert not [key for key in objects if key.endswith(".part")]
    capsys.readouterr()
    predict("s3://notes/*/part-*.jsonl", "s3://found/new/", names)
    assert "0 shards labelled, 3 shards were done before" in capsys.readouterr().err
    objects["notes/day-1/part-0.jsonl"] += b'{"text": 1}\n'
    with pytest.raises(UserError, match=r"^s3://notes/day-1/part-0.jsonl:31: expected text"):
        predict("s3://notes", "s3://found/new/", names)
    with pytest.raises(UserError, match="s3://notes/none: no such file or folder"):
        predict("s3://notes/none", "s3://found/new/", names)
