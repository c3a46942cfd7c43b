"""What calls import, in the order in which a Terraform command makes them. A warm parent imports it ahead.

The driver for Snowflake is not among it: importing it starts threads, and a process with threads is not forked.
"""

from typing import Final

VALIDATE: Final = (
    "krenalis_provider.resources.workspace.plan",
    *("krenalis_provider.warehouses.postgresql.settings", "krenalis_provider.warehouses.postgresql.dialect"),
)
LATER: Final = (
    *("krenalis_provider.warehouses.postgresql.backend", "krenalis_provider.resources.workspace.lifecycle"),
    "krenalis_provider.warehouses.engines.transactional",
)
