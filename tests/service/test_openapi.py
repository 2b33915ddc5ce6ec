"""The document is OpenAPI; that its schemas are true of real answers is tested where these are asked for."""

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from tinyner.service.limits import Limits
from tinyner.service.openapi import document


@pytest.mark.parametrize("with_token", [False, True])
def test_it_is_valid(with_token: bool) -> None:
    content = document(Limits(), with_token=with_token)
    validate(content, cls=OpenAPIV31SpecValidator)
    assert ("401" in content["paths"]["/predict"]["post"]["responses"]) == with_token
    assert ("securitySchemes" in content["components"]) == with_token


def test_it_tells_the_limits() -> None:
    content = document(Limits(max_bytes=12345, max_texts=7, max_waiting=89), with_token=False)
    assert content["components"]["schemas"]["Question"]["oneOf"][1]["properties"]["texts"]["maxItems"] == 7
    assert "12345 bytes" in content["paths"]["/predict"]["post"]["requestBody"]["description"]
    assert "89 requests" in content["paths"]["/predict"]["post"]["responses"]["503"]["description"]
