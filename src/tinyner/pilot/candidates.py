"""What a pilot compares: each prompt with each annotator, as parameters."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tinyner.annotate import templates
from tinyner.annotate.asked_sentences import load_asked
from tinyner.errors import UserError
from tinyner.params import Annotator, Params, load_params
from tinyner.rows import Sentence

_RETRIES = 2  # of a request at most: somebody waits


@dataclass(frozen=True)
class Candidate:
    """What a pilot tries.

    Attributes:
        name: for the tables.
        params: the parameters that stages annotate, clean and align would run with if it labelled alone.
        stage_params: those with it in place of the annotator that is asked; labels that are in files vote too.
    """

    name: str
    params: Params
    stage_params: Params

    @cached_property
    def sentences_of_all(self) -> dict[str, list[Sentence]]:
        """The sentences that stage annotate would ask it for, by corpus.

        Raises:
            UserError: as ``load_asked``.
        """
        return load_asked(self.stage_params).corpora

    @property
    def asking_params(self) -> Params:
        """The parameters to ask with: at once, whatever annotate.mode says, and with few retries."""
        annotate_params = self.params.annotate
        changes = {"mode": "online", "retries": min(_RETRIES, annotate_params.retries)}
        return self.params.model_copy(update={"annotate": annotate_params.model_copy(update=changes)})

    @property
    def is_online(self) -> bool:
        """Whether the annotator can be asked at all; else it answers from records only."""
        return self.annotator.online

    @property
    def annotator(self) -> Annotator:
        """The annotator that is asked."""
        return self.params.annotate.annotators[self.params.annotate.names[0]]


def candidates(
    prompts: Sequence[str], annotators: Sequence[str], changes: Mapping[str, object], path: Path = Path("params.yaml")
) -> list[Candidate]:
    """Return the candidates of a pilot: every prompt with every annotator, each once.

    Args:
        prompts: names of templates; none: those of params.yaml, whose replies vote where there are several.
        annotators: names under annotate.annotators; none: that of params.yaml.
        changes: of other parameters, by their dotted names.
        path: of params.yaml.

    Raises:
        UserError: where the parameters or a name can't be used.
    """
    named: list[Candidate] = []
    every_annotator: list[str | None] = [*dict.fromkeys(annotators)] or [None]
    every_prompt: list[str | None] = [*_names(prompts)] or [None]
    in_files = load_params(path, changes).annotate.of_files
    for annotator, prompt in itertools.product(every_annotator, every_prompt):
        chosen: dict[str, object] = {}
        if annotator is not None:
            chosen["annotate.annotator"] = [*(name for name in in_files if name != annotator), annotator]
        if prompt is not None:
            chosen |= {"annotate.prompts.target": prompt, "annotate.prompts.related": prompt}
        stage_params = load_params(path, {**changes, **chosen})
        params = _asked_alone(stage_params)
        templates.check_definitions(params)
        name = " ".join(_parts(params, annotator if len(set(annotators)) > 1 else None, prompt))
        named.append(Candidate(name, params, stage_params))
    return named


def _asked_alone(params: Params) -> Params:
    """Return the parameters with the annotator that is asked as the only one; those with labels in files don't vote.

    Raises:
        UserError: where none is asked.
    """
    asked = params.annotate.asked
    if asked is None:
        raise UserError(
            f"annotate.annotator: the labels of {', '.join(params.annotate.names)} are in files, so there is nobody to "
            "ask; `dvc repro align` scores such labels wherever target sentences have gold"
        )
    return params.model_copy(update={"annotate": params.annotate.model_copy(update={"annotator": asked})})


def _names(prompts: Sequence[str]) -> list[str]:
    """Return the names of templates, each once; a file's path names its template too.

    >>> _names(["scheme", "prompts/cot.txt", "scheme"])
    ['scheme', 'cot']
    """
    return list(dict.fromkeys(prompt.removeprefix("prompts/").removesuffix(".txt") for prompt in prompts))


def _parts(params: Params, annotator: str | None, prompt: str | None) -> Iterator[str]:
    """Yield the words of a candidate's name: its annotator where several are compared, and its prompts."""
    if annotator is not None:
        yield annotator
    yield prompt or "+".join(params.annotate.prompts.of("target"))
