"""The untrained student: whether it can be fetched, and how well its tokenizer knows the user's language."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tinyner.checks.findings import Findings
from tinyner.errors import UserError
from tinyner.params import Params
from tinyner.rows import Sentence
from tinyner.unfinished import scratch

if TYPE_CHECKING:
    from tinyner.train.subwords import Subwords

AREA = "student"
_MOST = 2000  # sentences that are looked at
_WARN = 0.01  # share of unknown subwords, and of words that max_length cuts
_WARN_SPELT = 0.2  # share of long words that fall apart into single characters
_LONG = 4  # characters of a word that a tokenizer which knows the language does not cut into single ones
_PREFIXES = ("##", "\u2581", "\u0120")  # of WordPiece, SentencePiece, byte-level BPE
_ADVICE = "use a multilingual student: prepare.student: hf:distilbert-base-multilingual-cased, or a folder with one"
_TOKENIZER_FILES = ("config.json", "*token*.json", "vocab.*", "merges.txt", "*.model")

Words = list[list[str]]
"""The words of each sentence."""


def check_student(findings: Findings, params: Params, sentences: Sequence[Sentence], max_length: int) -> int | None:
    """Add whether the student is whole, and what its tokenizer makes of the sentences.

    Nothing is written in the repository. Of a student on the hub, only configuration and tokenizer are fetched.

    Returns:
        The bytes of its weights, None where they are not known.
    """
    source = params.prepare.student
    with scratch() as place:
        folder = place / "student"
        try:
            weight_bytes = _fetch(source, folder)
            tokenizer = _tokenizer(folder, max_length)
        except UserError as error:
            findings.error(AREA, str(error))
            return None
        size = f"{weight_bytes / 1e6:.0f} MB of weights" if weight_bytes else "weights of unknown size"
        findings.ok(AREA, f"prepare.student: {source}, {size}, a tokenizer of {len(tokenizer):,} subwords")
        every = max(1, -(-len(sentences) // _MOST))
        if every > 1:
            findings.ok(AREA, f"of {len(sentences):,} sentences, one in {every} is looked at below")
        words = [sentence["words"] for sentence in sentences[::every]]
        if words:
            _check_known(findings, words, tokenizer)
            _check_cut(findings, words, tokenizer, max_length)
        return weight_bytes


def _fetch(source: str, folder: Path) -> int | None:
    """Put the student, or the tokenizer of one on the hub, into a folder, and return the bytes of its weights.

    Raises:
        UserError: where that can't be done.
    """
    from tinyner.prepare.student import fetch_student  # noqa: PLC0415

    if source.startswith("hf:"):
        return _fetch_tokenizer(source.removeprefix("hf:"), folder)
    fetch_student(source, folder)
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def _fetch_tokenizer(name: str, folder: Path) -> int | None:
    from huggingface_hub import HfApi, snapshot_download  # noqa: PLC0415, slow to load

    model, _, revision = name.partition("@")
    try:
        files = HfApi().model_info(model, revision=revision or None, files_metadata=True).siblings or []
        snapshot_download(model, revision=revision or None, allow_patterns=list(_TOKENIZER_FILES), local_dir=folder)
    except Exception as error:  # of many classes: no network, no such model, no permission
        text = " ".join(str(error).split())[:200]
        raise UserError(f"prepare.student: hf:{name} can't be fetched: {text}") from None
    sizes = [file.size for file in files if file.rfilename.endswith(".safetensors")]
    if not sizes:
        raise UserError(f"prepare.student: hf:{name} has no weights as .safetensors")
    return sum(size or 0 for size in sizes)


def _tokenizer(folder: Path, max_length: int) -> "Subwords":
    import transformers  # noqa: PLC0415, slow to load

    from tinyner.train.subwords import load_tokenizer  # noqa: PLC0415

    transformers.logging.set_verbosity_error()
    try:
        return load_tokenizer(folder, max_length)
    except UserError:
        raise
    except Exception as error:  # transformers raises nothing narrower
        text = " ".join(str(error).split())[:200]
        raise UserError(f"prepare.student: its tokenizer can't be loaded: {text}") from None


def _check_known(findings: Findings, words: Words, tokenizer: "Subwords") -> None:
    """Add the share of unknown subwords, and of long words that are cut into single characters.

    Either shows a language that the student was not made for. A script of which the tokenizer has the letters, as an
    English one has those of Russian, gives hardly an unknown subword, but no word either.
    """
    subwords = unknown = long_words = spelt = 0
    for sentence, encoding in zip(words, tokenizer.encodings(words, None, special=False), strict=True):
        subwords += len(encoding.ids)
        unknown += sum(index == tokenizer.unknown_id for index in encoding.ids)
        longest = dict.fromkeys((index for index, word in enumerate(sentence) if len(word) >= _LONG), 1)
        for token, index in zip(encoding.tokens, encoding.word_ids, strict=True):
            if index in longest:
                longest[index] = max(longest[index], len(_bare(token)))
        long_words += len(longest)
        spelt += sum(length == 1 for length in longest.values())
    share = unknown / max(1, subwords)
    if share > _WARN:
        findings.warning(
            AREA,
            f"{share:.1%} of the subwords of your sentences are unknown to this student; it can't tell such words from "
            f"each other: {_ADVICE}",
        )
    else:
        findings.ok(AREA, f"{share:.1%} of the subwords of your sentences are unknown to this student")
    if spelt > _WARN_SPELT * long_words:
        findings.warning(
            AREA,
            f"{spelt / long_words:.0%} of the words of {_LONG} characters and more fall apart into single characters, "
            f"so this student does not know their language: {_ADVICE}",
        )


def _bare(token: str) -> str:
    """Return a token without the sign of its place in the word."""
    for prefix in _PREFIXES:
        token = token.removeprefix(prefix)
    return token


def _check_cut(findings: Findings, words: Words, tokenizer: "Subwords", max_length: int) -> None:
    """Add the share of the words that lie behind ``max_length``."""
    from tinyner.train.encode import encode  # noqa: PLC0415

    sentences, behind, _ = map(int, encode(words, None, tokenizer, [], max_length).cut)
    count = sum(map(len, words))
    text = f"train.max_length: {max_length} subwords cut {behind} of {count:,} words off, in {sentences} sentence(s)"
    if behind > _WARN * count:
        findings.warning(AREA, f"{text}; these are never labelled: raise it, or split the texts (prepare.split_texts)")
    else:
        findings.ok(AREA, text)
