"""Whether a project could run: what the stages would refuse later is refused before anything is written."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tinyner.annotate import templates
from tinyner.annotate.few_shot_pool import pool_of
from tinyner.annotate.requests import plan_requests
from tinyner.corpora import GOLD
from tinyner.errors import UserError
from tinyner.init.plan import Plan
from tinyner.init.readers import SPLITS, SchemeTypes
from tinyner.params import Params
from tinyner.plurals import number
from tinyner.prepare import missing_splits
from tinyner.prepare.corpus import Corpus
from tinyner.rows import Sentence
from tinyner.stand_ins import held_out, without

_RESULT = re.compile(r"^Result: (\{.*\})\s*$", re.M)


def check(plan: Plan) -> None:
    """Check that the stages could run.

    Raises:
        UserError: with the first thing that keeps one from it, and what to do.
    """
    _check_sets(plan)
    if plan.annotator is not None:
        _check_prompts(plan)
    else:
        _check_labels(plan)
    _check_student(plan.params.prepare.student)


def _check_sets(plan: Plan) -> None:
    params, splits = plan.params, plan.material.splits
    prepare_params, group = params.prepare, params.train.group
    asked, train = plan.asked, splits.get("train", ())
    if not asked and group != "A":
        raise UserError("init: no sentence is left for the LLM; raise prepare.target_size")
    missing = {split: f"there is no labelled sentence for {split}" for split in SPLITS if split not in splits}
    corpus = Corpus({split: list(rows) for split, rows in splits.items()}, missing)
    missing_splits.check(corpus, prepare_params, group)
    stand_in_sizes = {split: getattr(prepare_params, key) or 0 for split, key in missing_splits.KEYS.items()}
    sizes = {split: size for split, size in stand_in_sizes.items() if split in missing}
    free = missing_splits.not_in_train(asked, train, prepare_params)
    sets: dict[str, Sequence[Sentence]] = {}
    for split in missing_splits.KEYS:
        start, end = missing_splits.stand_in_range(split, prepare_params)
        sets[split] = free[start:end] if split in missing else splits[split]
    left = without(asked, held_out(prepare_params, sets["test"], sets["valid"]))
    if sizes and (sum(sizes.values()) > len(free) or (group != "A" and not left)):
        which = " and ".join(f"{size:,} for {split} (--{split})" for split, size in sizes.items() if size)
        passed_over = len(asked) - len(free)
        but = f", of which {passed_over:,} stand in train too" if passed_over else ""
        raise UserError(
            f"init: {which} are held out of {number(len(asked), 'sentence')} for the LLM{but}, and none is left to "
            "train on; give more sentences, or hold out fewer"
        )
    _check_sizes(plan, len(left))
    if params.train.dev_size > len(sets["valid"]):
        raise UserError(
            f"init: train.dev_size is {params.train.dev_size:,}, and valid has {number(len(sets['valid']), 'sentence')}"
        )


def _check_labels(plan: Plan) -> None:
    """Check that files have labels for as many sentences as stage clean wants.

    Raises:
        UserError: with how many there are.
    """
    rows = [row for of_files in plan.sentences.labels for (corpus, _), row in of_files.rows.items() if corpus != GOLD]
    missing, most = rows.count(None), plan.params.clean.max_failed
    if missing > most * len(rows):
        raise UserError(
            f"init: {missing:,} of {number(len(rows), 'sentence')} have no labels in the files, more than "
            f"clean.max_failed ({most:g}) allows; give the labelled ones alone (as without --sentences), or raise it: "
            "-S clean.max_failed=0.9"
        )


def _check_sizes(plan: Plan, free: int) -> None:
    """Check that there are as many sentences as the parameters want.

    Args:
        plan: whose parameters are checked.
        free: sentences for the LLM that are not held out.

    Raises:
        UserError: naming the key, and how many there are.
    """
    prepare_params, train_params, group = plan.params.prepare, plan.params.train, plan.params.train.group
    train = len(plan.material.splits.get("train", ()))
    original = train if prepare_params.original_size is None else min(train, prepare_params.original_size)
    for key, size, count in (
        ("prepare.target_size", prepare_params.target_size, len(plan.material.target)),
        ("prepare.original_size", prepare_params.original_size, train),
        ("train.target_size", train_params.target_size, free),
        ("train.original_size", train_params.original_size, original),
    ):
        if size is not None and size > count:
            there = f"{'is' if count == 1 else 'are'} {number(count, 'sentence')}"
            raise UserError(f"init: {key} is {size:,}, and there {there}; lower it, or leave it empty for all")
    for name, groups, size in (
        (
            "original",
            "ADE",
            original if train_params.original_size is None else train_params.original_size,
        ),
        ("target", "BCDE", free if train_params.target_size is None else train_params.target_size),
    ):
        if group in groups and not size:
            raise UserError(
                f"init: train.group: {group} trains on {name} sentences, and there are none (train.{name}_size)"
            )


def _check_prompts(plan: Plan) -> None:
    """Check that the prompts for the target sentences can be filled in, and are of this scheme.

    Raises:
        UserError: as ``plan_requests`` does; if a template names too few of the types, or others.
    """
    params, shots = plan.params, plan.material.shots
    if params.annotate.few_shot == "similar":
        pool_of(plan.sets.original, plan.material.splits.get("test", ()), params.annotate.shots)
    plan_requests(params, {"target": [], "related": []}, shots)
    for name in dict.fromkeys(params.annotate.prompts.of("target")):
        template = templates.load(name)
        prompt = template.render(params.types, params.annotate.definitions, shots).text
        unnamed, strange = templates.unnamed(prompt, params.types), list(_strange_types(template.text, params))
        if unnamed or strange:
            says = [f"does not name {', '.join(unnamed)}"] if unnamed else []
            says += [f"has results of {', '.join(strange)}, which are no types here"] if strange else []
            raise UserError(
                f"init: {template.path} {' and '.join(says)}: it is for other types; choose scheme, which has a place "
                "for yours, or write a template of your own (docs/annotate.md)"
            )


def _strange_types(text: str, params: Params) -> Iterator[str]:
    """Yield the types of the results that a template has word for word, if the scheme has them not."""
    types = SchemeTypes(params.types)
    names: dict[str, None] = {}
    for match in _RESULT.finditer(text):
        try:
            names |= dict.fromkeys(json.loads(match[1]))
        except ValueError:
            continue
    yield from (name for name in names if types.find(name) is None)


def _check_student(source: str) -> None:
    """Check that the folder of a student is there; one on the hub is fetched by stage prepare.

    Raises:
        UserError: if it is not, or lacks what a student has.
    """
    if source == "wheel" or source.startswith("hf:"):
        return
    from tinyner.prepare import student  # noqa: PLC0415, loads tokenizers

    folder = Path(source).expanduser()
    student.check(folder, source)
