"""All checks in order, each with what the ones before it could read."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from tinyner.annotate.asked_sentences import PreparedSets, asked_sentences
from tinyner.checks.annotator import AREA, check_access, check_annotator, check_asked
from tinyner.checks.data import Sets, check_data, check_prepared
from tinyner.checks.findings import Findings
from tinyner.checks.machine import Sizes, check_disk, check_machine
from tinyner.checks.parameters import UsableParams, check_parameters
from tinyner.checks.prompts import check_prompts
from tinyner.checks.sources import read_sources
from tinyner.checks.student import check_student
from tinyner.corpora import GOLD
from tinyner.errors import UserError
from tinyner.params import Group, Params
from tinyner.rows import Sentence
from tinyner.stand_ins import held_out, without

_MAX_LENGTH = 128  # subwords, where the section train can't be used


def check_all(changes: Mapping[str, object], *, may_send: bool) -> Findings:
    """Check everything that the pipeline depends on, and write nothing in the repository.

    Args:
        changes: of parameters, by their dotted names.
        may_send: whether one short request may be sent to the annotator's server.
    """
    findings = Findings()
    usable = check_parameters(findings, changes)
    if usable is None:
        return findings
    sets = _check_data(findings, usable)
    if usable.has("types", "annotate"):
        corpora = _asked(findings, usable.params, sets)
        if usable.params.annotate.asked is None:
            findings.ok("prompts", "none is sent: all labels are in files")
        elif check_prompts(findings, usable.params, sets.test or [], sets.original):
            check_annotator(findings, usable.params, corpora, may_send=may_send)
        else:
            findings.warning("annotator", "its replies and their cost are not counted until the prompts are mended")
            check_access(findings, usable.params, may_send=may_send)
    _check_student_and_machine(findings, usable, sets)
    return findings


def _asked(findings: Findings, params: Params, sets: Sets) -> dict[str, Sequence[Sentence] | None]:
    """Return the sentences that stage annotate would ask for, by corpus; None where they can't be read.

    Adds what is to be said of labels in files, if the sentences could be read, and of too few gold sentences.
    """
    has_gold = params.annotate.gold_size is not None
    unread: dict[str, Sequence[Sentence] | None] = {GOLD: None} if has_gold else {}
    if sets.target is None or sets.related is None:
        return {"target": sets.target, "related": sets.related, **unread}

    def unreadable(error: UserError) -> None:
        findings.error(AREA, str(error))

    prepared = PreparedSets(sets.target, sets.related, sets.original or (), sets.test or ())
    if has_gold and sets.original is not None and sets.test is not None:
        with suppress(UserError):  # of a template or an example, which check_prompts names
            asked = asked_sentences(params, prepared, unreadable=unreadable)
            check_asked(findings, params, asked)
            return {**asked.corpora}
    annotate_params = params.annotate.model_copy(update={"gold_size": None})
    without_gold = params.model_copy(update={"annotate": annotate_params})
    asked = asked_sentences(without_gold, prepared, unreadable=unreadable)
    check_asked(findings, without_gold, asked)
    return {**asked.corpora, **unread}


def _check_data(findings: Findings, usable: UsableParams) -> Sets:
    if not usable.has("types", "prepare"):
        return Sets(None, None, None, None, None)
    params = usable.params
    sets = check_data(findings, params, read_sources(findings, params), has_train=usable.has("train"))
    check_prepared(findings, sets, params.prepare)
    return sets


def _check_student_and_machine(findings: Findings, usable: UsableParams, sets: Sets) -> None:
    params, weight_bytes = usable.params, None
    if usable.has("prepare"):
        max_length = params.train.max_length if usable.has("train") else _MAX_LENGTH
        weight_bytes = check_student(findings, params, sets.readable(), max_length)
    check_disk(findings, len(params.train.seeds) if usable.has("train") else 1, weight_bytes)
    if usable.has("train"):
        train_params = params.train
        distilled, original = _trained_on(train_params.group, params, sets)
        check_machine(findings, train_params, Sizes(weight_bytes, distilled, original))


def _trained_on(group: Group, params: Params, sets: Sets) -> tuple[int, int]:
    """Return how many distilled and original sentences a group trains on; stand-ins for test and dev are none."""
    words = held_out(params.prepare, sets.test or [], sets.valid or [])
    counts = {name: len(without(sets.of(name) or [], words)) for name in ("target", "related")}
    distilled = 0 if group == "A" else counts["target"]
    distilled += counts["related"] if group in ("C", "E") else 0
    return distilled, len(sets.original or []) if group in ("A", "D", "E") else 0
