from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides

from tinyner.errors import UserError
from tinyner.params import load_params

FILE = Path(__file__).parents[1] / "params.yaml"


def changed(folder: Path, old: str, new: str) -> Path:
    text = FILE.read_text()
    assert old in text
    path = folder / "params.yaml"
    path.write_text(text.replace(old, new, 1))
    return path


def test_the_labels_follow_the_types() -> None:
    assert load_params(FILE).labels == [
        *["O", "B-LOC", "I-LOC", "B-MISC", "I-MISC"],
        *["B-ORG", "I-ORG", "B-PER", "I-PER"],
    ]


# What is changed, and parts of the one line that says so.
MISTAKES = {
    "unknown key": ("  epochs: ", "  epoch: ", ["train.epoch is no known key", "did you mean epochs?"]),
    "unknown nested key": ("    k: #", "    kk: #", ["train.schedule.kk is no known key", "type, k, n"]),
    "unknown section": ("clean:", "cleen:", ["cleen is no known key", "did you mean clean?"]),
    "unknown annotator key": ("timeout: 300", "time: 300", ["annotators.local.time is no known key", "timeout"]),
    "missing key": ("  batch_size: 4\n", "", ["train.batch_size is missing", "seeds, epochs, batch_size"]),
    "wrong type": ("  epochs: 4", "  epochs: four", ["train.epochs", "valid integer", "'four'"]),
    "a number as text": ("lr: 5.0e-5", "lr: '5e-5'", ["train.lr", "valid number"]),
    "out of range": ("lr_decay: 1.0", "lr_decay: 1.5", ["train.lr_decay", "less than or equal to 1"]),
    "unknown choice": ("group: E", "group: F", ["train.group", "'A', 'B', 'C', 'D' or 'E'", "'F'"]),
    "k on power": (
        "type: group # the group's default, pure_distilled, pure_original, simple_mix, sigmoid, cosine, power, all\n"
        "    k: #",
        "type: power\n    k: 8 #",
        ["train.schedule.k", "power takes n, not k", "sigmoid"],
    ),
    "n on the group's own": ("n: #", "n: 2 #", ["train.schedule.n", "group takes no n", "power"]),
    "sigmoid without k": ("type: group", "type: sigmoid", ["train.schedule.k", "sigmoid needs a number"]),
    "a blend of one kind": (
        "group: E # A: original; B: target; C: target and related; D: A and B; E: A and C\n"
        "  schedule:\n    type: group",
        "group: A\n  schedule:\n    type: cosine",
        ["train.schedule.type", "cosine needs distilled and original", "group A", "D or E"],
    ),
    "a group without its data": ("related: wheel", "related: none", ["train.group", "prepare.related", "A, B or D"]),
    "a seed twice": ("  - 1\n  - 2\n", "  - 1\n  - 1\n", ["train.seeds", "twice"]),
    "unknown annotator": ("annotator: claude", "annotator: cloud", ["annotate.annotator", "claude, openai, local"]),
    "a name of two types": ("LOC:\n", "LOC:\n  - person\n", ["types", "'person' names both LOC and PER"]),
    "a key twice": ("  epochs: 4", "  epochs: 4\n  epochs: 5", ["params.yaml:", "epochs stands twice"]),
    "a score's name": ("  LOC:\n", "  micro: [a]\n  LOC:\n", ["types: micro is the name of a score"]),
    "a seed too large": ("  - 1\n  - 2\n", "  - 99999999999999999999\n", ["train.seeds.0", "less than"]),
    "a key that is none": ("types:\n", "types:\n  ? [a]\n  : [b]\n", ["not valid YAML"]),
    "no YAML": ("group: E", "group: [E", ["params.yaml:", "not valid YAML"]),
    "not a number": ("    k: #", "    k: .nan #", ["train.schedule.k", "finite"]),
}


@pytest.mark.parametrize("name", list(MISTAKES))
def test_a_mistake_is_one_line_that_names_key_and_choices(name: str, tmp_path: Path) -> None:
    old, new, parts = MISTAKES[name]
    with pytest.raises(UserError) as error:
        load_params(changed(tmp_path, old, new))
    message = str(error.value)
    assert "\n" not in message
    assert str(tmp_path / "params.yaml") in message
    for part in parts:
        assert part in message


LABELS_MISTAKES = {
    "elsewhere": ([("labels:", "labels: /data/crowd.txt")], "crowd.txt is not under data/own, so DVC would not see"),
    "out of the folder": ([("labels:", "labels: data/own/../crowd.txt")], "is not under data/own"),
    "a url without its sha256": ([("labels:", "labels: https://example.org/crowd.txt")], "or append #sha256=HEX"),
    "half a sha256": ([("labels:", "labels: /data/crowd.txt#sha256=12ab")], "or append #sha256=HEX"),
    "asked as well": ([("labels:", "labels: data/own/a.txt"), ("online: false", "online: true")], "set online: false"),
    "sampling": ([("labels:", "labels: data/own/a"), ("sampling: {}", "sampling: {seed: 1}")], "leave sampling empty"),
    "no file": ([("labels:", "labels: []")], "annotate.annotators.claude.labels"),
    "a file twice": ([("labels:", "labels: [data/own/a.txt, data/own/a.txt]")], "names a file twice"),
    "two that are asked": ([("annotator: claude", "annotator: [claude, openai]")], "of claude and openai all but one"),
    "a name twice": ([("annotator: claude", "annotator: [claude, claude]")], "names an annotator twice"),
    "no name": ([("annotator: claude", "annotator: []")], "annotate.annotator"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(LABELS_MISTAKES))
def test_a_mistake_of_labels_in_files_is_one_line(name: str, tmp_path: Path) -> None:
    changes, message = LABELS_MISTAKES[name]
    text = FILE.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(UserError) as error:
        load_params(tmp_path / "params.yaml")
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "labels",
    ["data/own/a.txt", "./data/own/b/a.txt", "[data/own/a.txt, data/own/b.txt]", f"/data/a.txt#sha256={'0' * 64}"],
)
def test_annotators_whose_labels_are_in_files_vote_with_one_that_is_asked(labels: str, tmp_path: Path) -> None:
    path = changed(tmp_path, "labels:", f"labels: {labels}")
    assert load_params(path).annotate.asked is None
    path.write_text(path.read_text().replace("annotator: claude", "annotator: [claude, openai]"))
    annotate = load_params(path).annotate
    assert (annotate.names, annotate.asked, annotate.of_files) == (["claude", "openai"], "openai", ["claude"])


def test_best_needs_a_dev_set(tmp_path: Path) -> None:
    path = changed(tmp_path, "checkpoint: last", "checkpoint: best")
    path.write_text(path.read_text().replace("dev_size: 500", "dev_size: 0"))
    with pytest.raises(UserError, match=r"train.checkpoint: best .* dev_size"):
        load_params(path)


def test_a_float_as_dvc_writes_it_is_a_float(tmp_path: Path) -> None:
    assert load_params(changed(tmp_path, "lr: 5.0e-5", "lr: 5e-05")).train.lr == 5e-5


def test_off_is_a_word_as_dvc_writes_it(tmp_path: Path) -> None:
    assert load_params(changed(tmp_path, "snap: punctuation", "snap: off")).align.snap == "off"
    assert load_params(changed(tmp_path, "ignore_case: true", "ignore_case: False")).align.ignore_case is False


def test_a_file_that_is_no_text_is_one_line(tmp_path: Path) -> None:
    for content in (b"train: \xff", b"train: \x00", b"[" * 5000):
        (tmp_path / "params.yaml").write_bytes(content)
        with pytest.raises(UserError, match="not valid YAML"):
            load_params(tmp_path / "params.yaml")


def test_sampling_settings_may_be_any_json(tmp_path: Path) -> None:
    path = changed(tmp_path, "sampling: {}", 'sampling: {stop: ["\\n\\n"], logit_bias: {"50256": -100}}')
    sampling = load_params(path).annotate.annotators["claude"].sampling
    assert sampling == {"stop": ["\n\n"], "logit_bias": {"50256": -100}}


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("model", "set the annotator's model"),
        ("messages", "set annotate.prompts"),
        ("n", "set annotate.samples"),
        ("response_format", "set annotate.output"),
        ("stream", "leave it out"),
    ],
)
def test_what_is_no_sampling_setting_is_refused_as_one(name: str, instead: str, tmp_path: Path) -> None:
    path = changed(tmp_path, "sampling: {}", f"sampling: {{{name}: 2}}")
    with pytest.raises(UserError, match=rf"annotators.claude.sampling: {name} can't stand here; .*{instead}"):
        load_params(path)


def test_a_missing_file_says_where_to_stand(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="repository's root"):
        load_params(tmp_path / "params.yaml")


def test_dvc_writes_the_file_as_it_is(tmp_path: Path) -> None:
    """So that ``-S`` changes one line, not the layout of the whole file."""
    copy = tmp_path / "params.yaml"
    copy.write_text(FILE.read_text())
    apply_overrides(copy, ["train.epochs=4"])
    assert copy.read_text() == FILE.read_text()
    apply_overrides(copy, ["train.schedule.type=power", "train.schedule.n=2", "train.lr=1e-5"])
    changed_lines = set(copy.read_text().splitlines()) - set(FILE.read_text().splitlines())
    assert len(changed_lines) == 3
    assert load_params(copy).train.schedule.n == 2


def test_two_mistakes_are_both_named(tmp_path: Path) -> None:
    path = changed(tmp_path, "group: E", "group: F")
    path.write_text(path.read_text().replace("epochs: 4", "epochs: four"))
    with pytest.raises(UserError, match=r"train.group: .*; train.epochs: "):
        load_params(path)


@pytest.mark.parametrize("damage", [b"\0", b"\xff", b"\x1b"])
def test_bytes_that_no_yaml_has_are_said_with_their_line(damage: bytes, tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    lines = FILE.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:6], lines[6] + damage, *lines[7:]]))
    with pytest.raises(UserError, match=r"params\.yaml:7: not valid YAML: "):
        load_params(path)
