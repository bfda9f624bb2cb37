#!/usr/bin/env bash
# The story of maison-text-1: from raw corpora to a chat model. DATA is a folder of corpora (JSON lines or text, one folder each),
# OUT a folder for everything made on the way, EVAL a folder of questions that were never trained on. Every step can be interrupted and run again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
DATA=${1:?usage: runs/text.sh DATA OUT [EVAL]}
OUT=${2:?usage: runs/text.sh DATA OUT [EVAL]}
EVAL=${3:-}

# 1. Sums with visible steps, made by rule; then clean everything, leave out what holds a question of EVAL, deduplicate, hold out, train the
#    tokenizer, pack into shards.
./maison data sums --out "$OUT/sums" --rows 20000
./maison data prepare --data "$DATA" --data "$OUT/sums" --out "$OUT/data" --vocab 8192 ${EVAL:+--exclude-overlap "$EVAL"}

# 2. Pre-train: Muon and AdamW, flat learning rate, then decay over the last two fifths of the steps. Leave the extras out for a model
#    that other engines run as well; after 50 steps it was 0.03 nats behind, further on it was not compared.
./maison train text --run "$OUT/base" --data "$OUT/data" --layers 6 --hidden 256 --steps 2050 --batch-tokens 8192 --decay 0.42 --extra inputSkip valueEmbeddings logitSoftcap=15

# 3. Chat tuning: conversations, articles asked by their titles, sums and worked problems, loss on the assistant's words only; 40 % plain text beside them.
./maison train text --run "$OUT/chat" --data "$OUT/data" --chat --replay 0.4 --start "$OUT/base" --steps 180 --row-tokens 1024 --lr-scale 0.4 --warmup 5 --decay 0.8

# 4. Score what ships: weights rounded to bf16, or to Q8_0 where they would take more than 60 MB, bits per byte and questions, all samples in its card. A better model of the name stays.
./maison models pack "$OUT/chat" --name maison-text-1 --data "$OUT/data" --temperature 0.4 --repetition-penalty 1.15 ${EVAL:+--eval "$EVAL"}
