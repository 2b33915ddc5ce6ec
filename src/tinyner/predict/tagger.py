"""A trained student that labels sentences, on the CPU; it computes sentences of like length together."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForTokenClassification, PreTrainedTokenizerBase

from tinyner.errors import UserError
from tinyner.machine import available_cores
from tinyner.train import compute
from tinyner.train.bert_family import fits, names_of, shape_of
from tinyner.train.compute_choice import choose_compute
from tinyner.train.encode import encode, load_tokenizer
from tinyner.train.encoded import Encoded, tags_of
from tinyner.train.encoder import Encoder
from tinyner.train.packed import predict_packed
from tinyner.train.padded import predict_padded

PIECE_WORDS = 250  # words that are labelled at once; a longer text is cut
SUBWORDS_A_BATCH = 2048  # of the padded model, padding counted
_MAX_LENGTH = 512  # subwords, where the student has as many positions
_SENTENCE_ENDS = frozenset(".!?")
_EMBEDDINGS = ".embeddings.word_embeddings.weight"


class Model(Protocol):
    """A model that labels encoded sentences."""

    def predict(self, data: Encoded) -> NDArray[np.int16]:
        """Return the label id of each word (W,)."""


class PackedModel:
    """A student of the BERT family, computed by ``train.encoder`` on sentences without padding."""

    def __init__(self, folder: Path, config: Any, multiple: int) -> None:
        """Load the weights.

        Their names' prefix (``bert``, ``roberta``) is read off the file: the class of ``transformers`` that knows it
        takes longer to import than everything else here.

        Raises:
            UserError: where they are not those of a token classifier.
        """
        self._multiple = multiple
        shape = shape_of(config)
        state = load_file(folder / "model.safetensors")
        prefix = next(
            (name.removesuffix(_EMBEDDINGS) for name in state if name.endswith(_EMBEDDINGS)), config.model_type
        )
        matrices, vectors = names_of(shape, prefix)
        try:
            weights = {
                name: torch.cat([state[part].float() for part in parts]) for name, parts in (matrices | vectors).items()
            }
        except KeyError as error:
            raise UserError(f"{folder}: no trained student: it has no {error.args[0]}") from None
        self._encoder = Encoder(shape, weights, {})

    def predict(self, data: Encoded) -> NDArray[np.int16]:
        """Return the label id of each word (W,)."""
        return predict_packed(self._encoder, self._encoder.w["word"], data, self._multiple)


class PaddedModel:
    """A student of any other architecture, computed by ``transformers`` on padded batches."""

    def __init__(self, folder: Path, pad_id: int) -> None:
        """Load the model."""
        self._model = AutoModelForTokenClassification.from_pretrained(folder, dtype=torch.float32).eval()
        self._pad_id = pad_id

    def predict(self, data: Encoded) -> NDArray[np.int16]:
        """Return the label id of each word (W,)."""

        def best(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.int64]:
            logits = self._model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).logits
            label_ids: NDArray[np.int64] = logits.argmax(-1).numpy()
            return label_ids

        return predict_padded(best, data, self._pad_id, SUBWORDS_A_BATCH)


class Tagger:
    """A trained student that gives every word of a sentence its tag."""

    def __init__(self, folder: Path, int8: bool = False, threads: int | None = None) -> None:
        """Load the model in ``folder``, in the Hugging Face format.

        Args:
            folder: the model with its tokenizer.
            int8: compute with 8-bit weights, on ONNX Runtime.
            threads: of the processor; None: a thread a core.

        Raises:
            UserError: where there is no model, or, for ``int8``, no ONNX Runtime.
        """
        if not (folder / "config.json").exists():
            raise UserError(
                f"{folder}: no model here (config.json is missing); run `dvc repro`, or give --model FOLDER"
            )
        if threads is not None and threads < 1:
            raise UserError(f"--threads: expected 1 or more, found {threads}")
        threads = threads or available_cores()
        compute_path = choose_compute("auto", "cpu")
        os.environ.update(compute.environment(compute_path))
        compute.begin(compute_path, "cpu", threads)
        config: Any = AutoConfig.from_pretrained(folder)
        positions = getattr(config, "max_position_embeddings", _MAX_LENGTH) or _MAX_LENGTH
        self._max_length = min(_MAX_LENGTH, positions - (2 if "roberta" in config.model_type else 0))
        self._tokenizer: PreTrainedTokenizerBase = load_tokenizer(str(folder), self._max_length)
        self.labels = [config.id2label[index] for index in range(len(config.id2label))]
        pad_id = self._tokenizer.pad_token_id
        assert isinstance(pad_id, int)
        self._model: Model
        if int8:
            from tinyner.predict.onnx import OnnxModel  # noqa: PLC0415, an extra

            self._model = OnnxModel(folder, pad_id, threads)
        elif fits(config) and (folder / "model.safetensors").exists():
            self._model = PackedModel(folder, config, compute.multiple(compute_path, "cpu"))
        else:
            self._model = PaddedModel(folder, pad_id)

    @torch.inference_mode()
    def tags(self, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
        """Return the tags of sentences given as words; a long sentence is labelled in pieces, no word is left out."""
        pieces = [(index, begin, end) for index, words in enumerate(sentences) for begin, end in _pieces(words)]
        tags_by_sentence = [["O"] * len(words) for words in sentences]
        while pieces:
            words_by_piece = [sentences[index][begin:end] for index, begin, end in pieces]
            encoded = encode(words_by_piece, None, self._tokenizer, self.labels, self._max_length)
            tags_by_piece = tags_of(encoded, self._model.predict(encoded), self.labels)
            full = np.diff(encoded.bounds) >= self._max_length
            halves = []
            for (index, begin, end), tags, is_full in zip(pieces, tags_by_piece, full, strict=True):
                if is_full and end - begin > 1:  # perhaps longer than the student can read
                    middle = (begin + end) // 2
                    halves += [(index, begin, middle), (index, middle, end)]
                else:
                    tags_by_sentence[index][begin:end] = tags
            pieces = halves
        return tags_by_sentence


def _pieces(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield half-open ranges of at most ``PIECE_WORDS`` words; each ends with a sentence, if its second half allows."""
    begin = 0
    while len(words) - begin > PIECE_WORDS:
        ends = (
            end for end in range(begin + PIECE_WORDS, begin + PIECE_WORDS // 2, -1) if words[end - 1] in _SENTENCE_ENDS
        )
        end = next(ends, begin + PIECE_WORDS)
        yield begin, end
        begin = end
    yield begin, len(words)
