# SPDX-License-Identifier: MIT
"""Proofs made by prove_match.py, honest and cheating, before both verifiers.

    python3 tests/reference/forgeries.py PATH-OF-test-reference-cases

Damaged proofs hardly come past the grinding and the opening; these do, and only the mathematics is
left to refuse them. For each cheat the checks that must fail are listed, no other one may.
"""

import os
import random
import sys
import tempfile
import time

import compare
import prove_match
import verify_match
from field import P, f_to_bytes, k_add
from match_circuit import L, boolean, circuit_digest, cube_slot, slot
from prove_match import Prover
from report import Report
from verify_match import M

ONE = (1, 0, 0, 0, 0)


class Free(Prover):
    """Everything random that no constraint speaks of: accepted, and no harm."""

    def fill_factors(self):
        for row in self.w[L : L + 2]:
            row[153:] = self.f_random(M - 153)
        super().fill_factors()
        for b in range(2353, 2560):
            self.set(boolean(b), self.random.randrange(2))

    def fill_cubes(self):
        super().fill_cubes()
        for s in range(3552, 3584):
            x = self.random.randrange(P)
            for part in range(3):
                self.set(cube_slot(s, part), pow(x, part + 1, P))


class MaskCancels(Prover):
    """Cube 0 takes one more than it should, KC is what comes out, the linear mask sums to -1. With
    the weights alpha^0, alpha^1, ... this would be accepted."""

    def cube_input(self, s, x):
        return (x + 1) % P if s == 0 else x

    def mask_sum(self):
        return ((-pow(M, -1, P)) % P, 0, 0, 0, 0)

    def fill_cubes(self):
        super().fill_cubes()
        digest = verify_match.digest_elements(self.statement["key_check"])
        for c, (weights, right) in enumerate(self.constraints()):
            if 3552 <= c < 3561:
                digest[c - 3552] += sum(w * self.get(n) for n, w in weights.items()) - right
        self.statement["key_check"] = b"".join(f_to_bytes(x % P) for x in digest)


class FittedSum(MaskCancels):
    """The same without the mask, but f_0 moved so that the sum is right."""

    def mask_sum(self):
        return (0,) * 5

    def linear_response(self, alpha):
        f = super().linear_response(alpha)
        inverse = pow(M, -1, P)
        others = k_add(f[M], f[2 * M])
        f[0] = tuple((r * inverse - o) % P for r, o in zip(self.right, others))
        return f


class ThresholdTooHigh(Prover):
    """Proved as if true: the last carry is negative and its top boolean no boolean."""

    def __init__(self, statement, witness, generator):
        super().__init__(statement, witness, generator)
        e, t, _, _ = witness
        dot, squares = sum(x * y for x, y in zip(e, t)), sum(x * x for x in e) * sum(x * x for x in t)
        statement["threshold"] = 2**16 * dot * dot // squares + 1


class NegativeDot(Prover):
    def __init__(self, statement, witness, generator):
        e = [min(127, -x) for x in witness[1]]
        super().__init__(statement, (e,) + witness[1:], generator)
        prove_match.commit(statement, *self.witness)


class OtherEntry(Prover):
    """The comparison uses an e_0 that the booleans and so C_e do not have."""

    def fill_factors(self):
        super().fill_factors()
        self.set(slot(L, 0), self.get(slot(L, 0)) + 1)
        self.fill_products()


class OtherKey(Prover):
    """KC comes from another z than r."""

    def __init__(self, statement, witness, generator):
        super().__init__(statement, witness, generator)
        e, t, z, r_e = witness
        other = dict(statement)
        prove_match.commit(other, e, t, [(z[0] + 1) % P] + z[1:], r_e)
        statement["key_check"] = other["key_check"]


class RandomRow(Prover):
    """Squares of cubes, which no linear constraint knows, as no codeword."""

    def encode(self):
        super().encode()
        self.codewords[10] = self.f_random(verify_match.LENGTH)


class DegreeTooHigh(Prover):
    """Row 52 with a term X^k; f keeps what has room, the products are those of the polynomial."""

    def encode(self):
        self.polynomials[52].append(1)
        super().encode()
        self.polynomials[52].pop()


class WrongResponse(Prover):
    number = None

    def respond(self, transcript):
        super().respond(transcript)
        response = self.responses[self.number]
        response[1] = k_add(response[1], ONE)


class WrongProximity(WrongResponse):
    number = 0


class WrongLinear(WrongResponse):
    number = 1


class WrongProduct(WrongResponse):
    number = 2


class LastCoefficient(Prover):
    """The leading coefficients left out: what a length one too short would hide."""

    def respond(self, transcript):
        super().respond(transcript)
        for response in self.responses:
            response[-1] = (0,) * 5


class NoGrinding(Prover):
    """A nonce next to the right one."""

    def grind(self, transcript):
        nonce, _ = super().grind(transcript)
        transcript.absorb_integer(b"nonce", nonce + 1)
        return nonce + 1, transcript


COLUMN_CHECKS = {"proximity", "linear", "products"}
CASES = [
    (Prover, set()),
    (Free, set()),
    (MaskCancels, {"linear sum"}),
    (FittedSum, {"linear"}),
    (ThresholdTooHigh, {"products"}),
    (NegativeDot, {"products"}),
    (OtherEntry, {"linear sum"}),
    (OtherKey, {"linear sum"}),
    (RandomRow, {"proximity", "products"}),
    (DegreeTooHigh, COLUMN_CHECKS),
    (WrongProximity, {"proximity"}),
    (WrongLinear, {"linear"}),
    (WrongProduct, {"products"}),
    (LastCoefficient, COLUMN_CHECKS),
    (NoGrinding, {"grinding"}),
]


def true_statement(generator):
    statement = {name: generator.randbytes(32) for name in ("service", "context")}
    statement.update(epoch=generator.randrange(2**32), slot=generator.randrange(2**32), threshold=40000)
    t = [generator.randrange(-127, 128) for _ in range(128)]
    e = [max(-128, min(127, x + generator.randrange(-20, 21))) for x in t]
    witness = e, t, [generator.randrange(P) for _ in range(11)], [generator.randrange(P) for _ in range(9)]
    prove_match.commit(statement, *witness)
    return statement, witness


def write_case(folder, number, statement, proof):
    for ending, data in (("statement", compare.encode_statement(statement)), ("proof", proof)):
        with open(os.path.join(folder, "%04d.%s" % (number, ending)), "wb") as file:
            file.write(data)


def main():
    seed = int(os.environ.get("MIEN_TEST_SEED", time.time_ns()))
    print("seed", seed)
    circuit_digest()
    report = Report()
    with tempfile.TemporaryDirectory() as folder:
        for number, (prover, expected) in enumerate(CASES):
            statement, witness = true_statement(random.Random(seed))
            proof = prover(statement, witness, random.Random(seed + 1)).prove()
            write_case(folder, number, statement, proof)
            found = verify_match.failures(statement, proof, True)
            print(prover.__name__, "fails", ", ".join(found) or "nothing", flush=True)
            report.check("%s: %s, not %s" % (prover.__name__, found, expected), set(found) == expected)
        for (prover, expected), (verdict, _) in zip(CASES, compare.verdicts(sys.argv[1], "verify", folder)):
            right = "reject" if expected else "accept"
            report.check("%s: C says %s" % (prover.__name__, verdict), verdict == right)
    report.check("every case has C's verdict", report.passed + report.failed == 2 * len(CASES))
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
