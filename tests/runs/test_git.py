"""Calls of git."""

import subprocess
from pathlib import Path

import pytest

from tinyner.errors import UserError
from tinyner.runs.git import check_identity


def test_a_study_needs_a_name_and_an_address_before_it_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DVC would say so after hours of training, when it records the first experiment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    subprocess.run(("git", "init", "-q"), check=True)
    with pytest.raises(UserError, match=r"git has no user.name and no user.email, .*: `git config --global user.name"):
        check_identity()
    subprocess.run(("git", "config", "user.name", "Someone"), check=True)
    with pytest.raises(UserError, match=r"git has no user.email, "):
        check_identity()
    subprocess.run(("git", "config", "user.email", "someone@example.org"), check=True)
    check_identity()
