"""Prompt templates: the files of prompts/, and how their fields are filled.

Every template has ``{sentence}`` once; this field is filled for each request. A template for any entity scheme has
more fields: ``{types}`` and ``{definitions}`` come from params.yaml, ``{examples}`` and ``{reasoned_examples}`` from
a file of examples or, with ``few_shot: similar``, from the original sentences nearest to the request's sentence.
``{types|, | oder }`` says what stands between types, and before the last.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinyner.bio import tags_to_spans
from tinyner.errors import UserError
from tinyner.files import read_rows
from tinyner.params import Params, Prompts
from tinyner.prompts import FIELD, Prompt
from tinyner.rows import Sentence, text_of, text_of_words

FOLDER = Path("prompts")
_FIELDS = re.compile(r"\{(?:types(?P<between>\|[^{}\n]*)?|(?P<name>definitions|examples|reasoned_examples))\}")
_EXAMPLES = re.compile(r"\{(?:reasoned_)?examples\}\n*")
_DRAFT = "TODO"
_LABEL = "Sentence: "
_LABEL_BEFORE = re.compile(r"^([^\W\d_][^\n{}]{0,30}[:\uff1a] ?)\{sentence\}", re.M)
_SENTENCE_ENDS = ("\u3002", "\uff01", "\uff1f", "\uff0e", "\u0964", "\u0965", "\u061f", "\u06d4", "\u1362", "\u2026")


@dataclass(frozen=True)
class Shot:
    """A few-shot example: its text, the entities by type, and the steps of reasoning, where it has any."""

    text: str
    entities: Mapping[str, Sequence[str]]
    reasoning: str = ""

    def render(self, *, reasoned: bool, label: str = _LABEL) -> str:
        """Return the example as it stands in a prompt, with its reasoning if ``reasoned``.

        ``label`` is what stands before a sentence.

        >>> print(Shot("Blair won .", {"PER": ["Blair"]}).render(reasoned=False))
        Sentence: Blair won .
        Result: {"PER": ["Blair"]}
        """
        lines = [f"{label}{self.text}", f"Result: {json.dumps(self.entities, ensure_ascii=False)}"]
        if reasoned:
            lines.insert(1, self.reasoning)
        return "\n".join(lines)


@dataclass(frozen=True)
class Template:
    """A file of prompts/."""

    path: Path
    text: str

    @property
    def fields(self) -> set[str]:
        """Its fields, ``{sentence}`` aside."""
        return {match["name"] or "types" for match in _FIELDS.finditer(self.text)}

    @property
    def label(self) -> str:
        """What the template writes before its sentence, and so before that of an example: ``Sentence: ``.

        >>> Template(Path("a.txt"), "{examples}\\n\\nSatz: {sentence}").label
        'Satz: '
        """
        match = _LABEL_BEFORE.search(self.text)
        return match[1] if match else _LABEL

    def render(
        self, types: Mapping[str, Sequence[str]], definitions: Mapping[str, str], shots: Sequence[Shot]
    ) -> Prompt:
        """Return the prompt: every field filled in but the sentence.

        Args:
            types: each type, and its other names, the first of which is its name in words.
            definitions: what each type is, in words.
            shots: the few-shot examples, in their order; where there are none, their field and the blank lines behind
                it are left out.

        Raises:
            UserError: where the template shows a definition or a reasoning that is missing, does not say how types
                are joined, or would have the place of the sentence twice.
        """
        fields, values = self.fields, dict[str, str]()
        titles = [_titled(name, others) for name, others in types.items()]
        if "definitions" in fields:
            missing = [name for name in types if not definitions.get(name, "").strip()]
            if missing:
                raise UserError(
                    f"annotate.definitions: none for {', '.join(missing)}, and {self.path} shows them; say what each is"
                )
            values["definitions"] = "\n".join(
                f"{number}. {_titled(name, others)}: {_ended(definitions[name].strip())}"
                for number, (name, others) in enumerate(types.items(), 1)
            )
        if "reasoned_examples" in fields and not all(shot.reasoning for shot in shots):
            raise UserError(
                f"{self.path}: shows examples with their reasoning, and these have none; "
                'give each a "reasoning", or use {examples}'
            )
        text = self.text if shots else _EXAMPLES.sub("", self.text)
        values["examples"] = "\n\n".join(shot.render(reasoned=False, label=self.label) for shot in shots)
        values["reasoned_examples"] = "\n\n".join(shot.render(reasoned=True, label=self.label) for shot in shots)

        def value(match: re.Match[str]) -> str:
            return values[match["name"]] if match["name"] else self._joined(titles, match["between"])

        text = _FIELDS.sub(value, text)
        if text.count(FIELD) != 1:
            raise UserError(
                f"{self.path}: with the types, definitions and examples filled in, {FIELD} stands there "
                f"{text.count(FIELD)} times, which is the place of the sentence that is asked; write it otherwise in "
                "types, annotate.definitions and examples"
            )
        return Prompt(text)

    def _joined(self, titles: Sequence[str], between: str | None) -> str:
        """Return the types as one text; ``between`` is what the field says of it, ``|BETWEEN`` or ``|BETWEEN|LAST``."""
        parts = [", ", " or "] if between is None else between.removeprefix("|").split("|")
        if "" in parts or len(parts) > 2:
            raise UserError(
                f"{self.path}: {{types{between}}}: expected what stands between types, and perhaps before the last, "
                "such as {types|, } or {types|, | oder }"
            )
        first, last = parts[0], parts[-1]
        return first.join(titles[:-1]) + (last if len(titles) > 1 else "") + titles[-1]


def draft(name: str, others: Sequence[str]) -> str:
    """Return what stands for a definition that is still to be written.

    >>> draft("DRUG", ["medicine"])
    'TODO: say what a DRUG (Medicine) is'
    """
    return f"{_DRAFT}: say what a {_titled(name, others)} is"


def check_definitions(params: Params) -> None:
    """Check that no definition that a prompt shows is a draft.

    Raises:
        UserError: naming the types that have one.
    """
    prompts = params.annotate.prompts
    names = dict.fromkeys(name for corpus in Prompts.model_fields for name in prompts.of(corpus))
    if not any("definitions" in load(name).fields for name in names):
        return
    drafts = [name for name in params.types if is_draft(params.annotate.definitions.get(name, ""))]
    if drafts:
        raise UserError(
            f"annotate.definitions: still {_DRAFT} for {', '.join(drafts)}; write into params.yaml what "
            f"{'each is' if len(drafts) > 1 else 'it is'}, since the LLM is shown it"
        )


def undefined(params: Params) -> list[str]:
    """Return the types without a definition, or with a draft of one."""
    definitions = params.annotate.definitions
    return [name for name in params.types if not definitions.get(name, "").strip() or is_draft(definitions[name])]


def is_draft(definition: str) -> bool:
    """Return whether a definition is still to be written."""
    return definition.lstrip().startswith(f"{_DRAFT}:")


def _titled(name: str, others: Sequence[str]) -> str:
    """Return a type with its first other name, as ``LOC (Location)``."""
    title = others[0] if others else name
    return name if title.casefold() == name.casefold() else f"{name} ({title[:1].upper()}{title[1:]})"


def _ended(definition: str) -> str:
    """Return a definition with a stop at its end, unless it has one of another script.

    >>> _ended("a place"), _ended("場所。")
    ('a place.', '場所。')
    """
    return definition if definition.endswith(_SENTENCE_ENDS) else f"{definition.removesuffix('.')}."


def unnamed(text: str, types: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the types that a text does not name, by none of their names as a whole word, in any case.

    A name that has other signs than those of ASCII may be a part of a word, as in scripts without white space.

    >>> unnamed("Find every drug.", {"DRUG": [], "DOSE": ["amount"], "RU": []})
    ['DOSE', 'RU']
    """
    folded_text = text.casefold()

    def stands_there(name: str) -> bool:
        folded = name.casefold()
        if not folded.isascii():
            return folded in folded_text
        return re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", folded_text) is not None

    return [label for label, others in types.items() if not any(map(stands_there, (label, *others)))]


def load(name: str) -> Template:
    """Read the template prompts/NAME.txt.

    Raises:
        UserError: where there is none, or ``{sentence}`` does not stand in it exactly once.
    """
    path = FOLDER / f"{name}.txt"
    try:
        text = path.read_bytes().decode()
    except OSError:
        choices = ", ".join(names()) or "none yet"
        raise UserError(f"annotate.prompts: {path} can't be read; choices: {choices}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: expected UTF-8 text") from None
    if text.count(FIELD) != 1:
        raise UserError(f"{path}: expected the field {FIELD} exactly once, found it {text.count(FIELD)} times")
    return Template(path, text)


def names() -> list[str]:
    """Return the names of all templates of prompts/."""
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def load_shots(name: str, types: Mapping[str, Sequence[str]]) -> list[Shot]:
    """Read the examples of prompts/NAME.jsonl: ``{"text", "entities": {type: [text, ...]}, "reasoning"?}`` a line.

    Raises:
        UserError: where an example has another shape, another type, or an entity that is not in its text.
    """
    path = FOLDER / f"{name}.jsonl"
    return [read_shot(row, f"{path}:{number}", types) for number, row in read_rows(path)]


def read_shot(row: Mapping[str, Any], where: str, types: Mapping[str, Sequence[str]]) -> Shot:
    """Return the example of a row; ``where`` is its file and line. Raise as ``load_shots`` does."""
    text, entities, reasoning = row.get("text"), row.get("entities"), row.get("reasoning", "")
    if not isinstance(text, str) or not isinstance(entities, dict) or not isinstance(reasoning, str):
        raise UserError(f'{where}: expected {{"text": ..., "entities": {{type: [text, ...]}}}}')
    if FIELD in text + reasoning:
        raise UserError(f"{where}: {FIELD} is the place of the sentence that is asked; write it otherwise")
    for label, texts in entities.items():
        if label not in types:
            raise UserError(f"{where}: {label} is no type of params.yaml ({', '.join(types)})")
        if not isinstance(texts, list) or not all(isinstance(entity, str) and entity in text for entity in texts):
            raise UserError(f"{where}: {label}: expected a list of texts that stand in the example's text")
    return Shot(text, entities, reasoning)


def shot_of(sentence: Sentence, types: Mapping[str, Sequence[str]]) -> Shot:
    """Return a labelled sentence as an example: types in the scheme's order, entities in the sentence's, each once."""
    entities: dict[str, dict[str, None]] = {name: {} for name in types}
    for start, end, label in tags_to_spans(sentence["tags"]):
        entities[label][text_of_words(sentence, start, end)] = None
    return Shot(text_of(sentence), {name: list(texts) for name, texts in entities.items() if texts})
