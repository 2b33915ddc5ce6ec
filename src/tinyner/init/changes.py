"""What writing a plan changes in the clone, and what stands against it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tinyner import fetch
from tinyner.errors import UserError, listed
from tinyner.files import sha256_file
from tinyner.init import former, ignoring, project, readers
from tinyner.init.options import Options
from tinyner.init.plan import Plan
from tinyner.init.project import OWN
from tinyner.params import PARAMS_FILE
from tinyner.prepare import init_record, unused_files

OF_THE_CLONE = Path("examples/clinic")
"""A folder of texts that are in Git, and are nobody's."""

_USE_SPLITS = f"--gold {OWN} uses what is labelled there"
_RECORD = OWN / init_record.NAME


def is_of_the_clone(path: Path) -> bool:
    """Return whether a file is one of the clone's own examples, as it came."""
    return OF_THE_CLONE in path.parents and project.is_held(path)


@dataclass(frozen=True)
class Changes:
    """What writing a plan changes in the clone.

    Attributes:
        files: the bytes of the files that are new or get others; None: the file goes.
        written: the files that are new or get other bytes, those of DVC among them.
        replaced: those of them that are lost, which needs --force.
        removed: files of splits in data/own that are not of this project, which needs --force.
        cleared: what init wrote for the project before, which goes by --force, as it can be had back.
        left: what stays of the project before though nothing uses it, and why.
        moved: files of ``replaced`` and ``removed`` that nothing else holds, and where to.
        texts: the files of the project in data/own.
        to_dvc: those that DVC takes; none with --git.
        from_dvc: the .dvc files that go.
        sources: the user's files in the clone, outside data/own.
        ignored: those of them, or the folder that has them, that are added to .gitignore.
        tracked: the user's files that Git tracks already, examples of the clone's own aside.
        others: what else lies in data/own, and neither Git nor DVC holds.
    """

    files: Mapping[Path, bytes | None]
    written: list[Path]
    replaced: list[Path]
    removed: list[Path]
    cleared: list[Path]
    left: Mapping[Path, str]
    moved: Mapping[Path, Path]
    texts: list[Path]
    to_dvc: list[Path]
    from_dvc: list[Path]
    sources: list[Path]
    ignored: list[Path]
    tracked: list[Path]
    others: list[Path]

    @property
    def gone(self) -> list[Path]:
        """The files that there are no longer."""
        emptied = [path for path, content in self.files.items() if content is None]
        return [*(path for path in (*self.removed, *self.cleared) if path not in self.moved), *self.from_dvc, *emptied]

    def check(self, options: Options) -> None:
        """Check that nothing is lost but what the user gives up.

        Raises:
            UserError: naming the files that would be.
        """
        if options.force or not (self.replaced or self.removed):
            return
        parts = []
        if PARAMS_FILE in self.replaced:
            parts.append(f"{PARAMS_FILE} (which has changes that Git does not hold)")
        parts += [project.words([path]) for path in self.replaced if path != PARAMS_FILE]
        lost = [f"{listed(parts)} would be overwritten"] if parts else []
        lost += [f"{_list(self.removed)} would be removed ({_USE_SPLITS})"] if self.removed else []
        kept = f", which keeps {moved_in_words(self.moved)}" if self.moved else ""
        raise UserError(f"init: {', '.join(lost)}; commit or move what you need, and say --force{kept}")


def moved_in_words(moved: Mapping[Path, Path]) -> str:
    """Return which files are kept under which name, and why."""
    pairs = [f"{project.words([path])} as {project.words([Path(place.name)])}" for path, place in moved.items()]
    return f"{listed(pairs)} (no commit has {'it' if len(moved) == 1 else 'them'}, nor DVC's cache)"


def changes(plan: Plan, options: Options, sources: Sequence[Path]) -> Changes:
    """Return what writing a plan would change.

    Args:
        plan: to be written.
        options: of the user.
        sources: the user's files; and a folder of theirs, if all of it is to stay out of Git.

    Raises:
        UserError: where Git, DVC or the user hold a file so that it can't be written or put under DVC.
    """
    named = _named_files(plan)
    texts = list(dict.fromkeys([*plan.material.data, *(path for path in named if OWN in path.parents)]))
    _check_places(texts, options)
    _check_folders([*plan.files, *texts, ignoring.FILE, ignoring.IN_OWN, _RECORD])
    record = init_record.load(OWN)
    files = _changed(plan.files)
    replaced = [path for path in files if path.exists() and path.read_bytes().strip()]
    splits = [file for split in readers.SPLITS if OWN.is_dir() for file in readers.files_of(OWN, split)]
    removed = [path for path in splits if path not in texts]
    others = [path for path in named if OWN not in path.parents]
    in_clone = list(dict.fromkeys(place for source in (*sources, *others) for place in project.places(source)))
    _check_sources(path for path in in_clone if path in replaced or path in removed)
    source_hashes = {sha256_file(path) for path in sources if path.is_file() and not _is_example(path)}
    moved = dict(former.moves([*replaced, *removed], record, source_hashes))
    leftovers = former.leftovers(plan.params, record, {*texts, *plan.files, *in_clone, *removed})
    cleared = [path for path, why in leftovers.items() if not why and options.force]
    released = [*removed, *cleared, *(texts if options.in_git else ())]
    from_dvc = [file for file in map(project.dvc_file, released) if file.is_file()]
    outside = [path for path in in_clone if OWN not in path.parents and not path.is_dir()]
    ignored = [] if options.in_git else _to_ignore(in_clone)
    read = [path for path in in_clone if OWN in path.parents and path.is_file() and path not in texts]
    gone = {*removed, *cleared, *moved}
    new_record = former.new_record(record, plan.files, files, gone, read=read, sources=source_hashes)
    beside = {
        _RECORD: new_record.to_json(),
        ignoring.FILE: ignoring.with_paths(_content(ignoring.FILE), Path(), ignored),
        ignoring.IN_OWN: ignoring.of_own(_content(ignoring.IN_OWN), from_dvc, ignored=not options.in_git),
    }
    params = _changed({PARAMS_FILE: plan.params_text.encode()})
    if params and project.is_changed(PARAMS_FILE):
        replaced.append(PARAMS_FILE)
    to_dvc = [] if options.in_git else [path for path in texts if project.folder_under_dvc(path) is None]
    of_dvc = [project.dvc_file(path) for path in to_dvc if not project.is_as_in_dvc(path, files.get(path))]
    all_files = {**files, **_changed(beside), **params}
    return Changes(
        files=all_files,
        written=[*(path for path, content in all_files.items() if content is not None), *of_dvc],
        replaced=replaced,
        removed=removed,
        cleared=cleared,
        left={path: why or "--force removes it" for path, why in leftovers.items() if path not in cleared},
        moved=moved,
        texts=texts,
        to_dvc=to_dvc,
        from_dvc=from_dvc,
        sources=outside,
        ignored=ignored,
        tracked=[] if options.in_git else _tracked([*outside, OWN], gone),
        others=_others({*texts, *gone}, moved.values()),
    )


def _is_example(source: Path) -> bool:
    places = project.places(source)
    return bool(places) and all(map(is_of_the_clone, places))


def _named_files(plan: Plan) -> list[Path]:
    """Return the files in the clone that the project's parameters name: sentences of both kinds, labels."""
    used = unused_files.named(plan.params, plan.params.annotate.names)
    names = [name for name in used if not fetch.is_url(name)]
    paths = [project.inside(fetch.local(fetch.address(name))) for name in names]
    return [path for path in paths if path is not None and path.is_file()]


def _check_places(texts: Sequence[Path], options: Options) -> None:
    """Check that Git and DVC can take the texts.

    Raises:
        UserError: with what holds them already.
    """
    if OWN.is_symlink():
        raise UserError(f"init: {OWN} is a link, into which neither Git nor DVC looks; make it a folder of this clone")
    folder = project.folder_under_dvc(OWN)
    if folder is not None:
        of_dvc = project.dvc_file(folder)
        raise UserError(
            f"init: {folder} is under DVC as a whole, and its files can't be by themselves; `dvc remove {of_dvc}` lets "
            "go of the folder, and leaves its files"
        )
    tracked = [path for path in texts if project.is_tracked(path)]
    if tracked and not options.in_git:
        raise UserError(
            f"init: {_list(tracked)} {'is' if len(tracked) == 1 else 'are'} in Git, and so can't be under DVC; "
            f"`git rm --cached {project.words(tracked)}` takes them out of the next commits, or --git leaves them there"
        )


def _check_folders(paths: Iterable[Path]) -> None:
    """Check that no folder is where a file is written.

    Raises:
        UserError: naming the first.
    """
    for path in paths:
        if path.is_dir():
            raise UserError(
                f"init: {path} is a folder, and a file of this name is written; call the folder another name"
            )


def _check_sources(paths: Iterable[Path]) -> None:
    """Check that none of the user's files, which are read, is overwritten or removed.

    Raises:
        UserError: naming the first.
    """
    for path in paths:
        raise UserError(
            f"init: {path} would be lost, as it is called as a file is that init writes; call it another name, such as "
            f"{path.with_name('labelled' + path.suffix)}, or move it out of {OWN}"
        )


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _changed(contents: Mapping[Path, bytes]) -> dict[Path, bytes | None]:
    """Return those of these files that are new or get other bytes; None for one that is to be empty, which goes."""
    return {
        path: content or None
        for path, content in contents.items()
        if (path.exists() or content) and (not path.exists() or path.read_bytes() != content)
    }


def _to_ignore(in_clone: Sequence[Path]) -> list[Path]:
    """Return what is added to .gitignore: a folder of which Git has nothing, and files outside of it."""
    folders = [
        path
        for path in in_clone
        if path.is_dir() and path != OWN and path not in OWN.parents and not project.is_tracked(path)
    ]
    files = [path for path in in_clone if not path.is_dir() and not project.is_tracked(path)]
    return [
        path
        for path in (*folders, *files)
        if OWN not in path.parents and not set(path.parents) & set(folders) and not project.is_kept_out(path)
    ]


def _tracked(places: Sequence[Path], gone: Iterable[Path]) -> list[Path]:
    return [
        path
        for path in project.in_git(places)
        if project.is_tracked(path)
        and not is_of_the_clone(path)
        and (OWN not in path.parents or ignoring.is_text(path))
        and path not in gone
    ]


def _others(used: Collection[Path], moved: Iterable[Path]) -> list[Path]:
    """Return what else lies in data/own, files and folders, that Git does not track and DVC does not have."""
    return [*_others_in(OWN, used), *(path for path in moved if path.parent == OWN)]


def _others_in(folder: Path, used: Collection[Path]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path in used or project.dvc_file(path).is_file() or not ignoring.is_text(path):
            continue
        if path.is_dir() and (project.is_tracked(path) or any(path in other.parents for other in used)):
            yield from _others_in(path, used)
        elif not project.is_tracked(path):
            yield path


def _list(paths: Iterable[Path]) -> str:
    return listed(project.words([path]) for path in paths)
