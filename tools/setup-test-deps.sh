#!/usr/bin/env bash
# Installs what the tests need beside cargo: a MariaDB server and client, sysbench, valgrind, PHP with its MySQL drivers,
# and Python drivers in a virtual environment under target/. What is there already is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

wanted=()
has mariadbd || wanted+=(mariadb-server)
has mariadb || wanted+=(mariadb-client)
has sysbench || wanted+=(sysbench)
has valgrind || wanted+=(valgrind)
has python3 || wanted+=(python3)
python3 -c 'import ensurepip, venv' 2>/dev/null || wanted+=(python3-venv)
php -r "exit(extension_loaded('pdo_mysql') && extension_loaded('mysqli') ? 0 : 1);" 2>/dev/null || wanted+=(php-cli php-mysql)
[ ${#wanted[@]} = 0 ] || install_packages "${wanted[@]}"

venv=target/python
if ! "$venv/bin/python" -c 'import pymysql' 2>/dev/null; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement tools/python-drivers.txt
fi
