"""The bare ``openai`` client: as many workers as requests may be under way, replies in a list; a failed one is lost."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import openai


async def main(task: dict[str, Any]) -> dict[str, Any]:
    """Ask every prompt once."""
    # None is the client's default: httpx2, at most 1,000 connections.
    transport = openai.DefaultAioHttpClient() if task["transport"] == "aiohttp" else None
    client = openai.AsyncOpenAI(base_url=task["base_url"], api_key="x", http_client=transport)
    replies: list[str | None] = []
    faults: list[str] = []
    todo = iter(task["prompts"])

    async def work() -> None:
        for prompt in todo:
            messages: Any = [{"role": "user", "content": prompt}]
            try:
                completion = await client.chat.completions.create(
                    model=task["model"], messages=messages, **task["sampling"]
                )
                replies.append(completion.choices[0].message.content)
            except openai.OpenAIError as error:
                faults.append(str(error))

    await asyncio.gather(*(work() for _ in range(task["concurrency"])))
    await client.close()
    return {"replies": len(replies), "error": faults[0] if faults else "", "version": openai.__version__}


if __name__ == "__main__":
    options = json.loads(Path(sys.argv[1]).read_bytes())
    Path(options["out"]).write_text(json.dumps(asyncio.run(main(options))))
