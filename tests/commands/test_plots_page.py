"""A page of `dvc plots` where no network is, drawn by a real browser."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tinyner import cli
from tinyner.errors import UserError

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a repository with a single plot, of a template of ours."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".dvc/plots").mkdir(parents=True)
    for name in ("config", "plots/page.html", "plots/types.json"):
        shutil.copyfile(ROOT / ".dvc" / name, tmp_path / ".dvc" / name)
    (tmp_path / "types.csv").write_text("type,f1,f1_std\nLOC,0.5,0.1\n")
    (tmp_path / "dvc.yaml").write_text("plots:\n- types: {x: f1, y: {types.csv: type}, template: types}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dvc(project: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=project, check=True)


def rendered(project: Path) -> tuple[str, str]:
    """Return the page of `dvc plots show`, and its document in a browser that reaches no host."""
    dvc(project, "plots", "show", "-q")
    page = project / "dvc_plots/index.html"
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    command = [
        *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={project / 'browser'}"),
        *("--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=10000", "--dump-dom", page.as_uri()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return page.read_text(), done.stdout


def test_without_the_cdn_a_page_says_what_to_do(project: Path) -> None:
    page, document = rendered(project)
    assert "https://cdn.jsdelivr.net/npm/vega@" in page
    assert not re.search(r"\{(scripts|plot_divs|refresh_tag)\}", page)
    assert '<p id="blank">' in document  # no longer hidden
    assert "tinyner plots-page" in document
    assert "0.500 ± 0.100" not in document


def test_a_page_of_ones_own_needs_no_network(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("vl_convert")
    cli.run(["plots-page"])
    assert "pages that need no network" in capsys.readouterr().out
    page, document = rendered(project)
    assert "cdn.jsdelivr.net/npm" not in page
    assert '<p id="blank" hidden' in document
    assert "0.500 ± 0.100" in document


def test_a_page_without_a_place_for_scripts_is_refused(project: Path) -> None:
    pytest.importorskip("vl_convert")
    (project / ".dvc/plots/page.html").write_text("{plot_divs}")
    with pytest.raises(UserError, match=r"page.html: expected \{scripts\}, found none; `git checkout"):
        cli.run(["plots-page"])
    (project / ".dvc/plots/page.html").unlink()
    with pytest.raises(UserError, match=r"page.html: can't be read: No such file or directory; run it in the repo"):
        cli.run(["plots-page"])


def test_without_the_extra_one_line_says_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(
        UserError, match=r"plots-page: vl-convert is not installed; pip install -e '\.\[plots\]' in the clone"
    ):
        cli.run(["plots-page"])
