"""The related sentences: news of the BBC, or a file of the user's (``prepare.related``)."""

import zipfile
from collections.abc import Sequence

from tinyner import fetch
from tinyner.corpus_files import user_files
from tinyner.corpus_files.reading import Reading
from tinyner.params import Prepare
from tinyner.prepare import bbc_news
from tinyner.prepare.ranking import first, ranked
from tinyner.rows import Sentence


def read(source: str, reading: Reading) -> Sequence[Sentence]:
    """Return all sentences of a source, in its order; none of the source ``none``.

    Raises:
        UserError: if it can't be fetched or read.
    """
    if source == "none":
        return []
    if source == "wheel":
        return bbc_news.sentences(bbc_news.articles_2017())
    path = fetch.file(source)
    if zipfile.is_zipfile(path) or path.suffix.lower() == ".zip":
        return bbc_news.sentences(bbc_news.articles_greene_cunningham(path))
    return user_files.read(path, fetch.address(source), "own-news", reading)


def sample(prepare_params: Prepare, reading: Reading) -> Sequence[Sentence]:
    """Return the related sentences of params.yaml, by rank.

    Raises:
        UserError: as ``read``; if there are fewer than ``prepare.related_size``.
    """
    return chosen(prepare_params, read(prepare_params.related, reading))


def chosen(prepare_params: Prepare, sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """Return those of all sentences of the source that params.yaml asks for, by rank; as ``sample``."""
    if prepare_params.related == "none":
        return []
    return first(ranked(sentences, prepare_params.seed), prepare_params.related_size, "related_size")
