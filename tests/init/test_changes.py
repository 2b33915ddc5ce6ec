"""What writing a plan changes: nothing is lost without --force, and with it nothing that nothing else holds."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.init.workspace import TYPES, git, init, labelled, planned, texts, would_be_added, write_csv, write_jsonl
from tinyner.errors import UserError
from tinyner.files import sha256_file
from tinyner.init import changes, summary, writing
from tinyner.init.changes import Changes
from tinyner.init.options import Options


def changed(options: Options, scratch: Path, *sources: str) -> Changes:
    return changes.changes(planned(options, scratch), options, list(map(Path, sources)))


def test_what_would_be_lost_is_named(folder: Path, options: Options, tmp_path: Path) -> None:
    (folder / "data/own/train.txt").write_text("Rosa B-PER\n")
    (folder / "data/own/notes.csv").write_text("text\nAnother\n")
    (folder / "params.yaml").write_text((folder / "params.yaml").read_text() + "# mine\n")
    with pytest.raises(UserError) as caught:
        changed(options, tmp_path).check(options)
    assert str(caught.value) == (
        "init: params.yaml (which has changes that Git does not hold) and data/own/notes.csv would be overwritten, "
        "data/own/train.txt would be removed (--gold data/own uses what is labelled there); commit or move what you "
        "need, and say --force, which keeps data/own/notes.csv as notes.before.csv and data/own/train.txt as "
        "train.before.txt (no commit has them, nor DVC's cache)"
    )
    forced = replace(options, force=True)
    changed(forced, tmp_path).check(forced)
    what = init(forced, tmp_path)
    assert (folder / "data/own/train.jsonl").exists()
    assert not (folder / "data/own/train.txt").exists()
    assert (folder / "data/own/train.before.txt").read_text() == "Rosa B-PER\n"
    assert (folder / "data/own/notes.before.csv").read_text() == "text\nAnother\n"
    assert (folder / "params.yaml").read_text().endswith("# mine\n")
    assert what.others == [Path("data/own/notes.before.csv"), Path("data/own/train.before.txt")]


def test_what_a_commit_or_init_itself_can_give_back_is_not_kept(folder: Path, options: Options, tmp_path: Path) -> None:
    (folder / "data/own/train.txt").write_text("Rosa B-PER\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "mine")
    options = replace(options, force=True)
    sources = [Path(options.sentences), Path(str(options.gold))]
    init(options, tmp_path, *sources)  # which is not committed
    assert not (folder / "data/own/train.txt").exists()
    what = init(replace(options, test=3), tmp_path, *sources)
    assert Path("data/own/train.jsonl") in what.replaced
    assert what.moved == {}


def test_labels_whose_source_is_not_read_again_are_kept(folder: Path, options: Options, tmp_path: Path) -> None:
    options = replace(options, force=True)
    gold = Path(str(options.gold))
    init(options, tmp_path, Path(options.sentences), gold)
    test = (folder / "data/own/test.jsonl").read_bytes()
    gold.unlink()
    other = replace(options, gold=str(write_jsonl(tmp_path / "other.jsonl", labelled(40, first=5000))))
    what = init(other, tmp_path, Path(other.sentences), Path(str(other.gold)))
    assert what.moved[Path("data/own/test.jsonl")] == Path("data/own/test.before.jsonl")
    assert (folder / "data/own/test.before.jsonl").read_bytes() == test
    assert str(gold.name) not in (folder / "data/own/.init.json").read_text()


def test_files_that_only_the_parameters_name_stay_out_of_git(folder: Path, options: Options, tmp_path: Path) -> None:
    for name in ("my/related.csv", "data/own/more.csv"):
        (folder / name).parent.mkdir(exist_ok=True)
        write_csv(folder / name, texts(20))
    settings: dict[str, object] = {"prepare.related": "my/related.csv"}
    what = init(replace(options, in_git=False, changes=settings), tmp_path)
    assert what.ignored == [Path("my/related.csv")]
    assert "my/related.csv" not in would_be_added(folder)
    settings = {"prepare.related": "data/own/more.csv"}
    what = init(replace(options, in_git=False, changes=settings, force=True), tmp_path)
    assert Path("data/own/more.csv") in what.to_dvc


def test_label_files_elsewhere_in_the_clone_stay_out_of_git(folder: Path, options: Options, tmp_path: Path) -> None:
    (folder / "labels").mkdir()
    rules = write_jsonl(folder / "labels/rules.jsonl", labelled(40, first=0))
    settings: dict[str, object] = {
        "annotate.annotator": "claude",
        "annotate.annotators.claude.labels": f"labels/rules.jsonl#sha256={sha256_file(rules)}",
    }
    init(replace(options, in_git=False, changes=settings), tmp_path)
    assert "labels/rules.jsonl" not in would_be_added(folder)


def test_examples_that_are_moved_are_said_to_land_in_git(folder: Path, options: Options, tmp_path: Path) -> None:
    (folder / "prompts/notes.jsonl").write_text(json.dumps(labelled(1)[0]) + "\n")
    made, options = planned(options, tmp_path), replace(options, in_git=False, force=True)
    what = changes.changes(made, options, [])
    assert what.moved[Path("prompts/notes.jsonl")] == Path("prompts/notes.before.jsonl")
    lines = [line for where, line in summary.where_texts_go(made, what, options, is_asked=False) if where == "Git"]
    assert any(line.startswith("prompts/notes.before.jsonl: the examples that were there before") for line in lines)
    writing.write(what, options)
    asked = [line for where, line in summary.in_git(made, what, options) if where == "Git"]
    assert any("prompts/notes.before.jsonl" in line for line in asked)


def test_an_empty_file_of_examples_is_no_loss(folder: Path, options: Options, tmp_path: Path) -> None:
    (folder / "prompts/notes.jsonl").write_text("\n")
    assert changed(options, tmp_path).replaced == []


@pytest.mark.parametrize("name", ["train.jsonl", "test.txt"])
def test_a_file_that_is_read_is_never_lost(name: str, folder: Path, options: Options, tmp_path: Path) -> None:
    source = write_jsonl(folder / "data/own/labelled.jsonl", labelled(40)).rename(folder / "data/own" / name)
    options = replace(options, gold=f"data/own/{name}", force=True)
    message = f"init: data/own/{name} would be lost, as it is called as a file is that init writes; call it another"
    with pytest.raises(UserError, match=message):
        changed(options, tmp_path, f"data/own/{name}")
    assert source.exists()


def test_sentences_in_data_own_are_not_written_over(folder: Path, options: Options, tmp_path: Path) -> None:
    mixed = [*texts(50), *(row["text"] for row in labelled(40))]
    before = write_jsonl(folder / "data/own/mine.jsonl", [{"text": text} for text in mixed]).read_bytes()
    options = replace(options, sentences="data/own/mine.jsonl", force=True)
    what = init(options, tmp_path, Path("data/own/mine.jsonl"))
    assert what.texts[0] == Path("data/own/sentences.jsonl")
    assert (folder / "data/own/mine.jsonl").read_bytes() == before
    (folder / "data/own/latin.csv").write_bytes("text\nKöln\nRom\n".encode("cp1252"))
    options = Options(sentences="data/own/latin.csv", types=TYPES, encoding="cp1252", in_git=True, force=True)
    assert init(options, tmp_path).texts[0] == Path("data/own/sentences.csv")
    assert (folder / "data/own/sentences.csv").read_text() == "text\nKöln\nRom\n"


def test_a_folder_of_a_recipes_data_is_ignored_as_a_whole(folder: Path, options: Options, tmp_path: Path) -> None:
    options = replace(options, in_git=False)
    for name in ("mine/a.csv", "mine/b.csv", "code/a.csv", "code/run.py"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("text\n")
    git(folder, "add", "code/run.py")
    assert changed(options, tmp_path, "mine", "mine/a.csv").ignored == [Path("mine")]
    assert changed(options, tmp_path, "code", "code/a.csv").ignored == [Path("code/a.csv")]
    assert changed(options, tmp_path, ".", "code/a.csv").ignored == [Path("code/a.csv")]
    assert changed(options, tmp_path, "data", "data/own", "data/own/a.csv").ignored == []
    assert changed(replace(options, in_git=True), tmp_path, "mine").ignored == []


def test_what_git_has_already_is_said(folder: Path, options: Options, tmp_path: Path) -> None:
    options = replace(options, in_git=False)
    (folder / "examples/clinic").mkdir(parents=True)
    for name in ("notes.csv", "examples/mine.csv", "examples/clinic/notes.csv", "data/own/other.csv"):
        write_csv(folder / name, texts(50))
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "texts")
    what = changed(options, tmp_path, "notes.csv", "examples/mine.csv", "examples/clinic/notes.csv")
    assert set(map(str, what.tracked)) == {"notes.csv", "examples/mine.csv", "data/own/other.csv"}
    assert (what.ignored, what.others) == ([], [])


def test_an_example_of_the_clone_with_texts_of_the_user_is_theirs(
    folder: Path, options: Options, tmp_path: Path
) -> None:
    options = replace(options, in_git=False)
    (folder / "examples/clinic").mkdir(parents=True)
    notes = write_csv(folder / "examples/clinic/notes.csv", texts(50))
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "texts")
    assert changed(options, tmp_path, "examples/clinic/notes.csv").tracked == []
    write_csv(notes, texts(60)[50:])
    assert changed(options, tmp_path, "examples/clinic/notes.csv").tracked == [Path("examples/clinic/notes.csv")]


def test_what_else_lies_in_data_own_is_said(folder: Path, options: Options, tmp_path: Path) -> None:
    for name in ("student/model.bin", "crowd/a.jsonl", "crowd/b.jsonl", "more.csv", "more.csv.dvc", "x/y/notes.csv"):
        path = folder / "data/own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}\n")
    write_jsonl(folder / "data/own/crowd/a.jsonl", labelled(50, first=0))
    of_labels = {"annotate.annotators.claude.labels": "data/own/crowd/a.jsonl"}
    what = changed(replace(options, in_git=False, changes=of_labels), tmp_path)
    assert Path("data/own/crowd/a.jsonl") in what.to_dvc
    assert [str(path.relative_to("data/own")) for path in what.others] == ["crowd/b.jsonl", "student", "x"]


def test_places_that_git_and_dvc_do_not_look_into(folder: Path, options: Options, tmp_path: Path) -> None:
    (folder / "data/own.dvc").write_text("outs:\n- path: own\n")
    with pytest.raises(UserError, match=r"data/own is under DVC as a whole, .*; `dvc remove data/own\.dvc` lets go"):
        changed(options, tmp_path)
    (folder / "data/own.dvc").unlink()
    (folder / "data/own").rename(tmp_path / "away")
    (folder / "data/own").symlink_to(tmp_path / "away")
    with pytest.raises(UserError, match="data/own is a link, into which neither Git nor DVC looks; make it a folder"):
        changed(options, tmp_path)


@pytest.mark.parametrize("name", ["data/own/notes.csv", "prompts/notes.jsonl", "data/own/.gitignore"])
def test_a_folder_where_a_file_goes_is_named(name: str, folder: Path, options: Options, tmp_path: Path) -> None:
    (folder / name).mkdir()
    with pytest.raises(UserError, match=f"init: {name} is a folder, and a file of this name is written"):
        changed(options, tmp_path)


def test_what_git_has_can_not_be_under_dvc(folder: Path, options: Options, tmp_path: Path) -> None:
    init(options, tmp_path)
    git(folder, "add", "-A")
    with pytest.raises(
        UserError, match=r"data/own/notes\.csv, .* and .* are in Git, and so can't be under DVC; `git rm --c"
    ):
        changed(replace(options, in_git=False), tmp_path)
