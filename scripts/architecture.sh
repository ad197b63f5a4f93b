#!/bin/sh
# Writes the inventory of ARCHITECTURE.md anew from the tree: sh scripts/architecture.sh
set -eu
new=$(mktemp)
{ sed '/^## The inventory/q' ARCHITECTURE.md; echo; make -s house; } > "$new"
cat "$new" > ARCHITECTURE.md
rm "$new"
