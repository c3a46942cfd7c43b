"""The profile schema as a server is sent it, and whether what the server gives back is the same."""

from typing import Any

from krenalis_provider.model.profile_schema import Parsed, ProfileSchema, parse


def to_send(schema: ProfileSchema) -> dict[str, Any]:
    """The document of a schema; numbers are int, float, or Decimal if a float would round."""
    return schema.document()


def same(server_document: Any, ours: Parsed) -> bool:
    """Whether a document that a server gave is what it makes of ours."""
    return ours.schema == parse(server_document).schema
