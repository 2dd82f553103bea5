"""What was measured, line by line, and what follows from it.

Lines are JSON objects. {"workload", "peer", "seconds"} is a time; beside it may stand how much work it was ("operations"
or "bytes"), with how many "threads" it was measured where that was prescribed, and of how many "elements" a row is that
is measured at several sizes. {"workload", "peer", "megabytes"} is memory. {"peak"}, {"machine"}, {"versions"},
{"command"} and {"failure"} say what belongs to all of them."""
import collections
import json
import math
import statistics

OURS = "backplane"
# Not a row like the others: what a process needs before any of them.
START = "process_start"
# A row that takes more than this part of the best peer's time loses.
LOSING = 0.95


def table():
    return collections.defaultdict(lambda: collections.defaultdict(list))


class Results:
    def __init__(self, copy=None):
        # A file that every line goes to as it comes, so that a run that is ended early is not lost.
        self.copy = copy
        self.times = table()
        self.memory = table()
        # By (workload, threads) and (workload, elements).
        self.threads, self.sizes = table(), table()
        self.work, self.peak, self.machine, self.versions = {}, {}, {}, {}
        self.failures, self.command = [], None

    def take(self, line):
        if self.copy:
            print(json.dumps(line), file=self.copy, flush=True)
        if "workload" in line:
            self.take_row(line)
        for key, value in line.get("peak", {}).items():
            # The most that was seen in the run: what else the machine did in between only lowers it.
            self.peak[key] = max(value, self.peak.get(key, 0))
        self.machine |= line.get("machine", {})
        self.versions |= line.get("versions", {})
        self.command = line.get("command", self.command)
        if (failure := line.get("failure")) and failure not in self.failures:
            self.failures.append(failure)

    def take_row(self, line):
        name, peer = line["workload"], line["peer"]
        if "megabytes" in line:
            self.memory[name][peer].append(line["megabytes"])
        elif "elements" in line:
            self.sizes[name, line["elements"]][peer].append(line["seconds"])
        elif "threads" in line:
            self.threads[name, line["threads"]][peer].append(line["seconds"])
        else:
            self.times[name][peer].append(line["seconds"])
            for kind in ("operations", "bytes"):
                if kind in line:
                    self.work[name] = (kind, line[kind])

    def read(self, file):
        with open(file) as lines:
            for line in lines:
                self.take(json.loads(line))

    @property
    def rows(self):
        """The rows that we have measured, in their order."""
        return [Comparison(name, medians(peers), *self.share(name)) for name, peers in self.times.items() if OURS in peers]

    @property
    def compared(self):
        """The rows that a peer has as well, of which a mean can be taken."""
        return [row for row in self.rows if row.ratio and row.name != START]

    def share(self, name):
        """The kind of work that a row is, and what it would take at the machine's peak."""
        kind, amount = self.work.get(name, (None, None))
        return (kind, amount / self.peak[kind]) if kind in self.peak else (None, None)

    @property
    def peers(self):
        """The peers that were measured, in one order for all tables, ours left out."""
        tables = [*self.times.values(), *self.memory.values(), *self.sizes.values(), *self.threads.values()]
        return sorted({peer for peers in tables for peer in peers} - {OURS}, key=lambda peer: (not peer.startswith("torch"), peer))


def medians(peers):
    return {peer: statistics.median(values) for peer, values in peers.items()}


class Comparison:
    """A row: our time beside those of the peers."""

    def __init__(self, name, seconds, kind, shortest):
        self.name, self.seconds, self.kind = name, seconds, kind
        self.ours = seconds[OURS]
        self.best = min((peer for peer in seconds if peer != OURS), key=seconds.get, default=None)
        self.ratio = self.ours / seconds[self.best] if self.best else None
        # What part of the machine's peak was reached.
        self.fraction = shortest / self.ours if shortest else None

    @property
    def loses(self):
        return self.ratio is not None and self.ratio > LOSING


def geometric_mean(values):
    values = list(values)
    return math.exp(statistics.fmean(map(math.log, values))) if values else None


def duration(seconds):
    """A time with three digits and its unit."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size or unit == "µs":
            value = seconds / size
            return f"{value:.{max(0, 2 - max(0, math.floor(math.log10(value))))}f} {unit}"
