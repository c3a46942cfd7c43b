"""DuckDB as a third platform, on the transactional engine: as small as a platform can be.

It has neither enumerations nor procedures, and makes no indexes: DuckDB alters no table that has one.
"""
