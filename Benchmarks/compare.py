#!/usr/bin/env python3
"""Runs our benchmarks and a script that measures peers alternately, and prints the ratios of the medians.

usage: compare.py PEERS_SCRIPT [--peers torch,jax] [--rounds 3] [--program .build/release/benchmarks] [--only NAME,...]
       compare.py --files LINES.jsonl...

The script takes the peers' names as its argument and prints the same JSON lines. Times drift on a shared
machine, so only what was measured alternately is compared. With --files, nothing is run: lines that both printed
earlier are compared.

Where there is a C compiler, peak.c measures in the same run what the machine can do at most, and each row whose
amount of work is known says what part of that it reached: of multiply-adds, or of bytes moved."""
import argparse, collections, json, os, pathlib, shutil, statistics, subprocess, sys, tempfile

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("script", nargs="?")
parser.add_argument("--files", nargs="+", default=[])
parser.add_argument("--peers", default="torch")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--program", default=".build/release/benchmarks")
parser.add_argument("--only", help="these of our workloads; the peers' script measures what it likes")
options = parser.parse_args()
if (options.script is None) == (not options.files):
    parser.error("either a script or files")

environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
times = collections.defaultdict(lambda: collections.defaultdict(list))
work = {}


def peak():
    """What the machine does at most with the threads that a program may use: operations and bytes a second."""
    compiler = shutil.which("cc") or shutil.which("clang") or shutil.which("gcc")
    if not compiler:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "peak")
        source = pathlib.Path(__file__).parent / "peak.c"
        subprocess.run([compiler, "-O3", "-march=native", "-pthread", "-o", program, source], check=True)
        threads = str(min(len(os.sched_getaffinity(0)), 64))
        return json.loads(subprocess.run([program, threads], check=True, stdout=subprocess.PIPE, text=True).stdout)


def take(lines):
    for line in lines:
        row = json.loads(line)
        times[row["workload"]][row["peer"]].append(row["seconds"])
        for kind in ("operations", "bytes"):
            if kind in row:
                work[row["workload"]] = (kind, row[kind])


for file in options.files:
    with open(file) as lines:
        take(lines)
for _ in range(0 if options.files else options.rounds):
    only = ["--only", options.only] if options.only else []
    for command in ([options.program] + only, [sys.executable, options.script, options.peers]):
        result = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
        if result.returncode != 0:
            sys.exit(f"compare.py: {' '.join(command)} ended with status {result.returncode}")
        take(result.stdout.splitlines())

greatest = {} if options.files else peak()
if greatest:
    print(f"peak of {greatest['threads']} threads: {greatest['operations'] / 1e9:.0f} GFLOP/s, {greatest['bytes'] / 1e9:.0f} GB/s")


def share(workload, seconds):
    if workload not in work or not greatest:
        return ""
    kind, amount = work[workload]
    return f"{amount / seconds / greatest[kind]:4.0%} of {kind}"


print(f"{'workload':40} {'backplane µs':>13} {'best peer µs':>13}  ratio")
for workload, peers in times.items():
    medians = {peer: statistics.median(values) for peer, values in peers.items()}
    ours = medians.pop("backplane", None)
    if ours is None:
        continue
    if not medians:
        print(f"{workload:40} {ours * 1e6:13.1f} {'':13}      -  {'':14} {share(workload, ours)}".rstrip())
        continue
    best = min(medians, key=medians.get)
    print(f"{workload:40} {ours * 1e6:13.1f} {medians[best] * 1e6:13.1f}  {ours / medians[best]:5.2f}  {best:14} {share(workload, ours)}".rstrip())
