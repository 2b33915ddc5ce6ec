"""A trained student that labels sentences, on the CPU; it computes sentences of like length together."""

import copy
import dataclasses
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from tinyner import pipeline_files
from tinyner.decoding import Chances, Decoder, Logits, best_labels
from tinyner.errors import UserError
from tinyner.machine import available_cores
from tinyner.predict.labels import labels_of
from tinyner.predict.model_card import ModelCard
from tinyner.predict.model_config import read_config
from tinyner.predict.model_files import check_sums
from tinyner.predict.pieces import Pieces, Step, in_steps
from tinyner.predict.windows import WINDOW_WORDS, joined, windows
from tinyner.train.bert_family import fits
from tinyner.train.encode import encode
from tinyner.train.encoded import Encoded, tags_of
from tinyner.train.subwords import load_tokenizer

_MAX_LENGTH = 512  # subwords, where the student has as many positions
_MAX_LETTERS = 100  # of a word: the student sees no more of it
_STEP_WORDS = 1_000  # that are computed in a step, with those of a window more


Runtime = Literal["torch", "onnx"]


class Model(Protocol):
    """A model that scores the words of encoded sentences."""

    def logits(self, data: Encoded) -> Logits:
        """Return the logits of each word (W, labels); of a word without a subword 0."""


@dataclass(frozen=True)
class Tagged:
    """A sentence's IOB2 tags, one a word, and the probability of each of its entities; None: the model gives none."""

    tags: list[str]
    probabilities: list[float] | None


def _model(folder: Path, config: Any, runtime: Runtime, *, int8: bool, pad_id: int, threads: int) -> Model:
    is_packed = fits(config) and (folder / "model.safetensors").exists()
    if is_packed and (int8 or runtime == "onnx"):
        from tinyner.predict.onnx import OnnxModel  # noqa: PLC0415, an extra

        return OnnxModel(folder, config, threads, int8=int8)
    if is_packed:
        from tinyner.predict.packed_model import PackedModel  # noqa: PLC0415, torch takes seconds

        return PackedModel(folder, config, threads)
    if runtime == "onnx" and not int8:
        raise UserError(f"--runtime onnx: is for the BERT family in one file, model.safetensors, and {folder} is not")
    if int8:
        from tinyner.predict.traced_model import TracedModel  # noqa: PLC0415, an extra

        return TracedModel(folder, len(config.id2label), pad_id, threads)
    from tinyner.predict.padded_model import PaddedModel  # noqa: PLC0415, transformers takes seconds

    return PaddedModel(folder, pad_id, threads)


class Tagger:
    """A trained student that gives every word of a sentence its tag."""

    def __init__(
        self, folder: Path, int8: bool = False, threads: int | None = None, *, runtime: Runtime = "torch"
    ) -> None:
        """Load the model in ``folder``, in the Hugging Face format.

        Args:
            folder: the model with its tokenizer.
            int8: compute with 8-bit weights, on ONNX Runtime.
            threads: of the processor; None: a thread a core.
            runtime: what computes; ONNX Runtime starts sooner, as it needs no torch.

        Raises:
            UserError: where there is no whole model, its labels are no tags, or, for ``int8``, no ONNX Runtime.
        """
        if not (folder / "config.json").exists():
            brings = pipeline_files.advice(folder)
            name_it = f"{brings}, or give --model FOLDER" if brings else "give --model FOLDER"
            raise UserError(f"{folder}: no model here (config.json is missing); {name_it}")
        if threads is not None and threads < 1:
            raise UserError(f"--threads: expected 1 or more, found {threads}")
        threads = threads or available_cores()
        check_sums(folder)
        with _reading(folder, "config.json"):
            config: Any = read_config(folder)
        self._labels = labels_of(config.id2label, folder)
        self.card = ModelCard.of(config, folder)
        positions = getattr(config, "max_position_embeddings", _MAX_LENGTH) or _MAX_LENGTH
        self._max_length = min(_MAX_LENGTH, positions - (2 if "roberta" in config.model_type else 0))
        with _reading(folder, "the tokenizer"):
            self._tokenizer = load_tokenizer(folder, self._max_length)
        self._check_tokenizer(folder, config)
        pad_id = self._tokenizer.pad_id
        with _reading(folder, "the model's weights"):
            self._model = _model(folder, config, runtime, int8=int8, pad_id=pad_id, threads=threads)

    def _check_tokenizer(self, folder: Path, config: Any) -> None:
        """Raise a UserError where the tokenizer has no vocabulary of its own, or another model's.

        ``transformers`` makes one of five special tokens where the tokenizer's file is missing.
        """
        size = len(self._tokenizer)
        if size <= self._tokenizer.special_count:
            raise UserError(f"{folder}: no tokenizer here (tokenizer.json is missing); copy the whole folder")
        if isinstance(getattr(config, "vocab_size", None), int) and size > config.vocab_size:
            raise UserError(
                f"{folder}: the tokenizer has {size} subwords, but the model {config.vocab_size}; copy the whole folder"
            )

    @property
    def types(self) -> tuple[str, ...]:
        """The types of its entities, in the order of their labels."""
        return tuple(dict.fromkeys(name[2:] for name in self._labels.names if name != "O"))

    @property
    def gives_scores(self) -> bool:
        """Whether its entities have probabilities."""
        return self._labels.scheme is not None

    def variant(self, model: Model | None = None, decoder: Decoder | None = None) -> "Tagger":
        """Return the same tagger with another model of the same labels, or another decoder."""
        result = copy.copy(self)
        if model is not None:
            result._model = model
        if decoder is not None:
            result.card = dataclasses.replace(self.card, decoder=decoder)
        return result

    def tags(self, sentences: Sequence[Sequence[str]], window: int = WINDOW_WORDS) -> list[list[str]]:
        """Return the IOB2 tags of sentences given as words, one a word; see ``label``."""
        return [tagged.tags for tagged in self.label(sentences, window)]

    def label(self, sentences: Sequence[Sequence[str]], window: int = WINDOW_WORDS) -> list[Tagged]:
        """Return the tags of sentences given as words, and the probabilities of their entities.

        A sentence of more than ``window`` words is labelled in overlapping windows, which become smaller where they
        have more subwords than the student has positions.
        """
        labelling = self._labelling(sentences, window, None)
        try:
            while True:
                next(labelling)
        except StopIteration as end:
            result: list[Tagged] = end.value
        return result

    def steps(self, sentences: Sequence[Sequence[str]]) -> Generator[None, None, list[Tagged]]:
        """Label sentences as ``label`` does, and pause after every thousand words or so; return what ``label`` does."""
        return self._labelling(sentences, WINDOW_WORDS, _STEP_WORDS)

    def _labelling(
        self, sentences: Sequence[Sequence[str]], window: int, step_words: int | None
    ) -> Generator[None, None, list[Tagged]]:
        """Label sentences, and pause after each step; ``step_words``: of a step, None: all at once."""
        ranges = [windows(len(words), window) for words in sentences]
        pieces = [
            words[begin:end]
            for words, sentence_windows in zip(sentences, ranges, strict=True)
            for begin, end in sentence_windows
        ]
        labelled = Pieces()
        for step in in_steps(pieces, step_words):
            labelled.add(self._label_pieces(step))
            yield
        results: list[Tagged] = []
        too_long: list[int] = []
        place = 0
        for index, sentence_windows in enumerate(ranges):
            part = slice(place, place + len(sentence_windows))
            place = part.stop
            if window > 1 and len(sentences[index]) > 1 and any(labelled.are_full[part]):
                too_long.append(index)
            tags = self._labels.iob2(joined(sentence_windows, labelled.tags[part]))
            results.append(Tagged(tags, labelled.probabilities(part.start, sentence_windows, tags)))
        if too_long:
            again = yield from self._labelling([sentences[index] for index in too_long], window // 2, step_words)
            for index, tagged in zip(too_long, again, strict=True):
                results[index] = tagged
        return results

    def _label_pieces(self, pieces: Sequence[Sequence[str]]) -> Step:
        readable = [[_readable(word) for word in words] for words in pieces]
        encoded = encode(readable, None, self._tokenizer, self._labels.names, self._max_length)
        are_full: list[bool] = (np.diff(encoded.bounds) >= self._max_length).tolist()
        logits = self._model.logits(encoded)
        scheme = self._labels.scheme
        if scheme is None:
            outside = self._labels.names.index("O")
            best = np.where(encoded.firsts >= 0, logits.argmax(1), outside).astype(np.int16)
            return Step(tags_of(encoded, best, self._labels.names), are_full, None)
        merged = scheme.surely_outside(self._labels.merged(logits), encoded.firsts < 0)
        if self.card.decoder == "argmax":
            best = merged.argmax(1).astype(np.int16)
        else:
            best = best_labels(merged, encoded.word_bounds, scheme)
        chances = Chances.of(merged, encoded.word_bounds, scheme, self.card.temperature or 1.0)
        return Step(tags_of(encoded, best, self._labels.merged_names), are_full, chances)


def _readable(word: str) -> str:
    """Return what the student sees of a word: its first letters, without half a surrogate pair."""
    word = word[:_MAX_LETTERS]
    return word if word.isascii() else word.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@contextmanager
def _reading(folder: Path, part: str) -> Iterator[None]:
    """Turn whatever the libraries raise at a broken file into a line.

    Raises:
        UserError: in place of any other error.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise UserError(
            f"{folder}: {part} can't be read ({type(error).__name__}: {reason}); copy the whole folder"
        ) from None
