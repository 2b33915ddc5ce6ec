"""Read answers that are no JSON: typed lines (``PER: Rosa``), bullets, YAML, Markdown tables."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from tinyner.clean.asked_sentence import AskedSentence
from tinyner.clean.lenient_json import Pairs, json_in
from tinyner.clean.mention_texts import is_nothing, split_string, typed_string
from tinyner.clean.type_names import TypeNames

_MAX_LENGTH = 20_000  # characters; a longer text without a dictionary is no list of entities
_FENCE = re.compile(r"^\s*`{3,}\w*\s*$", re.M)
_EMPHASIS = re.compile(r"\*\*|__|`")
_BULLET = re.compile(r"^(\s*)(?:[*+\u2022\u2023\u00b7\u2013\u2014]|\d{1,2}[.)])\s+", re.M)
_TABLE_RULE = re.compile(r"\s*\|?[\s:|+-]*-[\s:|+-]*\|?\s*")
_STRUCTURE = re.compile(r"^\s*(?:- |[^\s:][^:\n]{0,60}:(?:\s|$))", re.M)


def values_in_lines(text: str, names: TypeNames, sentence: AskedSentence, problems: set[str]) -> list[Any]:
    """Return the values that the lines of a text describe, empty where they describe no entity of a known type.

    Each paragraph is read as a Markdown table or as YAML. A line that is read so holds nothing but types and texts
    of the sentence: a sentence about entities is none.
    """
    if len(text) > _MAX_LENGTH:
        return []
    plain = _BULLET.sub(r"\1- ", _EMPHASIS.sub("", _FENCE.sub("", text)))
    values = [value for paragraph in _paragraphs(plain) for value in _values(paragraph, names, sentence, problems)]
    if values:
        problems.add("lines")
    return values


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the whole text if it is one YAML value, else its parts between blank lines."""
    if isinstance(_yaml(text), list) and "|" not in text:
        yield text
    else:
        yield from re.split(r"\n\s*\n", text)


def _values(paragraph: str, names: TypeNames, sentence: AskedSentence, problems: set[str]) -> Iterator[Any]:
    rows = [line for line in paragraph.splitlines() if line.strip().startswith("|")]
    if len(rows) > 1:
        yield from _table(rows, names, sentence)
        return
    value = _yaml(paragraph)
    if value is None and _STRUCTURE.search(paragraph):  # prose stands around the lines
        lines = [line for line in paragraph.splitlines() if _STRUCTURE.match(line)]
        value = _yaml("\n".join(lines))
    if isinstance(value, str):
        typed = typed_string(value, names, sentence)
        value = [value] if typed else None
    if isinstance(value, list) and names.occur_in(paragraph) and _is_plain(value, names, sentence, problems):
        yield value


def _is_plain(value: Any, names: TypeNames, sentence: AskedSentence, problems: set[str]) -> bool:
    """Return whether every text of a known type stands in the sentence; elsewhere in a reply words may be anything."""
    if isinstance(value, Pairs):
        return all(
            _is_plain(inner, names, sentence, problems)
            if isinstance(inner, list)
            else not names.find_tag(key)[1] or _are_texts(inner, sentence, problems)
            for key, inner in value
        )
    return all(_is_plain(item, names, sentence, problems) for item in value if isinstance(item, Pairs))


def _are_texts(string: str, sentence: AskedSentence, problems: set[str]) -> bool:
    if is_nothing(string) or json_in(string, problems) is not None:
        return True
    return all(sentence.holds(sentence.nearest(text)) for text in split_string(string, sentence))


def _yaml(text: str) -> Any:
    """Return the YAML value of a text, every scalar as a string; None where it is none."""
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        return None if node is None else _value_of(node)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def _value_of(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return Pairs((str(_value_of(key)), _value_of(value)) for key, value in node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value_of(item) for item in node.value]
    return str(node.value)


def _table(rows: list[str], names: TypeNames, sentence: AskedSentence) -> Iterator[Any]:
    """Yield the rows of a Markdown table as objects, whose keys are the cells of the first row."""
    cells = [[cell.strip().strip("*`\"'") for cell in row.strip().strip("|").split("|")] for row in rows]
    header, *body = [row for row, line in zip(cells, rows, strict=True) if not _TABLE_RULE.fullmatch(line)]
    width = len(header)
    body = [row for row in body if len(row) == width]
    typed = [at for at in range(width) if body and all(names.find_tag(row[at])[1] for row in body)]
    if not any(names.find_tag(cell)[1] for cell in header) and len(typed) == 1:
        for row in body:
            standing = [
                cell
                for at, cell in enumerate(row)
                if at != typed[0] and (is_nothing(cell) or all(map(sentence.holds, split_string(cell, sentence))))
            ]
            yield Pairs([(row[typed[0]], standing[0] if standing else row[1 - min(typed[0], 1)])])
    elif body and not typed and any(names.find_tag(cell)[1] for cell in header):
        for row in body:
            yield Pairs((key, cell) for key, cell in zip(header, row, strict=True) if names.find_tag(key)[1])
    elif body:
        yield [Pairs(zip(header, row, strict=True)) for row in body]
