"""Snowflake as a platform: plain data, and methods that import its code when they are called."""

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
    from krenalis_provider.warehouses.script import Script
    from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings


def _password(value: str) -> str | None:
    from krenalis_provider.warehouses.snowflake.credentials import password_problem

    return password_problem(value)


def _private_key_problem(text: str) -> str | None:
    from krenalis_provider.warehouses.snowflake.login import private_key_problem

    return private_key_problem(text)


def _passphrase_problem(text: str) -> str | None:
    from krenalis_provider.warehouses.snowflake.credentials import passphrase_problem

    return passphrase_problem(text)


def _host_problem(text: str) -> str | None:
    from krenalis_provider.warehouses.snowflake.settings import host_problem

    return host_problem(text)


class Snowflake:
    """Snowflake, see `Platform`."""

    name = "Snowflake"
    versions = ""
    import_form = "snowflake://username@account/database/schema/role/warehouse"
    settings: tuple[Setting, ...] = (
        Setting(
            "account",
            "the account identifier, such as `myorg-account123`, or `xy12345.eu-central-1` for a locator in a region; "
            "neither a URL nor a host name. Required.",
        ),
        Setting("role", "the role to work as; it owns what is made. Required."),
        Setting("warehouse", "the virtual warehouse that executes statements. Required."),
    )
    parameters: tuple[Setting, ...] = (
        Setting(
            "password",
            "The password of the warehouse's user.",
            sensitive=True,
            variable="SNOWFLAKE_PASSWORD",
            rules=(_password,),
        ),
        Setting(
            "private_key",
            "The user's private key in PEM, for key-pair authentication instead of a password: RSA of at least 2,048 "
            "bits. Its line breaks may be written as `\\n`.",
            sensitive=True,
            variable="SNOWFLAKE_PRIVATE_KEY",
            rules=(_private_key_problem,),
        ),
        Setting(
            "private_key_passphrase",
            "What the private key is encrypted with, if it is.",
            sensitive=True,
            variable="SNOWFLAKE_PRIVATE_KEY_PASSPHRASE",
            rules=(_passphrase_problem,),
        ),
        Setting(
            "host",
            "Host name, where it is not the account's own below `snowflakecomputing.com`, such as that of an "
            "organization in China, below `snowflakecomputing.cn`.",
            rules=(_host_problem,),
        ),
        Setting("port", "Port, where it is not that of the protocol.", is_number=True, bounds=(1, 65535)),
        Setting(
            "protocol",
            "`https` by default; `http` only for a proxy or an emulator on the same machine.",
            choices=("https", "http"),
        ),
    )
    parameters_description = (
        "How to connect to Snowflake, where a workspace does not say it itself. Nothing of this enters the "
        "state, and the values may be ephemeral. What is set neither here nor there comes from "
        "`SNOWFLAKE_PASSWORD`, `SNOWFLAKE_PRIVATE_KEY` and `SNOWFLAKE_PRIVATE_KEY_PASSPHRASE`."
    )
    elsewhere_passwords = "`SNOWFLAKE_PASSWORD` or a private key"

    def settings_type(self) -> "type[SnowflakeSettings]":
        from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings

        return SnowflakeSettings

    def parameters_problems(self, parameters: Mapping[str, Any]) -> "Iterable[Problem]":
        if not (parameters.get("private_key") and parameters.get("private_key_passphrase")):
            return ()
        from krenalis_provider.warehouses.snowflake.login import passphrase_problems

        return passphrase_problems(parameters)

    def place(self, settings: Mapping[str, Any]) -> Place:
        from krenalis_provider.warehouses.snowflake.settings import account_key, former_account_key

        account: str = settings["account"]
        database, schema = (self.folded(settings[part]) for part in ("database", "schema"))
        return Place(self.name, account_key(account), database, schema, former_account_key(account))

    def folded(self, name: str) -> str:
        from krenalis_provider.warehouses.snowflake.settings import name_key

        return name_key(name)

    def dialect(self) -> "Dialect":
        from krenalis_provider.warehouses.snowflake import dialect

        return dialect

    def script(
        self,
        settings: Mapping[str, Any],
        change: "Change",
        columns: "Sequence[ProfileColumn]",
        identifiers: Sequence[str],
        primary_sources: Mapping[str, str],
    ) -> "Script":
        from krenalis_provider.warehouses.snowflake.script import script
        from krenalis_provider.warehouses.snowflake.sql import Schema

        database = settings.get("database")
        schema = Schema(self.folded(database) if database else "", self.folded(settings["schema"]))
        return script(schema, change, columns, identifiers, primary_sources)

    def provisioner(self, settings: "SnowflakeSettings", parameters: Mapping[str, str]) -> "Provisioner":
        from krenalis_provider.warehouses.engines.stepwise import StepwiseProvisioner
        from krenalis_provider.warehouses.snowflake.backend import SnowflakeBackend

        return StepwiseProvisioner(SnowflakeBackend(settings, parameters))

    def list_workspaces(
        self, settings: "SnowflakeSettings", parameters: Mapping[str, str], deadline: "Deadline"
    ) -> "Listing":
        from krenalis_provider.warehouses.snowflake.listing import list_workspaces

        return list_workspaces(settings, parameters, deadline)
