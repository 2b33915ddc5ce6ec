"""What a tagger is compared with: a sentence at a time through transformers, then legal tags."""

from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

from tinyner.decoding import Scheme, best_labels

LABELS = ["O", *(f"{position}-{name}" for name in ("LOC", "MISC", "ORG", "PER") for position in "BI")]
SCHEME = Scheme.of(LABELS)


def plain_tags(folder: Path, sentences: list[list[str]]) -> list[list[str]]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    classifier = AutoModelForTokenClassification.from_pretrained(folder).eval()
    tags_by_sentence = []
    for words in sentences:
        batch = tokenizer(words, is_split_into_words=True, return_tensors="pt")
        with torch.inference_mode():
            logits = classifier(**batch).logits[0].numpy()
        firsts: dict[int, int] = {}
        for place, word in enumerate(batch.word_ids(0)):
            if word is not None:
                firsts.setdefault(word, place)
        unseen = np.array([word not in firsts for word in range(len(words))], dtype=np.bool_)
        by_word = logits[[firsts.get(word, 0) for word in range(len(words))]]
        certain = SCHEME.surely_outside(by_word, unseen)
        label_ids = best_labels(certain, np.array([0, len(words)]), SCHEME)
        tags_by_sentence.append([LABELS[index] for index in label_ids])
    return tags_by_sentence
