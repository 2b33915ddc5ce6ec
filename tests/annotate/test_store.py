import json
from pathlib import Path

import pytest
from tests.conftest import ROOT

from tinyner.annotate.store import ReplyStore, identity
from tinyner.errors import UserError
from tinyner.params import Annotator, Params
from tinyner.rows import Reply, load, sha256_file, sha256_text


@pytest.fixture(autouse=True)
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data" / "recorded").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINYNER_REPLIES", str(tmp_path / "replies"))


def reply(text: str, annotator: str = "m", prompt: str = "p" * 64) -> Reply:
    return {
        "id": "x",
        "text_sha256": sha256_text(text),
        "annotator": annotator,
        "prompt_sha256": prompt,
        "reply": f"to {text}",
    }


def test_the_recorded_replies_serve_the_default_and_nothing_else(
    knobs: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    claude = knobs.annotate.annotators["claude"]
    prompt = sha256_file(ROOT / "prompts/standard.txt")

    def count(annotator: Annotator, prompt_sha256: str) -> int:
        return len(ReplyStore(identity(annotator), prompt_sha256))

    recorded = {path.stem: load(path) for path in (ROOT / "data/recorded/claude").iterdir()}
    texts = {name: {row["text_sha256"] for row in rows} for name, rows in recorded.items()}
    every = len(texts["conll-standard"])
    assert 990 < every <= 1000  # a text that stands twice in the corpus has one reply
    assert count(claude, prompt) == every
    assert count(claude, sha256_file(ROOT / "prompts/cot.txt")) == len(texts["conll-cot"] | texts["bbc-cot"])
    assert count(claude, sha256_text("another prompt")) == 0
    assert count(claude.model_copy(update={"model": "other"}), prompt) == 0
    assert count(claude.model_copy(update={"sampling": {"temperature": 0}}), prompt) == 0
    # What does not change the reply does not miss it.
    assert count(claude.model_copy(update={"base_url": "http://elsewhere", "timeout": 5.0}), prompt) == every


def test_a_reply_is_there_at_once_and_for_the_next_process() -> None:
    store = ReplyStore("m", "p" * 64)
    assert store.get("text") is None
    store.put(reply("text"))
    for one in (store, ReplyStore("m", "p" * 64)):
        kept = one.get("text")
        assert kept is not None
        assert kept["reply"] == "to text"
    assert ReplyStore("n", "p" * 64).get("text") is None
    assert ReplyStore("m", "q" * 64).get("text") is None


def test_what_a_killed_writer_left_harms_no_other_reply() -> None:
    store = ReplyStore("m", "p" * 64)
    store.put(reply("one"))
    whole = store.path.read_bytes()
    for length in range(len(whole)):
        store.path.write_bytes(whole[:length])
        again = ReplyStore("m", "p" * 64)
        again.put(reply("two"))
        assert ReplyStore("m", "p" * 64).get("two") is not None
    store.path.write_bytes(whole)
    assert ReplyStore("m", "p" * 64).get("one") is not None


def test_the_own_store_is_for_its_owner_alone() -> None:
    store = ReplyStore("m", "p" * 64)
    store.put(reply("one"))
    assert store.path.stat().st_mode & 0o077 == 0


def test_a_recorded_file_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "data" / "recorded" / "mine.jsonl"
    path.write_text(json.dumps(reply("one")) + "\n" + json.dumps({"id": "x", "reply": "y"}) + "\n")
    with pytest.raises(UserError, match=r"mine.jsonl:2: expected a reply with id, reply, annotator"):
        ReplyStore("m", "p" * 64)
