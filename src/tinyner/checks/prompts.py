"""The prompts that would be sent: template, definitions, examples; and whether they show test sentences."""

from collections.abc import Sequence

from tinyner.annotate import templates
from tinyner.annotate.few_shot_pool import pool_of
from tinyner.annotate.gold_sentences import ShownText
from tinyner.annotate.requests import plan_requests
from tinyner.checks.findings import Findings
from tinyner.errors import UserError
from tinyner.files import read_rows
from tinyner.params import Params, Prompts
from tinyner.plurals import number
from tinyner.rows import Sentence, text_of

AREA = "prompts"
_EXAMPLE_FIELDS = {"examples", "reasoned_examples"}


def check_prompts(
    findings: Findings, params: Params, test: Sequence[Sentence], original: Sequence[Sentence] | None = None
) -> bool:
    """Add what is wrong with the prompts of target and related sentences, and return whether they can be sent.

    Args:
        findings: to add to.
        params: with the sections types and annotate.
        test: the test sentences; a prompt should show none of them.
        original: the gold sentences that examples can be taken from; None where they can't be read.
    """
    prompts, errors_before = params.annotate.prompts, findings.count("error")
    names = dict.fromkeys(name for corpus in Prompts.model_fields for name in prompts.of(corpus))
    loaded = []
    for name in names:
        with findings.collected(AREA):
            loaded.append(templates.load(name))
    fields = {field for template in loaded for field in template.fields}
    if "definitions" in fields:
        _check_definitions(findings, params)
    shots = None
    if fields & _EXAMPLE_FIELDS and params.annotate.few_shot == "fixed":
        shots = _check_examples(findings, params, has_gold=original is None or bool(original))
    if params.annotate.few_shot == "similar" and original is not None:
        with findings.collected(AREA):
            pool_of(original, test, params.annotate.shots)
    for template in loaded:
        _check_template(findings, params, template, shots)
    _check_test_sentences(findings, loaded, shots or [], test)
    return findings.count("error") == errors_before


def _check_definitions(findings: Findings, params: Params) -> None:
    definitions = params.annotate.definitions
    with findings.collected(AREA):
        templates.check_definitions(params)
    strange = [name for name in definitions if name not in params.types]
    if strange:
        findings.warning(
            AREA, f"annotate.definitions: {', '.join(strange)}: no type of params.yaml; no prompt shows it"
        )


def _check_examples(findings: Findings, params: Params, *, has_gold: bool) -> list[templates.Shot] | None:
    """Return the fixed examples, None where one can't be used; add the mistake of each.

    Other ones are advised only where they can be had (``has_gold``), and where the prompt may be another: recorded
    replies are to it.
    """
    name = params.annotate.examples
    path, shots, whole = templates.FOLDER / f"{name}.jsonl", list[templates.Shot](), False
    with findings.collected(AREA):
        rows = list(read_rows(path))
        whole = True
        for line, row in rows:
            try:
                shots.append(templates.read_shot(row, f"{path}:{line}", params.types))
            except UserError as error:
                findings.error(AREA, str(error))
                whole = False
    if not whole:
        return None
    asked = params.annotate.asked
    may_change = asked is None or params.annotate.annotators[asked].online
    if not shots and has_gold and may_change:
        findings.warning(AREA, f"{path}: has no example; give a few of train, so that the LLM sees what you mean")
        return shots
    if not shots:
        findings.ok(AREA, f"{path}: has no example, so the LLM is shown the definitions only")
        return shots
    never = [label for label in params.types if not any(shot.entities.get(label) for shot in shots)]
    if never and may_change:
        findings.warning(AREA, f"{path}: no example has {', '.join(never)}; add one that does")
    elif never:
        why = f"leave it so, as {asked}'s replies are to this prompt"
        findings.ok(AREA, f"{path}: no example has {', '.join(never)}; {why}")
    findings.ok(AREA, f"{path}: {number(len(shots), 'example')}, each entity stands in its text")
    return shots


def _check_template(
    findings: Findings, params: Params, template: templates.Template, shots: list[templates.Shot] | None
) -> None:
    """Check one template; its examples are checked before, once for all."""
    prompts = Prompts(target=template.path.stem, related=template.path.stem)
    alone = params.model_copy(update={"annotate": params.annotate.model_copy(update={"prompts": prompts})})
    if shots is None and template.fields & _EXAMPLE_FIELDS and params.annotate.few_shot == "fixed":
        return
    try:
        plan_requests(alone, {"target": []})
        prompt = template.render(params.types, params.annotate.definitions, shots or []).text
    except UserError as error:
        findings.error(AREA, str(error))
        return
    unnamed = templates.unnamed(prompt, params.types)
    if len(unnamed) == len(params.types):
        findings.error(AREA, f"{template.path}: names none of the types in params.yaml ({', '.join(unnamed)})")
    elif unnamed:
        findings.warning(
            AREA, f"{template.path}: does not name {', '.join(unnamed)}; the LLM can't know of these types"
        )
    else:
        findings.ok(AREA, f"{template.path}: has {{sentence}} and names every type")


def _check_test_sentences(
    findings: Findings,
    loaded: Sequence[templates.Template],
    shots: Sequence[templates.Shot],
    test: Sequence[Sentence],
) -> None:
    texts = [ShownText(text) for text in (*(template.text for template in loaded), *(shot.text for shot in shots))]
    shown_ids = [row["id"] for row in test if len(row["words"]) > 2 and any(text.has(text_of(row)) for text in texts)]
    if shown_ids:
        findings.warning(
            AREA,
            f"the prompt or its examples show {number(len(shown_ids), 'test sentence')} (first: {shown_ids[0]}); "
            "the LLM is shown their labels: choose examples from train",
        )
