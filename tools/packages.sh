# Sourced by the setup scripts: finds programs and installs Debian packages.

has() { PATH=$PATH:/usr/sbin:/usr/local/sbin command -v "$1" >/dev/null 2>&1; }

# Packages whose programs are missing are installed without a question and without starting a service.
install_packages() {
  if ! has apt-get; then
    echo "please install by your system's package manager, then run this again: $*" >&2
    return 1
  fi
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    has sudo || { echo "not root and no sudo; please run: apt-get install $*" >&2; return 1; }
    as_root=(sudo)
  fi
  echo "installing $*"
  local log policy=/usr/sbin/policy-rc.d made=
  log=$(mktemp)
  # A server from a package would be started on the default port; the tests start their own.
  if [ ! -e $policy ]; then
    made=$policy
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
    "${as_root[@]}" chmod +x $policy
  fi
  trap "rm -f '$log'; ${made:+${as_root[*]} rm -f $made}" EXIT
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120)
  if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
}
