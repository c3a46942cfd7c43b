"""Migrations of the profile columns: from two profile schemas to the operations on each table."""
