"""Connecting to a Ray cluster."""

import os

import pytest

from tinyner.errors import UserError
from tinyner.ray_cluster import connect

usage = pytest.importorskip("ray._common.usage.usage_lib")
pytestmark = pytest.mark.slow


def test_no_statistics_go_to_rays_makers_unless_the_user_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for said, sends in ((None, False), ("1", True), ("0", False)):
        monkeypatch.delenv("RAY_USAGE_STATS_ENABLED", raising=False)
        if said:
            monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", said)
        with pytest.raises(UserError, match="not installed"), connect("--engine ray", "ray.no_such_part"):
            pass
        assert usage.usage_stats_enabled() is sends, os.environ["RAY_USAGE_STATS_ENABLED"]
