"""Connecting to Ray where it is not installed; with a cluster, see tests/train/test_ray_backend.py."""

import sys

import pytest

from tinyner.errors import UserError
from tinyner.ray_cluster import connect


def test_what_asked_for_ray_is_named_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"TINYNER_ENGINE: ray, but Ray is not installed; .*tinyner\[ray\]"):
        connect("TINYNER_ENGINE: ray").__enter__()
