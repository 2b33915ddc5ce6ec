"""What a tagger is compared with: a sentence at a time through transformers."""

from pathlib import Path

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

LABELS = ["O", *(f"{position}-{name}" for name in ("LOC", "MISC", "ORG", "PER") for position in "BI")]


def plain_tags(folder: Path, sentences: list[list[str]]) -> list[list[str]]:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    classifier = AutoModelForTokenClassification.from_pretrained(folder).eval()
    tags_by_sentence = []
    for words in sentences:
        batch = tokenizer(words, is_split_into_words=True, return_tensors="pt")
        with torch.inference_mode():
            label_ids = classifier(**batch).logits[0].argmax(-1).tolist()
        firsts: dict[int, int] = {}
        for place, word in enumerate(batch.word_ids(0)):
            if word is not None:
                firsts.setdefault(word, place)
        tags = [LABELS[label_ids[firsts[word]]] if word in firsts else "O" for word in range(len(words))]
        tags_by_sentence.append(tags)
    return tags_by_sentence
