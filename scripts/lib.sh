# Shared by the scripts of this folder: messages, and where the dependencies live.
debian_mirror=${DAYBOOK_DEBIAN_MIRROR:-http://deb.debian.org/debian}
debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
caf_version=0.18.7
caf_debian_version=$caf_version-1~exp1
daybook_cache=${DAYBOOK_CACHE:-${XDG_CACHE_HOME:-${HOME:?set HOME or DAYBOOK_CACHE}/.cache}/daybook}
caf_prefix=$daybook_cache/caf-$caf_version

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }
