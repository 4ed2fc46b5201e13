# SPDX-License-Identifier: MIT
"""Sections 3 and 4 of docs/PROTOCOL.md: the statement's public part and its circuit, written from
that page. Standard library only.

    python3 tests/reference/match_circuit.py     prints the circuit digests, with C_e and without

An affine expression is a dict from names to weights modulo P: a slot's name is 256 row + slot, ONE is
the constant, chain_state(c, i) is element i of the state that chain c starts from.
"""

import functools

import poseidon2
from field import P
from transcript import blake2s

ROWS, SLOTS, DIMENSIONS = 57, 256, 128
CUBE_GROUPS, BOOLEAN_ROWS, BOOLEAN_ROW = 14, 10, 42
L, R, LL, RR, LR = 52, 53, 54, 55, 56
ONE = -1
Z_ELEMENTS, DIGEST = 11, 9

PRODUCTS = [
    triple
    for group in range(0, 3 * CUBE_GROUPS, 3)
    for triple in ((group, group, group + 1), (group, group + 1, group + 2))
]
PRODUCTS += [(row, row, row) for row in range(BOOLEAN_ROW, BOOLEAN_ROW + BOOLEAN_ROWS)]
PRODUCTS += [(L, L, LL), (R, R, RR), (L, R, LR)]

NUMBERS = (
    "D0 11, D1 10, A0 11, A1 11, B0 11, B1 11, S0 11, S1 11, S2 11, S3 10, C0 12, C1 11, U0 11, U1 11,"
    "U2 11, U3 10, V0 11, V1 11, F0 11, F1 11, F2 11, H0 17, H1 17, H2 17, H3 25"
)


# Section 3: what the chains start from


def pack3(data):
    return [int.from_bytes(data[i : i + 3], "little") for i in range(0, len(data), 3)]


def halves(value):
    return [value % 2**16, value >> 16]


def start_state(tag, public, length):
    """The state of H after the public blocks; length counts the secret elements too."""
    name = tag.encode("ascii").ljust(24, b"\0")
    state = [0] * poseidon2.RATE + [length] + pack3(name)
    for block in range(0, len(public), poseidon2.RATE):
        for i, x in enumerate(public[block : block + poseidon2.RATE]):
            state[i] = (state[i] + x) % P
        state = poseidon2.permute(state)
    return state


def chain_states(statement):
    here = pack3(statement["service"]) + halves(statement["epoch"]) + halves(statement["slot"]) + [0] * 6
    return [
        start_state("mien key check", pack3(statement["service"]) + [0] * 3, 25),
        start_state("mien blinding", here, 32),
        start_state("mien template", here, 73),
        start_state("mien embedding", pack3(statement["context"]) + [0] * 3, 66),
    ]


# Section 4: slots and expressions


def slot(row, h):
    return SLOTS * row + h


def chain_state(chain, i):
    return -2 - 16 * chain - i


def boolean(b):
    return slot(BOOLEAN_ROW + b // SLOTS, b % SLOTS)


def cube_slot(s, part):
    """part 0, 1, 2: the cube's x, its square, its cube."""
    return slot(3 * (s // SLOTS) + part, s % SLOTS)


def combine(terms):
    """The sum of weight times expression."""
    result = {}
    for weight, expression in terms:
        for name, w in expression.items():
            result[name] = result.get(name, 0) + weight * w
    return {name: w % P for name, w in result.items()}


def apply(matrix, state):
    return [combine((w, x) for w, x in zip(row, state) if w) for row in matrix]


def _matrix(layer):
    images = [layer([int(i == j) for i in range(16)]) for j in range(16)]
    return [[images[j][i] for j in range(16)] for i in range(16)]


EXTERNAL = _matrix(poseidon2._external_layer)
INTERNAL = _matrix(poseidon2._internal_layer)


class Cubes:
    """Hands out the cubes in order and keeps the constraint of each one's input."""

    def __init__(self, slots=SLOTS, first_row=0):
        self.constraints, self.slots, self.first_row = [], slots, first_row

    def slot(self, s, part):
        group, h = divmod(s, self.slots)
        return self.slots * (self.first_row + 3 * group + part) + h

    def cube(self, state_element, constant):
        s = len(self.constraints)
        own = {self.slot(s, 0): 1}
        self.constraints.append(combine([(1, own), (-1, state_element), (-constant, {ONE: 1})]))
        return {self.slot(s, 2): 1}

    def permute(self, state):
        state = apply(EXTERNAL, state)
        for r in range(4):
            state = self._full_round(state, poseidon2.INITIAL[r])
        for constant in poseidon2.INTERNAL:
            state = apply(INTERNAL, [self.cube(state[0], constant)] + state[1:])
        for r in range(4):
            state = self._full_round(state, poseidon2.FINAL[r])
        return state

    def _full_round(self, state, constants):
        return apply(EXTERNAL, [self.cube(x, c) for x, c in zip(state, constants)])

    def chain(self, number, inputs):
        """The nine elements of the digest."""
        state = [{chain_state(number, i): 1} for i in range(16)]
        for block in range(0, len(inputs), poseidon2.RATE):
            added = inputs[block : block + poseidon2.RATE]
            added = added + [{}] * (16 - len(added))
            state = self.permute([combine([(1, s), (1, x)]) for s, x in zip(state, added)])
        return state[: poseidon2.RATE] + self.permute(state)[: DIGEST - poseidon2.RATE]


def _packed_vector(first_boolean):
    """pack3(v + 128) from the bits of the entries."""
    expressions = []
    for j in range(0, DIMENSIONS, 3):
        entries = range(j, min(j + 3, DIMENSIONS))
        bits = {boolean(first_boolean + 8 * i + b): 2 ** (8 * (i - j) + b) for i in entries for b in range(8)}
        expressions.append(bits)
    return expressions


def _hash_constraints():
    cubes = Cubes()
    z = [{slot(L, 133 + i): 1} for i in range(Z_ELEMENTS)]
    r_e = [{slot(L, 144 + i): 1} for i in range(DIGEST)]
    key_check = cubes.chain(0, z)
    blinding = cubes.chain(1, z)
    template = cubes.chain(2, _packed_vector(1024) + blinding)
    embedding = cubes.chain(3, _packed_vector(0) + r_e)
    return cubes.constraints, key_check + template + embedding


def _entry_constraints(row, first_boolean):
    for i in range(DIMENSIONS):
        bits = {boolean(first_boolean + 8 * i + j): -(2**j) % P for j in range(8)}
        yield {slot(row, i): 1, ONE: 128, **bits}


def _numbers():
    numbers, b = {}, 2048
    for entry in NUMBERS.split(","):
        name, bits = entry.split()
        numbers[name] = {boolean(b + j): 2**j for j in range(int(bits))}
        b += int(bits)
        if name in ("H0", "H1", "H2"):
            numbers[name][ONE] = -(2**16) % P
    return numbers


def _comparison_constraints(threshold):
    n = _numbers()
    names = dict(n)
    for row_name, row in (("L", L), ("R", R), ("LL", LL), ("RR", RR), ("LR", LR)):
        names.update(("%s%d" % (row_name, h), {slot(row, h): 1}) for h in range(128, 133))
        names["sum " + row_name] = {slot(row, i): 1 for i in range(DIMENSIONS)}
    names["1"] = {ONE: 1}
    t = threshold
    rows = [
        [(1, "L128"), (-1, "D0"), (-1, "1")],
        [(1, "R128"), (-1, "D1")],
        [(1, "L129"), (-1, "A0")],
        [(1, "R129"), (-1, "B0")],
        [(1, "L130"), (-1, "A1")],
        [(1, "R130"), (-1, "B1")],
        [(1, "L131"), (-1, "A0")],
        [(1, "R131"), (-1, "B1")],
        [(1, "L132"), (-1, "A1")],
        [(1, "R132"), (-1, "B0")],
        [(1, "sum LR"), (-1, "1"), (-1, "D0"), (-(2**11), "D1")],
        [(1, "sum LL"), (-1, "A0"), (-(2**11), "A1")],
        [(1, "sum RR"), (-1, "B0"), (-(2**11), "B1")],
        [(1, "LL128"), (-1, "S0"), (-(2**11), "C0")],
        [(2, "LR128"), (1, "C0"), (-1, "S1"), (-(2**11), "C1")],
        [(1, "RR128"), (1, "C1"), (-1, "S2"), (-(2**11), "S3")],
        [(1, "LR129"), (-1, "U0"), (-(2**11), "V0")],
        [(1, "LR131"), (1, "LR132"), (1, "V0"), (-1, "U1"), (-(2**11), "V1")],
        [(1, "LR130"), (1, "V1"), (-1, "U2"), (-(2**11), "U3")],
        [(2**16, "S0"), (-t, "U0"), (-1, "F0"), (-(2**11), "H0")],
        [(2**16, "S1"), (-t, "U1"), (1, "H0"), (-1, "F1"), (-(2**11), "H1")],
        [(2**16, "S2"), (-t, "U2"), (1, "H1"), (-1, "F2"), (-(2**11), "H2")],
        [(2**16, "S3"), (-t, "U3"), (1, "H2"), (-1, "H3")],
    ]
    return [combine((weight, names[name]) for weight, name in row) for row in rows]


@functools.lru_cache(1)
def _fixed_constraints():
    """Those before the comparison, with the digests still to come, as (expression, None or 0..26)."""
    cubes, digests = _hash_constraints()
    fixed = [(x, None) for x in cubes] + [(x, i) for i, x in enumerate(digests)]
    return fixed + [(x, None) for x in (*_entry_constraints(L, 0), *_entry_constraints(R, 1024))]


def linear_constraints(threshold, states, digests):
    """Yields ({slot: weight}, right side) in the order of the page. digests: KC, C_t, C_e."""
    public = {ONE: 1}
    public.update((chain_state(c, i), states[c][i]) for c in range(4) for i in range(16))
    subtracted = [x for digest in digests for x in digest]
    last = [(x, None) for x in _comparison_constraints(threshold)]
    for expression, digest in _fixed_constraints() + last:
        constant = sum(public[name] * w for name, w in expression.items() if name < 0)
        if digest is not None:
            constant -= subtracted[digest]
        yield {name: w for name, w in expression.items() if name >= 0 and w}, -constant % P


# Match without C_e: docs/ARGUMENT.md, section 5

BARE_CUBES, SKIPPED = 15 * 148, 15  # cubes; rows that are left out
BARE_ROWS, BARE_LEFT = ROWS - SKIPPED, L - SKIPPED
BARE_CONSTRAINTS = 2526


def _bare_row(row):
    return row - SKIPPED if row >= BOOLEAN_ROW else row


BARE_PRODUCTS = [
    tuple(map(_bare_row, triple)) for triple in PRODUCTS if not BOOLEAN_ROW - SKIPPED <= triple[0] < BOOLEAN_ROW
]


def bare_constraints(threshold, states, digests):
    """As linear_constraints; of states and digests those of C_e are not looked at."""
    none = states[:3] + [[0] * 16], digests[:2] + [[0] * DIGEST]
    for c, (weights, right) in enumerate(linear_constraints(threshold, *none)):
        if BARE_CUBES <= c < 3552:
            continue  # the chain of C_e
        if 3552 + 2 * DIGEST <= c < 3552 + 3 * DIGEST:
            weights, right = {}, 0
        yield {slot(_bare_row(s // SLOTS), s % SLOTS): w for s, w in weights.items()}, right


def _digest_of(rows, products, constraints):
    constraints = list(constraints)
    numbers = [rows, SLOTS, len(products)] + [n for triple in products for n in triple]
    numbers.append(len(constraints))
    for weights, right in constraints:
        numbers.append(len(weights))
        for name in sorted(weights):
            numbers += [name // SLOTS, name % SLOTS, weights[name]]
        numbers.append(right)
    return blake2s(b"mien-cir", b"".join(n.to_bytes(4, "little") for n in numbers))


NOTHING = 1, [[0] * 16] * 4, [[0] * DIGEST] * 3


@functools.lru_cache(1)
def circuit_digest():
    return _digest_of(ROWS, PRODUCTS, linear_constraints(*NOTHING))


@functools.lru_cache(1)
def bare_digest():
    return _digest_of(BARE_ROWS, BARE_PRODUCTS, bare_constraints(*NOTHING))


if __name__ == "__main__":
    print(circuit_digest().hex())
    print(bare_digest().hex())
