"""The student in spaCy (extra ``spacy``): a component that sets ``doc.ents``, and a tokenizer that has its words.

The entities are those of `tinyner predict`, character by character. Where an entity begins or ends inside a token of
spaCy, the token is split there. The tokenizer splits as `tinyner predict` does: in an exported pipeline none has to be.

spaCy finds both by the entry points in pyproject.toml.
"""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, Literal

from spacy.language import Language
from spacy.tokens import Doc, Span

from tinyner import sums
from tinyner.errors import UserError
from tinyner.predict.labelling import Entity, labelled, trimmed
from tinyner.predict.model_config import read_config
from tinyner.predict.model_files import copy_model
from tinyner.predict.options import Options
from tinyner.predict.tagger import Runtime, Tagger
from tinyner.predict.text import Place, Text
from tinyner.train.bert_family import fits

FACTORY = "tinyner"
WORDS = "tinyner.words"
"""The names of the component's factory and of the tokenizer."""

SCORE = "score"
"""Under this name each entity has its probability, or None: ``ent._.score``."""

_PIPELINE_FILES = ("config.cfg", "meta.json")  # of which an export has checksums

_DEFAULTS = {"model": None, "runtime": "auto", "min_score": 0.0, "threads": None}


class EntityFinder:
    """A component that sets the entities of documents, in place of those that they have."""

    def __init__(
        self, model: Path | None, runtime: Literal["auto", "onnx", "torch"], min_score: float, threads: int | None
    ) -> None:
        """Load the model, where its folder is there.

        Of a pipeline that was written to disk the folder may be on another machine; ``from_disk`` gives its own.

        Args:
            model: folder in the Hugging Face format.
            runtime: what computes; auto: ONNX Runtime where it is installed, else torch.
            min_score: leave out entities that are less probable.
            threads: of the processor; None: a thread a core.

        Raises:
            UserError: where the folder is there, and has no whole model; where ``min_score`` is no probability.
        """
        Options(min_score=min_score)
        self._folder, self._runtime, self._min_score, self._threads = model, runtime, min_score, threads
        self._tagger: Tagger | None = None
        self._process = 0
        if model is not None and model.exists():
            self._loaded()

    @property
    def labels(self) -> tuple[str, ...]:
        """The types of the entities."""
        return () if self._tagger is None else self._tagger.types

    def __call__(self, doc: Any) -> Any:
        """Set the entities of a document."""
        return next(self.pipe([doc]))

    def pipe(self, stream: Iterable[Any], *, batch_size: int = 256) -> Iterator[Any]:
        """Yield documents with their entities, computed a batch at a time."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            texts = [Text({}, doc.text, None, number) for number, doc in enumerate(batch, 1)]
            results = labelled(texts, self._loaded(), self._min_score)
            yield from (_with_entities(doc, result.entities) for doc, result in zip(batch, results, strict=True))

    def to_disk(self, path: Path, *, exclude: Sequence[str] = ()) -> None:
        """Copy the model into a folder; checksums of an export there are those of another pipeline from now on."""
        copy_model(self._there(), Path(path))
        (Path(path).parent / sums.NAME).unlink(missing_ok=True)

    def from_disk(self, path: Path, *, exclude: Sequence[str] = ()) -> "EntityFinder":
        """Load the model that ``to_disk`` copied.

        Raises:
            UserError: where it is not whole.
        """
        self._folder, self._tagger = Path(path), None
        try:
            sums.verified(self._folder.parent, _PIPELINE_FILES)
        except sums.DamageError as error:
            raise UserError(
                f"{self._folder.parent}: {error}; copy the whole folder again, or, where you changed it yourself, "
                f"delete {sums.NAME} in it"
            ) from None
        self._loaded()
        return self

    def to_bytes(self, *, exclude: Sequence[str] = ()) -> bytes:
        """Refuse: without this method spaCy would leave the model out of ``nlp.to_bytes()`` in silence.

        Raises:
            UserError: always.
        """
        raise _no_bytes()

    def from_bytes(self, data: bytes, *, exclude: Sequence[str] = ()) -> "EntityFinder":
        """Refuse: ``to_bytes`` writes none.

        Raises:
            UserError: always.
        """
        raise _no_bytes()

    def _there(self) -> Path:
        if self._folder is None:
            raise UserError(f'{FACTORY}: no model; say nlp.add_pipe("{FACTORY}", config={{"model": FOLDER}})')
        if not self._folder.exists():
            raise _no_folder(self._folder)
        return self._folder

    def _loaded(self) -> Tagger:
        """Return what labels.

        Raises:
            UserError: where another process loaded it: a fork lacks the threads of that, and would wait for ever;
                where it gives no probabilities, and ``min_score`` asks for them.
        """
        if self._tagger is None:
            folder = self._there()
            runtime = _runtime_for(folder) if self._runtime == "auto" else self._runtime
            tagger = Tagger(folder, threads=self._threads, runtime=runtime)
            Options(min_score=self._min_score).lowest_score(tagger, folder)
            self._tagger, self._process = tagger, os.getpid()
        if self._process != os.getpid():
            raise UserError(
                f"{FACTORY}: computes with several threads in the process that has loaded it (threads in the config "
                "says how many); call nlp.pipe without n_process"
            )
        return self._tagger


def _no_bytes() -> UserError:
    return UserError(f"{FACTORY}: a model is kept in files, not in bytes; use nlp.to_disk(FOLDER), spacy.load(FOLDER)")


def _no_folder(folder: Path) -> UserError:
    return UserError(f"{FACTORY}: {folder}: no such folder; give that of a trained student as model")


def _runtime_for(folder: Path) -> Runtime:
    has_onnx = all(importlib.util.find_spec(name) is not None for name in ("onnx", "onnxruntime"))
    if not (has_onnx and (folder / "config.json").exists() and (folder / "model.safetensors").exists()):
        return "torch"
    return "onnx" if fits(read_config(folder)) else "torch"


def _with_entities(doc: Any, entities: Sequence[Entity]) -> Any:
    edges = {edge for entity in entities for edge in (entity.start, entity.end)}
    _split_tokens(doc, edges)
    spans = []
    for entity in entities:
        span = doc.char_span(entity.start, entity.end, label=entity.label)
        assert span is not None, "tokens were split at its edges"
        span._.set(SCORE, entity.score)
        spans.append(span)
    doc.ents = spans
    return doc


def _split_tokens(doc: Any, edges: set[int]) -> None:
    """Split the tokens that have some of these places, in characters, inside them."""
    for token in reversed(list(doc)):  # so that those before keep their numbers
        inside = sorted(edge - token.idx for edge in edges if token.idx < edge < token.idx + len(token))
        if inside:
            bounds = [0, *inside, len(token)]
            parts = [token.text[start:end] for start, end in pairwise(bounds)]
            head = (token, 0) if token.head == token else token.head
            with doc.retokenize() as retokenizer:
                retokenizer.split(token, parts, heads=[head, *[(token, 0)] * (len(parts) - 1)])


class WordTokenizer:
    """A tokenizer for spaCy with the words of `tinyner predict`; white space that is more than a space is a token."""

    def __init__(self, vocab: Any) -> None:
        """Take the vocabulary of the pipeline."""
        self._vocab = vocab

    def __call__(self, text: str) -> Any:
        """Return the document of a text; its tokens have every character of it."""
        words: list[str] = []
        spaces: list[bool] = []
        place = 0
        for start, end in _tokens(text):
            _add_gap(text[place:start], words, spaces)
            words.append(text[start:end])
            spaces.append(False)
            place = end
        _add_gap(text[place:], words, spaces)
        return Doc(self._vocab, words=words, spaces=spaces)

    def pipe(self, texts: Iterable[str], batch_size: int = 1000) -> Iterator[Any]:
        """Yield the documents of texts."""
        yield from map(self, texts)

    def to_disk(self, path: Path, **_: Any) -> None:
        """Write nothing: there is nothing to keep."""

    def from_disk(self, path: Path, **_: Any) -> "WordTokenizer":
        """Return itself: nothing was kept."""
        return self

    def to_bytes(self, **_: Any) -> bytes:
        """Return no bytes: there is nothing to keep."""
        return b""

    def from_bytes(self, data: bytes, **_: Any) -> "WordTokenizer":
        """Return itself: nothing was kept."""
        return self


def _tokens(text: str) -> Iterator[Place]:
    """Yield the places of words, those at the edges of an entity without the signs there that can't be seen."""
    for places in Text({}, text, None, 1).sentences():
        for start, end in places:
            inner_start, inner_end = trimmed(text, start, end)
            if inner_start < inner_end:
                bounds = sorted({start, inner_start, inner_end, end})
                yield from pairwise(bounds)
            else:
                yield start, end


def _add_gap(gap: str, words: list[str], spaces: list[bool]) -> None:
    """Add what stands between two words: a space belongs to the token before it."""
    if words and gap.startswith(" "):
        spaces[-1] = True
        gap = gap[1:]
    if gap:
        words.append(gap)
        spaces.append(False)


def make_component(
    nlp: Any,
    name: str,
    *,
    model: str | Path | None,
    runtime: Literal["auto", "onnx", "torch"],
    min_score: float,
    threads: int | None,
) -> EntityFinder:
    """Return the component, as ``nlp.add_pipe("tinyner", config={...})`` asks for it.

    Raises:
        UserError: where the model's folder is not there, unless a pipeline is loaded, which has a copy of its own.
    """
    if model is not None and not Path(model).exists() and not _loads_a_pipeline():
        raise _no_folder(Path(model))
    return EntityFinder(None if model is None else Path(model), runtime, min_score, threads)


def _loads_a_pipeline() -> bool:
    """Return whether ``spacy.load`` asks: spaCy tells a factory nothing of who does."""
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code is Language.from_config.__func__.__code__:
            return True
    return False


def make_tokenizer() -> Callable[[Any], WordTokenizer]:
    """Return what makes the tokenizer of a pipeline."""
    return lambda nlp: WordTokenizer(nlp.vocab)


Language.factory(FACTORY, assigns=["doc.ents", "token.ent_type"], default_config=_DEFAULTS, func=make_component)
if not Span.has_extension(SCORE):
    Span.set_extension(SCORE, default=None)
