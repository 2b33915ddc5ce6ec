"""spacy-llm: the task ``spacy.Raw.v1`` with the prompt as its template, one request at a time: it can't do more.

Its OpenAI models first ask api.openai.com for the names of all models, whatever the endpoint, so this is its
Azure model, which is the same code but for the URL.
"""

import importlib
import importlib.metadata
import json
import os
import sys
from pathlib import Path
from typing import Any


def main(task: dict[str, Any]) -> dict[str, Any]:
    """Ask every prompt once."""
    spacy: Any = importlib.import_module("spacy")
    importlib.import_module("spacy_llm")
    os.environ["AZURE_OPENAI_KEY"] = "x"
    nlp = spacy.blank("en")
    model = {
        "@llm_models": "spacy.Azure.v2",
        "deployment_name": task["model"],
        "name": "gpt-4",
        "base_url": task["base_url"],
        "model_type": "chat",
        "config": task["sampling"],
    }
    template = task["template"].replace("{sentence}", "{{ text }}")
    nlp.add_pipe("llm", config={"task": {"@llm_tasks": "spacy.Raw.v1", "template": template}, "model": model})
    replies = sum(bool(doc._.llm_reply) for doc in nlp.pipe(task["texts"]))
    return {"replies": replies, "error": "", "version": importlib.metadata.version("spacy-llm")}


if __name__ == "__main__":
    options = json.loads(Path(sys.argv[1]).read_bytes())
    Path(options["out"]).write_text(json.dumps(main(options)))
