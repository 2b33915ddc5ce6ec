"""A program for a virtual environment with spaCy: entities of texts by a pipeline, as JSON.

Arguments: ``load FOLDER`` or ``add MODEL RUNTIME``, then a file with a list of texts.
"""

import json
import sys

import spacy

kind, folder, *rest, texts = sys.argv[1:]
if kind == "load":
    nlp = spacy.load(folder)
else:
    nlp = spacy.blank("en")
    nlp.add_pipe("tinyner", config={"model": folder, "runtime": rest[0]})
with open(texts, encoding="utf-8") as file:  # noqa: PTH123, as few imports as can be
    docs = list(nlp.pipe(json.load(file)))
entities = [[(ent.start_char, ent.end_char, ent.label_, ent._.score, ent.text) for ent in doc.ents] for doc in docs]
answer = {
    "texts": [doc.text for doc in docs],
    "entities": entities,
    "torch": "torch" in sys.modules,
    "labels": nlp.pipe_labels["tinyner"],
}
print(json.dumps(answer))
