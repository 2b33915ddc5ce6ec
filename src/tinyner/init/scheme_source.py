"""What ``--types`` gives: types as text, or the path or URL of a YAML or JSON file of them."""

import json
import re
from pathlib import Path

import yaml

from tinyner import fetch
from tinyner.errors import UserError
from tinyner.files import object_of
from tinyner.init.scheme import Scheme
from tinyner.init.scheme_text import of_text
from tinyner.init.scheme_yaml import Document, of_yaml
from tinyner.init.yaml_document import parsed

_ENDINGS = (".yaml", ".yml", ".json")
_NOT_READ = (".txt", ".csv", ".tsv", ".jsonl", ".md", ".toml", ".ini", ".xlsx", ".xls", ".py")
_LIKE_A_PATH = re.compile(r"[~.]?[^\s:;,]*[/\\][^\s:;,]*")


def read_scheme(source: str) -> Scheme:
    """Return the scheme that ``--types`` gives.

    Raises:
        UserError: if it is neither text nor a file of types, or names a type twice.
    """
    source = source.strip()
    if _ending(source) in _ENDINGS:
        return _of_file(source)
    _check_text(source)
    return of_text(source)


def _ending(source: str) -> str:
    address = source.partition("?")[0].partition("#")[0] if fetch.is_url(source) else source
    return Path(address).suffix.lower()


def _of_file(source: str) -> Scheme:
    name = f"--types: {source}"
    try:
        path = fetch.file(source) if fetch.is_url(source) else Path(source).expanduser()
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"{name} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UserError(f"{name}: expected UTF-8 text") from None
    if _ending(source) != ".json":
        return of_yaml(Document(parsed(text, name), name, yaml.compose(text, yaml.SafeLoader)))
    try:
        content = json.loads(text, object_pairs_hook=object_of)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name}: not valid JSON: {error}") from None
    return of_yaml(Document(content, name))


def _check_text(source: str) -> None:
    """Check that a text is meant as types, and not as the path of a file.

    Raises:
        UserError: if it is the path of something that is there, or looks like a path.
    """
    what = "types are read from a file that ends in .yaml, .yml or .json"
    if fetch.is_url(source) or _LIKE_A_PATH.fullmatch(source) or _ending(source) in _NOT_READ:
        there = "" if fetch.is_url(source) or _is_there(source) else ", and there is no such file"
        raise UserError(
            f"--types: {source} looks like the path of a file{there}; {what}, or are text, TYPE: what it is"
        )
    if _is_there(source):
        kind = "folder" if Path(source).expanduser().is_dir() else "file"
        raise UserError(
            f"--types: {source} is a {kind} here; {what}; a type of this name is written with a colon: {source}:"
        )


def _is_there(source: str) -> bool:
    try:
        return Path(source).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # a name too long, or no such user
        return False
