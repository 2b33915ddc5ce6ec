"""bespokelabs-curator: ``curator.LLM`` on a list of prompts, its cache in a folder that is thrown away.

Requests a minute are what the server's headers say; where it sends none, curator's default is 200, and tokens
a minute 100,000 either way, so both are set out of the way.
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
    # The table of its tokenizer, which it would download, comes with litellm.
    tables = importlib.metadata.distribution("litellm").locate_file("litellm/litellm_core_utils/tokenizers")
    os.environ["TIKTOKEN_CACHE_DIR"] = str(tables)
    curator: Any = importlib.import_module("bespokelabs.curator")
    limits = {"max_concurrent_requests": task["concurrency"], "max_tokens_per_minute": 10**9}
    if not task["rate"]:
        limits["max_requests_per_minute"] = 10**6
    llm = curator.LLM(
        model_name=task["model"],
        backend="openai",
        generation_params=task["sampling"],
        # So that replies that did come are counted, where others failed for good.
        backend_params={"base_url": task["base_url"], "require_all_responses": False, **limits},
    )
    responses = llm(task["prompts"], working_dir=task["folder"])
    replies = sum(bool(row["response"]) for row in responses.dataset)
    return {"replies": replies, "error": "", "version": importlib.metadata.version("bespokelabs-curator")}


if __name__ == "__main__":
    options = json.loads(Path(sys.argv[1]).read_bytes())
    Path(options["out"]).write_text(json.dumps(main(options)))
