"""Every problem that the parser names is explained."""

import re

from tests.conftest import ROOT

from tinyner.clean.problems import FAILURES, REPAIRS

SOURCE = "".join(path.read_text() for path in (ROOT / "src/tinyner/clean").glob("*.py"))


def test_every_reason_to_fail_is_explained() -> None:
    reasons = set(re.findall(r'Failed\([^)]*?"(\w+)"', SOURCE)) | set(re.findall(r'else "(\w+)"\)', SOURCE))
    assert reasons | {"empty", "no_labels"} == set(FAILURES)


def test_every_repair_is_explained() -> None:
    repairs = set(re.findall(r'problems\.add\("(\w+)"', SOURCE))
    for group in re.findall(r"problems\.update\(\(([^)]*)\)", SOURCE):
        repairs |= set(re.findall(r'"(\w+)"', group))
    assert repairs == set(REPAIRS)
