"""Read mentions from the dictionaries and lists of a reply, in any of the shapes that LLMs write."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tinyner.clean import entity_keys, tag_sequences
from tinyner.clean.asked_sentence import AskedSentence, squeezed
from tinyner.clean.failed import Failed
from tinyner.clean.lenient_json import Number, Pairs, json_in
from tinyner.clean.mention_texts import FRAGMENTS, is_nothing, split_string, typed_string
from tinyner.clean.tag_sequences import TaggedText
from tinyner.clean.type_names import TypeNames, is_no_type

_LARGE = 1000  # above the length of sentences; years, for example
_NOTE_WORDS = 3  # a longer string beside types is a remark


@dataclass
class Reader:
    """Collects the mentions of one reply.

    Attributes:
        names: of the scheme's types.
        sentence: that was asked.
        problems: every shape but a dictionary of type to texts adds its name.
        tagged: what was read, in the reply's order.
        says_nothing: some part says that there is no entity: an empty list or dictionary, ``none``.
        is_unread: some part has content that is no mention of any type, and no remark beside others.
        has_untyped: a text of the sentence stands where mentions do, without a type.
    """

    names: TypeNames
    sentence: AskedSentence
    problems: set[str]
    tagged: list[TaggedText] = field(default_factory=list)
    says_nothing: bool = False
    is_unread: bool = False
    has_untyped: bool = False

    def mentions(self) -> list[tuple[str, str]]:
        """Return (type as written, text) of every mention; the words of tag sequences are joined.

        Raises:
            Failed: no_types (there is content, but no mention), half_read (a text of the sentence has no type).
        """
        joined = tag_sequences.joined(self.tagged, self.sentence)
        if not joined and (self.is_unread or self.has_untyped or not self.says_nothing):
            raise Failed("no_types")
        if self.has_untyped:
            raise Failed("half_read")
        return joined

    def read(self, value: Any) -> None:
        """Read a dictionary or list as a whole answer, or as a part of it."""
        if isinstance(value, Pairs):
            self._object(value)
        elif isinstance(value, list):
            self.problems.add("list_of_dictionaries")
            self._list(value)
        elif isinstance(value, str) and (inner := json_in(value, self.problems)) is not None:
            self.problems.add("json_in_a_string")
            self.read(inner)
        elif value is None or value is False or (isinstance(value, str) and is_nothing(value)):
            self.says_nothing = True
        elif isinstance(value, str):
            self._list(split_string(value, self.sentence))
        else:
            self.is_unread = True

    def is_mention(self, value: Any) -> bool:
        """Return whether a value is one object that describes one mention."""
        return isinstance(value, Pairs) and self._label(value) is not None

    def leaves_out(self, value: Any) -> bool:
        """Return whether a value has a text of the sentence that is in no mention, remarks and words outside aside."""
        read = [squeezed(item.text) for item in self.tagged]
        return any(
            self.sentence.holds(text)
            and not self.sentence.is_echoed_by(text)
            and not any(squeezed(text) in mention for mention in read)
            for text in self._leaves(value)
        )

    def _leaves(self, value: Any) -> Iterator[str]:
        if isinstance(value, Pairs):
            for key, inner in value:
                if self._type_of(key) or not (entity_keys.is_note_key(key) or is_no_type(key)):
                    yield from self._leaves(inner)
                if not entity_keys.is_reserved(key) and not self._type_of(key):
                    yield key
        elif isinstance(value, list):
            for item in value:
                yield from self._leaves(item)
        elif isinstance(value, str) and any(map(str.isupper, value)) and not self._type_of(value):
            inner = json_in(value, set())
            yield from [value] if inner is None else self._leaves(inner)

    # Objects

    def _object(self, pairs: Pairs) -> None:
        if not pairs:
            self.says_nothing = True
            return
        if _is_schema(pairs):
            self.is_unread = True
            return
        if len(objects := _objects_in(pairs)) > 1:
            for part in objects:
                self._object(part)
            return
        if self._parallel_lists(pairs) or self._typed_object(pairs):
            return
        typed = any(self._type_of(key) for key, _ in pairs)
        if not typed and self._wrapped(pairs):
            return
        if len({key for key, _ in pairs}) < len(pairs):
            self.problems.add("duplicated_key")
        inverted = [(string, key) for key, value in pairs for string in self._labels_in(value)]
        if sum(map(self._rank, (label for label, _ in inverted))) > sum(self._rank(key) for key, _ in pairs):
            self._inverted(inverted)
            self.tagged += [TaggedText("O", "", key) for key, value in pairs if value in (None, [], False)]
        else:
            self._by_type(pairs, typed=typed)

    def _type_of(self, label: str) -> str | None:
        return self.names.find_tag(label)[1]

    def _rank(self, label: str) -> int:
        return self.names.rank(label) or int(self._type_of(label) is not None)

    def _labels_in(self, value: Any) -> list[str]:
        """Return the strings that a value is or lists, or the type of an object."""
        if isinstance(value, Pairs):
            label = self._label(value)
            return [] if label is None else [label]
        return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]

    def _label(self, pairs: Pairs) -> str | None:
        """Return the type of an object that describes a mention, as it is written; None where it has none."""
        labels = [
            label
            for key, value in pairs
            if entity_keys.is_type_key(key)
            for label in [value[0] if isinstance(value, list) and len(value) == 1 else value]
            if isinstance(label, str) and not isinstance(label, Number)
        ]
        if not any(map(self._type_of, labels)):
            texts = [value for key, value in pairs if entity_keys.text_rank(key) is not None and isinstance(value, str)]
            labels += [
                text for text in texts if len(texts) > 1 and self._type_of(text) and not self.sentence.holds(text)
            ]
        if not any(map(self._type_of, labels)):
            labels = self._label_under_any_key(pairs) or labels
        return next((label for label in labels if self._type_of(label)), labels[0] if labels else None)

    def _label_under_any_key(self, pairs: Pairs) -> list[str]:
        """Return the type in {"surface": "Rosa", "cls": "PER"}: one type, one text, keys that are no words of it."""
        strings = [(key, value) for key, value in pairs if isinstance(value, str) and not entity_keys.is_note_key(key)]
        labels = [value for _, value in strings if self._type_of(value)]
        texts = [value for _, value in strings if not self._type_of(value) and self.sentence.holds(value)]
        if any(self.sentence.holds(key) or self._type_of(key) for key, _ in pairs):
            return []
        return labels if len(labels) == len(texts) == 1 else []

    def _typed_object(self, pairs: Pairs) -> bool:
        """Read {"type": "PER", "text": "Blair"}, the like with offsets, and {"type": "PER", "entities": ["Blair"]}."""
        label = self._label(pairs)
        if label is None:
            return False
        label_type = self._type_of(label)
        texts = self._texts_of_mention(pairs, label) or self._text_under_any_key(pairs, label)
        if not label_type and is_no_type(label) and texts:
            self._add(label, texts[0])
            return True
        if not label_type and (entity_keys.is_schema_type(label) or not self._is_other_type(label, texts)):
            return False
        if texts:
            self.problems.add("one_object_a_mention")
            for text in texts:
                self._text(label, text)
            return True
        lists = [value for key, value in pairs if isinstance(value, list) and not entity_keys.is_type_key(key)]
        if not lists or label not in [value for _, value in pairs if isinstance(value, str)]:
            return False
        self.problems.add("object_a_type")
        for value in lists:
            self._texts(label, value)
        return True

    def _texts_of_mention(self, pairs: Pairs, label: str) -> list[str]:
        """Return the text of an object that describes a mention, from its offsets where it has no text."""
        ranked = sorted(
            (rank, index, value)
            for index, (key, value) in enumerate(pairs)
            if isinstance(value, str) and value != label and (rank := entity_keys.text_rank(key)) is not None
        )
        texts = [value for _, _, value in ranked]
        texts = [text for text in texts if not self._type_of(text)] or list(filter(self.sentence.holds, texts))
        standing = [text for text in texts if self.sentence.holds(text)]
        shorter = [text for text in standing if not self.sentence.is_echoed_by(text)]
        if chosen := shorter or standing or texts:
            return chosen[:1]
        offsets = _offsets(pairs)
        return [self._at(*offsets)] if offsets else []

    def _text_under_any_key(self, pairs: Pairs, label: str) -> list[str]:
        """Return the only text of the sentence that an object with a type has, such as a node's id."""
        others = {
            value
            for key, value in pairs
            if isinstance(value, str) and value != label and (key == "id" or not entity_keys.is_remark_key(key))
        }
        standing = [text for text in others if self.sentence.holds(text) and not self.sentence.is_echoed_by(text)]
        return standing if len(standing) == 1 else []

    def _at(self, start: int, end: int) -> str:
        text = self.sentence.words_at(start, end)
        if text is None:
            raise Failed("offsets")
        self.problems.add("offsets_for_text")
        return text

    def _is_other_type(self, label: str, texts: Sequence[str]) -> bool:
        """Return whether a label is a type outside the scheme: its texts stand in the sentence."""
        return bool(texts) and self.names.may_be_type(label) and all(map(self.sentence.holds, texts))

    def _parallel_lists(self, pairs: Pairs) -> bool:
        """Read {"words": ["Max", "left"], "tags": ["B-PER", "O"]}."""
        lists = [value for _, value in pairs if isinstance(value, list) and value and not isinstance(value, Pairs)]
        lists = [value for value in lists if all(isinstance(item, str) for item in value)]
        tags = [value for value in lists if all(self._type_of(tag) or is_no_type(tag) for tag in value)]
        others = [value for value in lists if value not in tags]
        if len(tags) != 1 or len(others) != 1 or any(self._type_of(k) for k, _ in pairs):
            return False
        if len(tags[0]) != len(others[0]):
            raise Failed("tags")
        self.problems.add("parallel_lists")
        self._sequence(list(zip(tags[0], others[0], strict=True)))
        return True

    def _wrapped(self, pairs: Pairs) -> bool:
        """Read {"entities": {...}}, {"sentence": "...", "entities": [...]}, and a tool call's arguments."""
        inner = [(key, self._unquoted(key, value)) for key, value in pairs]
        calls = [(key, value) for key, value in inner if entity_keys.is_call_key(key) and isinstance(value, list)]
        containers = calls or [
            (key, value) for key, value in inner if not entity_keys.is_note_key(key) and self._is_container(key, value)
        ]
        if not containers:
            return False
        self.problems.add("wrapped")
        for _, value in containers:
            before = len(self.tagged)
            self.read(value)
            self._check_types(self.tagged[:before], self.tagged[before:])
        if not calls:
            self._rest(pairs, {key for key, _ in containers})
        return True

    def _check_types(self, earlier: Sequence[TaggedText], later: Sequence[TaggedText]) -> None:
        """Raise where two containers have a text under different types: one of them may be a draft."""
        types = {squeezed(item.text): self._type_of(item.label) for item in earlier}
        for item in later:
            if types.get(squeezed(item.text), label := self._type_of(item.label)) != label:
                raise Failed("contradictory")

    def _unquoted(self, key: str, value: Any) -> Any:
        if isinstance(value, str) and not entity_keys.is_note_key(key):
            inner = json_in(value, self.problems)
            if inner is not None:
                self.problems.add("json_in_a_string")
                return inner
        return value

    def _is_container(self, key: str, value: Any) -> bool:
        if isinstance(value, Pairs):
            return bool(value) and not self._is_entity_with_type(key, value)
        if isinstance(value, list):
            holds_others = any(isinstance(item, list) for item in value)
            strings = [item for item in value if isinstance(item, str)]
            return holds_others or (
                bool(strings) and any(typed_string(item, self.names, self.sentence) for item in strings)
            )
        if isinstance(value, str) and entity_keys.is_container_key(key):
            return any(typed_string(part, self.names, self.sentence) for part in split_string(value, self.sentence))
        return False

    def _is_entity_with_type(self, key: str, value: Pairs) -> bool:
        """Return whether {"Blair": {"type": "PER"}} is meant, and not {"entity": {"type": "PER", "text": "Blair"}}."""
        label = self._label(value)
        return label is not None and self.sentence.holds(key) and not entity_keys.is_container_key(key)

    def _rest(self, pairs: Pairs, read: set[str]) -> None:
        """Take what stands beside containers: nothing that has content may be left out but remarks."""
        for key, value in pairs:
            if key in read or entity_keys.is_note_key(key) or not isinstance(value, list):
                continue
            strings = [item for item in value if isinstance(item, str)]
            if self._is_other_type(key, strings) and not entity_keys.is_container_key(key):
                for text in strings:
                    self._add(key, text)
            elif any(map(self.sentence.holds, strings)) and not entity_keys.is_container_key(key):
                raise Failed("half_read")

    def _inverted(self, inverted: Sequence[tuple[str, str]]) -> None:
        self.problems.add("entity_to_type")
        stands = any(self.sentence.holds(text) for _, text in inverted)
        for label, text in inverted:
            if not stands or (entity_keys.is_reserved(text) and not self.sentence.holds(text)):
                self.is_unread = True
            elif self._type_of(label) or is_no_type(label) or self._is_other_type(label, [text]):
                self._add(label, text)

    def _by_type(self, pairs: Pairs, *, typed: bool) -> None:
        """Read {"PER": ["Blair"], ...}, with remarks, wrapped mentions and types outside the scheme beside."""
        tags = [(self.names.find_tag(key), value) for key, value in pairs]
        if any(prefix in tag_sequences.INSIDE for (prefix, label), _ in tags if label):
            self.tagged += tag_sequences.from_lists(
                [(prefix, label, _strings(value)) for (prefix, label), value in tags if label], self.sentence
            )
            self.problems.add("tags_for_types")
            return
        for (_, label), (key, content) in zip((tag for tag, _ in tags), pairs, strict=True):
            if label:
                self._texts(key, content)
            else:
                self._beside_types(key, content, typed=typed)

    def _beside_types(self, key: str, content: Any, *, typed: bool) -> None:
        if entity_keys.is_error(key, content):
            self.is_unread = True
        elif is_no_type(key):
            self.says_nothing = True
        elif content in ([], None, False) or (isinstance(content, str) and not content.strip()):
            is_entity = self.sentence.holds(key) and not entity_keys.is_reserved(key)  # {"Rosa": null}: of which type?
            self.is_unread |= is_entity
            self.says_nothing |= not is_entity
            self.problems.add("note")
        elif isinstance(content, str) and is_nothing(content) and entity_keys.is_container_key(key):
            self.says_nothing = True
            self.problems.add("nothing_in_words")
        elif not entity_keys.is_note_key(key) and isinstance(content, list) and self._is_container(key, content):
            self.problems.add("wrapped")
            self.read(content)
        else:
            self._other_type(key, content, typed=typed)

    def _other_type(self, key: str, content: Any, *, typed: bool) -> None:
        """Read the texts of a type outside the scheme, or pass a remark: a few words, a key that names remarks."""
        strings = _strings(content)
        is_type = not entity_keys.is_reserved(key)
        stands = any(map(self.sentence.holds, strings))
        if is_type and stands and not self.names.may_be_type(key):
            raise Failed("no_types")
        is_short = isinstance(content, list) or len(content.split()) <= _NOTE_WORDS if strings else False
        if is_type and (stands or (typed and is_short and self.names.may_be_type(key))):
            self._texts(key, content)
        else:
            self.problems.add("note")
            self.is_unread |= not typed and not entity_keys.is_note_key(key)
            self.has_untyped |= typed and stands and isinstance(content, list) and not entity_keys.is_note_key(key)

    # Lists

    def _list(self, items: Sequence[Any]) -> None:
        if not items:
            self.says_nothing = True
        rows = [_fields(item) for item in items]
        if rows and all(row is not None for row in rows) and self._pairs([row or [] for row in rows]):
            return
        for item in items:
            if isinstance(item, Pairs):
                self._object(item)
            elif isinstance(item, list):
                pair_of_lists = len(item) == 2 and isinstance(item[0], str) and isinstance(item[1], list)
                if pair_of_lists and self._type_of(item[0]):
                    self._texts(item[0], item[1])  # ["PER", ["Blair", "Benn"]]
                elif not (row := _fields(item)) or not self._pairs([row]):
                    self._list(item)
            elif isinstance(item, str) and (found := typed_string(item, self.names, self.sentence)):
                self.problems.add("typed_string")
                self._add(*found)
            else:
                self._untyped(item)

    def _untyped(self, item: Any) -> None:
        """Take an element of a list of mentions that has no type: no text of the sentence may get lost here."""
        if item is None or (isinstance(item, str) and (not item.strip() or is_nothing(item))):
            self.says_nothing = True
            return
        self.problems.add("value_without_type")
        self.is_unread = True
        if self.tagged and isinstance(item, str) and self.sentence.holds(item):
            raise Failed("half_read")

    def _pairs(self, rows: Sequence[Sequence[Any]]) -> bool:
        """Read [["Blair", "PER"], ...], with offsets beside the text or in its place; types stand at one position."""
        positions = []
        for row in rows:
            typed = [index for index, item in enumerate(row) if not isinstance(item, Number) and self._type_of(item)]
            if len(typed) > 1:
                typed = [index for index in typed if not self.sentence.holds(row[index])] or [
                    index for index in typed if self.names.rank(row[index]) > 1
                ]
            if len({self._type_of(row[index]) for index in typed}) == 1:
                typed = typed[:1]  # ["Rosa", "PER", "person"]
            positions.append(typed[0] if len(typed) == 1 else None)
        others = [
            row for row, at in zip(rows, positions, strict=True) if at is None and not any(map(_is_no_type_item, row))
        ]
        at_first = {at for at in positions if at is not None}
        if not at_first and others:
            return False
        sequence = []
        for row, position in zip(rows, positions, strict=True):
            outside = (index for index, field in enumerate(row) if _is_no_type_item(field))
            at = next(outside, min(at_first, default=0)) if position is None else position
            if at >= len(row):
                raise Failed("half_read")
            sequence.append((str(row[at]), self._text_in([item for i, item in enumerate(row) if i != at])))
        self._sequence(sequence)
        return True

    def _text_in(self, fields: Sequence[Any]) -> str:
        """Return the text of a pair whose type was taken out: its string, or what stands at its offsets."""
        strings = [item for item in fields if not isinstance(item, Number)]
        if len(strings) > 1:
            strings = [text for text in strings if self.sentence.holds(text)] or strings[:1]
        if strings:
            return str(strings[0])
        numbers = [int(item) for item in fields if _is_whole(item)]
        if len(numbers) != 2:
            if len(fields) == 1:
                return str(fields[0])  # the text is a number
            raise Failed("no_types")
        return self._at(*numbers)

    def _sequence(self, sequence: Sequence[tuple[str, str]]) -> None:
        """Add texts with their tags; bare types among O are the tags of words, whose neighbours belong together."""
        prefixes = {self.names.find_tag(tag)[0] for tag, _ in sequence}
        is_word_by_word = prefixes == {""} and any(is_no_type(tag) and not self._type_of(tag) for tag, _ in sequence)
        for tag, text in sequence:
            if is_word_by_word and self._type_of(tag):
                self.tagged.append(TaggedText("I", tag, text))
            else:
                self._add(tag, text)

    # Texts

    def _add(self, label: str, text: str) -> None:
        prefix, label_type = self.names.find_tag(label)
        if label_type is None and is_no_type(label):
            self.tagged.append(TaggedText("O", "", text))
            self.says_nothing = True
        else:
            if prefix:
                self.problems.add("tags_for_types")
            self.tagged.append(TaggedText(prefix, (label_type or label) if prefix else label, text))

    def _texts(self, label: str, content: Any) -> None:
        """Read the texts of a type; a list within the list holds the fragments of a mention."""
        if isinstance(content, Number):
            self._number(label, content, is_alone=True)  # {"PER": 2}
        elif isinstance(content, str):
            self._string(label, content)
        elif content is None or content is False:
            self.problems.add("null_for_list")
            self.says_nothing = True
        elif isinstance(content, Pairs):  # {"PER": {"Blair": "..."}}
            self._texts_of_object(label, content)
        elif isinstance(content, list):
            self.says_nothing |= not content
            self._texts_of_list(label, content)
        else:  # true
            self.has_untyped = True

    def _string(self, label: str, content: str) -> None:
        inner = json_in(content, self.problems)
        if inner is not None:
            self.problems.add("json_in_a_string")
            self._texts(label, inner)
            return
        self.problems.add("string_for_list")
        for text in split_string(content, self.sentence):
            self._add(label, text)

    def _number(self, label: str, number: Number, *, is_alone: bool = False) -> None:
        """Take a number for a mention if the sentence has it as a word, and else for a count or an index."""
        self.problems.add("number_for_text")
        if self.sentence.has_words(number) and not (is_alone and _may_be_place(number)):
            self._add(label, str(number))
        else:
            self.has_untyped = True

    def _texts_of_list(self, label: str, items: Sequence[Any]) -> None:
        numbers = [item for item in items if isinstance(item, Number)]
        if numbers and len(numbers) == len(items):
            joined = ",".join(numbers)  # 1,000 without quotes
            if len(numbers) > 1 and self.sentence.has_words(joined):
                self._number(label, Number(joined))
                return
            if not any(map(_may_be_place, numbers)) and not any(map(self.sentence.has_words, numbers)):
                for number in numbers:  # large ones are no offsets or counts, but mentions that are not in the sentence
                    self._add(label, str(number))
                return
        for item in items:
            if isinstance(item, Number):
                self._number(label, item)
            elif isinstance(item, str):
                self._text(label, item)
            elif isinstance(item, Pairs):
                self._texts_of_object(label, item)
            elif isinstance(item, list):
                self._texts_of_inner_list(label, item)
            elif item is None:
                self.problems.add("null_for_text")
                self.says_nothing = True
            else:
                self.has_untyped = True

    def _text(self, label: str, text: str) -> None:
        """Add a text of a list, which may hold several in spite of the list."""
        texts = [text] if self.sentence.holds(text) else split_string(text, self.sentence)
        typed = None if self.sentence.holds(text) else typed_string(text, self.names, self.sentence)
        if typed and self._type_of(typed[0]) != self._type_of(label):
            raise Failed("contradictory")  # {"PER": ["Mainz (LOC)"]}
        if typed:
            texts = [typed[1]]
            self.problems.add("typed_string")
            text = typed[1]
        if len(texts) > 1 and all(map(self.sentence.holds, texts)):
            self.problems.add("string_for_list")
            for part in texts:
                self._add(label, part)
        elif text.strip() and not text.strip(". \u2026"):  # ...: a placeholder
            self.is_unread = True
        else:
            self._add(label, text)

    def _texts_of_inner_list(self, label: str, items: Sequence[Any]) -> None:
        strings = [item for item in items if isinstance(item, str) and not isinstance(item, Number)]
        numbers = [int(item) for item in items if isinstance(item, Number) and _is_whole(item)]
        are_numbers = sum(isinstance(item, Number) for item in items)
        if are_numbers and len(strings) == 1 and are_numbers + 1 == len(items):  # ["Blair", 0, 5], ["Blair", 0.9]
            self._add(label, strings[0])
        elif len(numbers) == len(items) == 2 and not strings:  # [0, 5]
            self._add(label, self._at(*numbers))
        elif strings and len(strings) == len(items):
            self.problems.add("list_of_fragments")
            self._add(label, FRAGMENTS.join(strings))
        elif items:
            self.is_unread = True

    def _texts_of_object(self, label: str, pairs: Pairs) -> None:
        """Read the mention of {"text": "Blair", "start": 3}, or the keys of {"Blair": "a person", ...}."""
        if _is_schema(pairs):
            self.has_untyped = True
            return
        self.problems.add("object_for_text")
        if texts := self._texts_of_mention(pairs, label):
            self._add(label, texts[0])
            return
        if any(self._type_of(key) for key, _ in pairs):
            raise Failed("no_dictionary")  # a type within a type: a lost quotation mark or bracket
        before = len(self.tagged)
        for key, value in pairs:
            if value is False:
                continue
            if self.sentence.holds(key) and not (
                isinstance(value, list) and value and entity_keys.is_container_key(key)
            ):
                self._add(label, key)
            elif isinstance(value, list) and not isinstance(value, Pairs) and not entity_keys.is_note_key(key):
                self._texts(label, value)
        self.is_unread |= len(self.tagged) == before and bool(pairs)


def _objects_in(pairs: Pairs) -> list[Pairs]:
    """Return the objects that a list of pairs with the same keys again and again holds: Type, Text, Type, Text, ..."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) == len(keys) or not any(map(entity_keys.is_type_key, keys)) or keys.count(keys[0]) < 2:
        return [pairs]
    objects: list[Pairs] = []
    for key, value in pairs:
        if key == keys[0]:
            objects.append(Pairs())
        objects[-1].append((key, value))
    return objects


def _strings(value: Any) -> list[str]:
    items = value if isinstance(value, list) and not isinstance(value, Pairs) else [value]
    return [item for item in items if isinstance(item, str)]


def _fields(item: Any) -> list[str] | None:
    """Return the strings and numbers of a list that may be a pair of text and type, None for anything else."""
    if isinstance(item, Pairs) or not isinstance(item, list) or not 2 <= len(item) <= 5:
        return None
    fields = ["O" if field is None else field for field in item]
    return fields if all(isinstance(field, str) for field in fields) else None


def _is_no_type_item(item: Any) -> bool:
    return isinstance(item, str) and not isinstance(item, Number) and item in ("O", "o", "None", "none")


def _offsets(pairs: Pairs) -> tuple[int, int] | None:
    """Return where an object says that its mention begins and ends, in characters; None where it does not."""
    flat = list(pairs)
    for key, value in pairs:
        if isinstance(value, Pairs):  # {"char_interval": {"start_pos": 0, "end_pos": 4}}
            flat += value
        elif isinstance(value, list) and len(value) == 2 and not entity_keys.is_type_key(key):
            flat += [("start", value[0]), ("end", value[1])]
    starts = [int(value) for key, value in flat if entity_keys.is_start_key(key) and _is_whole(value)]
    ends = [int(value) for key, value in flat if entity_keys.is_end_key(key) and _is_whole(value)]
    return (starts[0], ends[0]) if len(starts) == len(ends) == 1 else None


def _may_be_place(number: str) -> bool:
    """Return whether a number may be an offset, an index or a count."""
    return _is_whole(number) and int(number) < _LARGE


def _is_whole(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10


def _is_schema(pairs: Pairs) -> bool:
    """Return whether an object is a JSON Schema, or a part of one, and no answer that follows it."""
    fields = dict(pairs)
    if any(key in fields for key in ("$schema", "$defs", "$ref", "anyOf")):
        return True
    if not entity_keys.is_schema_type(fields.get("type")):
        return False
    if isinstance(fields.get("items"), list) and not isinstance(fields["items"], Pairs):
        return False
    properties = fields.get("properties")
    return not isinstance(properties, Pairs) or all(
        isinstance(value, Pairs) and _is_schema(value) for _, value in properties
    )
