"""Which flags of ``tinyner init`` go together: whatever would be ignored in silence is refused."""

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

from tinyner.annotate.server_address import problem
from tinyner.errors import UserError, listed
from tinyner.init.options import Options
from tinyner.params import flat

_OF_RECIPE = ("sentences", "gold", "types", "labels", "name", "valid", "test", "document", "encoding", "split_texts")
"""Flags on what a recipe says."""

_OF_BOTH = ("recipe", "data", "annotator", "base_url", "model", "target_size", "prompt", "student", "snap")

ALL = (*_OF_RECIPE, *_OF_BOTH)
"""Flags with a value, --snap as ``snap`` or None."""

_LEAST = {"test": 0, "valid": 0, "target_size": 1}

# Parameters that init takes from the user's files, and what says which.
_OF_FILES = {"types": "--types", "prepare.corpus": "--gold", "prepare.target": "--sentences"}

# Parameters that a flag sets; * is any name.
_KEYS = {
    "annotator": ("annotate.annotator",),
    "labels": ("annotate.annotator",),
    "student": ("prepare.student",),
    "snap": ("prepare.span_edges",),
    "prompt": ("annotate.prompts.target", "annotate.prompts.related"),
    "name": ("annotate.examples",),
    "target_size": ("prepare.target_size",),
    "test": ("prepare.test_from_target",),
    "valid": ("prepare.valid_from_target",),
    "split_texts": ("prepare.split_texts",),
    "base_url": ("annotate.annotators.*.base_url",),
    "model": ("annotate.annotators.*.model",),
}


def check_values(flags: Mapping[str, object], settings: Mapping[str, object]) -> None:
    """Check the values of flags, each by itself and beside ``-S``.

    Args:
        flags: by their names, with underscores; None where the user said nothing.
        settings: of ``-S``, by dotted names.

    Raises:
        UserError: if one is empty, too small, no address, or says another thing than ``-S``; if ``-S`` says what files
            do.
    """
    for flag, value in flags.items():
        texts = value if isinstance(value, tuple) else [value]
        if any(isinstance(text, str) and not text.strip() for text in texts):
            raise UserError(f"init: {_written(flag)} is empty")
        if isinstance(value, int) and value < _LEAST.get(flag, value):
            raise UserError(f"init: {_written(flag)} {value}: expected a number of sentences, at least {_LEAST[flag]}")
        if flag == "base_url" and isinstance(value, str):
            _check_address(_written(flag), value)
    for key, setting in flat(settings).items():
        if isinstance(setting, str) and setting and fnmatchcase(key, _KEYS["base_url"][0]):
            _check_address(f"-S {key}", setting)
        for flag, value in flags.items():
            sets = any(fnmatchcase(key, pattern) for pattern in _KEYS.get(flag, ()))
            if sets and value is not None and value != setting:
                raise UserError(f"init: {_written(flag)} and -S {key} say two things; leave one of them out")
        for of_files, flag in _OF_FILES.items():
            if f"{key}.".startswith(f"{of_files}."):
                raise UserError(f"init: -S {key} can't go with what init finds in the files; see {flag}")


def _check_address(written: str, url: str) -> None:
    wrong = problem(url)
    if wrong is not None:
        raise UserError(f"init: {written}: {wrong}")


def check_recipe(options: Options) -> None:
    """Check that nothing is said that the recipe says.

    Raises:
        UserError: naming the flags.
    """
    flags = [_written(flag) for flag in _OF_RECIPE if getattr(options, flag) not in (None, "")]
    if flags:
        raise UserError(f"init: {', '.join(flags)} can't go with --recipe, which says all of that")


def check_files(options: Options, splits: Collection[str]) -> None:
    """Check the flags on labelled sentences beside what there is.

    Args:
        options: of the user.
        splits: that the gold folder has; none where gold is a file, which is split, or there is no gold.

    Raises:
        UserError: if a flag has no use.
    """
    if options.document is not None and not options.gold:
        raise UserError(f"init: --document {options.document} says how --gold is split, and there is no --gold")
    if options.document is not None and splits:
        raise UserError(
            f"init: --document {options.document}: {options.gold} is split already, into {listed(splits)}; leave "
            "it out, or name a single file, which is split"
        )
    if options.test == 0 and "test" not in splits and (splits or not options.gold):
        raise UserError(
            "init: --test 0: without a test set nothing is scored; say how many of the LLM's sentences stand in"
        )
    for split in splits:
        size = getattr(options, split, None)
        if size is not None:
            raise UserError(
                f"init: --{split} {size}: {options.gold} has a file for {split}, which is taken whole; leave it out, "
                "or name a single file, which is split"
            )


def _written(flag: str) -> str:
    return f"--{flag.replace('_', '-')}"
