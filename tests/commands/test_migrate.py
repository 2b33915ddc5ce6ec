"""``tinyner migrate``, and old keys where a command takes some."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tinyner import cli
from tinyner.commands.arguments import changes
from tinyner.commands.rewritten_yaml import rewrite
from tinyner.errors import UserError
from tinyner.params import load_params, read_yaml
from tinyner.study import plans

OLD_KEYS = (
    ("  target: corpus", "  sentences: corpus"),
    ("  related: wheel", "  bbc: wheel"),
    ("    target: cot\n    related: cot\n", "    conll: cot\n    bbc: 'cot' # as it was\n"),
)
STUDY = """# Which sizes
base: # for all
  train.bbc_size: 300 # news
  train:
    distilled_size: 250
    lr: 5.0e-5
experiments:
  A: {train.group: A, train.original_size: 50} # a comment that goes on beyond the width that DVC breaks a line at
  "B": {train.group: B, train.distilled_size: null}
"""


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A params.yaml in the current folder, with a few keys as they were, and lines that a user changed."""
    text = (ROOT / "params.yaml").read_text()
    for new, old in OLD_KEYS:
        assert new in text
        text = text.replace(new, old, 1)
    text = text.replace("  min_agreement: 0.5 # of several replies: the share that must have a span\n", "")
    text = "".join(line for line in text.splitlines(keepends=True) if "cuda_graphs" not in line)
    text = text.replace("epochs: 4\n", "epochs: 6   # mine\n")
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "params.yaml"
    path.write_text(text)
    return path


@pytest.fixture
def migrate(capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """Run the command, and return the lines that it prints."""

    def run(*words: str) -> list[str]:
        cli.run(["migrate", *words])
        return capsys.readouterr().out.splitlines()

    return run


def test_params_yaml_is_rewritten_and_each_key_named(old: Path, migrate: Callable[..., list[str]]) -> None:
    before = old.read_text()
    dry = migrate("--dry-run")
    assert old.read_text() == before
    lines = migrate()
    assert (
        lines[:-1]
        == dry[:-1]
        == [
            *(
                "align.min_agreement: 0.5 (new)",
                "prepare.sentences -> prepare.target",
                "prepare.bbc -> prepare.related",
            ),
            *("annotate.prompts.conll -> annotate.prompts.target", "annotate.prompts.bbc -> annotate.prompts.related"),
            "train.cuda_graphs: false (new)",
        ]
    )
    assert (dry[-1], lines[-1]) == ("params.yaml: would be rewritten (6 keys)", "params.yaml: rewritten (6 keys)")
    assert load_params().train.epochs == 6
    assert migrate("params.yaml") == ["params.yaml: nothing to do"]
    text = old.read_text()
    for line in (
        "    related: 'cot' # as it was",
        "  epochs: 6   # mine",
        "  lr: 5.0e-5",
        "  ambiguous: first # the same text under two types: the first one named is labelled, or drop both\n"
        "  min_agreement: 0.5\n\ntrain:",
        "  compute: auto\n  cuda_graphs: false\n  threads: 1 # a seed's",
    ):
        assert line in text
    assert [path.name for path in old.parent.iterdir()] == ["params.yaml"]


def test_a_comment_stays_above_the_key_that_it_is_about(old: Path) -> None:
    """ruamel.yaml has it with the value before, behind which a new key is inserted."""
    text = old.read_text().replace("  threads: 1", "\n  # How many\n  threads: 1")
    assert "  compute: auto\n  cuda_graphs: false\n\n  # How many\n  threads: 1" in rewrite(text, old).text
    text = text.replace("  retries: 6", "  # Again\n  retries: 6").replace("  max_cost_usd:", "  max_cost:", 1)
    with pytest.raises(UserError, match=r"annotate\.max_cost is no known key; did you mean max_cost_usd\?"):
        rewrite(text, old)


def test_a_section_in_braces(old: Path) -> None:
    text = old.read_text()
    start, end = text.index("align:\n"), text.index("train:\n")
    align = "align: {ignore_case: true, snap: word, max_gap: 3, ambiguous: drop} # mine\n\n"
    rewritten = rewrite(text[:start] + align + text[end:], old).text
    assert "align: {ignore_case: true, snap: word, max_gap: 3, ambiguous: drop, \n    min_agreement: 0.5} " in rewritten
    assert "# mine\n\ntrain:\n" in rewritten


def test_an_annotator_by_alias_is_migrated_once(old: Path) -> None:
    text = old.read_text().replace(
        "    claude: #",
        "    other: &mine\n      online: false\n      model: x\n      timeout: 6\n"
        "      sampling: {}\n      base_url:\n      api_key_env:\n    another: *mine\n    claude: #",
    )
    rewritten = rewrite(text, old)
    assert [line for line in rewritten.lines if "concurrency" in line] == [
        "annotate.annotators.other.concurrency: 1 (new)"
    ]
    assert "    another: *mine\n" in rewritten.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("  seed: 42", "  sede: 42"), "prepare.sede is no known key; did you mean seed?"),
        (("epochs: 6", "epochs: six"), "train.epochs: "),
        (("  seed: 42", "  related: none\n  seed: 42"), "prepare.bbc is prepare.related today, which stands there"),
        (("types:", "types: ["), "not valid YAML"),
    ],
)
def test_what_would_still_be_refused_is_not_written(change: tuple[str, str], message: str, old: Path) -> None:
    text = old.read_text()
    assert change[0] in text
    old.write_text(text.replace(*change, 1))
    with pytest.raises(UserError) as caught:
        cli.run(["migrate"])
    assert message in str(caught.value)
    assert str(caught.value).endswith("mend this by hand, nothing is written")
    assert old.read_text() == text.replace(*change, 1)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none.yaml: can't be read: No such file or directory; name a params.yaml"):
        cli.run(["migrate", str(tmp_path / "none.yaml")])


def test_a_study_is_rewritten(tmp_path: Path, migrate: Callable[..., list[str]]) -> None:
    path = tmp_path / "sizes.yaml"
    path.write_text(STUDY)
    assert migrate(str(path)) == [
        "base: train.bbc_size -> train.related_size",
        "base: train.distilled_size -> train.target_size",
        "experiments.B: train.distilled_size -> train.target_size",
        f"{path}: rewritten (3 keys)",
    ]
    renamed = STUDY.replace("bbc_size: 300", "related_size: 300").replace("distilled_size", "target_size")
    assert path.read_text() == renamed
    assert migrate(str(path)) == [f"{path}: nothing to do"]
    path.write_text("experiments: {A: {train: {bbc_size: 1}, train.related_size: 2}}\n")
    with pytest.raises(UserError, match=r"experiments\.A: train\.bbc_size is train\.related_size today, and both"):
        migrate(str(path))


def test_a_study_of_old_keys_is_run_as_todays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, todays = tmp_path / "sizes.yaml", tmp_path / "todays.yaml"
    path.write_text(STUDY)
    todays.write_text(rewrite(STUDY, path).text)
    assert plans.named(str(todays)) == plans.named(str(path))
    assert capsys.readouterr().err == (
        f"tinyner: {path}: old keys, taken as today's: train.bbc_size as train.related_size, "
        f"train.distilled_size as train.target_size (`tinyner migrate {path}` rewrites it)\n"
    )
    assert plans.named(str(path))["B"]["train.target_size"] is None


def test_old_keys_of_s_are_taken_as_todays(capsys: pytest.CaptureFixture[str]) -> None:
    assert changes(["train.bbc_size=3", "train.lr=1e-5"]) == {"train.related_size": 3, "train.lr": 1e-5}
    assert capsys.readouterr().err == (
        "tinyner: -S: old keys, taken as today's: train.bbc_size as train.related_size\n"
    )
    assert changes(["train.related_size=3"]) == {"train.related_size": 3}
    assert capsys.readouterr().err == ""


def test_todays_files_have_nothing_to_migrate() -> None:
    for path in (ROOT / "params.yaml", *(ROOT / "results").glob("*.yaml")):
        assert rewrite(path.read_text(), path).lines == []
        assert read_yaml(path.read_text())
