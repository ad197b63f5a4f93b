#!/bin/sh
# Known faults of the locked packages: pip-audit, in an environment of its own, so that it locks nothing of ours.
# It needs a network to fetch itself and its data; where it cannot, this says so and does not fail.
set -u
venv=${1:-.venv}
audit=build/audit
if [ ! -x "$audit/bin/pip-audit" ]; then
    "$venv/bin/python" -m venv "$audit" && "$audit/bin/python" -m pip install --quiet pip-audit || {
        echo "make supply: pip-audit could not be fetched, so known faults were NOT looked up. Run this where there is a network."
        rm -rf "$audit"
        exit 0
    }
fi
"$audit/bin/pip-audit" --disable-pip --require-hashes -r requirements/run.lock > build/audit.txt 2>&1
code=$?
# It ends with 0 too where its data know none of the packages: that is no clean bill.
unknown=$(grep -c "could not be audited" build/audit.txt)
if [ $code -gt 1 ] || [ "$unknown" -gt 0 ]; then
    echo "make supply: pip-audit could not look up known faults of $unknown packages here. Run this where its data can be reached."
fi
grep -v "could not be audited" build/audit.txt
[ $code -ne 1 ]
