"""Who is computed with whom, and who waits."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from tinyner.predict.labelling import Entity, Labelled, Steps
from tinyner.predict.text import Text
from tinyner.service.batches import Batches
from tinyner.service.refusal import RefusedError


def texts(*contents: str) -> list[Text]:
    return [Text({}, content, None, number) for number, content in enumerate(contents, 1)]


class Recording:
    """Labels each text as a whole; keeps what was computed together; waits before a batch until it may go on."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.split = 0  # long texts
        self.may_go_on = threading.Event()

    def label(self, texts: Sequence[Text]) -> list[Labelled]:
        self.may_go_on.wait(60)
        self.batches.append([text.text for text in texts])
        if any("bad" in text.text for text in texts):
            raise ValueError("secret " + texts[0].text)
        return [Labelled(text, [], [Entity(0, len(text.text), "ALL", 0.5)]) for text in texts]

    def steps(self, text: Text) -> Steps:
        """Label a text in a step for each 10,000 characters; fail where one has an exclamation mark."""
        if text.text.startswith("unsplittable"):
            raise ValueError("secret")
        self.split += 1
        return self._steps(text)

    def _steps(self, text: Text) -> Steps:
        for begin in range(0, len(text.text), 10_000):
            self.may_go_on.wait(60)
            self.batches.append([f"{text.text[0]} from {begin}"])
            if "!" in text.text[begin : begin + 10_000]:
                raise ValueError("secret " + text.text)
            yield
        return Labelled(text, [], [Entity(0, len(text.text), "ALL", 0.5)])


def run(labels: Recording, ask: Callable[[Batches], Awaitable[None]], batch_texts: int = 4) -> None:
    """Let requests come while the first batch waits."""

    async def main() -> None:
        with ThreadPoolExecutor(1) as thread, ThreadPoolExecutor(1) as splitter:
            batches = Batches(labels, thread, splitter, batch_texts)
            work = asyncio.create_task(batches.work())
            try:
                await ask(batches)
            finally:
                labels.may_go_on.set()
                work.cancel()

    asyncio.run(main())


async def asked_in_order(batches: Batches, *requests: Sequence[str]) -> list[asyncio.Task[list[Labelled]]]:
    """Return the tasks of requests; the first of them is being computed, and the others wait."""
    tasks = []
    for request in requests:
        tasks.append(asyncio.create_task(batches.answers(texts(*request))))
        await asyncio.sleep(0.01)
    return tasks


def contents(answers: Sequence[Labelled]) -> list[str]:
    return [answer.text.text for answer in answers]


def test_those_who_wait_are_computed_together_and_each_has_its_own_answer() -> None:
    labels = Recording()

    async def ask(batches: Batches) -> None:
        tasks = await asked_in_order(batches, ["first"], ["a"], ["b", "c"], ["d"], ["e"])
        labels.may_go_on.set()
        answers = await asyncio.gather(*tasks)
        assert list(map(contents, answers)) == [["first"], ["a"], ["b", "c"], ["d"], ["e"]]

    run(labels, ask)
    assert labels.batches == [["first"], ["a", "b", "c", "d"], ["e"]]


def test_a_request_with_many_texts_lets_others_have_their_turns() -> None:
    labels = Recording()
    many = [f"m{number}" for number in range(10)]

    async def ask(batches: Batches) -> None:
        tasks = await asked_in_order(batches, ["first"], many, ["a"], ["b"])
        labels.may_go_on.set()
        answers = await asyncio.gather(*tasks)
        assert contents(answers[1]) == many

    run(labels, ask)
    assert labels.batches == [["first"], many[:4], ["a", "b", "m4", "m5"], many[6:]]


def test_long_texts_make_a_batch_of_fewer() -> None:
    labels = Recording()

    async def ask(batches: Batches) -> None:
        tasks = await asked_in_order(batches, ["first"], ["x" * 9_000], ["y" * 9_000], ["z"])
        labels.may_go_on.set()
        await asyncio.gather(*tasks)

    run(labels, ask)
    assert [[text[0] for text in batch] for batch in labels.batches] == [["f"], ["x", "y"], ["z"]]


def test_others_have_their_turns_between_the_steps_of_a_long_text() -> None:
    labels = Recording()
    long = "x" * 45_000

    async def ask(batches: Batches) -> None:
        first, whole = await asked_in_order(batches, ["first"], ["a", long, "b"])
        labels.may_go_on.set()
        while ["x from 0"] not in labels.batches:
            await asyncio.sleep(0)
        assert contents(await batches.answers(texts("Rome fell."))) == ["Rome fell."]
        assert not whole.done()
        assert contents(await first) == ["first"]
        assert contents(await whole) == ["a", long, "b"]

    run(labels, ask)
    steps = [[f"x from {begin}"] for begin in range(0, 45_000, 10_000)]
    assert [batch for batch in labels.batches if batch in steps] == steps
    assert ["a"] in labels.batches[: labels.batches.index(steps[0])]
    assert labels.batches.index(["Rome fell."]) < labels.batches.index(steps[-1])
    assert labels.batches[-1] == ["b"]


def test_long_texts_take_steps_in_turn_and_hold_no_batch_up_for_longer_than_one() -> None:
    labels = Recording()

    async def ask(batches: Batches) -> None:
        tasks = await asked_in_order(batches, ["first"], ["x" * 30_000], ["y" * 20_000], ["a"])
        while labels.split < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        labels.may_go_on.set()
        await asyncio.gather(*tasks)

    run(labels, ask)
    order = [batch[0] for batch in labels.batches]
    assert order == ["first", "x from 0", "a", "y from 0", "x from 10000", "y from 10000", "x from 20000"]


def test_who_goes_between_the_steps_of_a_long_text_is_computed_no_further() -> None:
    labels = Recording()

    async def ask(batches: Batches) -> None:
        (gone,) = await asked_in_order(batches, ["x" * 200_000])
        labels.may_go_on.set()
        while not labels.batches:
            await asyncio.sleep(0)
        gone.cancel()
        assert contents(await batches.answers(texts("last"))) == ["last"]
        count = len(labels.batches)
        assert contents(await batches.answers(texts("later"))) == ["later"]
        assert labels.batches[count:] == [["later"]]

    run(labels, ask)
    assert ["x from 190000"] not in labels.batches


@pytest.mark.parametrize("text", ["x" * 15_000 + "!" + "x" * 30_000, "unsplittable" + "x" * 30_000])
def test_a_long_text_that_fails_is_computed_no_further(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    labels = Recording()

    async def ask(batches: Batches) -> None:
        labels.may_go_on.set()
        with pytest.raises(RefusedError, match="failed"):
            await batches.answers(texts(text, "behind it"))
        assert contents(await batches.answers(texts("later"))) == ["later"]

    run(labels, ask)
    assert labels.batches[-1:] == [["later"]]
    assert ["x from 20000"] not in labels.batches
    assert ["behind it"] not in labels.batches
    assert "secret" not in capsys.readouterr().err


def test_who_goes_before_his_turn_is_not_computed() -> None:
    labels = Recording()

    async def ask(batches: Batches) -> None:
        first, gone, last = await asked_in_order(batches, ["first"], ["gone"], ["last"])
        gone.cancel()
        await asyncio.sleep(0)
        labels.may_go_on.set()
        assert contents(await first) == ["first"]
        assert contents(await last) == ["last"]

    run(labels, ask)
    assert labels.batches == [["first"], ["last"]]


def test_who_goes_between_his_parts_is_computed_no_further() -> None:
    labels = Recording()

    async def ask(batches: Batches) -> None:
        (many,) = await asked_in_order(batches, [f"m{number}" for number in range(10)])
        many.cancel()
        await asyncio.sleep(0)
        labels.may_go_on.set()
        assert contents(await batches.answers(texts("last"))) == ["last"]

    run(labels, ask)
    assert labels.batches == [["m0", "m1", "m2", "m3"], ["last"]]


def test_a_failing_text_spoils_no_other_answer(capsys: pytest.CaptureFixture[str]) -> None:
    labels = Recording()

    async def ask(batches: Batches) -> None:
        tasks = await asked_in_order(batches, ["first"], ["a"], ["private bad"], ["b"])
        labels.may_go_on.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [contents(result) for result in results if isinstance(result, list)] == [["first"], ["a"], ["b"]]
        (error,) = (result for result in results if not isinstance(result, list))
        assert isinstance(error, RefusedError)
        assert (error.status, error.line) == (500, "the model failed (ValueError); other requests are answered")
        assert contents(await batches.answers(texts("later"))) == ["later"]

    run(labels, ask)
    printed = capsys.readouterr().err
    assert printed.startswith("tinyner: a request failed: ValueError in test_batches.py, line ")
    assert printed.count("\n") == 1
    assert "private" not in printed


def test_a_request_that_fails_in_its_first_part_is_computed_no_further(capsys: pytest.CaptureFixture[str]) -> None:
    labels = Recording()

    async def ask(batches: Batches) -> None:
        labels.may_go_on.set()
        with pytest.raises(RefusedError, match="failed"):
            await batches.answers(texts("bad", *"abcdefgh"))
        assert contents(await batches.answers(texts("later"))) == ["later"]

    run(labels, ask)
    assert labels.batches == [["bad", "a", "b", "c"], ["later"]]
    assert capsys.readouterr().err


def test_no_text_needs_no_turn() -> None:
    labels = Recording()

    async def ask(batches: Batches) -> None:
        assert await batches.answers([]) == []

    run(labels, ask)
    assert labels.batches == []
