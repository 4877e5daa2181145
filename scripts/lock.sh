#!/bin/sh
# Resolve pyproject.toml into requirements/*.txt with hashes. Run it after a change of dependencies; commit the result.
# torch stands alone: its CPU build comes from another index than everything else.
set -eu
cd "$(dirname "$0")/.."
uv="${UV:-.venv/bin/uv} pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-find-links --no-emit-index-url --no-header --no-annotate"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# What is locked stays as it is while it fits; UV_ARGS=--upgrade takes the newest.
cp requirements/base.txt "$work/base.txt"
cat requirements/lock.txt requirements/torch.txt > "$work/all.txt"
$uv ${UV_ARGS:-} pyproject.toml -o "$work/base.txt"
$uv ${UV_ARGS:-} pyproject.toml --extra train --extra pii --extra presidio --extra postgres --extra documents --extra objects --extra ray --group dev -o "$work/all.txt"
{ echo "# The light installation (no torch). Made by scripts/lock.sh."; cat "$work/base.txt"; } > requirements/base.txt
split='/^torch==/{t=1} /^[a-zA-Z0-9]/{t=($0 ~ /^torch==/)}'
{ echo "# Everything the demo and the tests need, but torch (requirements/torch.txt). Made by scripts/lock.sh."
  awk "$split !t" "$work/all.txt"; } > requirements/lock.txt
{ echo "# The CPU build of the one torch version this project pins."
  awk "$split t" "$work/all.txt"; } > requirements/torch.txt
