"""Read answers that are no JSON: typed lines (``PER: Rosa``), bullets, YAML, Markdown tables."""

import json
import re
from collections.abc import Iterator
from typing import Any

import regex
import yaml

from tinyner.clean.asked_sentence import AskedSentence, squeezed
from tinyner.clean.failed import Failed
from tinyner.clean.lenient_json import MAX_DEPTH, Pairs, depth, json_in
from tinyner.clean.mention_texts import BULLET, is_nothing, split_string, typed_string
from tinyner.clean.plain_signs import without_fences
from tinyner.clean.type_names import TypeNames

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # in C, where PyYAML was built with it
_LONGEST_LABEL, _LONGEST_LINE = 60, 1000  # characters
_ASSIGNED = regex.compile(r"^([ \t]*+[\"']?\w[\w\p{M} ]{0,30}[\"']?)[ \t]*(?:=>?|->|\u2192)[ \t]*(?=[\[\"'])", regex.M)
_CAPITALIZED = re.compile(r"[^\W\d_](?:[\w'&-]*\w)?")
_BULLET_LINE = re.compile(r"\s*(?:[-*+\u2022|]|\d{1,2}[.)]|[^\s:]+:)")
_MARKS = " *_`\"'"
_MAX_LENGTH = 10_000  # characters; a longer text without a dictionary is no list of entities
_EMPHASIS = re.compile(r"\*\*|__|`|(?<![\w*])\*(?=[^\s*])|(?<=[^\s*])\*(?![\w*])")
_HEADING = re.compile(r"^[ \t]*+#+[ \t]*+([^\n:]+?):?[ \t]*+$", re.M)
_INLINE = regex.compile(r"<(\w[\w\p{M} -]{0,40})>([^<>]{1,300})</\1>")  # <PER>Rosa</PER> within the sentence
_ANCHOR = re.compile(r"(?:^|[\s\[,:-])[&*!]\S", re.M)  # YAML's own signs, which no list of entities needs
_TABLE_RULE = re.compile(r"[\s:|+-]*")
_STRUCTURE = re.compile(r"[ \t]*+(?:- |[^\s:][^:\n]{0,60}:(?:\s|$))")


def values_in_lines(text: str, names: TypeNames, sentence: AskedSentence, problems: set[str]) -> list[Any]:
    """Return the values that the lines of a text describe, empty where they describe no entity of a known type.

    Each paragraph is read as a Markdown table or as YAML. A line that is read so holds nothing but types and texts
    of the sentence: a sentence about entities is none.
    """
    if len(text) > _MAX_LENGTH or not names.occur_in(text):
        return []
    if (inline := _inline(text, names, sentence)) is not None:
        sentence.echoes.check(text)
        problems.add("inline_tags")
        return [inline]
    unfenced = _HEADING.sub(r"\1:", _EMPHASIS.sub("", without_fences(text)))
    typed = _typed_lines(unfenced, names, sentence)
    values = [typed] if typed else _values(BULLET.sub(r"\1- ", unfenced), names, sentence)
    if values:
        problems.add("lines")
        for line in text.splitlines():
            if names.occur_in(line):
                sentence.echoes.check(line)
        _check_names(text, values, names, sentence)
    return values


def _check_names(text: str, values: list[Any], names: TypeNames, sentence: AskedSentence) -> None:
    """Compare lines with what was read from them.

    Raises:
        Failed: half_read (a capitalized word of the sentence was not read, the first word of prose aside).
    """
    read = squeezed(json.dumps(values, ensure_ascii=False).replace("\\", ""))
    for line in text.splitlines():
        if sentence.is_echoed_by(line):
            continue
        is_prose = len(line.split()) > 1 and not _BULLET_LINE.match(line)  # whose first word has a capital anyway
        for word in _CAPITALIZED.findall(line)[is_prose:]:
            is_read = squeezed(word) in read or names.find(word)
            if word[0].isupper() and sentence.has_words(word) and not is_read:
                raise Failed("half_read")


def _typed_lines(text: str, names: TypeNames, sentence: AskedSentence) -> list[list[str]]:
    """Return (type, text) of lines that each hold texts with their types, or a type above its texts.

    Prose may stand before and behind them; a line between them that is anything else makes all of them none.
    """
    pairs: list[list[str]] = []
    label, is_over = "", False
    pairs_by_line: dict[str, list[list[str]] | None] = {}  # a model that loops says the same line a thousand times
    for line in filter(str.strip, text.splitlines()):
        if line not in pairs_by_line:
            pairs_by_line[line] = _pairs_in(line, names, sentence)
        line_pairs = pairs_by_line[line]
        if line_pairs is None and BULLET.match(line) and (pair := typed_string(line, names, sentence, anywhere=True)):
            line_pairs = [list(pair)]  # the ledger says that it is not in the sentence
        bare = BULLET.sub("", line.strip(_MARKS)).strip(_MARKS)
        if line_pairs is None and label and sentence.holds(bare):
            line_pairs = [[label, bare]]
        elif line_pairs is None and _is_heading(bare, names):
            label, line_pairs = bare.rstrip(":\uff1a"), []
        if line_pairs is None and names.type_of(re.split("[:\uff1a]", bare)[0]) and bare[-1:] not in ":\uff1a":
            return []  # PER: a line that is not understood
        if line_pairs is None:
            is_over = is_over or bool(pairs)
            label = ""
        elif is_over:
            return []
        else:
            pairs += line_pairs
    return pairs if any(sentence.holds(text) for _, text in pairs) else []


def _is_heading(line: str, names: TypeNames) -> bool:
    label = line.rstrip(":\uff1a")
    return len(label) < _LONGEST_LABEL and not re.search("[:\uff1a]", label) and bool(names.type_of(label))


def _pairs_in(line: str, names: TypeNames, sentence: AskedSentence) -> list[list[str]] | None:
    """Return (type, text) of each part of a line, None where a part is no text with its type."""
    if len(line) > _LONGEST_LINE:
        return None
    for written in (line, regex.sub(r"^\s*(?:[-*]\s+)?\w[\w\p{M} ]{0,20}(?::\s+|\uff1a\s*)", "", line)):
        for parts in ([written], re.split(r"[;,]\s+", written)):
            typed = [typed_string(part, names, sentence) for part in parts]
            if all(typed):
                return [list(pair) for pair in typed if pair]
    return None


def _values(text: str, names: TypeNames, sentence: AskedSentence) -> list[Any]:
    """Return the value of a text that is YAML as a whole, or else of each paragraph that is a table or YAML."""
    whole = None if "|" in text else _yaml(_ASSIGNED.sub(r"\1: ", text))
    if isinstance(whole, list):
        return [whole] if _is_plain(whole, names, sentence) else []
    paragraphs = re.split(r"\n[ \t]*+\n", text)
    return [value for paragraph in paragraphs for value in _values_of_paragraph(paragraph, names, sentence)]


def _values_of_paragraph(paragraph: str, names: TypeNames, sentence: AskedSentence) -> Iterator[Any]:
    lines = [line for line in paragraph.splitlines() if line.strip()]
    rows = [line for line in lines if line.strip().startswith("|")]
    if not rows and all("|" in line for line in lines) and any(map(_TABLE_RULE.fullmatch, lines)):
        rows = lines
    if len(rows) > 1:
        yield from _table(rows, names, sentence)
        return
    if not names.occur_in(paragraph):
        return
    value = _yaml(paragraph)
    if value is None:
        structured = list(filter(_STRUCTURE.match, lines))
        if 0 < len(structured) < len(lines):  # prose stands around the lines
            value = _yaml("\n".join(structured))
    if isinstance(value, str):
        value = [value] if typed_string(value, names, sentence) else None
    if isinstance(value, list) and _is_plain(value, names, sentence):
        yield value


def _inline(text: str, names: TypeNames, sentence: AskedSentence) -> Any:
    """Return the mentions of the sentence with tags in it; None for any other text."""
    tagged = [line for line in text.splitlines() if _INLINE.search(line)]
    if len(tagged) != 1:
        return None
    line = tagged[0].strip()
    bare = regex.sub(r"^[\w\p{M} ]{1,20}(?::\s|\uff1a\s?)", "", line)  # Output: ...
    if not any(sentence.is_echoed_by(_INLINE.sub(r"\2", written)) for written in (line, bare)):
        return None
    mentions = _INLINE.findall(line)
    return [[label, text] for label, text in mentions] if all(names.find(label) for label, _ in mentions) else None


def _is_plain(value: Any, names: TypeNames, sentence: AskedSentence) -> bool:
    """Return whether every text of a known type stands in the sentence; elsewhere in a reply words may be anything."""
    if isinstance(value, Pairs):
        return all(
            _is_plain(inner, names, sentence)
            if isinstance(inner, list)
            else not names.type_of(key) or _are_texts(inner, sentence)
            for key, inner in value
        )
    return all(_is_plain(item, names, sentence) for item in value if isinstance(item, Pairs))


def _are_texts(string: str, sentence: AskedSentence) -> bool:
    if is_nothing(string) or json_in(string, set()) is not None:
        return True
    return all(sentence.holds(sentence.nearest(text)) for text in split_string(string, sentence))


def _yaml(text: str) -> Any:
    """Return the YAML value of a text, every scalar as a string; None where it is none."""
    if _ANCHOR.search(text) or max(depth(text), text.count("- - -")) > MAX_DEPTH:
        return None
    try:
        node = yaml.compose(text, Loader=_LOADER)
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
    """Yield what a Markdown table describes: a row a mention, a row a type, or a column a type."""
    filled = [
        [cell.strip().strip("*`\"'") for cell in row.strip().strip("|").split("|")]
        for row in rows
        if not _TABLE_RULE.fullmatch(row)
    ]
    if len(filled) < 2:
        return
    header, *body = filled
    if any(len(row) != len(header) for row in body):
        raise Failed("half_read")
    typed = [at for at in range(len(header)) if all(names.type_of(row[at]) for row in body)]
    if len(typed) == 1:
        at = typed[0]
        if names.type_of(header[at]) and any(map(sentence.holds, header)):
            body.insert(0, header)  # a table without a header
        yield [Pairs([(row[at], _entities([*row[:at], *row[at + 1 :]], sentence))]) for row in body]
    elif not typed and any(names.type_of(cell) for cell in header):
        yield [Pairs((key, cell) for key, cell in zip(header, row, strict=True) if names.type_of(key)) for row in body]
    else:
        yield [Pairs(zip(header, row, strict=True)) for row in body]


def _entities(cells: list[str], sentence: AskedSentence) -> str:
    """Return the cell of a row that holds entities: the first whose texts all stand in the sentence, or say nothing."""
    for cell in cells:
        if is_nothing(cell) or all(map(sentence.holds, split_string(cell, sentence))):
            return cell
    return next(iter(cells), "")
