#!/usr/bin/env bash
# The story of maison-g2p-1: from a pronouncing dictionary to the network that says unlisted words. DICTIONARY is cmudict.dict, TEXTS a folder of
# corpora that tell which words are common, OUT a folder for the run. Every step can be interrupted and run again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
DICTIONARY=${1:?usage: runs/g2p.sh DICTIONARY TEXTS OUT}
TEXTS=${2:?usage: runs/g2p.sh DICTIONARY TEXTS OUT}
OUT=${3:?usage: runs/g2p.sh DICTIONARY TEXTS OUT}

# 1. Train on nine words of ten: letters in, phones with stress out.
./maison train g2p --run "$OUT/g2p" --data "$DICTIONARY" --layers 4 --hidden 192 --batch-tokens 3072 --lr-scale 0.8 --dropout 0.1 --steps 14000

# 2. Score what ships on words it never saw, and list the common words that it gets wrong.
./maison models pack-g2p "$OUT/g2p" --data "$DICTIONARY" --texts "$TEXTS"
