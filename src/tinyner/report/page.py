"""The HTML document: the template page.html.j2 around the sections, in one file with its style and scripts.

The page's Content-Security-Policy allows only its one style sheet and its two scripts, by their hashes: even text
that got into the page as markup could neither load nor run anything.
"""

import base64
import hashlib
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from tinyner.report.inputs import Inputs
from tinyner.report.sections import heading, sections

FIRST_SCRIPT = """document.documentElement.classList.add("js");
try { const kept = localStorage.getItem("tinyner-theme"); if (kept) document.documentElement.dataset.theme = kept; }
catch { /* storage is blocked: the system's choice holds */ }"""
"""Runs before anything is drawn: shows what needs JavaScript, and sets the theme that was chosen."""


def page(inputs: Inputs) -> str:
    """Return the whole HTML document; the same inputs give the same text."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    style, script = _resource("page.css"), _resource("page.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src {_hash(style)}; "
        f"script-src {_hash(FIRST_SCRIPT)} {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    title, lead, warnings = heading(inputs)
    return environment.from_string(_resource("page.html.j2")).render(
        policy=policy,
        style=_unescaped(style),
        first_script=_unescaped(FIRST_SCRIPT),
        script=_unescaped(script),
        title=title,
        lead=lead,
        warnings=warnings,
        sections=sections(inputs),
    )


def _resource(name: str) -> str:
    """Return a file that lies beside this one in the package."""
    return resources.files(__package__).joinpath(name).read_text("utf-8")


def _unescaped(text: str) -> Markup:
    """Mark this package's own style or script as markup: escaped, it would not match its hash."""
    return Markup(text)  # noqa: S704


def _hash(text: str) -> str:
    """Return a source expression of the policy that allows exactly this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
