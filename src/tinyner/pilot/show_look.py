"""A pilot without gold on the terminal."""

from collections.abc import Iterator

from rich.text import Text

from tinyner.clean.problems import explained
from tinyner.clean.summary import failed_example
from tinyner.pilot.answers import Answers
from tinyner.pilot.look import Look, type_counts
from tinyner.pilot.reading import ReadSentence
from tinyner.pilot.show import cost_lines, outcome_lines
from tinyner.plurals import number
from tinyner.rows import text_of, text_of_words
from tinyner.terminal import harmless_console


def show_look(look: Look) -> None:
    """Print each sentence with the entities that stage align would label, then how replies ended and what they cost."""
    console = harmless_console(highlight=False, emoji=False)
    several = len(look.results) > 1
    for result in look.results:
        count = number(len(result.sentences), "sentence")
        console.print(Text(f"\n{result.name}: {count} and what is read in the replies", "bold"))
        for read_sentence in result.sentences:
            for line in _sentence(read_sentence):
                console.print(line)
    console.print()
    for result in look.results:
        for text in _summary(result):
            console.print(Text(f"{result.name}: {text}" if several else text))
    console.print(
        Text(f"the sentences are {look.part}, those that no prompt shows and that stand in for no test or dev")
    )
    console.print(
        Text(
            "look at them yourself; with some labelled sentences (tinyner init --gold FILE) tinyner pilot says how "
            "good the LLM is"
        )
    )


def _sentence(read_sentence: ReadSentence) -> Iterator[Text]:
    """Yield a sentence and, in a line each, its entities with their types, or why it has none."""
    sentence = read_sentence.sentence
    yield Text(f"{sentence['id']}  ", "dim").append(text_of(sentence), "default")
    if read_sentence.failed:
        failed = [annotation for annotation in read_sentence.annotations if annotation["status"] == "failed"]
        problems = dict.fromkeys(problem for annotation in failed for problem in annotation["problems"])
        yield Text(f"    failed: {', '.join(explained(problem, failed=True) for problem in problems)}", "red")
        return
    for start, end, label in read_sentence.spans:
        yield Text(f"    {label}  ", "green").append(text_of_words(sentence, start, end), "default")
    if not read_sentence.spans:
        yield Text("    no entity", "dim")


def _summary(result: Answers) -> Iterator[str]:
    counts = ", ".join(f"{label} {count}" for label, count in type_counts(result).items())
    yield f"entities that align would label: {counts}"
    yield from outcome_lines(result)
    failed = [
        (annotation["problems"][0], reply)
        for read_sentence in result.sentences
        for annotation, reply in zip(read_sentence.annotations, read_sentence.replies, strict=True)
        if annotation["status"] == "failed"
    ]
    yield from failed_example(failed)
    yield from cost_lines(result)
