"""distilabel: ``TextGeneration`` in a pipeline without cache; a batch is as many requests as may be under way."""

import importlib
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any


def main(task: dict[str, Any]) -> dict[str, Any]:
    """Ask every prompt once."""
    llms: Any = importlib.import_module("distilabel.models")
    pipelines: Any = importlib.import_module("distilabel.pipeline")
    steps: Any = importlib.import_module("distilabel.steps")
    tasks: Any = importlib.import_module("distilabel.steps.tasks")
    sampling = {"temperature": task["sampling"]["temperature"], "max_new_tokens": 1024}
    with pipelines.Pipeline("bench", cache_dir=task["folder"]) as pipeline:
        rows = steps.LoadDataFromDicts(
            data=[{"instruction": prompt} for prompt in task["prompts"]], batch_size=task["concurrency"]
        )
        llm = llms.OpenAILLM(model=task["model"], base_url=task["base_url"], api_key="x", generation_kwargs=sampling)
        rows >> tasks.TextGeneration(llm=llm, input_batch_size=task["concurrency"])
    distiset = pipeline.run(use_cache=False)
    replies = sum(row["generation"] is not None for row in distiset["default"]["train"])
    return {"replies": replies, "error": "", "version": importlib.metadata.version("distilabel")}


if __name__ == "__main__":
    options = json.loads(Path(sys.argv[1]).read_bytes())
    Path(options["out"]).write_text(json.dumps(main(options)))
