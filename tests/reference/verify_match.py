# SPDX-License-Identifier: MIT
"""A verifier of match proofs, written from docs/PROTOCOL.md alone. Standard library only.

    python3 tests/reference/verify_match.py [--all] STATEMENT.json PROOF

prints accept or reject with the first check that fails (--all: with every one) and ends with 0 or 9.
The statement's bytes are hex strings, its integers numbers: see FIELDS.
"""

import json
import sys

import merkle
from field import P
from ligero import MASKS, Challenges, Columns, Invalid, Parameters, Reader
from ligero import absorb_parameters, absorb_responses, combine, linear_sum_agrees
from match_circuit import DIGEST, PRODUCTS, ROWS, SLOTS, chain_states, circuit_digest, linear_constraints
from transcript import Transcript

PARAMETERS = Parameters(1, 8, 12, 145, 10)
M, LENGTH, LOG2_LENGTH = SLOTS, PARAMETERS.length, PARAMETERS.log2_length
QUERIES, GRINDING = PARAMETERS.queries, PARAMETERS.grinding
DIMENSION = M + QUERIES
COLUMN = ROWS + 5 * MASKS
CONSTRAINTS = 3858

FIELDS = {"template_commitment": 36, "embedding_commitment": 36, "key_check": 36, "service": 32, "context": 32}
ACCEPT, REJECT = 0, 9


# Section 3: the statement


def digest_elements(data):
    return [int.from_bytes(data[i : i + 4], "little") for i in range(0, 4 * DIGEST, 4)]


def check_statement(statement):
    for name, length in FIELDS.items():
        if len(statement[name]) != length:
            return False
    digests = [statement[name] for name in FIELDS if FIELDS[name] == 36]
    if any(x >= P for d in digests for x in digest_elements(d)):
        return False
    integers = statement["epoch"], statement["slot"]
    return all(0 <= x < 2**32 for x in integers) and 1 <= statement["threshold"] <= 65535


# Section 7: the proof


class Proof:
    """All but the opening, which stays in the reader."""

    def __init__(self, data):
        self.reader = reader = Reader(data)
        if reader.take(12) != b"MIENMTCH" + b"\1\0\1\0":
            raise Invalid("head")
        self.root = reader.take(32)
        self.v, self.f, self.h = map(reader.k_elements, PARAMETERS.responses)
        self.nonce = reader.integer(8)
        self.columns = []
        for _ in range(QUERIES):
            salt = reader.take(32)
            self.columns.append((salt, reader.elements(COLUMN)))


# Section 6: the transcript


def absorb_statement(transcript, statement):
    transcript.absorb(b"B", b"protocol", b"mien match")
    transcript.absorb_integer(b"version", 1)
    transcript.absorb(b"D", b"circuit", circuit_digest())
    absorb_parameters(transcript, PARAMETERS, ROWS, len(PRODUCTS), CONSTRAINTS)
    transcript.absorb(b"F", b"template commitment", statement["template_commitment"])
    transcript.absorb(b"F", b"embedding commitment", statement["embedding_commitment"])
    transcript.absorb(b"F", b"key check", statement["key_check"])
    transcript.absorb(b"B", b"service", statement["service"])
    transcript.absorb_integer(b"epoch", statement["epoch"])
    transcript.absorb_integer(b"slot", statement["slot"])
    transcript.absorb_integer(b"threshold", statement["threshold"])
    transcript.absorb(b"B", b"context", statement["context"])


class Drawn(Challenges):
    """The transcript of a proof: challenges, grinding, columns."""

    def __init__(self, statement, proof):
        transcript = Transcript()
        absorb_statement(transcript, statement)
        transcript.absorb(b"D", b"commitment", proof.root)
        super().__init__(transcript, ROWS, len(PRODUCTS))
        absorb_responses(transcript, proof.v, proof.f, proof.h)
        transcript.absorb_integer(b"nonce", proof.nonce)
        self.ground = transcript.ground(GRINDING)
        self.columns = transcript.draw_columns(b"columns", QUERIES, LENGTH)


# Section 7, the opening


def opening_agrees(proof, indices):
    """Raises Invalid when the opening ends early; the reader stands behind it otherwise."""
    leaves = {c: merkle.leaf(0, c, salt, column) for c, (salt, column) in zip(indices, proof.columns)}
    return merkle.verify(proof.root, 0, LOG2_LENGTH, leaves, proof.reader.take)


# Section 8: the linear constraints


def combined_constraints(statement, alpha):
    """The sums over c of alpha^(c+1) A_c, packed and by slot, and of alpha^(c+1) b_c in K."""
    digests = [digest_elements(statement[n]) for n in ("key_check", "template_commitment", "embedding_commitment")]
    constraints = linear_constraints(statement["threshold"], chain_states(statement), digests)
    return combine(constraints, alpha, ROWS * SLOTS)


# The verifier


def checks(statement, data):
    """Yields (name, truth) of each check in turn; Invalid where none of the rest can be done."""
    yield "statement", check_statement(statement)
    proof = Proof(data)
    challenges = Drawn(statement, proof)
    yield "grinding", challenges.ground
    yield "opening", opening_agrees(proof, challenges.columns)
    yield "length", proof.reader.at == len(data)
    weights, right = combined_constraints(statement, challenges.alpha)
    yield "linear sum", linear_sum_agrees(PARAMETERS, proof.f, right)
    responses = proof.v, proof.f, proof.h
    columns = Columns(PARAMETERS, ROWS, PRODUCTS, responses, challenges, weights)
    for index, (_, column) in zip(challenges.columns, proof.columns):
        for name, truth in zip(("proximity", "linear", "products"), columns.check(index, column)):
            yield name, truth


def failures(statement, data, every):
    """The names of the checks that fail, or of the first one."""
    found = []
    try:
        for name, truth in checks(statement, data):
            if not truth and name not in found:
                found.append(name)
            if found and (not every or name == "statement"):
                return found
    except Invalid as why:
        found.append(str(why))
    return found


def verify(statement, proof_bytes):
    """(True, "") or (False, the first check that fails)."""
    found = failures(statement, proof_bytes, False)
    return not found, "".join(found)


def read_statement(text):
    statement = json.loads(text)
    for name in FIELDS:
        statement[name] = bytes.fromhex(statement[name])
    return statement


def main(arguments):
    every = "--all" in arguments
    paths = [a for a in arguments if a != "--all"]
    if len(paths) != 2:
        sys.exit(__doc__)
    with open(paths[0]) as file:
        statement = read_statement(file.read())
    with open(paths[1], "rb") as file:
        found = failures(statement, file.read(), every)
    print("reject: " + ", ".join(found) if found else "accept")
    return REJECT if found else ACCEPT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
