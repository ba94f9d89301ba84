#!/usr/bin/env bash
# From the photographs to the shipped files: the training set, its calibration, the val set, training, export.
# Arguments go to train.py: ./reproduce.sh --seed 2 --run runs/seed2
set -euo pipefail
cd "$(dirname "$0")"
# Large tensors come and go at every step: keeping their memory saves a seventh of the time (glibc).
export MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456
python dataset.py --out runs/data
python calibrate.py --set runs/data
python test_set.py --split val --count 16 --out runs/val
python train.py --run runs/first "$@"
python plot.py --run runs/first
python export.py --run runs/first
