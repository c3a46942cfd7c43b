"""Shows the quickstart example at work: real Terraform against a throw-away PostgreSQL.

``up`` starts the server and runs init, plan, apply and a second plan, which must find nothing to change. Run again, it
keeps the server and what was edited in ``.demo/``. ``down`` destroys the workspace, stops the server and removes
``.demo/``, also after an ``up`` that was interrupted anywhere. Everything in ``.demo/`` is its owner's alone: the file of
variables holds the database password, which is in neither plan nor state.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.postgresql import Server  # noqa: E402  # found by the line before
from tests.support.terraform_process import (  # noqa: E402
    KRENALIS,
    Executable,
    environment,
    executables,
    write_cli_configuration,
)

QUICKSTART = ROOT / "examples" / "quickstart"
DEMO = ROOT / ".demo"
SITE = DEMO / "site.json"
ADDRESS = "krenalis_workspace.customers"
FAILED = 1
INTERRUPTED = 130  # the exit code by which shells know an interrupt
TABLES_AND_VIEWS = """
    SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END, relname
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = %s AND relkind IN ('r', 'v') ORDER BY 1, 2
"""
EVERYTHING = """
    WITH place AS (SELECT oid FROM pg_namespace WHERE nspname = %s)
    SELECT relname FROM pg_class, place WHERE relnamespace = place.oid
    UNION SELECT typname FROM pg_type, place WHERE typnamespace = place.oid AND typelem = 0
    UNION SELECT proname FROM pg_proc, place WHERE pronamespace = place.oid
    ORDER BY 1
"""


class DemoError(Exception):
    """What a person should read; the demo ends with it and exit code 1."""


@dataclass(frozen=True, slots=True)
class Site:
    """The throw-away server, and the connection that the workspace is given."""

    server: Server
    settings: dict[str, Any]

    @classmethod
    def find(cls) -> Self | None:
        """Return the site of an earlier `up`, whether its server still runs or not; None where there is none."""
        if not SITE.exists():
            return None
        saved = json.loads(SITE.read_text())
        return cls(Server.attach(saved["server"]), saved["settings"])

    @classmethod
    def make(cls) -> Self:
        """Start the server. Until it is recorded where `down` finds it, it ends with this process."""
        server = Server.start()
        site = cls(server, server.database("cdp", role="krenalis", schema="customers").settings())
        SITE.write_text(json.dumps({"server": server.describe(), "settings": site.settings}))
        server.detach()
        return site

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database something about the schema, as the workspace's own role."""
        keys = {
            "host": "host",
            "port": "port",
            "username": "user",
            "password": "password",
            "database": "dbname",
        }
        parameters = {parameter: self.settings[key] for key, parameter in keys.items()}
        with closing(psycopg.connect(**parameters, connect_timeout=10)) as connection:
            return connection.execute(query.encode(), [self.settings["schema"]]).fetchall()


def up() -> None:
    """Bring the demo up, or what is up to date, and show every step."""
    terraform = the_terraform()
    if not KRENALIS.path.exists():
        raise DemoError(f"{KRENALIS.path} is missing: `make demo` installs it")
    site = Site.find()
    if site and site.server.running:
        heading("Already up: keeping the server and the files in .demo/")
    else:
        if site:
            print("The server of an earlier demo is gone. Starting afresh.")
            site.server.stop()
        if DEMO.exists():
            shutil.rmtree(DEMO)
        DEMO.mkdir()
        heading("A throw-away PostgreSQL, with an empty schema and a role that may use it")
        site = Site.make()
    settings = site.settings
    print(f"PostgreSQL {site.server.version} on {settings['host']}:{settings['port']}")
    prepare(terraform, site)

    plan = "demo.tfplan"
    run(terraform, "init", "-input=false")
    run(terraform, "plan", "-input=false", f"-out={plan}")
    run(terraform, "apply", "-input=false", plan)
    if run(terraform, "plan", "-input=false", "-detailed-exitcode", accept=(0, 2)) != 0:
        raise DemoError("the second plan should have found no changes")
    show(terraform, site)


def down() -> None:
    """Destroy the workspace, stop the server and remove every file, however far `up` came."""
    if not DEMO.exists():
        print("Nothing is up.")
        return
    site = Site.find()
    complaint = ""
    if site and site.server.running and (DEMO / "terraform.tfstate").exists():
        complaint = destroy(site)
    if site:
        site.server.stop()
    shutil.rmtree(DEMO)
    heading("The server is stopped, and .demo/ is gone")
    if complaint:
        raise DemoError(complaint)


def destroy(site: Site) -> str:
    """Run ``terraform destroy`` and return what is wrong afterwards, or nothing."""
    try:
        run(the_terraform(), "destroy", "-input=false", "-auto-approve")
    except DemoError as error:
        return f"{error}; the data went with the server"
    left = [name for (name,) in site.rows(EVERYTHING)]
    return f"destroy left in the schema: {', '.join(left)}" if left else ""


def the_terraform() -> Executable:
    """Return the user's own Terraform, else the one of the wheel."""
    found = executables()
    if not found:
        raise DemoError("there is no Terraform: `make demo` installs one")
    return found[0]


def prepare(terraform: Executable, site: Site) -> None:
    """Write what the commands need into ``.demo/``; configuration that is there already stays as it was edited."""
    for source in QUICKSTART.iterdir():
        if source.is_file() and not (DEMO / source.name).exists():
            shutil.copyfile(source, DEMO / source.name)
    settings = site.settings
    (DEMO / "terraform.tfvars.json").write_text(json.dumps(settings, indent=2))
    passfile = ":".join(str(settings[key]) for key in ("host", "port", "database", "username", "password"))
    (DEMO / "pgpass").write_text(f"{passfile}\n")
    (DEMO / "home").mkdir(exist_ok=True)
    write_cli_configuration(DEMO, terraform, KRENALIS, override=False)


def run(terraform: Executable, *arguments: str, accept: Sequence[int] = (0,)) -> int:
    """Run a command of Terraform before the user's eyes and return its exit code.

    An interrupt reaches Terraform too, which then stops in an orderly way: it is waited for, however long it takes.
    """
    words = arguments if sys.stdout.isatty() else (*arguments, "-no-color")
    heading(f"terraform {shlex.join(arguments)}")
    process = subprocess.Popen(
        [*terraform.argv, *words], cwd=DEMO, env=environment(DEMO / "home", DEMO / "terraform.rc")
    )
    interrupted = False
    while process.returncode is None:
        try:
            process.wait()
        except KeyboardInterrupt:
            interrupted = True
    if interrupted:
        raise KeyboardInterrupt
    if process.returncode not in accept:
        raise DemoError(f"terraform {arguments[0]} failed (exit code {process.returncode})")
    return process.returncode


def show(terraform: Executable, site: Site) -> None:
    """Say what was made and how to look at it."""
    answer = subprocess.run(
        [*terraform.argv, "output", "-raw", "id"],
        cwd=DEMO,
        env=environment(DEMO / "home", DEMO / "terraform.rc"),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    settings = site.settings
    heading(
        f"The workspace {answer.stdout} is in schema {settings['schema']!r} of database {settings['database']!r}"
    )
    for kind, name in site.rows(TABLES_AND_VIEWS):
        print(f"  {kind:5}  {name}")
    heading("Look around (the password of the database is in .demo/pgpass)")
    command = "terraform" if terraform.argv[0] == shutil.which("terraform") else shlex.join(terraform.argv)
    print(f"  cd {shlex.quote(str(DEMO))}")
    print("  export TF_CLI_CONFIG_FILE=$PWD/terraform.rc PGPASSFILE=$PWD/pgpass")
    print(f"  {command} state show {ADDRESS}")
    print(f"  {command} plan  # after an edit of main.tf or profile-schema.json")
    print(f"  {look_into_database(site)}")
    print("  make -C .. demo-down  # when done")


def look_into_database(site: Site) -> str:
    """Return a command that lists the tables; its password comes from the environment set before."""
    settings = site.settings
    options = f"host={settings['host']} port={settings['port']} dbname={settings['database']} user={settings['username']}"
    if site.server.psql:
        psql = "psql" if shutil.which("psql") else shlex.quote(str(site.server.psql))
        return f"{psql} '{options}' -c '\\d {settings['schema']}.*'"
    query = "SELECT tablename FROM pg_tables WHERE tableowner = current_user"
    code = f'import psycopg; print(*psycopg.connect("{options}").execute("{query}"))'
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


def heading(text: str) -> None:
    """Set a step off from the output around it, which may come from another process."""
    print(f"\n=== {text}", flush=True)


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=["up", "down"])
    action = parser.parse_args().action
    os.umask(0o077)  # the file of variables holds the password
    try:
        up() if action == "up" else down()
    except DemoError as error:
        print(f"\n{error}.", file=sys.stderr)
        code = FAILED
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        code = INTERRUPTED
    else:
        return 0
    if DEMO.exists():
        print("`make demo-down` cleans up.", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
