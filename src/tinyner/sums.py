"""Checksums of a folder's files, in a file tinyner.sha256 beside them as `sha256sum -c` reads them.

Whoever writes a folder that is read again later (a student, a trained cell, a converted tokenizer) writes it as well,
and whoever reads the folder compares. A folder without it is from elsewhere, or from before, and has no checksums.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tinyner.files import atomic, sha256_file

NAME = "tinyner.sha256"
_LINE = re.compile(r"([0-9a-f]{64})  ([^/\\\n]+)")


class DamageError(ValueError):
    """A folder is not as it was written. The message says which file, and why."""


def text_of(digests: Mapping[str, str]) -> str:
    """Return the content of tinyner.sha256: a line a file, by name.

    >>> text_of({"b": "00" * 32, "a": "11" * 32}).splitlines()[0][-4:]
    '1  a'
    """
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))


def write(folder: Path, names: Iterable[str] | None = None) -> None:
    """Write the checksums of a folder's files; ``names``: of these alone, else of all but hidden ones."""
    if names is None:
        names = [path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    write_digests(folder, {name: sha256_file(folder / name) for name in names if name != NAME})


def write_digests(folder: Path, digests: Mapping[str, str]) -> None:
    """Write checksums of files that need not be there yet."""
    with atomic(folder / NAME) as file:
        file.write(text_of(digests).encode())


def read(folder: Path) -> dict[str, str] | None:
    """Return the checksums of a folder by name; None where it has no tinyner.sha256.

    Raises:
        DamageError: where that is not as it is written here.
    """
    try:
        text = (folder / NAME).read_bytes().decode()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DamageError(f"{NAME} can't be read ({error})") from None
    matches = [_LINE.fullmatch(line) for line in text.removesuffix("\n").split("\n")]
    digests = {match[2]: match[1] for match in matches if match}
    if text != text_of(digests) or not digests:
        raise DamageError(f"{NAME} has not the form that it was written in")
    return digests


def verified(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the checksums of some files of a folder by name, compared; none where it has no tinyner.sha256.

    Raises:
        DamageError: where one is missing, is not in tinyner.sha256, or has another checksum; where that is damaged.
    """
    digests = read(folder)
    if digests is None:
        return {}
    names = list(names)
    for name in names:
        if name not in digests:
            raise DamageError(f"{name} is not in {NAME}")
        check(folder, name, digests[name])
    return {name: digests[name] for name in names}


def check(folder: Path, name: str, digest: str) -> None:
    """Compare a file.

    Raises:
        DamageError: where it is missing or has another checksum.
    """
    try:
        found_digest = sha256_file(folder / name)
    except FileNotFoundError:
        raise DamageError(f"{name} is missing") from None
    except OSError as error:
        raise DamageError(f"{name} can't be read ({error.strerror})") from None
    if found_digest != digest:
        raise DamageError(f"{name} is not as it was written: its sha256 is not that in {NAME}")
