"""The Snowflake warehouse: the only place of its SQL and of its driver."""
