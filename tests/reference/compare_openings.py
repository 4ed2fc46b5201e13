# SPDX-License-Identifier: MIT
"""Openings of the long commitment, true and by provers that cheat in one step, with none to three inner
levels and one to three parts, before the verifiers in C and in Python; and the choice of shapes.

    python3 tests/reference/compare_openings.py PATH-OF-test-prover-commitment-cheats
"""

import json
import os
import subprocess
import sys
import tempfile

from argument import Form, Messages, minus
from field import ONE, ZERO, k_from_bytes
from ligero import Invalid, Reader
from report import Report
from shapes import Goal, Inner, Shape, choose
from tensor_opening import Opening
from transcript import Transcript
from verify_inference import Sections


def shape_of(entry):
    n, a, columns, queries, grinding = entry["sizes"]
    inner = tuple(Inner(*level) for level in entry["inner"])
    rows, mask = tuple(entry["rows"]), bool(entry["mask"])
    return Shape(n, a, columns, queries, grinding, entry["tree"], rows, entry["tail"], mask, inner, entry["openings"])


def points(text):
    data = bytes.fromhex(text)
    return [k_from_bytes(data[i : i + 20]) for i in range(0, len(data), 20)]


def failures(entry):
    """Names of the checks that fail. The value is a message, what is known of w adds to it."""
    parts = [shape_of(p) for p in entry["parts"]]
    reader, transcript = Reader(bytes.fromhex(entry["proof"])), Transcript()
    roots = [bytes.fromhex(entry["roots"])[i : i + 32] for i in range(0, 32 * len(parts), 32)]
    point = points(entry["point"])
    transcript.absorb(b"B", b"protocol", b"test")
    for part, root in zip(parts, roots):
        part.absorb(transcript)
        transcript.absorb(b"D", b"root", root)
    for coordinate in point:
        transcript.absorb_k(b"point", [coordinate])
    try:
        messages = Messages(reader, transcript)
        claim = Form(minus(points(entry["known"])[0])).add(ONE, messages.read(b"value", 1))
        opening = Opening(messages, parts, roots, Sections(reader))
    except Invalid as why:
        return [str(why)]
    found = [name for name, truth in opening.check(point, claim) if not truth]
    if opening.statement.form.value(messages.wire) != ZERO:
        found.append("value")
    return sorted(set(found + ["length"] * (reader.at != len(reader.data))))


def choice(entry):
    size, bits, grinding, rate, encoded, row_most, others, openings = entry["goal"]
    bits = bits - grinding if bits > grinding else 1
    spans = tuple(map(tuple, entry["spans"]))
    return choose(Goal(size, spans, bits, grinding, rate, encoded, row_most, others, 0, 5, openings))


def check_choice(report, entry):
    try:
        own = choice(entry)
        sizes = [own.log2_size, own.log2_row, own.log2_columns, own.queries, own.grinding]
        found = sizes, own.tail, [list(level) for level in own.inner], len(own.rows)
    except Invalid:
        found = None
    shape = entry["shape"]
    theirs = (shape["sizes"], shape["tail"], shape["inner"], shape["row_count"]) if entry["found"] else None
    report.check("goal %s %s: C %s, Python %s" % (entry["goal"], entry["spans"], theirs, found), theirs == found)
    return len(found[2]) if found else None


def check_openings(report, entries):
    reasons, levels = {}, set()
    for number, entry in enumerate(entries):
        found = failures(entry)
        what = "%d %s: C %s, Python %s" % (number, entry["name"], entry["accept"], found)
        report.check(what, entry["accept"] == (not found))
        for name in found or ["accept"]:
            reasons[name] = reasons.get(name, 0) + 1
        levels.add(len(entry["parts"][0]["inner"]))
    print("%d openings:" % len(entries), ", ".join("%s %d" % pair for pair in sorted(reasons.items())))
    for needed in ("accept", "value", "combined row", "inner sumcheck", "inner row's value", "opening of a tree"):
        report.check("some opening is judged by: " + needed, needed in reasons)
    report.check("none to three inner levels", levels == {0, 1, 2, 3})


def main():
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "openings")
        run = subprocess.run([sys.argv[1], path], capture_output=True, text=True)
        report.check("C: " + run.stdout, run.returncode == 0)
        print("\n".join(line for line in run.stdout.splitlines() if line.startswith("seed")))
        with open(path) as file:
            entries = [json.loads(line) for line in file]
    check_openings(report, [e for e in entries if "proof" in e])
    chosen = [check_choice(report, e) for e in entries if "goal" in e]
    print("%d shapes, inner levels:" % len(chosen), sorted(set(chosen), key=str))
    report.check("shapes were chosen, for a long vector with two inner levels", len(chosen) == 40 and chosen[0] == 2)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
