#!/usr/bin/env bash
# Installs what the load benches need beside cargo: a MariaDB server, HAProxy, sysbench and Python. What is there already
# is left alone.
set -euo pipefail
. "$(dirname "$0")/packages.sh"

wanted=()
has mariadbd || wanted+=(mariadb-server)
has haproxy || wanted+=(haproxy)
has sysbench || wanted+=(sysbench)
has python3 || wanted+=(python3)
[ ${#wanted[@]} = 0 ] || install_packages "${wanted[@]}"
