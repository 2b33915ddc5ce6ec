"""The flow from replies to labels counts every reply and mention."""

from tests.report.conftest import Study
from tinyner.report.inputs import read_corpus
from tinyner.report.reply_flow import LABELLED, flow_of_corpus, flow_of_metrics
from tinyner.runs.archive import read_archive


def test_nothing_is_lost_on_the_way_to_labels(study: Study) -> None:
    for root in (study.strong, study.weak):
        corpus = read_corpus(root)
        flow = flow_of_corpus(corpus)
        assert flow is not None
        assert flow.replies == len(corpus.annotations) == 200
        assert flow.total == sum(flow.mentions.values()) == len(corpus.ledger)
        labels = {(row["id"], span["start"]) for row in corpus.examples.values() for span in row["spans"]}
        assert flow.spans == len(labels)
        assert sum(ends.get(LABELLED, 0) for ends in flow.outcomes.values()) <= len(labels)


def test_metrics_give_the_same_counts_as_rows(study: Study) -> None:
    for root in (study.strong, study.weak):
        of_rows = flow_of_corpus(read_corpus(root))
        of_metrics = flow_of_metrics(read_archive(root / "runs.jsonl.xz")["A-fixed"].metrics)
        assert of_rows is not None
        assert of_metrics is not None
        assert of_metrics.statuses == of_rows.statuses
        assert of_metrics.problems == of_rows.problems
        assert {name: sum(ends.values()) for name, ends in of_metrics.outcomes.items()} == {
            name: sum(ends.values()) for name, ends in of_rows.outcomes.items()
        }


def test_without_both_metrics_there_is_no_flow() -> None:
    assert flow_of_metrics({"clean": {"ok": 1}}) is None
