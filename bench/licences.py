"""List the licences of the run-time lock, torch and the extras: ``python bench/licences.py > docs/licences.md``.

Exit code 1 where a package is not installed here, tells no licence, or has one that nobody has looked at.
"""

import re
import sys
from collections.abc import Collection
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

_HEAD = ("| package | licence | |", "| --- | --- | --- |")
LOCK = Path(__file__).parent.parent / "requirements.lock"
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==(\S+)(?: ; ([^\\\n]*))?", re.M)
_ELSEWHERE = re.compile(r"sys_platform == '(?:win32|emscripten)'")

COMPATIBLE = {
    *("MIT", "MIT-CMU", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "BSD", "0BSD", "ISC", "Apache-2.0", "PSF-2.0"),
    *("Python-2.0", "CNRI-Python", "Zlib", "HPND", "Unlicense", "CC0-1.0", "BSL-1.0", "MPL-2.0", "ZPL-2.1"),
}
"""Licences, by SPDX, of packages that a program under MIT may import and name as requirements."""

LOOKED_AT = {
    "asyncssh": (
        "EPL-2.0 OR GPL-2.0-or-later",
        "taken under EPL-2.0, which asks for something only of who changes or ships it; DVC's, for remotes over SSH",
    ),
    "grandalf": (
        "GPLv2 | EPLv1",
        "taken under EPLv1, which asks for something only of who changes or ships it; DVC's, to draw stages",
    ),
    "pygit2": (
        "GPLv2 with linking exception",
        "the exception lets any program link to it, without any restriction; DVC's",
    ),
}
"""Packages with a licence that needs a word: what their metadata say, word for word, and why it is no hindrance."""

NOT_READ = {"spacy"}
"""Packages of extras that requirements-dev.txt does not install, so that their metadata are not here."""

_NAMES = {
    "MIT License": "MIT", "Apache Software License": "Apache-2.0", "BSD License": "BSD", "BSD": "BSD",
    "ISC License (ISCL)": "ISC", "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "Zope Public License": "ZPL-2.1",
    "Python Software Foundation License": "PSF-2.0", "The Unlicense (Unlicense)": "Unlicense",
    "Apache License, Version 2.0": "Apache-2.0", "Apache License 2.0": "Apache-2.0", "Apache 2.0": "Apache-2.0",
    "Apache": "Apache-2.0", "Apache 2": "Apache-2.0", "Apache 2.0 License": "Apache-2.0", "Apache-2": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause", "3-Clause BSD License": "BSD-3-Clause", "BSD-3": "BSD-3-Clause",
    "MIT license": "MIT", "PSF": "PSF-2.0", "Modified BSD License": "BSD-3-Clause", "New BSD": "BSD-3-Clause",
}  # fmt: skip


def plain(name: str) -> str:
    """Return a package's name as indexes spell it.

    >>> plain("Flufl.Lock")
    'flufl-lock'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(text: str) -> list[str]:
    """Return the packages of a lock that Linux and macOS install, and torch."""
    pinned = [(match[1], match[3] or "") for match in _PINNED.finditer(text)]
    return sorted({plain(name) for name, where in pinned if not _ELSEWHERE.search(where)} | {"torch"})


def of_extras(without: Collection[str]) -> list[str]:
    """Return the packages that the extras of this project bring, with all that these require.

    Raises:
        PackageNotFoundError: where one is not installed here.
    """
    extras = metadata.metadata("tinyner").get_all("Provides-Extra", [])
    waiting = [("tinyner", tuple(extras))]
    found: set[str] = set()
    while waiting:
        package, of_package = waiting.pop()
        for line in metadata.requires(package) or ():
            requirement = Requirement(line)
            name = plain(requirement.name)
            is_wanted = requirement.marker is None or any(
                requirement.marker.evaluate({"extra": extra}) for extra in of_package or ("",)
            )
            if is_wanted and name not in {*found, *without, *NOT_READ}:
                found.add(name)
                waiting.append((name, tuple(requirement.extras)))
    return sorted(found)


def licence_of(name: str) -> str:
    """Return a package's licence as its metadata say it, by SPDX where that is plain; "" where they don't."""
    package = metadata.metadata(name)
    expression = next(iter(package.get_all("License-Expression", [])), "")
    if expression:
        return str(expression)
    short = str(next(iter(package.get_all("License", [])), "")).strip()
    if name in LOOKED_AT:
        return short
    classes = [
        str(line).rpartition(" :: ")[2] for line in package.get_all("Classifier", []) if "License ::" in str(line)
    ]
    words = [_NAMES.get(line, line) for line in classes if line != "OSI Approved"]
    return " AND ".join(dict.fromkeys(words)) if words else _NAMES.get(short, short if len(short) < 40 else "")


def is_compatible(name: str, licence: str) -> bool:
    """Return whether a licence was looked at and lets a program under MIT use the package.

    >>> is_compatible("a", "MIT AND (Apache-2.0 OR BSD-2-Clause)"), is_compatible("a", "AGPL-3.0")
    (True, False)
    """
    if name in LOOKED_AT:
        return licence == LOOKED_AT[name][0]
    any_of = [re.findall(r"[A-Za-z0-9.-]+", part) for part in re.split(r"\bOR\b", licence)]
    words = [[word for word in part if word not in ("AND", "WITH", "LLVM-exception")] for part in any_of]
    if "(" in licence:  # mixed: all of its parts have to be
        words = [[word for part in words for word in part]]
    return any(part and all(word in COMPATIBLE for word in part) for part in words)


def page_of(locked_names: list[str]) -> tuple[str, list[str]]:
    """Return the page, and what is wrong."""
    rows, problems = _rows(locked_names)
    of_others, more_problems = _rows(of_extras(locked_names))
    head = [
        "# Licences of what tinyner runs with",
        "",
        "tinyner is under the MIT licence and ships none of these packages; pip fetches them. Made by",
        "`python bench/licences.py > docs/licences.md` from the packages' metadata; a test holds it to the lock and",
        "fails for a licence that nobody has looked at. Data and models have terms of their own: [data.md](data.md).",
        "",
        *_HEAD,
    ]
    extras = [
        "",
        "## What extras bring beside it",
        f"Not read, as `requirements-dev.txt` does not install it: {', '.join(sorted(NOT_READ))} and what it needs.",
        "",
        *_HEAD,
    ]
    return "\n".join([*head, *rows, *extras, *of_others]) + "\n", [*problems, *more_problems]


def _rows(names: list[str]) -> tuple[list[str], list[str]]:
    rows, problems = [], []
    for name in names:
        try:
            licence = licence_of(name)
        except metadata.PackageNotFoundError:
            problems.append(f"{name}: is not installed here; pip install -r requirements.txt")
            continue
        if not is_compatible(name, licence):
            problems.append(f"{name}: {licence or 'no licence told'}: look at it, then add it to bench/licences.py")
        rows.append(f"| {name} | {licence.replace('|', 'or')} | {LOOKED_AT.get(name, ('', ''))[1]} |")
    return rows, problems


def main() -> None:
    """Print the page; name on standard error what is wrong."""
    page, problems = page_of(locked(LOCK.read_text()))
    print(page, end="")
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
