"""The student's tokenizer, and how many subwords it makes of each word."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from tinyner.errors import UserError
from tinyner.pipeline_files import check_folder

STUDENT = Path("data/student")


def load_tokenizer(folder: Path) -> Tokenizer:
    """Load the fast tokenizer of a student in the Hugging Face format; it neither truncates nor pads.

    Raises:
        UserError: if the folder has none, or is not as stage prepare wrote it.
    """
    path = folder / "tokenizer.json"
    check_folder(folder)
    try:
        if path.is_file():
            tokenizer = Tokenizer.from_file(str(path))
        else:  # a vocabulary alone, from which transformers makes one; slow to import
            from transformers import AutoTokenizer  # noqa: PLC0415

            tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False).backend_tokenizer
    except Exception as error:  # the two libraries raise exceptions of any class
        reason = str(error).partition("\n")[0]
        raise UserError(f"{folder}: no fast tokenizer can be read from it: {reason}; run `dvc repro prepare`") from None
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def count_subwords(sentences: Sequence[Sequence[str]], tokenizer: Tokenizer) -> list[list[int]]:
    """Return the number of subwords of each word of each sentence; each word is tokenized alone, as the paper does.

    A word may have none: a lone control character. ``tokenizer`` is one from ``load_tokenizer``.
    """
    encodings = tokenizer.encode_batch(
        [list(words) for words in sentences], is_pretokenized=True, add_special_tokens=False
    )
    counts = []
    for words, encoding in zip(sentences, encodings, strict=True):
        by_word = Counter(encoding.word_ids)
        counts.append([by_word[index] for index in range(len(words))])
    return counts
