#!/bin/sh
# What one types without a tool: unpack, then hash every blob and every layer, in parallel.
#
#   by_hand.sh ARCHIVE CODEC JOBS DIRECTORY
#
# It prints digests and compares nothing but blob names; the unpacking into the directory costs the
# disk as much as the archive.
set -eu
archive=$1 codec=$2 jobs=$3 work=$4
case $codec in
    gzip) inflate='gzip -dc' ;;
    zstd) inflate='zstd -dcq' ;;
    xz) inflate='xz -dc' ;;
    bzip2) inflate='bzip2 -dc' ;;
    none) inflate=cat ;;
esac
export inflate
tar -xf "$archive" -C "$work"
cd "$work/blobs/sha256"
for blob in *; do echo "$blob  $blob"; done >"$work/sums"
# One line a job for `sha256sum -c`, largest first for the rest.
xargs -P "$jobs" -I{} sh -c 'echo "{}" | sha256sum -c --quiet' <"$work/sums"
[ "$codec" != none ] || exit 0
find . -type f -size +16k -printf '%s %f\n' | sort -rn | cut -d' ' -f2 |
    xargs -P "$jobs" -I{} sh -c '$inflate <"{}" | sha256sum'
