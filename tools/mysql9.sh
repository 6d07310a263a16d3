#!/usr/bin/env bash
# MySQL 9 for tests, unpacked into a folder of its own: nothing is installed, and a MariaDB beside it is left alone
# (the two conflict as packages). The archive is Debian's, as this machine's apt configuration names it.
#
#   tools/mysql9.sh get DIR          fetch and unpack into DIR, unless it is there already
#   tools/mysql9.sh exec DIR ARGS…   become mysqld with these arguments
set -euo pipefail

suite=sid
packages=(mysql-server-core mysql-client-core)

fail() { echo "mysql9: $*" >&2; exit 1; }

archive() { # the Debian archive that apt is set up with
  local configured
  configured=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null || true)
  grep -m1 -E '/debian/?$' <<<"$configured" && return
  # A machine whose lists were cleaned away still has its sources.
  grep -rhoE 'https?://[^ ]+/debian/?' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 | grep . && return
  fail "no Debian archive in this machine's apt configuration"
}

get() {
  local dir=$1 work
  [ -x "$dir/root/usr/sbin/mysqld" ] && return
  for tool in apt-get dpkg-deb; do command -v $tool >/dev/null || fail "$tool is not on this machine"; done
  [ "$(dpkg --print-architecture)" = amd64 ] || fail "only tried on amd64"
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  work=$(mktemp -d "$dir/fetch.XXXXXX")
  trap "rm -rf '$work'" EXIT
  mkdir -p "$work"/{lists,archives}/partial "$work/root"
  : >"$work/status"
  local uri; uri=$(archive)
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $suite main" >"$work/sources.list"
  # An apt of its own: own sources, own (empty) list of installed packages, so every library is fetched too.
  local apt=(apt-get -qq -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State::Lists="$work/lists" -o Dir::State::Status="$work/status" -o Dir::Cache::Archives="$work/archives"
    -o Dir::Cache::PkgCache= -o Dir::Cache::SrcPkgCache= -o Debug::NoLocking=1 -o APT::Install-Recommends=0
    -o APT::Sandbox::User=root)
  "${apt[@]}" update >&2 || fail "the archive's package list could not be read"
  "${apt[@]}" -y --download-only install "${packages[@]}" >&2 || fail "the packages could not be fetched"
  local package
  for package in "$work"/archives/*.deb; do dpkg-deb -x "$package" "$work/root"; done
  rm -rf "$dir/root"
  mv "$work/root" "$dir/root" # last, so a broken fetch is never taken for a whole one
}

execute() {
  local root; root=$(cd "$1/root" && pwd); shift
  local lib=$root/usr/lib/x86_64-linux-gnu
  exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib:$root/usr/lib/mysql/private" "$root/usr/sbin/mysqld" \
    --no-defaults --basedir="$root/usr" --lc-messages-dir="$root/usr/share/mysql" \
    --character-sets-dir="$root/usr/share/mysql/charsets" --plugin-dir="$root/usr/lib/mysql/plugin" "$@"
}

case "${1:-} $#" in
  "get 2") get "$2" ;;
  exec\ *) shift; execute "$@" ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
