"""`tinyner push`: the Hugging Face part of an export to a hub."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinyner.errors import UserError
from tinyner.export.exporting import Options, export
from tinyner.export.folder import changed_files, read_manifest
from tinyner.unfinished import scratch

_PART = "hf"


def push(name: str, folder: Path | None, options: Options, *, private: bool) -> None:
    """Upload an export, and print its address.

    Args:
        name: of the repository on the hub, USER/NAME or NAME.
        folder: of an export; None: one is made, uploaded and removed.
        options: of the export that is made.
        private: whether a repository that is not there yet is made private; what is public already is refused.

    Raises:
        UserError: where nobody is logged in, the hub refuses or is not reached, or the folder is no whole export.
    """
    hub = _hub(name)
    if folder is not None:
        print(_uploaded(hub, name, part_of(folder), private=private))
        return
    with scratch() as place:
        made = place / "export"
        export(made, options, is_kept=False)
        print(_uploaded(hub, name, made / _PART, private=private))


def _hub(name: str) -> Any:
    """Return the client.

    Raises:
        UserError: where the name is none, nobody is logged in, or the client is told to stay offline.
    """
    hub: Any = importlib.import_module("huggingface_hub")
    try:
        hub.utils.validate_repo_id(name)
    except ValueError as error:
        raise UserError(f"{name}: no name of a repository on the hub: {error}; expected USER/NAME") from None
    if hub.constants.HF_HUB_OFFLINE:
        raise UserError("HF_HUB_OFFLINE is set, so nothing can be uploaded; unset it")
    if not hub.get_token():
        raise UserError("not logged in to the hub: run `hf auth login`, or set HF_TOKEN to a token that may write")
    return hub


def part_of(folder: Path) -> Path:
    """Return the Hugging Face part of an export.

    Raises:
        UserError: where the folder is no export with that part, or its files are not as they were written.
    """
    if _PART not in read_manifest(folder).get("formats", []):
        raise UserError(f"{folder}: no export with a folder {_PART}; make one: tinyner export {folder}")
    others = [name for name in changed_files(folder, _PART) if name != f"{_PART}/README.md"]  # a card may be edited
    if others:
        raise UserError(f"{folder}: {others[0]} is not as it was exported; make the export again")
    return folder / _PART


def _uploaded(hub: Any, name: str, folder: Path, *, private: bool) -> str:
    """Upload a folder; return what to say of it.

    Raises:
        UserError: where the hub refuses or is not reached, or the repository is public and is not to be.
    """
    api = hub.HfApi()
    with _refusals(hub, api.endpoint, name):
        address = api.create_repo(name, private=private, exist_ok=True)
        is_private = bool(api.repo_info(address.repo_id).private)
    if private and not is_private:
        raise UserError(f"{address}: is public already; say --no-private to upload there")
    with _refusals(hub, api.endpoint, name):
        commit = api.upload_folder(
            repo_id=address.repo_id, folder_path=folder, commit_message="A student that tinyner trained"
        )
    kind = "private" if is_private else "public"
    return f"{address} ({kind}): commit {commit.oid[:10]}; {address}/settings changes who sees it"


@contextmanager
def _refusals(hub: Any, endpoint: str, name: str) -> Iterator[None]:
    """Turn what the client raises into a line.

    Raises:
        UserError: in place of any error.
    """
    try:
        yield
    except hub.errors.HfHubHTTPError as error:
        reason = getattr(error, "server_message", None) or _first_line(error)
        status = error.response.status_code
        raise UserError(f"{endpoint} refuses ({status}): {reason}; may your token write to {name}?") from None
    except Exception as error:  # those of several libraries
        raise UserError(f"{endpoint}: {_first_line(error)}; see to the network, and say the same again") from None


def _first_line(error: BaseException) -> str:
    cause = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return next(filter(None, map(str.strip, f"{cause}".splitlines())), type(cause).__name__)
