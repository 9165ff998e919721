#!/usr/bin/env bash
# Installs what the live tests start: the Debian packages of WordPress, PHP and MariaDB (run it as root), and,
# when the bin folder of a Python environment is given, mastodon-mock for it:
#
#     tests/live/install.sh [.venv/bin]
#
# Nothing is configured and no daemon is left running: tests/live/servers.py starts its own private copies.
# Run again, it does nothing when everything is there already.
set -euo pipefail

# First PHP with its CGI flavour and a tiny web server that runs no daemon: WordPress's package asks for
# "apache2 | httpd" and "libapache2-mod-php | php", and these two satisfy both without Apache.
base=(php-cli php-cgi php-mysql php-gd php-mbstring php-xml micro-httpd mariadb-server-core)
site=(php wordpress wordpress-theme-twentytwentythree)
if ! apt-cache show wordpress-theme-twentytwentythree >/dev/null 2>&1; then
    site=(php wordpress)  # other Debian releases ship another theme; the tests use none
fi

# mastodon-mock gets an environment of its own, since it wants other versions of what Loa is built with; only
# its program is put beside the given environment's Python, where tests/live/servers.py looks for it.
mastodon_mock=0.6.1
install_mastodon_mock() {
    local bin=$1
    if "$bin/mastodon_mock" --version 2>/dev/null | grep -qF "$mastodon_mock"; then
        echo "live tests: mastodon-mock is installed"
        return
    fi
    local environment
    environment="$(cd "$bin/.." && pwd)/mastodon-mock"
    "$bin/python" -m venv --clear "$environment"
    "$environment/bin/python" -m pip install -q "mastodon-mock==$mastodon_mock"
    ln -sfn "$environment/bin/mastodon_mock" "$bin/mastodon_mock"
}
if [[ $# -gt 0 ]]; then
    install_mastodon_mock "$1"
fi

missing() {
    local package
    for package in "$@"; do
        if [[ "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)" != "install ok installed" ]]; then
            return 0
        fi
    done
    return 1
}

if ! missing "${base[@]}" "${site[@]}"; then
    echo "live tests: the Debian packages are installed"
    exit 0
fi
if [[ "$(id -u)" != 0 ]]; then
    echo "live tests: run this as root: it installs ${base[*]} ${site[*]}" >&2
    exit 1
fi

# Debian's own switch that keeps a package from starting its service while it is installed.
policy=/usr/sbin/policy-rc.d
if [[ ! -e "$policy" ]]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends "${base[@]}"
apt-get install -y -q --no-install-recommends "${site[@]}"
