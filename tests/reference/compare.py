# SPDX-License-Identifier: MIT
"""The verifier in C and the one in Python judge the same statements and proofs, honest and damaged.

    python3 tests/reference/compare.py PATH-OF-test-reference-cases
"""

import json
import os
import subprocess
import sys
import tempfile

import match_circuit
import poseidon2
import verify_match
from report import Report

PARTS = [
    ("template_commitment", 36),
    ("embedding_commitment", 36),
    ("key_check", 36),
    ("service", 32),
    ("epoch", 4),
    ("slot", 4),
    ("threshold", 4),
    ("context", 32),
]


def read(path):
    with open(path, "rb") as file:
        return file.read()


def decode_statement(data):
    statement, at = {}, 0
    for name, size in PARTS:
        part = data[at : at + size]
        statement[name] = int.from_bytes(part, "little") if size == 4 else part
        at += size
    return statement


def encode_statement(statement):
    values = ((statement[name], size) for name, size in PARTS)
    return b"".join(v.to_bytes(size, "little") if size == 4 else v for v, size in values)


def verdicts(program, action, folder):
    """[(verdict, name)] as C sees them."""
    run = subprocess.run([program, action, folder], capture_output=True, text=True)
    lines = [line.split(maxsplit=2) for line in run.stdout.splitlines()]
    if run.returncode != 0:
        sys.exit("%s failed: %s%s" % (program, run.stdout, run.stderr))
    print("\n".join(" ".join(line) for line in lines if line[0] == "seed"))
    cases = [line for line in lines if line[0] != "seed"]
    assert [line[0] for line in cases] == ["%04d" % i for i in range(len(cases))]
    return [(verdict, name) for _, verdict, name in cases]


def check_page(report):
    page = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "PROTOCOL.md")
    with open(page, encoding="utf-8") as file:
        text = file.read()
    digest = match_circuit.circuit_digest().hex()
    report.check("circuit digest as on the page", text.count("`%s`" % digest) == 1)
    h = poseidon2.hash_elements("mien test", list(range(10)))
    answer = "begins with %d, %d, %d and ends with %d." % (h[0], h[1], h[2], h[8])
    report.check("answer of H as on the page", text.count(answer) == 1)


def check_cases(report, program, folder):
    cases = verdicts(program, "make", folder)
    reasons = {}
    for number, (verdict, name) in enumerate(cases):
        path = os.path.join(folder, "%04d" % number)
        statement = decode_statement(read(path + ".statement"))
        valid, reason = verify_match.verify(statement, read(path + ".proof"))
        reasons[reason] = reasons.get(reason, 0) + 1
        expected = "accept" if name.startswith("honest") else "reject"
        good = verdict == expected and valid == (expected == "accept")
        report.check("%04d %s: C %s, Python %s %s" % (number, name, verdict, valid, reason), good)
    print("first failing check:", ", ".join("%s %d" % (r or "none", n) for r, n in sorted(reasons.items())))
    for needed in ("", "head", "statement", "grinding", "an element is not canonical", "opening", "length"):
        report.check("some case is judged by: " + needed, reasons.get(needed, 0) > 0)


def check_command_line(report, folder):
    """Case 0 is honest; its nonce's last byte is not."""
    statement = decode_statement(read(os.path.join(folder, "0000.statement")))
    text = json.dumps({k: v if isinstance(v, int) else v.hex() for k, v in statement.items()})
    proof = os.path.join(folder, "0000.proof")
    given = os.path.join(folder, "statement.json")
    wrong = os.path.join(folder, "wrong.proof")
    with open(given, "w") as file:
        file.write(text)
    with open(wrong, "wb") as file:
        file.write(read(proof)[:-1])
    program = [sys.executable, "-B", os.path.join(os.path.dirname(__file__), "verify_match.py")]
    good = subprocess.run(program + [given, proof], capture_output=True, text=True)
    report.check("the command accepts", (good.returncode, good.stdout) == (0, "accept\n"))
    bad = subprocess.run(program + ["--all", given, wrong], capture_output=True, text=True)
    report.check("the command rejects", (bad.returncode, bad.stdout) == (9, "reject: the proof ends early\n"))


def main():
    report = Report()
    check_page(report)
    with tempfile.TemporaryDirectory() as folder:
        check_cases(report, sys.argv[1], folder)
        check_command_line(report, folder)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
