"""The page of a comparison, in Markdown, with its pictures beside it."""
import pathlib

from . import charts
from .results import LOSING, OURS, START, duration, geometric_mean, medians

NAMES = {OURS: "Backplane", "torch": "PyTorch", "jax.jit": "JAX"}
KINDS = {"operations": "multiply-adds", "bytes": "copy"}


def name(peer):
    return NAMES.get(peer, peer)


def read_reasons(file):
    """Lines of `NAME: reason`; those that begin with # are comments."""
    lines = pathlib.Path(file).read_text().splitlines() if pathlib.Path(file).exists() else []
    pairs = (line.partition(":") for line in lines if line.strip() and not line.startswith("#"))
    return {row.strip(): reason.strip() for row, _, reason in pairs}


def grid(head, rows):
    """A table whose first column is text and whose others are numbers."""
    return ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)] + [
        "| " + " | ".join(row) + " |" for row in rows] + [""]


def cell(seconds):
    return duration(seconds) if seconds is not None else "–"


def write(results, file, reasons):
    """Writes the page and its pictures."""
    file = pathlib.Path(file)
    compared = results.compared
    page = ["# Benchmarks", ""]
    page += summary(compared)
    if compared:
        picture = file.with_suffix(".svg")
        picture.write_text(charts.ratios(compared))
        page += [f"![Our time over the best peer's, by row]({picture.name})", ""]
    page += rows(results) + losing(compared, reasons) + left_out(results)
    page += memory(results) + threads(results)
    if results.sizes:
        picture = file.with_name(f"{file.stem}-scaling.svg")
        picture.write_text(charts.growth(results.sizes, growing_peers(results)))
        page += ["## Growth with size", "", "Time over the number of elements of an input, both on logarithmic axes.", ""]
        page += [f"![Time over the number of elements, for each row]({picture.name})", ""]
    page += machine(results)
    file.write_text("\n".join(page).rstrip() + "\n")


def summary(compared):
    page = [
        "Written by `make bench-compare`, not by hand. Times are medians; a ratio is our time over that of the fastest",
        "peer, so that below 1 we are faster. All were measured in turn, a few rows at a time, and every result was",
        "checked against a computation in double precision. What each row does is told in `Benchmarks/README.md`.", "",
    ]
    if compared:
        page += [f"Geometric mean of {len(compared)} rows: **{geometric_mean(row.ratio for row in compared):.2f}** of the"
                 f" fastest peer's time; {sum(row.loses for row in compared)} lose (above {LOSING}).", ""]
    return page


def rows(results):
    peers = [peer for peer in results.peers if any(peer in row.seconds for row in results.rows)]
    table = []
    for row in results.rows:
        if row.name == START:
            continue
        ratio = f"{row.ratio:.2f}" if row.ratio else "–"
        share = f"{row.fraction:.0%} of {KINDS[row.kind]}" if row.fraction else "–"
        times = [cell(row.seconds.get(peer)) for peer in peers]
        table.append([f"`{row.name}`", cell(row.ours), *times, f"**{ratio}**" if row.loses else ratio, share])
    page = ["## Rows", ""]
    if results.peak:
        page += ["The last column is the part that was reached of what the machine does at most, measured in the same run:"
                 f" {peak(results)}. What stays in a cache can be above 100%.", ""]
    return page + grid(["row", name(OURS), *map(name, peers), "ratio", "of the peak"], table)


def peak(results):
    greatest = results.peak
    return (f"{greatest['threads']} threads, {greatest['operations'] / 1e9:.0f} GFLOP/s of multiply-adds, "
            f"{greatest['bytes'] / 1e9:.1f} GB/s of copying (bytes read and written)")


def losing(compared, reasons):
    rows = sorted((row for row in compared if row.loses), key=lambda row: -row.ratio)
    if not rows:
        return []
    return ["## Rows that lose", "", *(
        f"- `{row.name}`, {row.ratio:.2f} × {name(row.best)}: {reasons.get(row.name, 'not known')}" for row in rows), ""]


def left_out(results):
    if not results.failures:
        return []
    return ["## Left out", "", "What failed or was wrong:", "", *(f"- {failure}" for failure in results.failures), ""]


def memory(results):
    start = results.times.get(START, {})
    if not start and not results.memory:
        return []
    peers = [OURS, *results.peers]
    table = []
    if start:
        by = medians(start)
        table.append(["start of a process to its first result", *(cell(by.get(peer)) for peer in peers)])
    for row, by in results.memory.items():
        by = medians(by)
        label = "memory at the start" if row == START else f"memory of `{row}`"
        table.append([label, *(f"{by[peer]:.0f} MB" if peer in by else "–" for peer in peers)])
    return ["## Start and memory", "", "Resident memory: at the start after the first result; of a row at its peak, above "
            "that at the start.", "", *grid(["", *map(name, peers)], table)]


def threads(results):
    names = list(dict.fromkeys(row for row, _ in results.threads))
    if not names:
        return []
    counts = sorted({count for _, count in results.threads})
    peers = [peer for peer in (OURS, *results.peers) if any(peer in by for by in results.threads.values())]
    table = []
    for row in names:
        by = {count: medians(results.threads[row, count]) for count in counts if (row, count) in results.threads}
        cells = []
        for peer in peers:
            times = [by[count].get(peer) for count in counts if count in by]
            cells += [cell(seconds) for seconds in times]
            cells += [f"{times[0] / times[-1]:.2f}" if len(times) > 1 and all(times) else "–"]
        table.append([f"`{row}`", *cells])
    units = [f"{count} thread{'s' * (count > 1)}" for count in counts]
    head = [f"{name(peer)}, {what}" for peer in peers for what in (*units, "times faster")]
    return ["## Threads", "", *grid(["row", *head], table)]


def growing_peers(results):
    return [peer for peer in results.peers if any(peer in by for by in results.sizes.values())]


def machine(results):
    facts = [f"- {key}: {value}" for key, value in (results.machine | results.versions).items()]
    page = ["## Machine and versions", "", *facts, ""] if facts else []
    return page + (["```", results.command, "```", ""] if results.command else [])
