#!/usr/bin/env python3
"""Runs our benchmarks and a script that measures peers alternately, and prints the ratios of the medians.

usage: compare.py PEERS_SCRIPT [--peers torch,jax] [--rounds 3] [--program .build/release/benchmarks]
       compare.py --files LINES.jsonl...

The script takes the peers' names as its argument and prints the same JSON lines. Times drift on a shared
machine, so only what was measured alternately is compared. With --files, nothing is run: lines that both printed
earlier are compared."""
import argparse, collections, json, os, statistics, subprocess, sys

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("script", nargs="?")
parser.add_argument("--files", nargs="+", default=[])
parser.add_argument("--peers", default="torch")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--program", default=".build/release/benchmarks")
options = parser.parse_args()
if (options.script is None) == (not options.files):
    parser.error("either a script or files")

environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
times = collections.defaultdict(lambda: collections.defaultdict(list))


def take(lines):
    for line in lines:
        row = json.loads(line)
        times[row["workload"]][row["peer"]].append(row["seconds"])


for file in options.files:
    with open(file) as lines:
        take(lines)
for _ in range(0 if options.files else options.rounds):
    for command in ([options.program], [sys.executable, options.script, options.peers]):
        result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
        if result.returncode != 0:
            sys.exit(f"compare.py: {' '.join(command)} ended with status {result.returncode}")
        take(result.stdout.splitlines())

print(f"{'workload':40} {'backplane µs':>13} {'best peer µs':>13}  ratio")
for workload, peers in times.items():
    medians = {peer: statistics.median(values) for peer, values in peers.items()}
    ours = medians.pop("backplane", None)
    if ours is None:
        continue
    if not medians:
        print(f"{workload:40} {ours * 1e6:13.1f} {'':13}      -")
        continue
    best = min(medians, key=medians.get)
    print(f"{workload:40} {ours * 1e6:13.1f} {medians[best] * 1e6:13.1f}  {ours / medians[best]:5.2f}  {best}")
