#!/usr/bin/env bash
# The story of the image model: from folders of captioned pictures to one that paints. DATA is a folder of picture corpora (captions.jsonl and PNG or
# WebP files each), TOKENIZER a tokenizer.json such as a text model's, OUT a folder for everything made on the way. Every step can be
# interrupted and run again. DEVICE=cuda trains on a GPU; MACHINE tells the card what it was.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
DATA=${1:?usage: runs/image.sh DATA TOKENIZER OUT}
TOKENIZER=${2:?usage: runs/image.sh DATA TOKENIZER OUT}
OUT=${3:?usage: runs/image.sh DATA TOKENIZER OUT}

# A run that exists goes on as it was planned.
train() {
  local run=$OUT/$1; shift
  if [ -f "$run/plan.json" ]; then ./maison train image --run "$run" --device "${DEVICE:-cpu}"
  else ./maison train image --run "$run" --data "$OUT/data" --device "${DEVICE:-cpu}" "$@"; fi
}

# Rendered scenes are one more corpus for DATA, made by rule or with skies and models of a folder ASSETS:
#   ./maison data render --out DATA/scenes --count 20000 [--assets ASSETS]

# 1. Look at every picture, word its captions, hold concepts out, give the others views: mirrored, moved, in other colours.
[ -f "$OUT/data/picture-ledger.jsonl" ] || ./maison data prepare-image --data "$DATA" --out "$OUT/data"

# 2. Pictures to latents and back.
train autoencoder --stage autoencoder

# 3. From noise and a caption to latents.
train flow --stage flow --autoencoder "$OUT/autoencoder" --tokenizer "$TOKENIZER"

# 4. The same pictures in half the steps, guided by itself.
train distil --stage distil --teacher "$OUT/flow"

# 5. A judge that names things, styles, colours and numbers teaches it to paint what it is asked for.
train coach --stage judge --colours --minutes 50
train rewarded --stage rewarded --teacher "$OUT/distil" --judge "$OUT/coach"

# 6. A model that imagine and serve find, with a card that shows what it paints: the mean of both flows, since what a judge teaches costs likeness.
pack() { ./maison models pack-image "$OUT/autoencoder" "$OUT/flow" --distilled "$OUT/distil" --rewarded "$OUT/rewarded" --share 0.4 --guidance 2 --data "$OUT/data" ${MACHINE:+--machine "$MACHINE"} "$@"; }
pack

# 7. Its pictures twice as large: an upscaler of their edges, trained on crops.
train upscaler --stage upscaler --minutes 60
./maison models pack-upscaler "$OUT/upscaler" --data "$OUT/data" ${MACHINE:+--machine "$MACHINE"}

# 8. The judge that taught it also chooses, where nobody tells a seed, which of a few pictures to go on with.
./maison models pack-judge "$OUT/coach" --data "$OUT/data" ${MACHINE:+--machine "$MACHINE"}

# 9. Whether its pictures show what prompts ask for: by pixels, and by a judge that learned from real pictures alone and taught nobody.
train judge --stage judge --minutes 60
./maison models pack-judge "$OUT/judge" --data "$OUT/data" ${MACHINE:+--machine "$MACHINE"}
./maison eval image --data "$OUT/data" --out "$OUT/eval"
./maison models score-image --eval "$OUT/eval"

./maison imagine "red apple, 3D emoji" -o "$OUT/apple.png"
