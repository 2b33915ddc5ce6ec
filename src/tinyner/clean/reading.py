"""What was read of an answer so far: texts with their types, and signs that something in it was not understood."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tinyner.clean import tag_sequences
from tinyner.clean.asked_sentence import AskedSentence
from tinyner.clean.failed import Failed
from tinyner.clean.tag_sequences import TaggedText
from tinyner.clean.type_names import TypeNames, is_no_type


@dataclass
class Reading:
    """Collects the mentions of one dictionary or list, which the modules beside this one read.

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
    problems: set[str] = field(default_factory=set)
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

    def add(self, label: str, text: str) -> None:
        """Add a text with its type, or with the tag of a word: ``B-PER``, ``O``."""
        prefix, type_name = self.names.find_tag(label)
        if type_name is None and is_no_type(label):
            self.add_outside(text)
            self.says_nothing = True
        elif type_name and prefix:
            self.problems.add("tags_for_types")
            self.tagged.append(TaggedText(prefix, type_name, text))
        else:
            self.tagged.append(TaggedText("", label, text))

    def add_outside(self, text: str) -> None:
        """Add a text that the reply holds to be no entity."""
        self.tagged.append(TaggedText("O", "", text))

    def text_at(self, start: int, end: int) -> str:
        """Return the text of the sentence between two offsets in characters.

        Raises:
            Failed: offsets (they are not the edges of words).
        """
        text = self.sentence.words_at(start, end)
        if text is None:
            raise Failed("offsets")
        self.problems.add("offsets_for_text")
        return text

    def is_other_type(self, label: str, texts: Sequence[str]) -> bool:
        """Return whether a label is a type outside the scheme: its texts stand in the sentence."""
        return bool(texts) and self.names.may_be_type(label) and all(map(self.sentence.holds, texts))
