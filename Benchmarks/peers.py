#!/usr/bin/env python3
"""Measures other frameworks on the rows of the benchmarks program, and prints the same JSON lines.

usage: peers.py [torch,torchcompile,jax] [--only NAME,...] [--threads N]
       peers.py ... --sizes       how time grows with the number of elements
       peers.py ... --memory      the memory that a row takes, each in a process of its own
       peers.py ... --versions    the frameworks' versions
       peers.py ... --list        the names of the rows that they have

A line is {"workload", "peer", "seconds"}, the median of the runs: three to warm up, then as many as fit into 0.6 seconds
(of some rows more), at least 5 and at most 400. With --sizes it says "elements" as well; with --memory "megabytes" takes
the place of "seconds": the resident memory at its peak above that at the start, of process_start that at the start.

Results are checked with numpy in double precision. A wrong one is told on standard error and its line left out; then the
exit status is 1. A framework that is not installed is left out with a message."""
import argparse
import gc
import importlib
import json
import os
import statistics
import subprocess
import sys
import time

PEERS = {
    "torch": ("frameworks.pytorch", "Eager"),
    "torchcompile": ("frameworks.pytorch", "Compiled"),
    "jax": ("frameworks.xla", "Jit"),
}
WARM_UPS, MOST = 3, 400
# Steps after which a row takes no more memory than before.
MEMORY_RUNS = 5


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peers", nargs="?", default="torch,jax")
    parser.add_argument("--only", help="these rows alone")
    parser.add_argument("--threads", type=int, help="how many processors to use; otherwise all that may be used")
    kind = parser.add_mutually_exclusive_group()
    for name in ("sizes", "memory", "versions", "list"):
        kind.add_argument(f"--{name}", action="store_true")
    # How --memory runs one row.
    kind.add_argument("--memory-of", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.peers = options.peers.split(",")
    for peer in options.peers:
        if peer not in PEERS:
            parser.error(f"no peer is named '{peer}'; there are {', '.join(PEERS)}")
    return options, parser


def load(peer):
    """The framework, or nothing and a message."""
    module, kind = PEERS[peer]
    try:
        return getattr(importlib.import_module(module), kind)()
    except ModuleNotFoundError as error:
        complain(f"{peer} is left out: the package '{error.name}' is not installed")
        return None


def complain(message):
    print(f"peers.py: {message}", file=sys.stderr, flush=True)


def emit(workload, peer, **members):
    print(json.dumps({"workload": workload, "peer": peer, **members}), flush=True)


def timed(framework, row, run, warm_up_limit=float("inf")):
    """The median time of a run, and what is to be checked."""
    result = framework.wait(run())
    first = framework.arrays(result) if row.trains else None
    start = time.perf_counter()
    for _ in range(WARM_UPS - 1):
        if time.perf_counter() - start < warm_up_limit:
            result = framework.wait(run())
    times, start = [], time.perf_counter()
    while (time.perf_counter() - start < row.budget or len(times) < row.least) and len(times) < MOST:
        before = time.perf_counter()
        result = framework.wait(run())
        times.append(time.perf_counter() - before)
    result = framework.arrays(result)
    if row.trains:
        result = tuple(loss[0] if isinstance(loss, tuple) else loss for loss in (first, result))
    return statistics.median(times) / row.repetitions, result


def measure(framework, name, row, base=None, warm_up_limit=float("inf"), **members):
    """Prints a row's line; whether its result is right."""
    import numpy as np

    from frameworks.checks import Wrong

    inputs = row.inputs(np.random.default_rng(0))
    try:
        seconds, result = timed(framework, row, framework.prepare(base or name, inputs), warm_up_limit)
        row.check(result, *inputs)
    except Wrong as error:
        complain(f"{framework.name}: {name}: wrong result: {error}")
        return False
    except Exception as error:  # A row that one framework cannot do must not cost the others.
        complain(f"{framework.name}: {name}: {type(error).__name__}: {str(error).strip().splitlines()[:1]}")
        return False
    emit(name, framework.name, **members, seconds=seconds)
    return True


def resident(kind):
    """Megabytes, of the kind that /proc/self/status calls VmRSS (now) or VmHWM (at the peak)."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(kind)) / 1024


def memory(framework, name, row):
    """Runs a row in this process, which runs no other, and prints its line."""
    import numpy as np

    framework.wait(framework.prepare("add_alloc_16M", [np.ones(4, np.float32)] * 2)())
    if name == "process_start":
        emit(name, framework.name, megabytes=resident("VmHWM"))
        return
    gc.collect()
    # From here on the peak is counted anew: what importing took in between is no part of the row.
    with open("/proc/self/clear_refs", "w") as command:
        command.write("5")
    start = resident("VmRSS")
    run = framework.prepare(name, row.inputs(np.random.default_rng(0)))
    for _ in range(MEMORY_RUNS):
        framework.wait(run())
    emit(name, framework.name, megabytes=resident("VmHWM") - start)


def memory_of(peer, name, options):
    """A row's memory, by a process of its own; whether it succeeded."""
    command = [sys.executable, os.path.abspath(__file__), peer, "--memory-of", name]
    if options.threads:
        command += ["--threads", str(options.threads)]
    return subprocess.run(command).returncode == 0


def main():
    options, parser = parse()
    if options.threads:
        # Before anything is imported: frameworks count the processors when they are loaded.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.threads])
    frameworks = {peer: framework for peer in options.peers if (framework := load(peer))}
    if not frameworks:
        return 0
    if options.versions:
        import numpy

        found = {"Python": sys.version.split()[0], "NumPy": numpy.__version__}
        names = {"torch": "PyTorch", "torchcompile": "PyTorch", "jax": "JAX"}
        print(json.dumps({"versions": found | {names[p]: f.version for p, f in frameworks.items()}}))
        return 0
    from frameworks.rows import GROWING, ROWS, SIZES, growing

    known = GROWING if options.sizes else ROWS
    if options.list:
        print("\n".join(name for name in ROWS if any(name in framework.rows for framework in frameworks.values())))
        return 0
    only = [options.memory_of] if options.memory_of else options.only.split(",") if options.only else list(known)
    if unknown := [name for name in only if name not in known]:
        parser.error(f"no row is named '{unknown[0]}'; --list names them")
    right = True
    for peer, framework in frameworks.items():
        if options.threads:
            framework.use(options.threads)
        for name in only:
            if options.sizes:
                for elements in SIZES:
                    base, row = growing(name, elements)
                    if base in framework.rows:
                        right &= measure(framework, name, row, base, row.budget, elements=elements)
            elif name not in framework.rows:
                continue
            elif options.memory_of:
                memory(framework, name, ROWS[name])
            elif options.memory:
                right &= memory_of(peer, name, options)
            else:
                right &= measure(framework, name, ROWS[name])
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
