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
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120)
  "${apt[@]}" update
  # A server from a package would listen on the default port; the tests start their own.
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
    "${as_root[@]}" chmod +x $policy
    trap "${as_root[*]} rm -f $policy" EXIT
  fi
  "${apt[@]}" install -y --no-install-recommends "$@" >/dev/null
}
