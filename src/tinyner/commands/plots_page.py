"""``tinyner plots-page`` (extra ``plots``): pages of `dvc plots` that need no network, one file each.

DVC's pages load Vega, Vega-Lite and Vega-Embed from a CDN. vl-convert, which pip installs, holds the three as one
script. This command writes the script into a copy of the page's template, and sets DVC to use the copy in this clone.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tinyner.commands.arguments import Commands
from tinyner.errors import UserError
from tinyner.files import atomic

TEMPLATES = Path(".dvc/plots")
SCRIPTS = "{scripts}"  # DVC puts the CDN's script elements here
VEGA_LITE = "5.21"  # of the templates' $schema, v5


def register(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("plots-page", help="have `dvc plots` write pages that need no network (extra plots)")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> None:
    """Write .dvc/plots/offline.html, which git ignores, and set DVC's ``plots.html_template`` to it in this clone.

    Raises:
        UserError: without the extra, outside of a clone, or where DVC's page has no place for scripts.
    """
    try:
        import vl_convert  # of an extra
    except ImportError:
        raise UserError("plots-page: vl-convert is not installed; pip install -e '.[plots]' in the clone") from None
    source, target = TEMPLATES / "page.html", TEMPLATES / "offline.html"
    try:
        page = source.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"plots-page: {source}: can't be read: {error.strerror}; run it in the repository") from None
    if SCRIPTS not in page:
        raise UserError(f"plots-page: {source}: expected {SCRIPTS}, found none; `git checkout {source}` brings it back")
    script: str = vl_convert.javascript_bundle(vl_version=VEGA_LITE)  # type: ignore[call-arg]  # its stub lacks a default
    with atomic(target) as file:
        file.write(page.replace(SCRIPTS, f"<script>{script}</script>").encode())
    # Local to this clone, so that nobody else's pages depend on a file that git ignores.
    command = [sys.executable, "-m", "dvc", "config", "--local", "plots.html_template", "plots/offline.html"]
    if subprocess.run(command, check=False).returncode:  # noqa: S603
        raise UserError(f"plots-page: {target} is written, but DVC did not take it; see its message above")
    print(f"{target}: from now on, `dvc plots` in this clone writes pages that need no network")
    print("back to the CDN: dvc config --local --unset plots.html_template")
