"""The profile schema: the recursive type document of a profile, its values, its rules and its parser."""

from krenalis_provider.model.profile_schema.parser import ROOT, Leaf, Parsed, parse
from krenalis_provider.model.profile_schema.types import ProfileSchema, Property, Type

__all__ = ["ROOT", "Leaf", "Parsed", "ProfileSchema", "Property", "Type", "parse"]
