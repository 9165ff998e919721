#!/bin/sh
# The roles of PostgreSQL, once: the owner of the tables (whoever runs this) and the daemon, which may only write rows.
# The container of PostgreSQL runs it by itself; elsewhere:
#
#     sudo -u postgres env POSTGRES_DB=loa LOA_DAEMON_PASSWORD=... LOA_OWNER_PASSWORD=... sh roles.sh
#
# What the daemon may do to each table is granted by `loa migrate --grant loa_daemon`, run as the owner.
set -eu
: "${POSTGRES_DB:=loa}" "${LOA_DAEMON_PASSWORD:?}"

# as a superuser of a server of one's own: make the database and its owner, too
if [ -n "${LOA_OWNER_PASSWORD:-}" ]; then
    psql -v ON_ERROR_STOP=1 -d postgres -v owner="$LOA_OWNER_PASSWORD" -v db="$POSTGRES_DB" <<'SQL'
CREATE ROLE loa_owner LOGIN PASSWORD :'owner';
CREATE DATABASE :"db" OWNER loa_owner ENCODING 'UTF8' TEMPLATE template0;
SQL
fi

psql -v ON_ERROR_STOP=1 -d "$POSTGRES_DB" ${POSTGRES_USER:+-U "$POSTGRES_USER"} -v daemon="$LOA_DAEMON_PASSWORD" -v db="$POSTGRES_DB" <<'SQL'
CREATE ROLE loa_daemon LOGIN PASSWORD :'daemon' CONNECTION LIMIT 60;
REVOKE ALL ON DATABASE :"db" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"db" TO loa_daemon;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
-- beside what Loa asks of each connection by itself (LOA_DB_STATEMENT_TIMEOUT, LOA_DB_LOCK_TIMEOUT)
ALTER ROLE loa_daemon SET statement_timeout = '120s';
ALTER ROLE loa_daemon SET lock_timeout = '30s';
ALTER ROLE loa_daemon SET idle_in_transaction_session_timeout = '120s';
SQL
