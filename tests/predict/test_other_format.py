"""Other formats are told from prose by their first lines."""

import pytest

from tests.conll import conll_2003
from tests.plain_text import plain_text
from tinyner.predict.other_format import other_format

CONLL_U = "1\tEU\tEU\tPROPN\tNNP\t_\t2\tnsubj\t_\t_\n2\trejects\treject\tVERB\tVBZ\t_\t0\troot\t_\t_\n"
CONLL_2012 = (
    "bc/cctv/00  0  0  In  IN  (TOP(S(PP*  -  -  -  Anna  *  -\n"
    "bc/cctv/00  0  1  Rome  NNP  (NP*)))  -  -  -  Anna  (GPE)  -\n"
)
KINDS = {
    "CoNLL columns": {
        "IO tags": "EU ORG\nrejects O\n",
        "IO tags by tabs": "EU\tORG\nrejects\tO\n\nRome\tLOC\n",
        "IO tags in a third column": "EU NNP ORG\nrejects VBZ O\n",
        "IO tags in small letters": "EU org\nrejects O\nGerman misc\ncall O\n",
        "IO tags with names of many words": "Guernica WORK_OF_ART\nhangs O\nin O\n",
        "a line of another width": "EU ORG\nrejects O\n" * 10 + "Tony Blair left\n",
        "CoNLL-2012 without its beginning": CONLL_2012,
        "CoNLL-2012, sentences of other widths": CONLL_2012 * 2 + "\n" + "d 0 0 Yes UH (TOP*) - - - Anna * * -\n",
        "CoNLL-U without B-": CONLL_U,
        "CoNLL-U by blanks": CONLL_U.replace("\t", " "),
        "two words outside": "He O\nleft O\n",
        "three words outside": "He PRP O\nleft VBD O\n. . O\n",
        "tags first": "B-ORG EU\nO rejects\nO calls\n",
        "tags behind a slash": "EU/B-ORG rejects/O calls/O\nHe/O left/O",
        "parts of speech": "The DT\ndog NN\nbarks VBZ\n. .\n\nThe DT\ncat NN\nsleeps VBZ\n. .\n",
    },
    "columns parted by tabs": {
        "a number and a text": "1\tBlair left.\n2\tHe slept.\n",
        "trailing tabs": "EU\tx\t\nrejects\ty\t\n",
    },
    "CSV": {
        "without a header": "1,Blair left.\n2,He slept.\n",
        "without a header, quoted": '7,"Blair left, he said.",PER\n8,"Rome",LOC\n',
        "a text and a label": "Blair left.;PER\nHe slept.;O\n",
        "a header with a name in two parts": "id,title,body_text\n1,Rome,Blair left.\n",
        "a header, commas in texts": "id,title,body_text\n1,Rome,Blair left, he said, and slept\n2,Rome,No\n",
        "a header without text": "id;headline;date\n1;Blair left;1997\n2;Rome fell;476\n",
        "a header alone": "text\n",
        "a header of a column": "text\nBlair left.\nHe slept.\n",
        "a quoted header of a column": '"Sentence"\n"Blair left."\n',
        "pipes": "1|Blair left.|x\n2|He slept.|y\n",
    },
    "XML or HTML": {
        "no declaration": "<root><s>Blair left.</s></root>\n",
        "a root alone": "<root>\n<s>Blair left.</s>\n",
        "SGML": "\n<TEXT>\nBlair left.\n",
        "attributes": '<doc id="7">Blair left.\n',
        "a part in bold": "<b>Blair</b> left.\n",
        "a comment": "<!-- mine -->\nBlair left.\n",
    },
}


@pytest.mark.parametrize(
    ("expected", "kind"), [(name, kind) for name, contents in KINDS.items() for kind in contents], ids=str
)
def test_predict_kind_of_input(expected: str, kind: str) -> None:
    assert str(other_format(KINDS[expected][kind].split("\n"))).startswith(expected)


PROSE = {
    "a list of words": "Paris\nRome\nUN\nO\nBonn\n",
    "a list of names": "Tony BLAIR\nAngela MERKEL\nKim IL\n",
    "lists of cities": "Paris, Rome, Bonn\nOslo, Berlin, Bern\n",
    "cities and countries": "Paris, France\nRome, Italy\n",
    "dialogues": "Anna: Hello\nTony: Hello\nAnna: Bye\n",
    "chats": "<anna> Hello\n<tony> Hello, Anna\n",
    "a numbered list": "1 Tony Blair\n2 Angela Merkel\n3 Bill Clinton\n",
    "a list with dots": "1. Rome\n2. Paris\n",
    "bullets": "- Rome is old\n- Bonn is small\n",
    "dashes": "Rome - capital of Italy\nBern - capital of Switzerland\n",
    "quotations": '"We won," said Blair, "again."\n"No," he said.\n',
    "large numbers": "It costs 1,000 dollars\nIt costs 2,500 dollars\n",
    "lines of like length": "Blair left Rome\nHe slept well\n\nShe saw Bonn\n",
    "semicolons": "He came; he saw\nShe went; she slept\n",
    "blood types": "Group O\nGroup AB\nGroup A\n",
    "poems": "O Lord\nO God\n\nO Rome\n",
    "lines begun by a tab": "\tBlair left.\n\tHe slept.\n",
    "a tab in some lines": "Blair\tleft.\nHe slept.\nShe saw Bonn.\n",
    "a comparison": "<3 Rome\n< 5 people\n",
    "a heading": "Text of the speech\nBlair left.\n",
    "hashes": "# Rome\n# Paris\n",
    "stars": "The *old* town of Rome *is* nice\n",
}


@pytest.mark.parametrize("kind", PROSE)
def test_prose_is_prose(kind: str) -> None:
    assert other_format(PROSE[kind].split("\n")) is None


@pytest.mark.slow
@pytest.mark.parametrize("parted", ["\n", "\n\n"])
def test_sentences_of_the_corpus_are_prose(parted: str) -> None:
    sentences = conll_2003("test")
    for texts in ([plain_text(row["words"])[0] for row in sentences], [" ".join(row["words"]) for row in sentences]):
        for size in (2, 5, 50):
            for begin in range(0, len(texts), size):
                lines = parted.join(texts[begin : begin + size]).split("\n")
                assert other_format(lines) is None, lines[:10]
