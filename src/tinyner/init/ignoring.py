"""What ``tinyner init`` writes into .gitignore, so that ``git add -A`` takes none of the user's texts."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tinyner.init import project
from tinyner.init.project import OWN
from tinyner.prepare import init_record

FILE = Path(".gitignore")
IN_OWN = OWN / FILE
_TEXTS = (  # also those that the user puts there later
    "# written by tinyner init: texts stay out of Git, DVC's hashes of them do not",
    "*",
    "!*/",
    "!.gitignore",
    f"!{init_record.NAME}",
    "!*.dvc",
    "!README.md",
)
_NO_TEXTS = (".gitignore", "README.md", init_record.NAME)


def is_text(path: Path) -> bool:
    """Return whether a file in data/own may hold texts of the user."""
    return path.name not in _NO_TEXTS and path.suffix != ".dvc"


def with_paths(before: bytes, folder: Path, paths: Iterable[Path]) -> bytes:
    """Return the content of a folder's .gitignore with some files and folders in it, each behind what is there."""
    text = before + (b"\n" if before and not before.endswith(b"\n") else b"")
    rules = [f"/{_rule(path.relative_to(folder).as_posix())}{'/' if path.is_dir() else ''}\n" for path in paths]
    return text + "".join(rules).encode(errors="surrogateescape")


def of_own(before: bytes, from_dvc: Sequence[Path], *, ignored: bool) -> bytes:
    """Return the content of data/own/.gitignore.

    Args:
        before: its content.
        from_dvc: the .dvc files that go.
        ignored: all texts are ignored, whatever they are called; else only those that DVC has and keeps.
    """
    ours = {rule.encode() for rule in _TEXTS}
    others = b"".join(line for line in before.splitlines(keepends=True) if line.rstrip(b"\r\n") not in ours)
    if ignored:
        return "".join(f"{rule}\n" for rule in _TEXTS).encode() + others
    kept = [path.with_suffix("") for path in sorted(OWN.rglob("*.dvc")) if path not in from_dvc]
    rules = {path: with_paths(b"", OWN, [path]) for path in kept}
    lines = set(others.splitlines(keepends=True))
    return with_paths(others, OWN, [path for path, rule in rules.items() if rule not in lines])


def make_sure(paths: Sequence[Path]) -> list[Path]:
    """Have Git ignore files that it does not ignore yet, by the .gitignore beside each, which no other overrules.

    Return those that are written.
    """
    written = []
    for path in paths:
        if not project.is_kept_out(path) and not project.is_tracked(path):
            beside = path.parent / FILE
            before = beside.read_bytes() if beside.exists() else b""
            beside.write_bytes(with_paths(before, path.parent, [path]))
            written.append(beside)
    return written


def exposed(sources: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield the files with the user's texts that Git has or would take, each with what to do.

    Args:
        sources: the user's files outside data/own; all that lies there is looked at.
    """
    for path in project.in_git([OWN, *sources]):
        if OWN in path.parents and not is_text(path):
            continue
        if project.is_tracked(path):
            cure = f"`git rm --cached {project.words([path])}` takes it out of later commits"
            yield path, f"is in Git: {cure}"
        else:
            rule = project.rule_for(path)
            yield (
                path,
                f"is let into Git by {rule}; take that line out if this has texts"
                if rule
                else "is not ignored: add it to .gitignore",
            )


def _rule(path: str) -> str:
    r"""Return a path as .gitignore has it, where some signs stand for others; a sign that it can't have is any sign.

    >>> _rule("my notes [1].csv "), _rule("a\\b\n.csv")
    ('my notes \\[1].csv\\ ', 'a\\\\b?.csv')
    """
    for sign in "\\*?[":
        path = path.replace(sign, f"\\{sign}")
    path = path.replace("\n", "?").replace("\r", "?")
    bare = path.rstrip(" ")
    return bare + "\\ " * (len(path) - len(bare))
