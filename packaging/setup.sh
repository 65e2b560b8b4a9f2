#!/bin/sh
# Installs the Debian packages that building, showing and testing need. It asks for nothing and does nothing when all
# are there. $1 is "demo" or "test".
set -eu

build="gcc libc6-dev pkg-config libgl-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev"
show="fonts-noto-cjk xvfb libgl1-mesa-dri libgl1 ca-certificates tesseract-ocr tesseract-ocr-chi-sim"
tests="chromium git zbar-tools"

want="$build $show"
[ "${1:-demo}" = test ] && want="$want $tests"

missing=""
for p in $want; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -z "$missing" ] && exit 0

sudo=""
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || { echo "setup: these packages are missing and there is no sudo to install them:$missing" >&2; exit 1; }
	sudo=sudo
fi
echo "setup: installing$missing"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
