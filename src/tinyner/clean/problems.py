"""What each problem of a reply means, in plain words."""

NO_LABELS = "no_labels"

FAILURES = {
    "another_sentence": "answers another sentence than the one asked for",
    "contradictory": "gives two answers that disagree",
    "echoed": "its only answer stands in the sentence itself, or in the prompt, so it may be an echo",
    "empty": "nothing was replied",
    "half_read": "a name of the answer has no type, or stands where it can't be read",
    NO_LABELS: "the file of labels has no row for the sentence",
    "no_dictionary": "neither JSON with the entities nor another list of them is in it",
    "no_types": "there is an answer, but no entity type with a text of the sentence",
    "offsets": "positions in place of texts, and they are not the edges of words",
    "refused": "the model says that it can't or won't answer",
    "tags": "tags of words that do not fit the sentence",
    "truncated": "broken off before its end; raise the annotator's limit on tokens, if it has one",
    "unclear_string": "one text that may be a single entity or several",
    "unsure_repair": "broken JSON, and its repair may lose a name or move it",
}
"""Why replies fail; a failed reply has a single problem."""

REPAIRS = {
    "broken_characters": "characters that are none were replaced",
    "code_fence": "the answer is in a Markdown code block",
    "duplicated_key": "a type is there twice",
    "empty_mention": "a mention without a letter or digit was left out",
    "entity_to_type": "from entity to type instead of from type to entities",
    "inline_tags": "the sentence with tags in it",
    "json_in_a_string": "JSON inside a string",
    "json_repaired": "broken JSON was repaired",
    "lines": "lines of text instead of JSON",
    "list_of_dictionaries": "a list instead of one dictionary",
    "list_of_fragments": "an entity as a list of its parts",
    "no_result_line": "no line begins with Result:",
    "none_for_empty": "a word for nothing, such as none, in a list of entities",
    "note": "remarks beside the entities were left out",
    "nothing_in_words": "says in words that there is no entity",
    "null_for_list": "null instead of an empty list",
    "null_for_text": "null instead of a text",
    "number_for_text": "a number instead of a text",
    "object_a_type": "an object for each type",
    "object_for_text": "an object instead of a text",
    "offsets_for_text": "positions instead of texts",
    "one_object_a_mention": "an object for each entity",
    "parallel_lists": "a list of texts and a list of their types",
    "prose_after": "words behind the answer",
    "result_line_renamed": "the line Result: has another name",
    "run_on": "went on with another example behind the answer, which was cut off",
    "several_dictionaries": "several dictionaries, read as one",
    "several_results": "several lines Result:, of which the last one counts",
    "string_for_list": "a string instead of a list",
    "tags_for_types": "tags such as B-PER instead of types",
    "text_repaired": "escapes or marks in a text were taken out",
    "truncated": "broken off before its end; complete entities were kept",
    "type_renamed": "a type by another of its names",
    "typed_string": "text and type in one string",
    "unbalanced_brackets": "brackets are missing or too many",
    "value_without_type": "a value without a type was left out",
    "wrapped": "the entities are inside another object",
}
"""In which ways a reply was read that is not as it was asked for."""


def explained(problem: str, *, failed: bool) -> str:
    """Return a problem with what it means.

    >>> explained("refused", failed=True)
    "refused (the model says that it can't or won't answer)"
    """
    return f"{problem} ({(FAILURES if failed else REPAIRS)[problem]})"
