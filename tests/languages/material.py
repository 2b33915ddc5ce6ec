"""Made sentences in German, Japanese and Hindi, an LLM that knows their labels, and small multilingual students."""

import json
from pathlib import Path
from typing import Any

import tokenizers
import transformers
from tokenizers import normalizers, pre_tokenizers, processors, trainers

from tests.annotate.workspace import completion
from tests.conftest import ROOT

FOLDER = ROOT / "tests/languages"
LANGUAGES = ("german", "japanese", "hindi")
TYPES = {
    "german": "PER (Person): Namen von Menschen; LOC (Ort): Städte, Länder, Flüsse; ORG: Firmen, Behörden, Vereine",
    "japanese": "PER（人名）：人の名前。；LOC（地名）：国、市、山、川、建物。；ORG（組織名）：会社、役所、団体。",  # noqa: RUF001
    "hindi": "PER (व्यक्ति): लोगों के नाम।; LOC (स्थान): देश, शहर, नदी।; ORG (संगठन): कंपनी, दफ़्तर।",
}
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def rows_of(language: str) -> list[dict[str, Any]]:
    """Return the rows of a language: ``text``, and ``label`` with spans of characters."""
    lines = (FOLDER / f"{language}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def squeezed(text: str) -> str:
    return "".join(text.split())


class Teacher:
    """A server's LLM that answers with the labels of the made sentences; it keeps the prompts."""

    def __init__(self, language: str) -> None:
        self.prompts: list[str] = []
        self._rows = {squeezed(row["text"]): row for row in rows_of(language)}
        template = (FOLDER / f"{language}.txt").read_text(encoding="utf-8").rstrip()
        self.label = template.removesuffix("{sentence}").rpartition("\n")[2]

    def asked(self) -> list[str]:
        """Return the sentences that it was asked for."""
        return [self._sentence(prompt) for prompt in self.prompts]

    def _sentence(self, prompt: str) -> str:
        return prompt.rstrip("\n").rpartition(f"\n{self.label}")[2]

    def __call__(self, path: str, body: bytes) -> tuple[int, bytes]:
        prompt = json.loads(body)["messages"][0]["content"]
        self.prompts.append(prompt)
        row = self._rows[squeezed(self._sentence(prompt))]
        entities: dict[str, list[str]] = {}
        for start, end, label in row["label"]:
            entities.setdefault(label, []).append(row["text"][start:end])
        return 200, completion(f"Result: {json.dumps(entities, ensure_ascii=False)}")


def _tokenizer(kind: str) -> tokenizers.Tokenizer:
    """Return a tokenizer that was trained on all made sentences: WordPiece as BERT has it, or Unigram as XLM-R."""
    texts = [row["text"] for language in LANGUAGES for row in rows_of(language)]
    if kind == "wordpiece":
        made = tokenizers.BertWordPieceTokenizer(lowercase=False, strip_accents=False)
        made.train_from_iterator(texts * 3, vocab_size=1500, min_frequency=1, show_progress=False)
        tokenizer: tokenizers.Tokenizer = made._tokenizer
        return tokenizer
    unigram = tokenizers.Tokenizer(tokenizers.models.Unigram())
    unigram.normalizer = normalizers.NFKC()
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=1500, special_tokens=SPECIAL, unk_token="[UNK]", show_progress=False)
    unigram.train_from_iterator(texts * 3, trainer)
    places = {token: SPECIAL.index(token) for token in SPECIAL}
    unigram.post_processor = processors.BertProcessing(("[SEP]", places["[SEP]"]), ("[CLS]", places["[CLS]"]))
    assert [unigram.id_to_token(place) for place in places.values()] == SPECIAL
    return unigram


def make_student(folder: Path, kind: str) -> None:
    """Write a tiny untrained student whose tokenizer, of a kind as in ``_tokenizer``, knows all three languages."""
    import torch

    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=_tokenizer(kind),
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=128,
        pad_token_id=tokenizer.pad_token_id,
    )
    transformers.BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
