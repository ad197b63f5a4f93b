#!/bin/sh
# Builds the environment: sh scripts/make_env.sh .venv
# Every package comes with the hash that requirements/dev.lock gives for it; Worthline itself is installed
# from this folder, editable, without fetching anything more.
set -eu

venv=$1
oldest="(3, 11)"

usable() { "$1" -c "import sys; sys.exit(sys.version_info < $oldest)" >/dev/null 2>&1; }
stop() { printf '\nmake env: %s\n' "$1" >&2; exit 1; }

# PYTHON from outside wins and is not second-guessed.
python=""
for candidate in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14 python}; do
    if usable "$candidate"; then python=$candidate; break; fi
done
found=$(command -v "${PYTHON:-python3}" >/dev/null && "${PYTHON:-python3}" --version 2>&1 | head -n 1) || found="none"
[ -n "$python" ] || stop "needs Python 3.11 or newer. Found: ${found:-none}.
Install one, or say where it is: make env PYTHON=/path/to/python3.11"

# An environment left half built, moved here from elsewhere, or of an older Python is built anew.
if ! usable "$venv/bin/python" || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    rm -rf "$venv"
    "$python" -m venv "$venv" || stop "could not make a virtual environment with $python.
On Debian and Ubuntu it needs one more package: python3-venv."
fi

echo "make env: $("$venv/bin/python" --version), locked packages (the first time fetches about 150 MB)"
export PIP_DISABLE_PIP_VERSION_CHECK=1
export PIP_DEFAULT_TIMEOUT="${PIP_DEFAULT_TIMEOUT:-60}"
"$venv/bin/python" -m pip install --quiet --require-hashes --only-binary :all: -r requirements/dev.lock ||
    stop "the locked packages could not be installed; the lines above say which one and why.
If it was the network, run make env again: what arrived already is kept. Behind a proxy or a mirror, set what pip
reads (HTTPS_PROXY, PIP_INDEX_URL, PIP_CERT). A hash that does not match means that the package is not the one that
was locked: do not go around it."
"$venv/bin/python" -m pip install --quiet --no-deps --no-build-isolation --editable . ||
    stop "Worthline itself could not be installed from this folder; the lines above say why."
