"""The service's description of itself, in OpenAPI 3.1: what /openapi.json answers."""

from typing import Any

from tinyner.service.limits import Limits

_JSON = "application/json"
_EXAMPLE = "Angela Merkel met Tony Blair in Berlin."


def document(limits: Limits, *, with_token: bool) -> dict[str, Any]:
    """Return the document for a service with these limits; ``with_token``: a client has to give one."""
    predict: dict[str, Any] = {
        "summary": "Find entities in texts",
        "description": "Requests that wait are computed together. Texts are neither stored nor logged.",
        "operationId": "predict",
        "requestBody": {
            "required": True,
            "description": f"JSON in UTF-8, at most {limits.max_bytes} bytes, whatever its Content-Type says",
            "content": {_JSON: {"schema": _ref("Question"), "examples": {"text": {"value": {"text": _EXAMPLE}}}}},
        },
        "responses": _responses(limits, with_token=with_token),
    }
    components: dict[str, Any] = {"schemas": _schemas(limits)}
    if with_token:
        predict["security"] = [{"token": []}]
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tinyner serve-student",
            "version": "1",
            "description": "Named entities by a small model on this machine.",
        },
        "paths": {
            "/predict": {"post": predict},
            "/health": {
                "get": {
                    "summary": "Whether it answers, and what model it has",
                    "operationId": "health",
                    "responses": {
                        "200": _response("it answers", "Health"),
                        "503": _response("it stops", "Health"),
                    },
                }
            },
            "/openapi.json": {
                "get": {
                    "summary": "This document",
                    "operationId": "document",
                    "responses": {
                        "200": {"description": "OpenAPI 3.1", "content": {_JSON: {"schema": {"type": "object"}}}}
                    },
                }
            },
        },
        "components": components,
    }


def _responses(limits: Limits, *, with_token: bool) -> dict[str, Any]:
    reasons = {
        "400": "the body is no JSON in UTF-8; the line names the place",
        "401": "the token is missing or wrong",
        "408": "the body did not arrive in time",
        "413": f"the body has more than {limits.max_bytes} bytes, or more than {limits.max_texts} texts",
        "415": "the body is compressed",
        "422": "the body has other keys or types; the line names the place",
        "500": "the model failed",
    }
    if not with_token:
        del reasons["401"]
    busy = _response(f"{limits.max_waiting} requests wait already, or the service stops", "Error")
    retry = {"description": "seconds", "schema": {"type": "integer", "minimum": 1}}
    return {
        "200": _response("`text` and `words` give an Answer, `texts` gives Answers in the same order", "Result"),
        **{status: _response(reason, "Error") for status, reason in reasons.items()},
        "503": busy | {"headers": {"Retry-After": retry}},
    }


def _schemas(limits: Limits) -> dict[str, Any]:
    string = {"type": "string"}
    place = {"type": "integer", "minimum": 0, "description": "characters (code points) of the text"}
    entity = _object(
        start=place,
        end=place | {"description": "behind the last character"},
        label=string,
        text=string | {"description": "of the entity"},
    )
    entity["properties"]["score"] = {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "description": "probability of the entity; missing where the model gives none",
    }
    texts = {"type": "array", "items": string, "maxItems": limits.max_texts}
    words = {"type": "array", "items": string, "description": "the words of a sentence"}
    return {
        "Question": {"oneOf": [_object(text=string), _object(texts=texts), _object(words=words)]},
        "Result": {"oneOf": [_ref("Answer"), _ref("Answers")]},
        "Answer": _object(
            text=string | {"description": "as sent; of words, these with blanks between them"},
            spans={"type": "array", "items": _ref("Entity")},
        ),
        "Answers": _object(answers={"type": "array", "items": _ref("Answer")}),
        "Entity": entity,
        "Error": _object(error=string | {"description": "what is wrong, where, what to do"}),
        "Health": _object(
            status={"enum": ["ok", "stopping"]},
            model=string,
            types={"type": "array", "items": string},
            waiting={"type": "integer", "minimum": 0},
        ),
    }


def _object(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object that has these properties, all of them and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _response(description: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {_JSON: {"schema": _ref(schema)}}}
