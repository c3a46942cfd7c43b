"""PostgreSQL as a platform: plain data, and methods that import its code when they are called."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from krenalis_provider.model.place import Place
from krenalis_provider.warehouses.platform import Setting

if TYPE_CHECKING:
    from krenalis_provider.model.deadline import Deadline
    from krenalis_provider.model.errors import Problem
    from krenalis_provider.model.observed import Listing
    from krenalis_provider.model.profile_columns import ProfileColumn
    from krenalis_provider.warehouses.change import Change
    from krenalis_provider.warehouses.dialect import Dialect
    from krenalis_provider.warehouses.engines.engine import Provisioner
    from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
    from krenalis_provider.warehouses.script import Script


def _password(value: str) -> str | None:
    from krenalis_provider.warehouses.postgresql.credentials import password_problem

    return password_problem(value)


def _name(value: str) -> str | None:
    from krenalis_provider.warehouses.postgresql.settings import name_problem

    return name_problem(value)


def _path(value: str) -> str | None:
    from krenalis_provider.warehouses.postgresql.credentials import path_problem

    return path_problem(value)


class PostgreSQL:
    """PostgreSQL, see `Platform`; names are always quoted, so each spelling is a name of its own."""

    name = "PostgreSQL"
    versions = " (15 or newer)"
    import_form = "postgresql://username@host:port/database/schema"
    settings: tuple[Setting, ...] = (
        Setting(
            "host",
            "host name or IP address of the server, or the folder of its socket. Several with commas between are tried "
            "in this order. Required.",
        ),
        Setting("port", "port of the server; of each, if host is a list. Required.", is_number=True),
    )
    parameters: tuple[Setting, ...] = (
        Setting(
            "password",
            "The password of the warehouse's user.",
            sensitive=True,
            variable="PGPASSWORD",
            rules=(_password,),
        ),
        Setting(
            "role",
            "The role to work as, by `SET LOCAL ROLE` in each transaction: it owns what is made, so that "
            "users who come and go can all manage it. The user must be a member of it.",
            rules=(_name,),
        ),
        Setting(
            "sslmode",
            "Whether the connection is encrypted and the server's certificate verified; `verify-full` by default if "
            "`sslrootcert` is set, else `prefer`.",
            choices=("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
        ),
        Setting(
            "sslrootcert",
            "File with the certificates of trusted authorities, or `system` for the machine's own. Without `sslmode`, "
            "the server's certificate must be of one of them and bear the name of the host.",
            rules=(_path,),
        ),
        Setting("sslcert", "File with the client's certificate.", sensitive=True, rules=(_path,)),
        Setting(
            "sslkey",
            "File with the client's private key, which nobody but its owner may read.",
            sensitive=True,
            rules=(_path,),
        ),
        Setting(
            "sslpassword",
            "What the client's private key is encrypted with, if it is.",
            sensitive=True,
            rules=(_password,),
        ),
    )
    parameters_description = (
        "How to connect to PostgreSQL, where a workspace does not say it itself. Nothing of this enters the "
        "state, and the values may be ephemeral. What is set neither here nor there comes from libpq's own "
        "sources: `PGPASSWORD`, `.pgpass`, `PGSSLMODE`, a service file and so on. They complete the configuration; "
        "where it leads, and as whom, they do not change."
    )
    elsewhere_passwords = "`PGPASSWORD`, `.pgpass` or a service file"

    def settings_type(self) -> "type[PostgreSQLSettings]":
        from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings

        return PostgreSQLSettings

    def parameters_problems(self, parameters: Mapping[str, Any]) -> "Iterable[Problem]":
        from krenalis_provider.warehouses.postgresql.credentials import parameters_problems

        return parameters_problems(parameters)

    def place(self, settings: Mapping[str, Any]) -> Place:
        return Place(
            self.name, f"{settings['host']}/{settings['port']}", settings["database"], settings["schema"]
        )

    def folded(self, name: str) -> str:
        """See `Platform.folded`. Names are always quoted: each spelling is a name of its own."""
        return name

    def dialect(self) -> "Dialect":
        from krenalis_provider.warehouses.postgresql import dialect

        return dialect

    def script(
        self,
        settings: Mapping[str, Any],
        change: "Change",
        columns: "Sequence[ProfileColumn]",
        identifiers: Sequence[str],
        primary_sources: Mapping[str, str],
    ) -> "Script":
        from krenalis_provider.warehouses.postgresql.script import script

        return script(settings["schema"], change, columns, identifiers, primary_sources)

    def provisioner(self, settings: "PostgreSQLSettings", parameters: Mapping[str, str]) -> "Provisioner":
        from krenalis_provider.warehouses.engines.transactional import TransactionalProvisioner
        from krenalis_provider.warehouses.postgresql.backend import PostgreSQLBackend

        return TransactionalProvisioner(PostgreSQLBackend(settings, parameters))

    def list_workspaces(
        self, settings: "PostgreSQLSettings", parameters: Mapping[str, str], deadline: "Deadline"
    ) -> "Listing":
        from krenalis_provider.warehouses.postgresql.listing import list_workspaces

        return list_workspaces(settings, parameters, deadline)
