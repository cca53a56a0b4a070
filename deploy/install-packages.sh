#!/usr/bin/env bash
# Installs what deploy/packages.txt names and this machine lacks. Does nothing,
# quickly, when all is there; says nothing unless it fails.
set -euo pipefail

list="$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/packages.txt"
mapfile -t wanted < <(sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$list")

# One word a line: the packages of the list that are not installed.
missing() {
  comm -23 <(printf '%s\n' "${wanted[@]}" | sort -u) \
    <(dpkg-query -W -f '${db:Status-Abbrev}|${Package}\n' 2>/dev/null \
      | sed -n 's/^.i.*|//p' | sort -u)
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

log="$(mktemp)"
trap 'rm -f "$log"' EXIT

# Runs apt-get, again for up to five minutes while another apt holds the lock
# or a mirror does not answer.
apt() {
  local try
  for try in $(seq 1 10); do
    if as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
      -o DPkg::Lock::Timeout=60 -o Acquire::Retries=3 "$@" \
      >"$log" 2>&1 </dev/null; then
      return 0
    fi
    grep -qiE 'could not get lock|unable to (lock|acquire)|temporary failure' \
      "$log" || break
    echo "install-packages: apt is busy, trying again ($try/10)" >&2
    sleep 5
  done
  cat "$log" >&2
  echo "install-packages: apt-get $* failed" >&2
  return 1
}

mapfile -t lacking < <(missing)
[ "${#lacking[@]}" -gt 0 ] || exit 0
if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
  echo "install-packages: neither root nor sudo; as root run:" >&2
  echo "  apt-get install ${lacking[*]}" >&2
  exit 1
fi
# Services must not start by being installed: a redis-server on its default
# port would be taken for somebody's.
keep_stopped=/usr/sbin/policy-rc.d
apt update
if [ ! -e "$keep_stopped" ]; then
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$keep_stopped" >/dev/null
  as_root chmod +x "$keep_stopped"
  trap 'rm -f "$log"; as_root rm -f "$keep_stopped"' EXIT
fi
apt install --no-install-recommends "${lacking[@]}"
mapfile -t lacking < <(missing)
if [ "${#lacking[@]}" -gt 0 ]; then
  echo "install-packages: still missing: ${lacking[*]}" >&2
  exit 1
fi
