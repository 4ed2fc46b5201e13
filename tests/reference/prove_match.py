# SPDX-License-Identifier: MIT
"""A prover of match, slow and not safe to use with secrets, to see what the verifiers say to proofs
that others made. Written from docs/PROTOCOL.md. Standard library only.

A cheat overrides the step of Prover where it acts. Everything random comes from a seeded generator.
"""

import functools

import match_circuit as circuit
import merkle
import poseidon2
from field import P, f_root_of_unity, f_to_bytes, k_add, k_mul, k_to_bytes
from ligero import pack, unpack
from match_circuit import L, LL, LR, R, RR, boolean, slot
from reed_solomon import bit_reverse
from transcript import Transcript
from verify_match import (
    COLUMN,
    DIMENSION,
    GRINDING,
    LENGTH,
    LOG2_LENGTH,
    M,
    QUERIES,
    ROWS,
    absorb_statement,
    combined_constraints,
    digest_elements,
)

LOG2_WORK = 10  # room for f and for the products' polynomial
LINEAR, PRODUCT = 2 * M + QUERIES - 1, M + 2 * QUERIES - 1


# Polynomials over F: evaluation at shift w(k)^j, j = 0, 1, ..


@functools.lru_cache(64)
def _powers(root, count):
    powers = [1]
    while len(powers) < count:
        powers.append(powers[-1] * root % P)
    return powers


def _fft(a, root):
    if len(a) == 1:
        return a
    if len(a) == 2:
        return [(a[0] + a[1]) % P, (a[0] - a[1]) % P]
    even, odd = _fft(a[::2], root * root % P), _fft(a[1::2], root * root % P)
    turned = [w * y % P for w, y in zip(_powers(root, len(odd)), odd)]
    return [(x + t) % P for x, t in zip(even, turned)] + [(x - t) % P for x, t in zip(even, turned)]


@functools.lru_cache(1024)
def _evaluate(coefficients, log2_size, shift):
    scaled, power = [], 1
    for c in coefficients:
        scaled.append(c * power % P)
        power = power * shift % P
    return _fft(scaled + [0] * (2**log2_size - len(scaled)), f_root_of_unity(log2_size))


def evaluate(coefficients, log2_size, shift=1):
    return list(_evaluate(tuple(coefficients), log2_size, shift))


def interpolate(values):
    """Coefficients from values at w(k)^j."""
    log2_size = len(values).bit_length() - 1
    inverse = pow(len(values), -1, P)
    return [c * inverse % P for c in _fft(values, pow(f_root_of_unity(log2_size), -1, P))]


def interpolate_message(message):
    natural = [message[bit_reverse(i, 8)] for i in range(M)]
    return interpolate(natural)


def k_limbs(elements):
    return [list(limb) for limb in zip(*elements)]


# Sections 3 and 4: statement and slots


def tag_hash(tag, public, secret):
    return poseidon2.hash_elements(tag, public + [0] * (-len(public) % 7) + secret)


def commit(statement, e, t, z, r_e):
    """Fill in the three digests."""
    service = circuit.pack3(statement["service"])
    here = service + circuit.halves(statement["epoch"]) + circuit.halves(statement["slot"])
    packed = lambda v: circuit.pack3(bytes(x + 128 for x in v))
    to_bytes = lambda digest: b"".join(map(f_to_bytes, digest))
    r = tag_hash("mien blinding", here, z)
    statement["key_check"] = to_bytes(tag_hash("mien key check", service, z))
    statement["template_commitment"] = to_bytes(tag_hash("mien template", here, packed(t) + r))
    context = circuit.pack3(statement["context"])
    statement["embedding_commitment"] = to_bytes(tag_hash("mien embedding", context, packed(e) + r_e))


def comparison_numbers(threshold, e, t):
    """Values of D0 .. H3; false statements get what does not fit into the bits."""
    split = lambda x, bits=11: (x % 2**bits, x >> bits)
    a, b = sum(x * x for x in e), sum(x * x for x in t)
    n = {}
    n["D0"], n["D1"] = split(sum(x * y for x, y in zip(e, t)) - 1)
    (n["A0"], n["A1"]), (n["B0"], n["B1"]) = split(a), split(b)
    g = n["D0"] + 1
    n["S0"], n["C0"] = split(g * g)
    n["S1"], n["C1"] = split(2 * g * n["D1"] + n["C0"])
    n["S2"], n["S3"] = split(n["D1"] ** 2 + n["C1"])
    n["U0"], n["V0"] = split(n["A0"] * n["B0"])
    n["U1"], n["V1"] = split(n["A0"] * n["B1"] + n["A1"] * n["B0"] + n["V0"])
    n["U2"], n["U3"] = split(n["A1"] * n["B1"] + n["V1"])
    carry = 0
    for i in range(3):
        n["F%d" % i], carry = split(2**16 * n["S%d" % i] - threshold * n["U%d" % i] + carry)
        n["H%d" % i] = carry
    n["H3"] = 2**16 * n["S3"] - threshold * n["U3"] + carry
    return n


def number_widths():
    return [(entry.split()[0], int(entry.split()[1])) for entry in circuit.NUMBERS.split(",")]


class Prover:
    def __init__(self, statement, witness, random):
        self.statement, self.witness, self.random = statement, witness, random
        self.w = [[0] * M for _ in range(ROWS)]

    # Slots

    def put_number(self, b, bits, value):
        """The top boolean takes what the others leave, whatever that is."""
        for j in range(bits - 1):
            self.set(boolean(b + j), value >> j & 1)
        self.set(boolean(b + bits - 1), value >> bits - 1)

    def set(self, name, value):
        self.w[name // M][name % M] = value % P

    def get(self, name):
        return self.w[name // M][name % M]

    def fill_factors(self):
        e, t, z, r_e = self.witness
        for first, row, vector in ((0, L, e), (1024, R, t)):
            for i, x in enumerate(vector):
                self.put_number(first + 8 * i, 8, x + 128)
                self.set(slot(row, i), x)
        n, b = comparison_numbers(self.statement["threshold"], e, t), 2048
        for name, bits in number_widths():
            self.put_number(b, bits, n[name] + (2**16 if name in ("H0", "H1", "H2") else 0))
            b += bits
        left = [n["D0"] + 1, n["A0"], n["A1"], n["A0"], n["A1"]] + z + r_e
        self.w[L][128 : 128 + len(left)] = [x % P for x in left]
        self.w[R][128:133] = [n["D1"] % P, n["B0"], n["B1"], n["B1"], n["B0"]]
        self.fill_products()

    def fill_products(self):
        for h in range(M):
            a, b = self.w[L][h], self.w[R][h]
            self.w[LL][h], self.w[RR][h], self.w[LR][h] = a * a % P, b * b % P, a * b % P

    def constraints(self):
        names = "key_check", "template_commitment", "embedding_commitment"
        digests = [digest_elements(self.statement[n]) for n in names]
        return circuit.linear_constraints(self.statement["threshold"], circuit.chain_states(self.statement), digests)

    def cube_input(self, s, x):
        """What cube s takes when its constraint asks for x."""
        return x

    def fill_cubes(self):
        for s, (weights, right) in zip(range(3552), self.constraints()):
            own = circuit.cube_slot(s, 0)
            others = sum(weight * self.get(name) for name, weight in weights.items() if name != own)
            x = self.cube_input(s, (right - others) % P)
            for part, value in enumerate((x, x * x, x * x * x)):
                self.set(circuit.cube_slot(s, part), value)

    # Section 5

    def f_random(self, count):
        return [self.random.randrange(P) for _ in range(count)]

    def k_random(self, count):
        return [tuple(self.f_random(5)) for _ in range(count)]

    def mask_sum(self):
        """Of the linear mask over H, divided by m."""
        return (0,) * 5

    def draw_polynomials(self):
        self.polynomials = []
        for message in self.w:
            p, rho = interpolate_message(message) + [0] * QUERIES, self.f_random(QUERIES)
            for i, c in enumerate(rho):
                p[i], p[M + i] = p[i] - c, p[M + i] + c
            self.polynomials.append([c % P for c in p])
        self.masks = [self.k_random(DIMENSION) for _ in range(5)]
        low, high = self.masks[1:3]
        others = k_add(low[M], k_add(high[1], high[M + 1]))
        low[0] = tuple((s - c) % P for s, c in zip(self.mask_sum(), others))

    def encode(self):
        """codewords[row][column]; a mask is five rows."""
        rows = self.polynomials + [limb for mask in self.masks for limb in k_limbs(mask)]
        order = [bit_reverse(c, LOG2_LENGTH) for c in range(LENGTH)]
        values = (evaluate(row, LOG2_LENGTH, 3) for row in rows)
        self.codewords = [[v[j] for j in order] for v in values]

    # Sections 6 to 8

    def proximity_response(self, r):
        packed = [pack(x) for x in r[:ROWS]]
        v = []
        for d in range(DIMENSION):
            sum_rows = unpack(sum(x * p[d] for x, p in zip(packed, self.polynomials)))
            total = k_add(sum_rows, self.masks[0][d])
            for x, mask in zip(r[ROWS:], self.masks[1:]):
                total = k_add(total, k_mul(x, mask[d]))
            v.append(total)
        return v

    def linear_response(self, alpha):
        weights, self.right = combined_constraints(self.statement, alpha)
        values = [evaluate(p, LOG2_WORK) for p in self.polynomials]
        limbs = [[0] * 2**LOG2_WORK for _ in range(5)]
        for i in range(ROWS):
            for limb, message in zip(limbs, zip(*map(unpack, weights[M * i : M * i + M]))):
                if any(message):
                    a = evaluate(interpolate_message(message), LOG2_WORK)
                    limb[:] = [s + x * y for s, x, y in zip(limb, a, values[i])]
        f = list(zip(*(interpolate([x % P for x in limb])[:LINEAR] for limb in limbs)))
        return self.add_mask(f, 1, M - 1)

    def add_mask(self, response, first, shift):
        for d in range(DIMENSION):
            response[d] = k_add(response[d], self.masks[first][d])
            response[d + shift] = k_add(response[d + shift], self.masks[first + 1][d])
        return response

    def product_response(self, gamma):
        """The quotient by X^m - 1; a remainder is dropped."""
        values = [evaluate(p, LOG2_WORK) for p in self.polynomials]
        packed = [pack(g) for g in gamma]
        points = zip(*([(x * y - z) % P for x, y, z in zip(values[a], values[b], values[c])] for a, b, c in circuit.PRODUCTS))
        sums = [unpack(sum(g * x for g, x in zip(packed, point))) for point in points]
        limbs = [interpolate(list(limb)) for limb in zip(*sums)]
        h = []
        for limb in limbs:
            for d in range(2**LOG2_WORK - 1, M - 1, -1):
                limb[d - M] = (limb[d - M] + limb[d]) % P
            h.append(limb[M : M + PRODUCT])
        return self.add_mask(list(zip(*h)), 3, QUERIES - 1)

    def commit(self):
        self.salts = [self.random.randbytes(32) for _ in range(LENGTH)]
        self.columns = list(zip(*self.codewords))
        leaves = (merkle.leaf(0, c, s, x) for c, (s, x) in enumerate(zip(self.salts, self.columns)))
        self.tree = merkle.levels(0, list(leaves))

    def grind(self, transcript):
        nonce = 0
        while True:
            attempt = Transcript()
            attempt.state = transcript.state
            attempt.absorb_integer(b"nonce", nonce)
            if int.from_bytes(attempt.state[:8], "little") % 2**GRINDING == 0:
                return nonce, attempt
            nonce += 1

    def respond(self, transcript):
        r = transcript.draw_k(b"proximity", ROWS + 4)
        (alpha,) = transcript.draw_k(b"linear", 1)
        gamma = transcript.draw_k(b"products", len(circuit.PRODUCTS))
        self.responses = [self.proximity_response(r), self.linear_response(alpha), self.product_response(gamma)]

    def prove(self):
        self.fill_factors()
        self.fill_cubes()
        self.draw_polynomials()
        self.encode()
        self.commit()
        return self.finish()

    def finish(self):
        transcript = Transcript()
        absorb_statement(transcript, self.statement)
        root = self.tree[-1][0]
        transcript.absorb(b"D", b"commitment", root)
        self.respond(transcript)
        for name, response in zip((b"proximity", b"linear", b"product"), self.responses):
            transcript.absorb_k(name + b" response", response)
        nonce, transcript = self.grind(transcript)
        opened = transcript.draw_columns(b"columns", QUERIES, LENGTH)
        proof = b"MIENMTCH\1\0\1\0" + root
        proof += b"".join(k_to_bytes(x) for response in self.responses for x in response)
        proof += nonce.to_bytes(8, "little")
        for c in opened:
            assert len(self.columns[c]) == COLUMN
            proof += self.salts[c] + b"".join(map(f_to_bytes, self.columns[c]))
        return proof + merkle.open_leaves(self.tree, opened)
