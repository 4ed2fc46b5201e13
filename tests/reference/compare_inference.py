# SPDX-License-Identifier: MIT
"""The verifiers of inference and face in C and in Python judge the same networks, statements and proofs:
true ones, those of provers that cheat, and changed ones.

    python3 tests/reference/compare_inference.py PATH-OF-test-reference-inference-cases

MIEN_TEST_SEED seeds the cases, and what is changed in them.
"""

import functools
import os
import random
import subprocess
import sys
import tempfile
import time

import compare
import network_file
import verify_inference
from field import P
from ligero import Invalid
from report import Report
from shapes import SALT

FREE = "not of this statement, "  # names of changes that change nothing
ENDINGS = {"n": "network", "s": "statement", "p": "proof"}
SINGLE = {"linear sum"}  # of what is false in the statement alone: the test of linear constraints notices
CHEATS = {
    "section_bit": {"linear sum", "products"},
    "end_point": {"linear sum", "combined row"},
    # the prover's constraints have the functional that it used
    "leaves_point": {"linear sum", "linear"},
    "rows_point": {"linear sum", "linear"},
    "functional": {"linear sum", "linear"},
    "none": set(),
    "gap": set(),
}
# which bindings of frame and output a field of a statement belongs to; the others belong to all
BINDINGS = {
    "frame_commitment": ("frame", verify_inference.COMMITTED_FRAME),
    "frame_values": ("frame", verify_inference.PUBLIC_FRAME),
    "output_commitment": ("output", verify_inference.COMMITTED),
    "output_values": ("output", verify_inference.PUBLIC),
}
for name in ("template_commitment", "key_check", "service", "epoch", "slot", "threshold"):
    BINDINGS[name] = "output", verify_inference.MATCHED
WITHOUT_ELEMENTS = ("head", "root", "nonce", "paths")  # sections, or ends of their names


class Case:
    def __init__(self, folder, number):
        self.number = number
        self.parts = {k: compare.read(os.path.join(folder, "%04d.%s" % (number, e))) for k, e in ENDINGS.items()}


# Judging


@functools.lru_cache(8)
def load(network):
    return network_file.read(network)


@functools.lru_cache(4)
def prepare(network, statement):
    return verify_inference.Setup(load(network), verify_inference.decode_statement(statement))


def judge(parts, every=False):
    """(verdict, names of the checks that fail)"""
    try:
        setup = prepare(parts["n"], parts["s"])
    except (network_file.Refused, verify_inference.BadStatement, Invalid) as why:
        return "refuse", [str(why)]
    found = verify_inference.failures(setup, parts["p"], every)
    return ("reject" if found else "accept"), found


# Changes: (file, seal or keep, operation, number, bytes)


def changed(parts, change):
    file, seal, operation, number, data = change
    parts, old = dict(parts), parts[file]
    if operation == "cut":
        parts[file] = old[:number]
    elif operation == "add":
        parts[file] = old + data
    else:
        parts[file] = old[:number] + data + old[number + len(data) :]
    if seal == "seal":
        body = parts["n"][:-32]
        parts["n"] = body + network_file.hashlib.sha256(body).digest()
    return parts


def setting(file, offset, data, seal="keep"):
    return file, seal, "set", offset, data


def flip(generator, parts, file, first, end, seal="keep"):
    at = generator.randrange(first, end)
    return setting(file, at, bytes([parts[file][at] ^ 1 << generator.randrange(8)]), seal)


def plus_p(data, at):
    return setting("p", at, (int.from_bytes(data[at : at + 4], "little") + P).to_bytes(4, "little"))


class Changes:
    """Of one true case, places being drawn; each with a name."""

    def __init__(self, generator, case):
        self.generator, self.case, self.parts, self.list = generator, case, case.parts, []
        self.setup = prepare(self.parts["n"], self.parts["s"])
        proof = verify_inference.Proof(self.setup, self.parts["p"])
        starts = proof.sections.starts
        self.sections = [(name, at, end) for (at, name), (end, _) in zip(starts, starts[1:])]
        self.statement = verify_inference.decode_statement(self.parts["s"])

    def add(self, name, change):
        self.list.append((self.case.number, name, change))

    def of_sections(self, times):
        proof = self.parts["p"]
        for name, first, end in self.sections:
            if first == end:
                continue  # no paths: all leaves are opened
            for _ in range(times):
                self.add(name, flip(self.generator, self.parts, "p", first, end))
            end_of_cut = self.generator.choice((first, self.generator.randrange(first, end)))
            self.add("cut in " + name, ("p", "keep", "cut", end_of_cut, b""))
            if not name.endswith(WITHOUT_ELEMENTS) and not name.endswith("columns"):
                at = first + 4 * self.generator.randrange((end - first) // 4)
                self.add(name + ", not canonical", plus_p(proof, at))

    def of_columns(self):
        """Salts, elements, order."""
        proof = self.parts["p"]
        for name, first, end in self.sections:
            if not name.endswith("columns"):
                continue
            ligero, salt = name.startswith("ligero"), SALT
            count = (self.setup.ligero if ligero else self.setup.parts[0]).queries
            size = (end - first) // count
            c = first + size * self.generator.randrange(count - 1)
            self.add(name + ", salt", flip(self.generator, self.parts, "p", c, c + salt))
            self.add(name + ", element", flip(self.generator, self.parts, "p", c + salt, c + size))
            self.add(name + ", not canonical", plus_p(proof, c + salt))
            self.add(name + ", swapped", setting("p", c, proof[c + size : c + 2 * size] + proof[c : c + size]))
            self.add(name + ", twice", setting("p", c, proof[c + size : c + 2 * size]))

    def of_length(self):
        proof = self.parts["p"]
        self.add("empty", ("p", "keep", "cut", 0, b""))
        self.add("cut by one", ("p", "keep", "cut", len(proof) - 1, b""))
        for name, data in (("a byte", b"\0"), ("zeros", bytes(32)), ("the last digest", proof[-32:])):
            self.add("longer by " + name, ("p", "keep", "add", 0, data))

    def of_messages(self):
        """Each message of the argument."""
        first = next(at for name, at, _ in self.sections if name == "leaves' tree")
        opened = next(at for name, at, _ in self.sections if name == "mask value")
        for at in range(first, opened + 20, 20):
            self.add("message at %d" % at, flip(self.generator, self.parts, "p", at, at + 20))

    def bound(self, name):
        binding, value = BINDINGS.get(name, ("set", self.statement["set"]))
        return self.statement[binding] == value

    def of_statement(self, times):
        at = 0
        for name, size in verify_inference.FIELDS:
            for _ in range(times if self.bound(name) else 0):
                self.add("statement, " + name, flip(self.generator, self.parts, "s", at, at + size))
            if name in ("output_commitment", "template_commitment", "key_check") and self.bound(name):
                number = int.from_bytes(self.parts["s"][at : at + 4], "little")
                self.add("statement, %s plus p" % name, setting("s", at, (number + P).to_bytes(4, "little")))
            at += size
        if self.bound("threshold"):
            self.of_threshold(at - 4)
        self.of_values(at)

    def of_other_fields(self):
        """What is not part of the statement may be anything."""
        at = 0
        for name, size in verify_inference.FIELDS:
            if not self.bound(name):
                self.add(FREE + name, flip(self.generator, self.parts, "s", at, at + size))
            at += size

    def of_threshold(self, at):
        t = self.statement["threshold"]
        for other in (t - 1, t + 1, 0, 65535, 65536, t + 65536):
            if other >= 0:
                self.add("statement, threshold %d" % other, setting("s", at, other.to_bytes(4, "little")))

    def of_values(self, at):
        for name in verify_inference.VALUES:
            values = self.statement[name]
            self.add("statement, number of " + name, setting("s", at, (len(values) + 1).to_bytes(4, "little")))
            at += 4
            for _ in range(4 if values else 0):
                i = self.generator.randrange(len(values))
                other = (values[i] + self.generator.choice((-1, 1, 256))) % 2**16
                self.add("statement, " + name, setting("s", at + 2 * i, other.to_bytes(2, "little")))
            at += 2 * len(values)

    def of_network(self, times):
        length = len(self.parts["n"])
        for n in range(times):
            # the head and the first layers hold what is read, the rest mostly weights
            end = length - 32 if n % 2 else min(length - 32, 120)
            self.add("network", flip(self.generator, self.parts, "n", 0, end, "seal"))
        self.add("network, not sealed", flip(self.generator, self.parts, "n", 0, length))
        self.add("network, cut", ("n", "seal", "cut", length - 1, b""))
        self.add("network, longer", ("n", "seal", "add", 0, b"\0"))

    def of_others(self, other):
        """Statement, network or proof of another case."""
        for file in "snp":
            data = other.parts[file][: len(self.parts[file])]
            if len(data) <= 4096:
                self.add("%s of another case" % ENDINGS[file], setting(file, 0, data))


def collect(generator, cases):
    everything = []
    for i, case in enumerate(cases):
        changes = Changes(generator, case)
        changes.of_sections(1)
        changes.of_columns()
        changes.of_length()
        changes.of_statement(1)
        changes.of_network(12)
        changes.of_others(cases[i - 1])
        if i == len(cases) - 1:
            changes.of_messages()
            changes.of_other_fields()
        everything += changes.list
    return everything


# The two of them


def check_cases(report, program, folder):
    """The true cases, without those that cheat."""
    true = []
    for number, (verdict, name) in enumerate(compare.verdicts(program, "make", folder)):
        kind, cheat = name.split()
        case = Case(folder, number)
        start = time.process_time()
        own, found = judge(case.parts, True)
        print("%04d %s: C %s, Python %s %s, %.2f s" % (number, name, verdict, own, found, time.process_time() - start))
        expected = CHEATS.get(cheat, SINGLE)
        good = verdict == own == ("reject" if expected else "accept") and set(found) == expected
        report.check("%04d %s: C %s, Python %s %s" % (number, name, verdict, own, found), good)
        if cheat == "none":
            true.append(case)
    return true


def check_command_line(report, folder, case):
    """Of a true case, then without its last byte."""
    paths = [os.path.join(folder, "%04d.%s" % (case.number, ending)) for ending in ENDINGS.values()]
    wrong = os.path.join(folder, "wrong.proof")
    with open(wrong, "wb") as file:
        file.write(case.parts["p"][:-1])
    program = [sys.executable, "-B", os.path.join(os.path.dirname(__file__), "verify_inference.py")]
    good = subprocess.run(program + paths, capture_output=True, text=True)
    report.check("the command accepts", (good.returncode, good.stdout) == (0, "accept\n"))
    bad = subprocess.run(program + ["--all"] + paths[:2] + [wrong], capture_output=True, text=True)
    report.check("the command rejects", (bad.returncode, bad.stdout) == (9, "reject: the proof ends early\n"))


def write_changes(folder, everything):
    with open(os.path.join(folder, "changes"), "w") as file:
        for number, _, (part, seal, operation, argument, data) in everything:
            print(number, part, seal, operation, argument, data.hex(), file=file)


def check_changes(report, program, folder, cases, everything):
    by_number, reasons, verdicts = {case.number: case for case in cases}, {}, {}
    write_changes(folder, everything)
    judged = compare.verdicts(program, "judge", folder)
    report.check("every change was judged", len(judged) == len(everything))
    for (verdict, _), (number, name, change) in zip(judged, everything):
        parts = changed(by_number[number].parts, change)
        own, found = judge(parts)
        reason = found[0] if found else "accept"
        reasons[reason] = reasons.get(reason, 0) + 1
        verdicts[own] = verdicts.get(own, 0) + 1
        good = verdict == own and (own == "accept") == name.startswith(FREE)
        report.check("%04d %s %s: C %s, Python %s %s" % (number, name, change[:4], verdict, own, found), good)
    print("%d changes:" % len(everything), ", ".join("%s %d" % pair for pair in sorted(verdicts.items())))
    print("first failing check:", ", ".join("%s %d" % pair for pair in sorted(reasons.items())))
    noticed = "head", "grinding", "an element is not canonical", "opening of a tree", "length", "the proof ends early"
    for needed in noticed:
        report.check("some change is noticed by: " + needed, reasons.get(needed, 0) > 0)


def main():
    seed = int(os.environ.get("MIEN_TEST_SEED", time.time_ns()))
    os.environ["MIEN_TEST_SEED"] = str(seed)
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        true = check_cases(report, sys.argv[1], folder)
        check_command_line(report, folder, true[-1])
        everything = collect(random.Random(seed), true)
        check_changes(report, sys.argv[1], folder, true, everything)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
