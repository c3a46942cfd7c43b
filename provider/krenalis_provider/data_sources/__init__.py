"""The provider's data sources: what is there already, looked at and left alone."""
