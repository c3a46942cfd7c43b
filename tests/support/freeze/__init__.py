"""Freezes what this version of the provider stores, for the tests of all later ones: ``python -m tests.support.freeze``.

What is stored is made as users make it: by real Terraform, in a throw-away PostgreSQL, in the double of Snowflake, and at
the test server. `tests/acceptance/stored/README.md` says what the files are.
"""
