"""The parameters that ``tinyner init`` sets, in params.yaml with its comments kept."""

import contextlib
import json
import sys
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from tinyner.errors import UserError
from tinyner.init import choices
from tinyner.init.material import Material
from tinyner.init.options import Options
from tinyner.init.project import OWN
from tinyner.init.readers import SPLITS
from tinyner.init.yaml_document import DVCS_WIDTH, dumped, editor_of, put
from tinyner.params import PARAMS_FILE, Annotator, Params, Prepare, Schedule, check_params, parse_params, read_yaml
from tinyner.schedules import GROUP_SCHEDULES

# What a project of one's own begins with, whatever params.yaml had before.
_FRESH: Mapping[str, object] = {
    "prepare.related": "none",
    "prepare.related_size": 0,
    "prepare.conllpp": "none",
    "prepare.original_size": None,
    "prepare.word_column": None,
    "prepare.tag_column": None,
    "prepare.tag_names": None,
    "prepare.drop_types": [],
    "prepare.span_edges": "refuse",
    "prepare.split_texts": False,
    "annotate.few_shot": "fixed",
    "annotate.samples": 1,
    "annotate.gold_size": None,
    "annotate.output": "text",
    "train.schedule.k": None,
    "train.schedule.n": None,
    "train.target_size": None,
    "train.related_size": None,
    "train.original_size": None,
    "train.checkpoint": "last",
}


PROMPT = "scheme"
"""The template of prompts/ that shows any scheme."""


def prepare_of(params_text: str, changes: Mapping[str, object]) -> Prepare:
    """Return the parameters by which files are read.

    Args:
        params_text: of params.yaml.
        changes: of it, by dotted names; those of other sections are not looked at.

    Raises:
        UserError: where params.yaml, or a change, is not valid.
    """
    parse_params(params_text)
    content = read_yaml(params_text)
    content["types"] = {"TYPE": []}  # the user's are not known yet
    of_prepare = {name: value for name, value in changes.items() if name.startswith("prepare.")}
    for name, value in {**_FRESH, **of_prepare}.items():
        _set(content, name, value)
    content["train"] |= {"group": "D", "schedule": {"type": "group", "k": None, "n": None}}
    return check_params(content).prepare


def seed(params_text: str, changes: Mapping[str, object]) -> int:
    """Return the seed of the order of sentences."""
    value = changes.get("prepare.seed", read_yaml(params_text)["prepare"]["seed"])
    assert isinstance(value, int)
    return value


def changes(material: Material, options: Options, said: Mapping[str, object]) -> dict[str, object]:
    """Return what init chooses for params.yaml, by dotted names; annotate.gold_size aside, which depends on these.

    Args:
        material: the sets.
        options: of the user.
        said: what a recipe or the user says, by dotted names. It comes after these, which fit it.
    """
    sizes = {name: len(material.splits.get(name, ())) for name in SPLITS}
    asked = min(_target_size(options, said), len(material.target))
    stand_ins: dict[str, int] = {}
    for name, points in (("test", choices.TEST_OF_TARGET), ("valid", choices.VALID_OF_TARGET)):
        if not sizes[name]:
            chosen = said.get(f"prepare.{name}_from_target", getattr(options, name))
            if not isinstance(chosen, int) or (name == "test" and not chosen):  # 0 is of gold
                chosen = choices.at(points, asked)
            stand_ins[name] = sizes[name] = chosen
    training = choices.training(
        _fewest(sizes["train"], said.get("prepare.original_size"), said.get("train.original_size")),
        _fewest(max(asked - sum(stand_ins.values()), 0), said.get("train.target_size")),
        _said_of_training(said),
    )
    values: dict[str, object] = {
        **_FRESH,
        "types": {name: list(others) for name, others in material.scheme.types.items()},
        "prepare.corpus": str(OWN),
        "prepare.target": str(material.target_path),
        "prepare.target_size": None if asked == len(material.target) else asked,
        "prepare.split_texts": material.splits_texts,
        "annotate.prompts.target": PROMPT,
        "annotate.prompts.related": PROMPT,
        "annotate.definitions": material.scheme.all_definitions,
        "annotate.examples": material.name,
        "train.group": training.group,
        "train.schedule.type": training.schedule.type,
        "train.schedule.n": training.schedule.n,
        "train.epochs": training.epochs,
        "train.batch_size": training.batch_size,
        "train.lr": training.lr,
        "train.lr_decay": training.lr_decay,
        "train.dev_size": min(sizes["valid"], choices.MOST_DEV),
        "prepare.test_from_target": stand_ins.get("test"),
        "prepare.valid_from_target": stand_ins.get("valid"),
    }
    if said.get("train.schedule.type", "power") != "power":
        values["train.schedule.n"] = None  # of init's own choice
    return values


def _said_of_training(said: Mapping[str, object]) -> choices.Said:
    """Return what is said of the training, as far as it is valid: what is not is refused later, by its name."""
    group = next((group for group in GROUP_SCHEDULES if group == said.get("train.group")), None)
    schedule = None
    if "train.schedule.type" in said or "train.schedule.n" in said:
        default = choices.WITH_GOLD.schedule
        kind = said.get("train.schedule.type", default.type)
        number_of_power = said.get("train.schedule.n", default.n if kind == default.type else None)
        content = {"type": kind, "k": said.get("train.schedule.k"), "n": number_of_power}
        with contextlib.suppress(ValidationError):
            schedule = Schedule.model_validate(content)
    epochs, batch_size = (said.get(f"train.{key}") for key in ("epochs", "batch_size"))
    return choices.Said(group, schedule, _positive(epochs), _positive(batch_size))


def _positive(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _fewest(count: int, *limits: object) -> int:
    return min([count, *(limit for limit in limits if isinstance(limit, int))])


def _target_size(options: Options, said: Mapping[str, object]) -> int:
    """Return how many sentences the LLM labels at most; whoever leaves the parameter empty means all."""
    if "prepare.target_size" in said:
        size = said["prepare.target_size"]
        return size if isinstance(size, int) else sys.maxsize
    names = said.get("annotate.annotator")
    named = names if isinstance(names, list) else [names]
    are_in_files = options.labels and all(said.get(f"annotate.annotators.{name}.labels") for name in named)
    if are_in_files and options.target_size is None:  # all of them cost nothing
        return sys.maxsize
    return choices.MOST_TARGET if options.target_size is None else options.target_size


def online_annotators(params: Params) -> dict[str, Annotator]:
    """Return the annotators that requests can be sent to."""
    return {name: annotator for name, annotator in params.annotate.annotators.items() if annotator.online}


def chosen_annotator(params: Params, changes: Mapping[str, object]) -> object:
    """Return who labels: whom the user or a recipe named; else the one in params.yaml, if none there is sent texts.

    None where nobody was named: texts are sent to no server that was chosen for other ones.
    """
    if "annotate.annotator" in changes:
        return changes["annotate.annotator"]
    return None if online_annotators(params) else params.annotate.annotator


def annotator_needed(params: Params) -> str:
    """Return what is said where nobody was named to label: the flag and its choices."""
    online = online_annotators(params)
    before = f"; params.yaml has {params.annotate.asked}, of before" if params.annotate.asked in online else ""
    return f"--annotator NAME ({', '.join(online)}{before})"


def server_changes(base_url: str | None, model: str | None, annotator: object, params: Params) -> dict[str, object]:
    """Return the changes of params.yaml by which an annotator has its requests sent to a server and a model.

    Raises:
        UserError: where it is not sent any.
    """
    values = {"base_url": base_url, "model": model}
    online = online_annotators(params)
    names = annotator if isinstance(annotator, list) else [annotator]  # several vote, one of them is asked
    name = next((name for name in names if name in online), None)
    changes: dict[str, object] = {
        f"annotate.annotators.{name}.{key}": value for key, value in values.items() if value is not None
    }
    if changes and name is None:
        who = " and ".join(map(str, names))
        raise UserError(
            f"init: --base-url and --model are of an LLM that is asked, and {who} {'is' if len(names) == 1 else 'are'} "
            f"none; name one: --annotator ({', '.join(online)})"
        )
    return changes


def rewritten(text: str, values: Mapping[str, object]) -> tuple[str, Params]:
    """Return the text of params.yaml with other values, and the parameters.

    Raises:
        UserError: where the parameters would not be valid, or ruamel.yaml can't write them.
    """
    expected = _content_with(text, values)
    params = check_params(expected)
    editor = editor_of(DVCS_WIDTH)
    document: Any = editor.load(text)
    for name, value in values.items():
        put(document, name, value)
    new_text = dumped(editor, document)
    if json.dumps(read_yaml(new_text)) != json.dumps(expected):
        raise UserError(f"{PARAMS_FILE}: can't be rewritten without loss, so nothing is written; mend its YAML first")
    return new_text, params


def checked(text: str, values: Mapping[str, object]) -> Params:
    """Return the parameters of params.yaml, whose text this is, with other values.

    Raises:
        UserError: where they would not be valid.
    """
    return check_params(_content_with(text, values))


def _content_with(text: str, values: Mapping[str, object]) -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(text)
    for name, value in values.items():
        _set(content, name, value)
    return content


def _set(content: dict[str, Any], name: str, value: object) -> None:
    """Put a value under a dotted name.

    Raises:
        UserError: where there is no such section.
    """
    *sections, key = name.split(".")
    for section in sections:
        content = content.get(section) or {}
        if not isinstance(content, dict) or not content:
            raise UserError(f"{PARAMS_FILE}: {name} is no known key; there is no section {section}")
    content[key] = value
