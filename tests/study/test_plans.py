"""What the experiments of a study are."""

from pathlib import Path

import pytest
from tests.conftest import ROOT

from tinyner.errors import UserError
from tinyner.schedules import shares_by_epoch
from tinyner.study import plans


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_the_papers_tables() -> None:
    table2, table3 = plans.plan("table2", {}), plans.plan("table3", {})
    assert [experiment.name for experiment in table2[:5]] == [f"{group}-fixed" for group in "ABCDE"]
    assert (len(table2), len(table3)) == (10, 34)
    assert {experiment.params.train.lr_decay for experiment in table3} == {1.0, 0.95}
    sigmoids = [experiment.params.train.schedule for experiment in table3 if "sigmoid" in experiment.name]
    assert [schedule.k for schedule in sigmoids][:5] == [2, 4, 8, 16, 32]


def test_the_schedules_may_blend_the_data_of_another_group() -> None:
    assert {experiment.params.train.group for experiment in plans.plan("table3", {})} == {"E"}
    of_d = plans.plan("table3", {"train.group": "D"})
    assert [experiment.name for experiment in of_d] == [*plans.table3()]
    assert {experiment.params.train.group for experiment in of_d} == {"D"}
    assert [experiment.changes for experiment in of_d] == [*plans.table3("D").values()]
    with pytest.raises(UserError, match="group B has but one kind; choose group D or E"):
        plans.plan("table3", {"train.group": "B"})


def test_all_of_the_paper_is_38_different_experiments() -> None:
    """19 schedules of data, as the paper has them, under two policies of the learning rate."""
    experiments = plans.plan("all", {})
    kinds = {"pure_original": "A", "pure_distilled": "C", "simple_mix": "E"}

    def training(experiment: plans.Experiment) -> str:
        train_params = experiment.params.train
        group = train_params.group
        data = kinds.get(train_params.schedule.type, group) if group == "E" else group
        shares = shares_by_epoch(train_params.schedule, group, train_params.epochs)
        return f"{data} {shares} {train_params.lr_decay}"

    assert len({training(experiment) for experiment in experiments}) == 38


def test_the_learning_curve() -> None:
    experiments = plans.plan("curve", {"train.seeds": [1, 2, 3]})
    by_name = {experiment.name: experiment.params.train for experiment in experiments}
    assert len(by_name) == 15
    assert (by_name["D-50"].group, by_name["D-50"].original_size, by_name["D-50"].seeds) == ("D", 50, [1, 2, 3])
    assert {train_params.original_size for train_params in by_name.values()} == {50, 100, 200, 500, 1000}


def test_ones_own_study(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    changes = "{train.original_size: 50, train: {lr: 5e-4}}"
    path.write_text(f"base: {{train.epochs: 2}}\nexperiments: {{small: {changes}, E: {{train.group: E}}}}\n")
    small, e = plans.plan(str(path), {"train.seeds": [7]}, "x-")
    assert small.params.train.lr == 5e-4
    assert (small.name, e.name) == ("x-small", "x-E")
    assert (small.params.train.original_size, small.params.train.epochs, small.params.train.seeds) == (50, 2, [7])


def test_a_nested_base_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("base: {train: {epochs: 2, lr: 5e-4}}\nexperiments: {a: {train: {group: A, lr: 1e-3}}}\n")
    assert plans.named(str(path)) == {"a": {"train.epochs": 2, "train.lr": 1e-3, "train.group": "A"}}
    (a,) = plans.plan(str(path), {"train.epochs": 3})
    assert (a.params.train.group, a.params.train.epochs, a.params.train.lr) == ("A", 3, 1e-3)


@pytest.mark.parametrize(
    ("study", "common", "key"),
    [
        ("table2", {"train.group": "B"}, "train.group"),
        ("table3", {"train.schedule": {"type": "all", "k": None}}, "train.schedule.type, train.schedule.k"),
        ("table3", {"train.schedule": None}, "train.schedule"),
        ("curve", {"train.original_size": 50, "train.epochs": 2}, "train.original_size"),
        ("mine.yaml", {"train.lr": 0.1}, "train.lr"),
    ],
)
def test_what_the_experiments_set_themselves_is_not_set_for_all(
    study: str, common: plans.Changes, key: str, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text("experiments: {a: {train: {lr: 1e-3}}, b: {train.group: A}}\n")
    name = str(tmp_path / study) if study.endswith("yaml") else study
    with pytest.raises(UserError) as caught:
        plans.plan(name, common)
    assert str(caught.value).startswith(f"study {name}: -S {key}: its experiments set this themselves")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1\n", "expected experiments:"),
        ("experiments: {}\n", "expected experiments:"),
        ("experiments: {a: {train.group: A}}\nbas: {}\n", "expected experiments:"),
        ("experiments: {a: 3}\n", "experiments.a: expected values by dotted names, found 3"),
        ('experiments: {"a\\nb": 3}\n', "experiments.a b: expected values by dotted names, found 3"),
        ('experiments: {a: {"align.\\nsnap": off}}\n', "a changes align. snap, which the stages before train"),
        ("experiments: {a b: {train.group: A}}\n", "'a b' can't be an experiment's name"),
        ("experiments: {a: {align.snap: off}}\n", "a changes align.snap, which the stages before train depend on"),
        ("experiments: {a: {train.grup: A}}\n", "did you mean group"),
        ("experiments: {a: {train.deep.er: A}}\n", "train.deep.er is no known key; there is no section deep"),
        ("experiments: {a: {train.group: Z}}\n", "'A', 'B', 'C', 'D' or 'E'"),
        ("experiments: {a: {\n", "mine.yaml:2: not valid YAML: "),
        ("experiments: {a: {train.seeds: [1, 2}}\n", "mine.yaml:1: not valid YAML: "),
        ("experiments: {a: {train.lr: 2020-99-99}}\n", "mine.yaml: not valid YAML: month must be in 1..12"),
        (
            "experiments: {a: {train.schedule: {type: power, k: , n: }}}\n",
            "experiment a: params.yaml: train.schedule.n: ",
        ),
    ],
)
def test_a_mistake_in_it_is_one_line(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(UserError) as caught:
        plans.plan(str(tmp_path / "mine.yaml"), {})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_study_is_named() -> None:
    with pytest.raises(UserError, match="expected table2, table3, all, curve or a YAML file, found 'table4'"):
        plans.plan("table4", {})
