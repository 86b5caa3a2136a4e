#!/usr/bin/env bash
# Verify archives in a CI job, and leave what the platform reads: what action.yml and the GitLab
# component run. Everything comes by the environment, so that nothing is ever part of a script:
#
#   LAYERTAR_ARCHIVES    archives or patterns, one a line
#   LAYERTAR_ARGUMENTS   more options for `layertar verify`, one a line (--lock=layertar.lock)
#   LAYERTAR_REPORTS     FORMAT=FILE, one a line
#   LAYERTAR_FORMAT      what is printed: text, github, ...; text if empty
#   LAYERTAR_WHEELHOUSE  a directory of wheels, to install from without a network
#   LAYERTAR_SOURCE      what to install where there is no layertar: a directory or a requirement
#
# The exit code is layertar's: 0 proved, 1 findings, 2 wrong usage, 3 unreadable.
set -euo pipefail

lines() { # the lines of $1 that are not blank, into the array named $2
    local -n into=$2
    local line
    into=()
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line%$'\r'}
        if [ -n "${line//[[:space:]]/}" ]; then into+=("$line"); fi
    done <<<"$1"
}

install() {
    if [ -n "${LAYERTAR_WHEELHOUSE:-}" ]; then
        python3 -m venv "$1" && "$1/bin/pip" install --quiet --no-index --find-links "$LAYERTAR_WHEELHOUSE" layertar
    else
        python3 -m venv "$1" && "$1/bin/pip" install --quiet "${LAYERTAR_SOURCE:-layertar}"
    fi
    PATH="$1/bin:$PATH"
}

if [ -n "${LAYERTAR_WHEELHOUSE:-}" ] || ! command -v layertar >/dev/null; then
    place=$(mktemp -d)
    trap 'rm -rf "$place"' EXIT
    install "$place"
fi

lines "${LAYERTAR_ARCHIVES:-}" patterns
archives=()
for pattern in "${patterns[@]}"; do
    if [ -e "$pattern" ]; then
        archives+=("$pattern")
    else
        # One that fits nothing stays as it is: layertar says that it is not there.
        mapfile -t found < <(compgen -G "$pattern" || printf '%s\n' "$pattern")
        archives+=("${found[@]}")
    fi
done

lines "${LAYERTAR_ARGUMENTS:-}" arguments
lines "${LAYERTAR_REPORTS:-}" reports
options=(--no-progress --format "${LAYERTAR_FORMAT:-text}")
for report in "${reports[@]}"; do options+=(--report "$report"); done
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then options+=(--summary "$GITHUB_STEP_SUMMARY"); fi

code=0
layertar verify "${options[@]}" "${arguments[@]}" -- "${archives[@]}" || code=$?
if [ -n "${GITHUB_OUTPUT:-}" ]; then echo "exit-code=$code" >>"$GITHUB_OUTPUT"; fi
exit "$code"
