#!/usr/bin/env bash
# Makes sure that this machine has a MariaDB or MySQL server program: the demo and the tests start private copies of it.
# Nothing is done where one is found. Works on Debian and Ubuntu, as root or with sudo.
set -euo pipefail
. "$(dirname "$0")/packages.sh"

if ! has mariadbd && ! has mysqld; then
  install_packages mariadb-server mariadb-client
fi
