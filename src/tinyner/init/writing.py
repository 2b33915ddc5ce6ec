"""Write a plan: all of it, or nothing; texts under DVC or, if the user says so, under Git."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tinyner.errors import UserError
from tinyner.files import atomic
from tinyner.init import project, readers
from tinyner.init.options import Options
from tinyner.init.plan import Plan
from tinyner.init.project import OWN
from tinyner.params import PARAMS_FILE, read_yaml

_IGNORE = Path(".gitignore")
_IGNORE_OWN = OWN / _IGNORE
_IGNORES_TEXTS = (  # also those that the user puts there later
    "# written by tinyner init: texts stay out of Git, DVC's hashes of them do not",
    "*",
    "!*/",
    "!.gitignore",
    "!*.dvc",
    "!README.md",
)
_OF_THE_CLONE = "examples"  # a folder
_USE_SPLITS = f"--gold {OWN} uses what is labelled there"


@dataclass(frozen=True)
class Changes:
    """What writing a plan changes in the clone.

    Attributes:
        written: files that are new or get other bytes, params.yaml among them.
        replaced: those of them that are lost, which needs --force.
        removed: files of splits in data/own that are not of this project, which needs --force.
        ignored: the user's files in the clone that are added to .gitignore.
        tracked: the user's files that Git tracks already, examples of the clone's own aside.
        left: files that init wrote for the project before, which nothing uses any more.
    """

    written: list[Path]
    replaced: list[Path]
    removed: list[Path]
    ignored: list[Path]
    tracked: list[Path]
    left: list[Path]

    def check(self, options: Options) -> None:
        """Check that nothing is lost but what the user gives up.

        Raises:
            UserError: naming the files that would be.
        """
        if options.force or not (self.replaced or self.removed):
            return
        parts = []
        if PARAMS_FILE in self.replaced:
            parts.append(f"{PARAMS_FILE}, which has changes that Git does not hold,")
        others = [path for path in self.replaced if path != PARAMS_FILE]
        parts += [" and ".join(map(str, others))] if others else []
        lost = [f"{' and '.join(parts)} would be overwritten"] if parts else []
        lost += [f"{' and '.join(map(str, self.removed))} would be removed ({_USE_SPLITS})"] if self.removed else []
        raise UserError(f"init: {', '.join(lost)}; commit or move what you need, and say --force")


def changes(plan: Plan, options: Options, sources: Sequence[str]) -> Changes:
    """Return what writing a plan would change.

    Args:
        plan: to be written.
        options: of the user.
        sources: the paths or URLs of the user's files.
    """
    written = [path for path, content in plan.files.items() if not path.exists() or path.read_bytes() != content]
    replaced = [path for path in written if path.exists() and path.read_bytes().strip()]
    if PARAMS_FILE.read_text(encoding="utf-8") != plan.params_text:
        written.append(PARAMS_FILE)
        if project.is_changed(PARAMS_FILE):
            replaced.append(PARAMS_FILE)
    removed = []
    if OWN.is_dir():
        splits = [path for split in readers.SPLITS for path in readers.files_of(OWN, split)]
        removed = [path for path in splits if path not in plan.material.data]
    inside = [path for source in sources if (path := project.inside(Path(source))) is not None and path.is_file()]
    texts = [path for path in dict.fromkeys(inside) if path not in plan.material.data]
    tracked = [path for path in texts if project.is_tracked(path) and path.parts[0] != _OF_THE_CLONE]
    ignored = [path for path in texts if not project.is_tracked(path) and not project.is_ignored(path)]
    if options.in_git:
        ignored, tracked = [], []
    return Changes(written, replaced, removed, ignored, tracked, list(_left(plan)))


def _left(plan: Plan) -> Iterator[Path]:
    """Yield the files of the project that params.yaml has now, if init made it, and that the plan does not use."""
    before = read_yaml(PARAMS_FILE.read_text(encoding="utf-8"))
    target = Path(str(before["prepare"]["target"]))
    if target.parent != OWN or not target.is_file():
        return
    examples = project.PROMPTS / f"{before['annotate']['examples']}.jsonl"
    labels = {Path(file) for annotator in plan.params.annotate.annotators.values() for file in annotator.label_files}
    used = {*plan.material.data, plan.examples, *labels}
    yield from (path for path in (target, examples) if path.is_file() and path not in used)


def write(plan: Plan, what: Changes, options: Options) -> None:
    """Write a plan; where it can't be written to the end, leave the files as they were.

    Raises:
        UserError: where a file can't be written, or DVC fails.
    """
    data = plan.material.data
    beside = [project.dvc_file(path) for path in data] + [_IGNORE_OWN, _IGNORE, PARAMS_FILE]
    try:
        with _all_or_nothing([*plan.files, *beside]):
            for path, content in plan.files.items():
                _write(path, content)
            if what.ignored:
                _ignore(what.ignored)
            under_dvc = [path for path in data if project.dvc_file(path).exists()]
            _ignore_texts(ignored=not options.in_git)
            if not options.in_git:
                project.dvc("add", *map(str, data))
            elif under_dvc:
                project.dvc("remove", *(str(project.dvc_file(path)) for path in under_dvc))
            _write(PARAMS_FILE, plan.params_text.encode())
    except OSError as error:
        raise UserError(f"init: {error.filename}: can't be written: {error.strerror}; nothing is changed") from None
    for path in what.removed:
        if project.dvc_file(path).exists():
            project.dvc("remove", str(project.dvc_file(path)))
        path.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    with atomic(path) as file:
        file.write(content)


def _ignore(paths: Sequence[Path]) -> None:
    text = _IGNORE.read_text(encoding="utf-8") if _IGNORE.exists() else ""
    text += "\n" if text and not text.endswith("\n") else ""
    _write(_IGNORE, (text + "".join(f"/{_escaped(path)}\n" for path in paths)).encode())


def _ignore_texts(*, ignored: bool) -> None:
    """Have Git ignore all texts in data/own, whatever they are called, or take that back."""
    before = _IGNORE_OWN.read_text(encoding="utf-8").splitlines() if _IGNORE_OWN.exists() else []
    others = [line for line in before if line not in _IGNORES_TEXTS]
    lines = [*(_IGNORES_TEXTS if ignored else ()), *others]
    if lines:
        _write(_IGNORE_OWN, "".join(f"{line}\n" for line in lines).encode())
    else:
        _IGNORE_OWN.unlink(missing_ok=True)


def _escaped(path: Path) -> str:
    r"""Return a path as .gitignore has it, where some signs stand for others.

    >>> _escaped(Path("my notes [1].csv "))
    'my notes \\[1].csv\\ '
    """
    text = path.as_posix()
    for sign in "\\*?[":
        text = text.replace(sign, f"\\{sign}")
    bare = text.rstrip(" ")
    return bare + "\\ " * (len(text) - len(bare))


@contextmanager
def _all_or_nothing(paths: Sequence[Path]) -> Iterator[None]:
    """Restore these files where the block ends with an error."""
    before = {path: path.read_bytes() if path.exists() else None for path in paths}
    try:
        yield
    except BaseException:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.read_bytes() != content:
                _write(path, content)
        raise
