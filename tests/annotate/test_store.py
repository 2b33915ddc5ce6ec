import threading

import pytest

from tests.annotate.stores import SCOPE, filled, key, opened, reply
from tests.conftest import ROOT
from tinyner.annotate.store import ReplyStore, identity
from tinyner.files import load, sha256_file, sha256_text
from tinyner.params import Annotator, Params

pytestmark = pytest.mark.usefixtures("store_folder")


def test_the_recorded_replies_serve_the_default_and_nothing_else(
    params: Params, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    claude = params.annotate.annotators["claude"]
    prompt = sha256_file(ROOT / "prompts/standard.txt")

    def count(annotator: Annotator, prompt_sha256: str) -> int:
        return len(list(ReplyStore(identity(annotator)).replies_to({prompt_sha256})))

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
    store = opened()
    assert store.get(key("text")) is None
    store.put(SCOPE, reply("text"))
    for reader in (store, opened()):
        kept = reader.get(key("text"))
        assert kept is not None
        assert kept["reply"] == "to text"
    assert opened("n").get(key("text")) is None
    assert opened().get(key("text", "q" * 64)) is None
    assert opened().get(key("text", sample=1)) is None


def test_samples_are_replies_of_their_own() -> None:
    opened().put(SCOPE, reply("text") | {"sample": 2})
    assert opened().get(key("text")) is None
    assert opened().get(key("text", sample=2)) is not None


def test_what_a_killed_writer_left_harms_no_other_reply() -> None:
    store = opened()
    store.put(SCOPE, reply("one"))
    path = store.path(SCOPE)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        opened().put(SCOPE, reply("two"))
        assert opened().get(key("two")) is not None
    path.write_bytes(whole)
    assert opened().get(key("one")) is not None


def test_the_users_store_is_for_the_user_alone() -> None:
    path = filled("one")
    assert {other.suffix for other in path.parent.iterdir()} == {".jsonl", ".index"}
    assert not any(other.stat().st_mode & 0o077 for other in path.parent.iterdir())


def test_what_was_paid_in_vain_is_remembered() -> None:
    store = opened()
    store.record_lost(SCOPE, key("one"), 0.25, "time-out")
    store.record_lost(SCOPE, key("one"), 0.5, "connection")
    assert store.lost_usd([SCOPE]) == 0.75
    again = opened()
    assert again.lost_usd([SCOPE, "another"]) == 0.75
    again.open(SCOPE)  # reading it once more counts nothing twice
    assert again.lost_usd([SCOPE, "another"]) == 0.75
    assert again.get(key("one")) is None


def test_what_was_asked_counts_until_something_comes_back() -> None:
    store = opened()
    for text in ("one", "two", "three"):
        store.record_asked(SCOPE, key(text), 0.25)
    assert store.lost_usd([SCOPE]) == opened().lost_usd([SCOPE]) == 0.75
    store.put(SCOPE, reply("one"))
    store.record_lost(SCOPE, key("two"), 0.0, "rate limit")
    assert store.lost_usd([SCOPE]) == opened().lost_usd([SCOPE]) == 0.25
    again = opened()  # whoever comes after one that was killed
    again.record_killed(SCOPE)
    again.record_asked(SCOPE, key("three"), 0.25)
    again.put(SCOPE, reply("three"))
    assert again.lost_usd([SCOPE]) == opened().lost_usd([SCOPE]) == 0.25


def test_only_one_process_asks_an_annotator_at_a_time() -> None:
    first, second = opened(), opened()
    entered: list[str] = []

    def other() -> None:
        with second.locked():
            entered.append("second")

    with first.locked():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.3)
        assert entered == []
    thread.join(10)
    assert entered == ["second"]
