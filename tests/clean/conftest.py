"""The names of the default types."""

import pytest

from tinyner.clean.type_names import TypeNames
from tinyner.params import Params


@pytest.fixture(scope="session")
def names(params: Params) -> TypeNames:
    return TypeNames(params.types)
