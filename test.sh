#!/usr/bin/env bash
# Installs the real peers that the tests need (apt, when missing and root), then runs every test.
#   ./test.sh          a bounded, seeded share of each long proof (under 20 minutes on 2 cores)
#   ./test.sh --full   the stated counts
#   ./test.sh --seeds N   N seeds of the simulation and nothing else
# The last line is "N passed, N failed, N skipped". Set DEID_SAMPLES to a folder of DICOM files to run the tests over real files too.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")"

seeds=
while [ $# -gt 0 ]; do
  case "$1" in
    --full) export DEID_FULL=1; shift ;;
    --seeds) seeds=${2:?"--seeds needs a number"}; shift 2 ;;
    *) echo "usage: ./test.sh [--full | --seeds N]" >&2; exit 2 ;;
  esac
done

# A peer's package, and a program or file that shows it is there.
peers=(
  dcmtk:/usr/bin/storescp
  dicom3tools:/usr/bin/dciodvfy
  libgdcm-tools:/usr/bin/gdcmconv
  libgdcm-cil:/usr/lib/cli/gdcm-sharp-3.0/gdcm-sharp.dll
  orthanc:/usr/sbin/Orthanc
  orthanc-dicomweb:/usr/share/orthanc/plugins/libOrthancDicomWeb.so
  python3-pydicom:/usr/lib/python3/dist-packages/pydicom/__init__.py
  postgresql:/usr/lib/postgresql
)
missing=()
for peer in "${peers[@]}"; do
  [ -e "${peer#*:}" ] || missing+=("${peer%%:*}")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "test.sh: installing ${missing[*]}"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >artifacts-apt.log 2>&1 \
      && rm -f artifacts-apt.log \
      || { tail -n 5 artifacts-apt.log; echo "test.sh: could not install ${missing[*]}; the tests that need them say that they are skipped"; }
  else
    echo "test.sh: without root these peers stay missing, and the tests that need them say that they are skipped: ${missing[*]}"
  fi
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en
echo "test.sh: building"
dotnet build DeidCluster.sln -c Release -v q -nologo || { echo "0 passed, 1 failed"; exit 1; }

if [ -n "$seeds" ]; then
  exec dotnet tests/DeidCluster.Simulation/bin/Release/net10.0/DeidCluster.Simulation.dll --seeds "$seeds"
fi

passed=0 failed=0 skipped=0
for project in tests/*.Tests; do
  name=$(basename "$project")
  dll=$project/bin/Release/net10.0/$name.dll
  log=$(mktemp)
  # A test run that hangs is a failure, not a wait without end.
  timeout --signal=KILL "${DEID_TEST_TIMEOUT_SECONDS:-1500}" dotnet test "$dll" --nologo --logger "console;verbosity=normal" >"$log" 2>&1
  code=$?
  summary() { sed -n "s/^ *$1: *\([0-9][0-9]*\).*/\1/p" "$log" | tail -n 1; }
  p=$(summary Passed) f=$(summary Failed) s=$(summary Skipped)
  p=${p:-0} f=${f:-0} s=${s:-0}
  if [ "$code" != 0 ] && [ "$f" = 0 ]; then f=1; fi
  if [ "$code" != 0 ]; then grep -vE '^ +Passed ' "$log" | tail -n 400; fi
  grep -E '^\[fact\] ' "$log" | sed 's/^\[fact\] /  /'
  grep -A 1 -F '[SKIP]' "$log" | sed -n 's/^\[xUnit.net [0-9:.]*\] *\(.*\)/  \1/p'
  echo "$name: $p passed, $f failed, $s skipped ($(sed -n 's/^ *Total time: *//p' "$log" | tail -n 1))"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  rm -f "$log"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
