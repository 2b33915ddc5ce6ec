"""Read answers that are no JSON: typed lines (``PER: Rosa``), bullets, YAML, Markdown tables."""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import yaml

from tinyner.clean.asked_sentence import AskedSentence
from tinyner.clean.lenient_json import Pairs, json_in
from tinyner.clean.mention_texts import is_nothing, split_string, typed_string
from tinyner.clean.type_names import TypeNames

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # in C, where PyYAML was built with it
_MAX_DEPTH = 20
_MAX_LENGTH = 20_000  # characters; a longer text without a dictionary is no list of entities
_FENCE = re.compile(r"^[ \t]*+`{3,}\w*[ \t]*+$", re.M)
_EMPHASIS = re.compile(r"\*\*|__|`|(?<![\w*])\*(?=[^\s*])|(?<=[^\s*])\*(?![\w*])")
_HEADING = re.compile(r"^[ \t]*+#+[ \t]*+([^\n:]+?):?[ \t]*+$", re.M)
_INLINE = re.compile(r"<(\w[\w -]{0,40})>([^<>]{1,300})</\1>")  # <PER>Rosa</PER> within the sentence
_ANCHOR = re.compile(r"(?:^|[\s\[,:-])[&*!]\S", re.M)  # YAML's own signs, which no list of entities needs
_BULLET = re.compile(r"^([ \t]*+)(?:[*+\u2022\u2023\u00b7\u2013\u2014]|\d{1,2}[.)])\s+", re.M)
_TABLE_RULE = re.compile(r"[\s:|+-]*")
_STRUCTURE = re.compile(r"^[ \t]*+(?:- |[^\s:][^:\n]{0,60}:(?:\s|$))", re.M)


def values_in_lines(text: str, names: TypeNames, sentence: AskedSentence, problems: set[str]) -> list[Any]:
    """Return the values that the lines of a text describe, empty where they describe no entity of a known type.

    Each paragraph is read as a Markdown table or as YAML. A line that is read so holds nothing but types and texts
    of the sentence: a sentence about entities is none.
    """
    if len(text) > _MAX_LENGTH:
        return []
    if (inline := _inline(text, names, sentence)) is not None:
        problems.add("inline_tags")
        return [inline]
    plain = _BULLET.sub(r"\1- ", _HEADING.sub(r"\1:", _EMPHASIS.sub("", _FENCE.sub("", text))))
    whole = None if "|" in plain else _yaml(plain)
    if isinstance(whole, list):
        values = [whole] if names.occur_in(plain) and _is_plain(whole, names, sentence, problems) else []
    else:
        paragraphs = re.split(r"\n[ \t]*+\n", plain)
        values = [value for paragraph in paragraphs for value in _values(paragraph, names, sentence, problems)]
    if values:
        problems.add("lines")
    return values


def _values(paragraph: str, names: TypeNames, sentence: AskedSentence, problems: set[str]) -> Iterator[Any]:
    rows = [line for line in paragraph.splitlines() if line.strip().startswith("|")]
    if len(rows) > 1:
        yield from _table(rows, names, sentence)
        return
    if not names.occur_in(paragraph):
        return
    value = _yaml(paragraph)
    if value is None and _STRUCTURE.search(paragraph):  # prose stands around the lines
        lines = [line for line in paragraph.splitlines() if _STRUCTURE.match(line)]
        value = _yaml("\n".join(lines))
    if isinstance(value, str):
        value = [value] if typed_string(value, names, sentence) else None
    if isinstance(value, list) and _is_plain(value, names, sentence, problems):
        yield value


def _inline(text: str, names: TypeNames, sentence: AskedSentence) -> Any:
    """Return the mentions of the sentence with tags in it; None for any other text."""
    tagged = [line for line in text.splitlines() if _INLINE.search(line)]
    if len(tagged) != 1:
        return None
    line = tagged[0].strip()
    bare = re.sub(r"^[\w ]{1,20}:\s", "", line)  # Output: ...
    if not any(sentence.is_echoed_by(_INLINE.sub(r"\2", written)) for written in (line, bare)):
        return None
    mentions = _INLINE.findall(line)
    return [[label, text] for label, text in mentions] if all(names.find(label) for label, _ in mentions) else None


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
    if _ANCHOR.search(text) or _depth(text) > _MAX_DEPTH:
        return None
    try:
        node = yaml.compose(text, Loader=_LOADER)
        return None if node is None else _value_of(node)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def _depth(text: str) -> int:
    """Return how deep brackets and indents are nested at most: YAML's parser takes long for deep ones."""
    steps = itertools.accumulate((sign in "{[") - (sign in "}]") for sign in text if sign in "{[]}")
    return max(itertools.chain([text.count("- - -")], steps))


def _value_of(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return Pairs((str(_value_of(key)), _value_of(value)) for key, value in node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value_of(item) for item in node.value]
    return str(node.value)


def _table(rows: list[str], names: TypeNames, sentence: AskedSentence) -> Iterator[Any]:
    """Yield what a Markdown table describes: a row a mention, a row a type, or a column a type."""
    filled = [
        [cell.strip().strip("*`\"'") for cell in row.strip().strip("|").split("|")]
        for row in rows
        if not _TABLE_RULE.fullmatch(row)
    ]
    if len(filled) < 2:
        return
    header, *body = filled
    body = [row for row in body if len(row) == len(header)]
    typed = [at for at in range(len(header)) if body and all(names.find_tag(row[at])[1] for row in body)]
    if len(typed) == 1:
        at = typed[0]
        if names.find_tag(header[at])[1] and any(map(sentence.holds, header)):
            body.insert(0, header)  # a table without a header
        yield [Pairs([(row[at], _entities([*row[:at], *row[at + 1 :]], sentence))]) for row in body]
    elif body and not typed and any(names.find_tag(cell)[1] for cell in header):
        yield [
            Pairs((key, cell) for key, cell in zip(header, row, strict=True) if names.find_tag(key)[1]) for row in body
        ]
    elif body:
        yield [Pairs(zip(header, row, strict=True)) for row in body]


def _entities(cells: list[str], sentence: AskedSentence) -> str:
    """Return the cell of a row that holds entities: the first whose texts all stand in the sentence, or say nothing."""
    for cell in cells:
        if is_nothing(cell) or all(map(sentence.holds, split_string(cell, sentence))):
            return cell
    return cells[0] if cells else ""
