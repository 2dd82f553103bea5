#!/usr/bin/env python3
"""Runs our benchmarks and the peers' in turn, and prints the ratios of the medians.

usage: compare.py [--peers torch,torchcompile,jax] [--rounds 3] [--program .build/release/benchmarks] [--only NAME,...]
                  [--scaling] [--memory] [--save LINES.jsonl] [--report docs/benchmarks.md]
       compare.py --files LINES.jsonl... [--report docs/benchmarks.md]

Times drift on a shared machine, so only what was measured in turn is compared. With --files, nothing is run: lines
that were saved or printed earlier are compared. --scaling measures 1 and 2 threads, and how time grows with size;
--memory what training steps take. --report writes a page with pictures; the reasons of rows that lose are in reasons.txt.

Where there is a C compiler, peak.c measures in the same run what the machine can do at most, and each row whose
amount of work is known says what part of that it reached: of multiply-adds, or of bytes moved.

Exit status: 0; 1 if a row failed or was wrong; 2 for bad usage."""
import argparse
import os
import sys

from comparison import machine, page
from comparison.measurement import FOLDER, Measurement
from comparison.results import Results, geometric_mean


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", nargs="+", default=[])
    parser.add_argument("--peers", default="torch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--program", default=".build/release/benchmarks")
    parser.add_argument("--only", help="these rows alone")
    parser.add_argument("--scaling", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--save", help="where the lines go, as they come")
    parser.add_argument("--report", help="where the page goes")
    options = parser.parse_args()
    if options.files and (options.scaling or options.memory or options.only):
        parser.error("with --files nothing is measured")
    return options


def command(options):
    """What was asked for, without the names of files, which differ from machine to machine."""
    words = ["Benchmarks/compare.py", "--peers", options.peers, "--rounds", str(options.rounds)]
    words += ["--only", options.only] if options.only else []
    words += [flag for flag, wanted in (("--scaling", options.scaling), ("--memory", options.memory)) if wanted]
    return " ".join(words)


def measure(results, options):
    measurement = Measurement(results, options.program, options.peers, options.only)
    results.take({"command": command(options), "machine": machine.facts()})
    results.take({"versions": {"Backplane": machine.version()}})
    measurement.facts()
    measurement.main(options.rounds)
    if options.scaling:
        measurement.threads()
        measurement.sizes()
    if options.memory:
        measurement.memory()


def show(results):
    peak = results.peak
    if peak:
        print(f"peak of {peak['threads']} threads: {peak['operations'] / 1e9:.0f} GFLOP/s, {peak['bytes'] / 1e9:.0f} GB/s")
    print(f"{'workload':40} {'backplane µs':>13} {'best peer µs':>13}  ratio")
    for row in results.rows:
        share = f"{row.fraction:4.0%} of {row.kind}" if row.fraction else ""
        best = f"{row.seconds[row.best] * 1e6:13.1f}  {row.ratio:5.2f}  {row.best:14}" if row.best else f"{'':13}      -  {'':14}"
        print(f"{row.name:40} {row.ours * 1e6:13.1f} {best} {share}".rstrip())
    if mean := geometric_mean(row.ratio for row in results.compared):
        print(f"{'geometric mean':40} {'':13} {'':13}  {mean:5.2f}")


def main():
    options = parse()
    results = Results(open(options.save, "w") if options.save else None)
    for file in options.files:
        results.read(file)
    if not options.files:
        measure(results, options)
    show(results)
    if options.report:
        page.write(results, options.report, page.read_reasons(os.path.join(FOLDER, "reasons.txt")))
    return 1 if results.failures else 0


if __name__ == "__main__":
    sys.exit(main())
