#!/usr/bin/env bash
# Walks through the app in a real browser: every room's main path, by keyboard too, 243 smuggled scripts, weight, axe-core's rules. Fetches what
# is missing: chromium from the distribution, axe-core from npm. Apart from ./check, since Playwright brings 800 MB.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

if [ -z "${MAISON_CHROMIUM:-}" ] && ! command -v chromium chromium-browser google-chrome > /dev/null; then
  echo "chromium is missing; installing it (asks for sudo unless you are root) …"
  $([ "$(id -u)" -eq 0 ] || echo sudo) apt-get install -y chromium
fi
if [ ! -f artifacts/axe.min.js ]; then
  if command -v npm > /dev/null; then
    mkdir -p artifacts && package=$(cd artifacts && npm pack --silent axe-core@4) && tar -xzf "artifacts/$package" -C artifacts package/axe.min.js && mv artifacts/package/axe.min.js artifacts/ && rm -r "artifacts/$package" artifacts/package
  else
    echo "npm is missing: the tests of access for everybody are skipped."
  fi
fi
dotnet build tests/Maison.Browser -c Release -v q -nologo
exec artifacts/bin/Maison.Browser/release/Maison.Browser "$@"
