#!/usr/bin/env bash
# Measures this product beside its peers, in the same run and in turns, and prints a table for each area.
#   ./bench.sh [AREA...] [--quick] [--count N] [--pixel-bytes N] [--rounds N] [--multiframe-bytes N]
#   ./bench.sh --write     writes docs/BENCHMARKS.md
#   ./bench.sh cluster [--studies N] [--finished N] [--waiting N] [--write]     the engine and its store; writes docs/SCALE.md
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build tests/DeidCluster.Benchmarks -c Release -v q -nologo >&2
./deid --version >&2
export DEID_APP=$PWD/artifacts/deid/deid.dll
exec dotnet tests/DeidCluster.Benchmarks/bin/Release/net10.0/deid-bench.dll "$@"
