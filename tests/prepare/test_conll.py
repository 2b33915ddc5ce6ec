import pytest

from tinyner.errors import UserError
from tinyner.prepare.conll import parse

TYPES = ["PER", "LOC"]


def read(text: str) -> list[tuple[str, list[str], list[str]]]:
    return [(row["id"], row["words"], row["tags"]) for row in parse(text.split("\n"), "file.txt", "dev", TYPES)]


def test_sentences_documents_and_a_missing_last_blank_line() -> None:
    text = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP I-LOC\n. . O O\n\n\n-DOCSTART- -X- -X- O\nBlair NNP B-NP I-PER"
    assert read(text) == [
        ("conll-dev-00000", ["EU", "."], ["B-LOC", "O"]),
        ("conll-dev-00001", ["Blair"], ["B-PER"]),
    ]


@pytest.mark.parametrize("columns", ["{word} {tag}", "{word}\t{tag}", "{word} X {tag}", "{word} X Y {tag}"])
@pytest.mark.parametrize("tags", [("B-PER", "I-PER"), ("I-PER", "I-PER"), ("B-PER", "E-PER"), ("B-PER", "L-PER")])
def test_two_to_four_columns_in_any_scheme(columns: str, tags: tuple[str, str]) -> None:
    lines = [columns.format(word=word, tag=tag) for word, tag in zip(("Tony", "Blair"), tags, strict=True)]
    assert read("\n".join(lines) + "\n \r\n") == [("conll-dev-00000", ["Tony", "Blair"], ["B-PER", "I-PER"])]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("EU NNP I-LOC\nrejects O\n", r"file.txt:2: expected 3 columns as on line 1, found 2"),
        ("\nEU\n", r"file.txt:2: expected 2 to 4 columns, word to tag, found 1"),
        ("a b c d O\n", r"file.txt:1: expected 2 to 4 columns, word to tag, found 5"),
        ("EU O\n\nBlair O\nsaid Z-PER\n\n", r"file.txt:4: expected an IOB1, IOB2 or BIOES tag .* found 'Z-PER'"),
        ("EU O\n\nBlair O\nsaid E-PER", r"file.txt:4: tag 'E-PER' continues no entity"),
        ("EU I-GPE\n", r"file.txt:1: type GPE is none of the types in params.yaml \(PER, LOC\)"),
        ("10\u00a0000\tO\nEU\tO\n", r"file.txt:1: expected columns without white space in them"),
        ("New York\tB-LOC\n", r"file.txt:1: expected columns without white space in them"),
        ("a\tO\rb\tO\r", r"file.txt:1: expected"),
        ("-DOCSTART- O\n\n", r"file.txt: expected sentences in CoNLL columns, found none"),
    ],
)
def test_a_file_that_is_not_what_it_should_be(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(text)
