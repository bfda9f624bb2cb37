#!/usr/bin/env bash
# Tests and times on a machine with an NVIDIA GPU that has neither .NET nor a network. Here:  runs/gpu.sh pack DIR  makes DIR/gpu.tar.xz (about 40 MB)
# of the program, the tests and this script. There:  tar xJf gpu.tar.xz && ./gpu.sh  compiles the kernels, runs the op laws over them and times
# a training step. `./maison train text --device cuda …` works there as it does here.
set -euo pipefail
if [ "${1:-}" = pack ]; then
  OUT=$(realpath -m "${2:?usage: runs/gpu.sh pack DIR}")
  cd "$(dirname "${BASH_SOURCE[0]}")/.."
  rm -rf "$OUT/gpu"
  for project in tests/Maison.Tests src/Maison.Cli; do
    dotnet publish "$project" -c Release -r linux-x64 --self-contained true -o "$OUT/gpu" -p:ArtifactsPath="$OUT/build" -v q -nologo
  done
  cp runs/gpu.sh "$OUT/gpu/"
  rm -rf "$OUT/gpu"/*.pdb "$OUT/gpu"/*.xml "$OUT/gpu"/Microsoft.CodeCoverage
  tar c -C "$OUT/gpu" . | xz -T0 > "$OUT/gpu.tar.xz"
  du -h "$OUT/gpu.tar.xz"
  exit
fi

cd "$(dirname "${BASH_SOURCE[0]}")"
export MAISON_TEST_DEVICE=cuda
for laws in OpLawTests TensorCoreTests UpdatesTests ServingTests; do ./Maison.Tests -class "Maison.Tests.Tensors.$laws"; done
unset MAISON_TEST_DEVICE
./maison bench text --device cuda
