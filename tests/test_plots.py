"""The templates of .dvc/plots, filled by DVC itself and drawn by Vega-Lite, on one revision and on twelve."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.conftest import ROOT
from tinyner.evaluate.confusion import confusion_rows
from tinyner.files import write_csv
from tinyner.params import Params
from tinyner.schedules import shares_by_epoch

TYPES = ("LOC", "MISC", "ORG", "PER")
SEEDS, EPOCHS = (1, 2, 3), 4
NAMES = [f"revision-{number}" for number in range(12)]


def dvc(project: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def write_plots(folder: Path, number: int, params: Params) -> None:
    """The files of plots/, with the columns that the stages write and figures that differ by revision."""
    shares = shares_by_epoch(params.train.schedule, params.train.group, EPOCHS)
    curves = ("epoch", "loss", "dev_f1", "distilled_share", "original_share")
    by_seed = ("seed", "epoch", "distilled_share", "original_share", "sentences", "lr", "loss", "dev_f1")
    rows = [
        (seed, epoch, *shares[epoch], 10, 1e-5, 1 / (1 + epoch) + seed / 100, (number + seed) / 100)
        for seed in SEEDS
        for epoch in range(EPOCHS)
    ]
    write_csv(folder / "curves_by_seed.csv", by_seed, rows)
    write_csv(folder / "curves.csv", curves, [(at + 1, 1.0, 0.5, *share) for at, share in enumerate(shares)])
    spread = 0.012 if number else None  # the first has a single seed
    scores = [(name, (50 + number) / 100, spread) for name in ("micro", *TYPES)]
    write_csv(folder / "types.csv", ("type", "f1", "f1_std"), scores)
    counts: Counter[tuple[str, str]] = Counter({(gold, gold): 1000 + number for gold in TYPES})
    counts["none", "LOC"] = 77
    table = confusion_rows([counts], TYPES)
    write_csv(folder / "confusion.csv", ("gold", "predicted", "entities", "share"), table)
    bins = [(name, 0.5 + number / 100, 0.4, 7) for name in ("calibrated", "uncalibrated")]
    write_csv(folder / "reliability.csv", ("scores", "probability", "right", "entities"), bins)
    write_csv(folder / "thresholds.csv", ("threshold", "precision", "recall"), [(0.0, 0.7, 0.9), (0.5, 0.8, 0.6)])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, params: Params) -> Path:
    """A repository with this one's plots section and templates, and a tag for each of twelve revisions."""
    folder = tmp_path_factory.mktemp("plots")
    for line in ("init -qb main", "config user.email a@example.org", "config user.name A"):
        subprocess.run(["git", *line.split()], cwd=folder, check=True)
    shutil.copytree(ROOT / ".dvc/plots", folder / ".dvc/plots", ignore=shutil.ignore_patterns("offline.html"))
    shutil.copyfile(ROOT / ".dvc/config", folder / ".dvc/config")
    plots = yaml.safe_load((ROOT / "dvc.yaml").read_text())["plots"]
    (folder / "dvc.yaml").write_text(yaml.safe_dump({"plots": plots}, sort_keys=False))
    for number, name in enumerate(NAMES):
        write_plots(folder / "plots", number, params)
        for line in ("add -A", f"commit -qm {name}", f"tag {name}"):
            subprocess.run(["git", *line.split()], cwd=folder, check=True)
    return folder


def specs(project: Path, *arguments: str) -> dict[str, dict[str, Any]]:
    """The filled Vega-Lite specifications of `dvc plots`, by plot."""
    diff = json.loads(dvc(project, "plots", *arguments, "--json"))
    assert "errors" not in diff
    assert all(len(plot) == 1 for plot in diff["data"].values())
    return {name: plot["content"] for name, (plot,) in diff["data"].items()}


@pytest.fixture(scope="module")
def twelve(project: Path) -> dict[str, dict[str, Any]]:
    return specs(project, "diff", *NAMES)


def points(spec: Mapping[str, Any], *fields: str) -> list[tuple[str, ...]]:
    return [tuple(row[field] for field in fields) for row in spec["data"]["values"]]


def test_every_plot_is_filled_and_has_the_points_of_all_revisions(twelve: dict[str, dict[str, Any]]) -> None:
    assert list(twelve) == ["loss", "dev_f1", "blend", "types", "confusion", "reliability", "thresholds"]
    for name, spec in twelve.items():
        assert "<DVC_METRIC_" not in json.dumps(spec), name
        assert spec["$schema"].endswith("/vega-lite/v5.json")
        assert list(dict.fromkeys(row["rev"] for row in spec["data"]["values"])) == NAMES
    assert len(twelve["loss"]["data"]["values"]) == 12 * len(SEEDS) * EPOCHS
    assert points(twelve["dev_f1"], "rev", "epoch", "dev_f1")[:2] == [
        ("revision-0", "0", "0.01"),
        ("revision-0", "1", "0.01"),
    ]
    assert len(twelve["blend"]["data"]["values"]) == 12 * EPOCHS * 2
    assert points(twelve["types"], "rev", "type", "f1")[-1] == ("revision-11", "PER", "0.61")
    assert points(twelve["confusion"], "gold", "predicted", "entities")[-24:][0] == ("LOC", "LOC", "1011.0")


def test_one_revision_is_drawn_by_show(project: Path) -> None:
    for spec in specs(project, "show").values():
        assert {row["rev"] for row in spec["data"]["values"]} == {"workspace"}


def drawn(spec: Mapping[str, Any]) -> list[str]:
    """What Vega-Lite writes on the picture, in the picture's order."""
    vl_convert = pytest.importorskip("vl_convert")
    tree = ElementTree.fromstring(vl_convert.vegalite_to_svg(json.dumps(spec), vl_version="5.21"))
    return [text for node in tree.iter("{http://www.w3.org/2000/svg}text") if (text := "".join(node.itertext()))]


@pytest.mark.parametrize("name", ["loss", "dev_f1", "blend"])
def test_a_legend_names_each_revision_once(name: str, twelve: dict[str, dict[str, Any]]) -> None:
    texts = drawn(twelve[name])
    assert [text for text in texts if text.startswith("revision-")] == NAMES
    assert str(EPOCHS) in texts  # epochs count from 1
    assert "0" not in texts


def test_each_type_has_a_bar_with_its_figure_for_each_revision(twelve: dict[str, dict[str, Any]]) -> None:
    texts = drawn(twelve["types"])
    assert [text for text in texts if text in ("micro", *TYPES)] == ["micro", *TYPES]
    assert [text for text in texts if text.startswith("revision-")] == NAMES
    assert texts.count("0.610 ± 0.012") == 5
    assert texts.count("0.500") == 5  # a single seed has no spread


def test_confusion_has_a_matrix_of_counts_for_each_revision(twelve: dict[str, dict[str, Any]]) -> None:
    texts = drawn(twelve["confusion"])
    assert [text for text in texts if text.startswith("revision-")] == NAMES
    assert [texts.count(f"{1000 + number:,}") for number in range(12)] == [4] * 12
    assert texts.count("77") == 12
