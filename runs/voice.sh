#!/usr/bin/env bash
# The story of a voice: from recordings with their texts to the nets that speak. DATA is a folder of voice corpora (metadata.csv and a recording per
# line each), LEXICON a pronouncing dictionary in the form of the CMU dictionary, OUT a folder for everything made on the way. Every step can be
# interrupted and run again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
DATA=${1:?usage: runs/voice.sh DATA LEXICON OUT}
LEXICON=${2:?usage: runs/voice.sh DATA LEXICON OUT}
OUT=${3:?usage: runs/voice.sh DATA LEXICON OUT}

# A run that exists goes on as it was planned.
train() {
  local run=$OUT/$1; shift
  if [ -f "$run/plan.json" ]; then ./maison train voice --run "$run"; else ./maison train voice --run "$run" --data "$OUT/data" "$@"; fi
}

# 1. Level, trim and analyse the recordings; hold prompts out.
./maison data prepare-voice --data "$DATA" --out "$OUT/data"

# 2. When is each phone spoken? A second aligner starts from the first, with pauses where the speaker rested.
train aligner1 --stage aligner --lexicon "$LEXICON"
train aligner2 --stage aligner --lexicon "$LEXICON" --start "$OUT/aligner1"

# 3. From phones to frames: first by their errors, then before judges.
train acoustic --stage acoustic --lexicon "$LEXICON" --aligner "$OUT/aligner2"
train acoustic-judged --stage acoustic-judged --lexicon "$LEXICON" --aligner "$OUT/aligner2" --start "$OUT/acoustic"

# 4. From frames to sound: first on spectra, then before judges.
train vocoder --stage vocoder
train vocoder-judged --stage vocoder-judged --start "$OUT/vocoder"

# 5. The voice: ./maison speak "Hello." -o hello.wav --voice-model "$OUT/maison-voice-1"
# A net that predicts means moves less than a speaker and smooths spectra: two factors make up for it. Choose them so that SPREAD is that of the
# recordings and VARIANCE near 1 when the voice is scored.
./maison models pack-voice "$OUT/acoustic-judged" "$OUT/vocoder-judged" --data "$OUT/data" --to "$OUT" --pitch-spread 1.45 --sharpness 1.3
./maison eval voice --data "$OUT/data" --voice-model "$OUT/maison-voice-1" --classic "$OUT/classic" --keep "$OUT/spoken"
