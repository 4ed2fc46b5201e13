# SPDX-License-Identifier: MIT
"""A verifier of match proofs, written from docs/PROTOCOL.md alone. Standard library only.

    python3 tests/reference/verify_match.py [--all] STATEMENT.json PROOF

prints accept or reject with the first check that fails (--all: with every one) and ends with 0 or 9.
The statement's bytes are hex strings, its integers numbers: see FIELDS.

Sums over K are taken on packed elements: the five coefficients stand 128 bits apart in one integer, so
that sums of fewer than 2^66 products with elements of F are those of integers.
"""

import functools
import json
import sys
from operator import mul

import merkle
from field import P, f_inverse, f_root_of_unity, k_add, k_mul, k_sub
from match_circuit import DIGEST, PRODUCTS, ROWS, SLOTS, chain_states, circuit_digest, linear_constraints
from reed_solomon import bit_reverse, column_point, message_point
from transcript import Transcript

M, LOG2_M, LENGTH, LOG2_LENGTH, QUERIES, GRINDING = SLOTS, 8, 4096, 12, 145, 10
DIMENSION = M + QUERIES
MASKS = 5
COLUMN = ROWS + 5 * MASKS
CONSTRAINTS = 3858
LIMB = 128

FIELDS = {"template_commitment": 36, "embedding_commitment": 36, "key_check": 36, "service": 32, "context": 32}
ACCEPT, REJECT = 0, 9


class Invalid(Exception):
    pass


# Packed elements of K


def pack(element):
    return sum(c << (LIMB * i) for i, c in enumerate(element))


def unpack(packed):
    return tuple((packed >> (LIMB * i)) % 2**LIMB % P for i in range(5))


def dot(packed, scalars):
    return sum(map(mul, packed, scalars))


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


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise Invalid("the proof ends early")
        self.at += count
        return self.data[self.at - count : self.at]

    def elements(self, count):
        data = self.take(4 * count)
        values = [int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4)]
        if any(x >= P for x in values):
            raise Invalid("an element is not canonical")
        return values

    def k_elements(self, count):
        flat = self.elements(5 * count)
        return [tuple(flat[i : i + 5]) for i in range(0, len(flat), 5)]


class Proof:
    """All but the opening, which stays in the reader."""

    def __init__(self, data):
        self.reader = reader = Reader(data)
        if reader.take(12) != b"MIENMTCH" + b"\1\0\1\0":
            raise Invalid("head")
        self.root = reader.take(32)
        self.v = reader.k_elements(DIMENSION)
        self.f = reader.k_elements(2 * M + QUERIES - 1)
        self.h = reader.k_elements(M + 2 * QUERIES - 1)
        self.nonce = int.from_bytes(reader.take(8), "little")
        self.columns = []
        for _ in range(QUERIES):
            salt = reader.take(32)
            self.columns.append((salt, reader.elements(COLUMN)))


# Section 6: the transcript


def absorb_statement(transcript, statement):
    transcript.absorb(b"B", b"protocol", b"mien match")
    transcript.absorb_integer(b"version", 1)
    transcript.absorb(b"D", b"circuit", circuit_digest())
    transcript.absorb_integer(b"parameter set", 1)
    transcript.absorb_integer(b"slots", M)
    transcript.absorb_integer(b"length", LENGTH)
    transcript.absorb_integer(b"queries", QUERIES)
    transcript.absorb_integer(b"grinding", GRINDING)
    transcript.absorb_integer(b"rows", ROWS)
    transcript.absorb_integer(b"products", len(PRODUCTS))
    transcript.absorb_integer(b"constraints", CONSTRAINTS)
    transcript.absorb(b"F", b"template commitment", statement["template_commitment"])
    transcript.absorb(b"F", b"embedding commitment", statement["embedding_commitment"])
    transcript.absorb(b"F", b"key check", statement["key_check"])
    transcript.absorb(b"B", b"service", statement["service"])
    transcript.absorb_integer(b"epoch", statement["epoch"])
    transcript.absorb_integer(b"slot", statement["slot"])
    transcript.absorb_integer(b"threshold", statement["threshold"])
    transcript.absorb(b"B", b"context", statement["context"])


class Challenges:
    def __init__(self, statement, proof):
        transcript = Transcript()
        absorb_statement(transcript, statement)
        transcript.absorb(b"D", b"commitment", proof.root)
        self.r = transcript.draw_k(b"proximity", ROWS + 4)
        (self.alpha,) = transcript.draw_k(b"linear", 1)
        self.gamma = transcript.draw_k(b"products", len(PRODUCTS))
        transcript.absorb_k(b"proximity response", proof.v)
        transcript.absorb_k(b"linear response", proof.f)
        transcript.absorb_k(b"product response", proof.h)
        transcript.absorb_integer(b"nonce", proof.nonce)
        self.ground = int.from_bytes(transcript.state[:8], "little") % 2**GRINDING == 0
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
    weights, right_sum, power = [0] * (ROWS * SLOTS), 0, alpha
    constraints = linear_constraints(statement["threshold"], chain_states(statement), digests)
    for expression, right in constraints:
        packed = pack(power)
        for slot, weight in expression.items():
            weights[slot] += weight * packed
        right_sum += right * packed
        power = k_mul(power, alpha)
    return [pack(unpack(w)) if w else 0 for w in weights], unpack(right_sum)


def linear_sum_agrees(proof, right):
    total = k_add(k_add(proof.f[0], proof.f[M]), proof.f[2 * M])
    return tuple(M * c % P for c in total) == right


# Section 8: the columns


MESSAGE_POINTS = [message_point(LOG2_M, h) for h in range(M)]


@functools.lru_cache(LENGTH)
def lagrange(x):
    """L_h(x) = (x^m - 1) eta_h / (m (x - eta_h))."""
    factor = (pow(x, M, P) - 1) * f_inverse(M) % P
    return [factor * eta % P * pow(x - eta, -1, P) % P for eta in MESSAGE_POINTS]


class Columns:
    """The three equations at one column."""

    def __init__(self, proof, challenges, weights):
        self.v, self.f, self.h = ([pack(c) for c in s] for s in (proof.v, proof.f, proof.h))
        self.weights = [weights[h :: SLOTS] for h in range(SLOTS)]
        self.rows = [pack(r) for r in challenges.r[:ROWS]]
        self.masks = challenges.r[ROWS:]
        self.gamma = [pack(g) for g in challenges.gamma]

    def check(self, index, column):
        """Three truth values: proximity, linear, products."""
        x = column_point(LOG2_LENGTH, index)
        powers = [1]
        for _ in range(len(self.f) - 1):
            powers.append(powers[-1] * x % P)
        rows = column[:ROWS]
        masks = [tuple(column[i : i + 5]) for i in range(ROWS, COLUMN, 5)]
        return self.proximity(powers, rows, masks), self.linear(x, powers, rows, masks), self.products(powers, rows, masks)

    def proximity(self, powers, rows, masks):
        right = k_add(unpack(dot(self.rows, rows)), masks[0])
        for r, mask in zip(self.masks, masks[1:]):
            right = k_add(right, k_mul(r, mask))
        return unpack(dot(self.v, powers)) == right

    def linear(self, x, powers, rows, masks):
        by_slot = [dot(weights, rows) for weights in self.weights]
        right = dot(by_slot, lagrange(x)) + pack(masks[1]) + powers[M - 1] * pack(masks[2])
        return unpack(dot(self.f, powers)) == unpack(right)

    def products(self, powers, rows, masks):
        blind = k_add(masks[3], tuple(powers[QUERIES - 1] * c for c in masks[4]))
        quotient = k_sub(unpack(dot(self.h, powers)), blind)
        left = tuple((powers[M] - 1) * c % P for c in quotient)
        right = dot(self.gamma, ((rows[a] * rows[b] - rows[c]) % P for a, b, c in PRODUCTS))
        return left == unpack(right)


# The verifier


def checks(statement, data):
    """Yields (name, truth) of each check in turn; Invalid where none of the rest can be done."""
    yield "statement", check_statement(statement)
    proof = Proof(data)
    challenges = Challenges(statement, proof)
    yield "grinding", challenges.ground
    yield "opening", opening_agrees(proof, challenges.columns)
    yield "length", proof.reader.at == len(data)
    weights, right = combined_constraints(statement, challenges.alpha)
    yield "linear sum", linear_sum_agrees(proof, right)
    columns = Columns(proof, challenges, weights)
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
