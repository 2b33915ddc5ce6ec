"""What the stage and the estimate load where nobody is asked: no client, no Ray, no torch."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.annotate.workspace import environment
from tinyner.files import load, sha256_file, sha256_text, write_rows
from tinyner.rows import text_of

CALLS = {
    "the stage from the store": "from tinyner.annotate.__main__ import main; main()",
    "the estimate": "from tinyner.commands import annotate; annotate.run({}, only=True)",
}
HEAVY = ("aiohttp", "openai", "ray", "torch", "transformers")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.slow
def test_where_nothing_is_sent_no_client_is_loaded(call: str, workspace: Path) -> None:
    sentences = [row for path in (workspace / "data/prepared").iterdir() for row in load(path)]
    rows = [
        {
            "id": sentence["id"],
            "text_sha256": sha256_text(text_of(sentence)),
            "annotator": "claude",
            "prompt_sha256": sha256_file(workspace / "prompts/cot.txt"),
            "reply": "Result: {}",
        }
        for sentence in sentences
    ]
    write_rows(workspace / "data/recorded/replies.jsonl", rows)
    code = f"import sys; {CALLS[call]}; print('loaded:', *(name for name in {HEAVY} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workspace,
        env=environment(workspace),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].strip() == "loaded:"
