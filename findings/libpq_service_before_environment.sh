#!/bin/sh
# A service file wins over the variables of the environment, and libpq's "defaults" depend on it.
#
# Guessed: as with other tools, a variable that is set for one command (PGPASSWORD, PGHOST) wins over a file, and the
# list of libpq's defaults has what the environment says.
# Seen with psycopg 3.3.9 (binary, libpq 18): with PGSERVICE set, the values of the service come before each variable, so
# PGHOST and PGPASSWORD of one command do nothing, without a word. PQconndefaults has the service's values too. What the
# connection string itself says wins over both, also an empty value.
# So: who sets PGHOST to be safe is not, as long as PGSERVICE may be set; an explicit value in the connection string is.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'psycopg[binary]==3.3.9'
printf '[here]\nhost=service.example\nhostaddr=192.0.2.1\npassword=of-the-service\n' > "$folder/services.conf"
env -i PGSERVICEFILE="$folder/services.conf" PGSERVICE=here PGHOST=variable.example PGPASSWORD=of-the-variable \
    "$folder/venv/bin/python" - <<'PYTHON'
from psycopg import pq

defaults = {each.keyword.decode(): each.val for each in pq.Conninfo.get_defaults()}
print("defaults:", {name: defaults[name] for name in ("host", "hostaddr", "password")})
assert defaults["host"] == b"service.example", defaults["host"]
assert defaults["password"] == b"of-the-service", defaults["password"]


def started(conninfo):
    """What a connection that has only begun would use; nobody is connected to."""
    connection = pq.PGconn.connect_start(conninfo)
    used = {each.keyword.decode(): each.val for each in connection.info}
    connection.finish()
    return used["host"], used["hostaddr"], used["password"]


# a port that is none: libpq gives up before it looks up any host
seen = started(b"port=0")
print("connection string without a host:", seen)
assert seen == (b"service.example", b"192.0.2.1", b"of-the-service"), seen
seen = started(b"port=0 host=string.example hostaddr=''")
print("connection string with a host and an empty hostaddr:", seen)
assert seen[0] == b"string.example" and not seen[1] and seen[2] == b"of-the-service", seen
PYTHON
