"""The related sentences: news of the BBC, or a file of the user's (``prepare.related``)."""

import zipfile

from tinyner import fetch
from tinyner.corpus_files import user_files
from tinyner.corpus_files.reading import Reading
from tinyner.params import Prepare
from tinyner.prepare import bbc_news
from tinyner.prepare.ranking import first, ranked
from tinyner.rows import Sentence


def read(source: str, reading: Reading) -> list[Sentence]:
    """Return all sentences of a source that is not ``none``, in its order.

    Raises:
        UserError: if it can't be fetched or read.
    """
    if source == "wheel":
        return bbc_news.sentences(bbc_news.articles_2017())
    path = fetch.file(source)
    if zipfile.is_zipfile(path) or path.suffix.lower() == ".zip":
        return bbc_news.sentences(bbc_news.articles_greene_cunningham(path))
    return user_files.read(path, fetch.address(source), "own-news", reading)


def sample(prepare_params: Prepare, reading: Reading) -> list[Sentence]:
    """Return the related sentences of params.yaml, by rank.

    Raises:
        UserError: as ``read``; if there are fewer than ``prepare.related_size``.
    """
    if prepare_params.related == "none":
        return []
    sentences = ranked(read(prepare_params.related, reading), prepare_params.seed)
    return first(sentences, prepare_params.related_size, "related_size")
