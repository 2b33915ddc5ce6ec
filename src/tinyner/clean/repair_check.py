"""Check what a repair of broken JSON came to: a lost quotation mark or bracket must not lose or move a mention."""

import itertools
import re
from collections.abc import Collection, Sequence

import regex

from tinyner.clean.asked_sentence import AskedSentence, squeezed
from tinyner.clean.failed import Failed
from tinyner.clean.type_names import TypeNames, is_no_type
from tinyner.comparison_key import without_escapes

# An apostrophe within a word parts nothing.
_SIGNS = re.compile(
    r"[\"\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a\u300c\u300d\[\]{}:,;\uff1a\uff0c]"
    r"|(?<!\w)['\u2018\u2019]|['\u2018\u2019](?!\w)"
)
_EDGES = regex.compile(r"\A\W+|[^\w\p{M}]+\Z")
_QUOTES = "\"'\u201e\u201c\u201d\u00ab\u00bb"
_JSON_IN_TEXT = re.compile(r"[\"\u201c\u201d\[\]{}]|\A\s*[,:]|[,:]\s*\Z")
# Shapes in which a type does not stand before its texts.
_OTHER_ORDER = {
    "entity_to_type", "one_object_a_mention", "object_a_type", "object_for_text", "wrapped", "parallel_lists",
    "typed_string", "tags_for_types", "list_of_dictionaries", "truncated",
}  # fmt: skip


def check_repair(
    dictionary: str,
    mentions: Sequence[tuple[str, str]],
    names: TypeNames,
    sentence: AskedSentence,
    problems: Collection[str],
) -> None:
    """Compare the mentions of a repaired dictionary with its text.

    Every text between signs of JSON that stands in the sentence must be in a mention, under the type that stands
    before it. No mention may have signs of JSON in it that the sentence does not have there.

    Raises:
        Failed: unsure_repair.
    """
    if "list_of_fragments" in problems or any(
        _JSON_IN_TEXT.search(text.strip(_QUOTES)) and not sentence.holds(text) for _, text in mentions
    ):
        raise Failed("unsure_repair")
    read: dict[str, set[str]] = {}
    for label, text in mentions:
        read.setdefault(squeezed(text), set()).add(label)
    has_order = not _OTHER_ORDER.intersection(problems)
    label_before = None
    checked = set()
    parts = [part for part in _SIGNS.split(without_escapes(dictionary)) if part.strip(" \t\n()")]
    for written, following in itertools.pairwise([*parts, ""]):
        part = written if sentence.holds(written) else _EDGES.sub("", written)
        key = squeezed(part)
        type_name = names.find(written)
        if type_name and key not in read:
            label_before = type_name
        elif (label_before, key) not in checked and sentence.holds(part):
            checked.add((label_before, key))
            if is_no_type(following) and following.strip():
                continue  # a word with the tag O
            labels = {label for text, labels in read.items() if key in text for label in labels}
            if not labels or (has_order and label_before is not None and label_before not in labels):
                raise Failed("unsure_repair")
