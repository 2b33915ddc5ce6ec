"""Files in the corpus folder that nothing uses: a test set of another name would be passed over in silence."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tinyner import fetch
from tinyner.params import Params
from tinyner.prepare import init_record
from tinyner.prepare.corpus import is_named_as_a_split

_DEFAULT = Path("data/own")  # where files can wait for a corpus that is none yet
_OF_TOOLS = (".dvc", ".md")
_SHOWN = 3  # files


def find(params: Params) -> list[Path]:
    """Return the files of the corpus folder that are no split's, and that ``prepare`` and annotators do not name.

    Hidden files, those of DVC and Markdown are left out, and those that ``tinyner init`` made the splits of. A corpus
    that is no folder has none; where it is ``none``, the folder is data/own.
    """
    folder = _folder(params)
    if folder is None:
        return []
    used = {fetch.local(fetch.address(name)).resolve() for name in named(params)}
    record = init_record.load(folder)
    made_of = set(record.read) if all(Path(name).is_file() for name in record.written) else set()
    has_splits = params.prepare.corpus != "none"
    return [
        path
        for path in sorted(folder.iterdir())
        if path.is_file()
        and not path.name.startswith(".")
        and path.suffix not in _OF_TOOLS
        and not (has_splits and is_named_as_a_split(path.name))
        and path.resolve() not in used
        and not (has_splits and str(path) in made_of)
    ]


def line(params: Params) -> str | None:
    """Return a line that names the files which nothing uses, None where there are none."""
    paths = find(params)
    if not paths:
        return None
    names = ", ".join(path.name for path in paths[:_SHOWN])
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    folder = paths[0].parent
    cure = "call a labelled file train, valid or test (test.jsonl)"
    if params.prepare.corpus == "none":
        cure = f"set prepare.corpus: {folder}, and {cure}"
    verb = "is" if len(paths) == 1 else "are"
    return (
        f"{folder}: {names}{more} {verb} not used; {cure}, or name it in prepare.target, prepare.related or an "
        "annotator's labels"
    )


def lines(params: Params) -> Iterator[str]:
    """Yield a line on the files that nothing uses, and one on each file that has changed since init used it."""
    unused = line(params)
    if unused:
        yield unused
    folder = _folder(params)
    record = init_record.Record() if folder is None else init_record.load(folder)
    for name, sha256 in record.read.items():
        if Path(name).is_file() and not init_record.is_unchanged(Path(name), sha256):
            yield (
                f"{name}: has changed since tinyner init made the files of this project of it, and what is new is not "
                "used; let init read it again (with --force)"
            )


def _folder(params: Params) -> Path | None:
    source = params.prepare.corpus
    folder = _DEFAULT if source == "none" else fetch.local(source)
    return None if source == "wheel" or fetch.is_url(source) or not folder.is_dir() else folder


def named(params: Params, annotators: Iterable[str] | None = None) -> Iterator[str]:
    """Yield the sources that ``prepare`` and annotators name, the corpus aside: files, URLs and choices.

    Args:
        params: that name them.
        annotators: which of them count; None: all.
    """
    prepare_params = params.prepare
    yield from (prepare_params.target, prepare_params.related, prepare_params.conllpp, prepare_params.student)
    for name in params.annotate.annotators if annotators is None else annotators:
        yield from params.annotate.annotators[name].label_files
