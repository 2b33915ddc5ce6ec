"""Sources that DVC can't see change: files elsewhere than in data/own, and URLs, without their sha256."""

import posixpath
import re
from collections.abc import Iterator

from tinyner.fetch import address, is_url
from tinyner.params import Params, Prepare

AGAIN = "dvc repro -f -s prepare"
"""Run stage prepare though nothing that DVC sees has changed."""

_FOLDER = "data/own"  # a dependency in dvc.yaml
_KEYS = ("corpus", "target", "related", "conllpp", "student")
_CHOICES = ("wheel", "none", "corpus")
_FOLDERS = ("corpus", "student")  # keys of sources with several files, which no sha256 can be appended to


def sources(prepare_params: Prepare) -> Iterator[tuple[str, str]]:
    """Yield the keys of ``prepare`` whose files or URLs may change without DVC seeing it, with these.

    A student outside the clone is taken to stay as it is; one in the clone, such as models/student, is trained again.
    """
    for key in _KEYS:
        source: str = getattr(prepare_params, key)
        is_choice = source in _CHOICES or source.startswith("hf:") or (key == "student" and source[:1] in "/~.")
        if not is_choice and not re.search(r"#sha256=[0-9a-fA-F]{64}$", source) and not _is_watched(source):
            yield key, source


def lines(params: Params) -> Iterator[str]:
    """Yield a line on each source that may change without DVC seeing it: what to do about it."""
    for key, source in sources(params.prepare):
        cures = [] if key in _FOLDERS else ["append #sha256=HEX, its sha256"]
        cures += [] if is_url(source) else [f"put it under {_FOLDER}"]
        cures += [f"run `{AGAIN}` when it has changed"]
        where = "is a URL" if is_url(source) else f"is not under {_FOLDER}"
        yield f"prepare.{key}: {address(source)} {where}, so DVC does not see that it changes; {', or '.join(cures)}"


def _is_watched(source: str) -> bool:
    return not is_url(source) and f"{posixpath.normpath(source)}/".startswith(f"{_FOLDER}/")
