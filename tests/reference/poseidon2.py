# SPDX-License-Identifier: MIT
"""Poseidon2 over KoalaBear, width 16, x^3, 8 full and 20 partial rounds; constants, permutation,
sponge. Written from the paper (Grassi, Khovratovich, Schofnegger 2023) and the definition in
prover/hash/poseidon2.h. Standard library only.

Run as a program it prints prover/hash/poseidon2_constants.c.
"""

from field import P, f_inverse

WIDTH, FULL, PARTIAL, ALPHA = 16, 8, 20, 3
RATE, DIGEST = 7, 9
BITS = 31


def _grain():
    """Bits of the Grain LFSR in self-shrinking mode (Poseidon paper, appendix E): prime field 1,
    S-box x^alpha 0, field size, width, rounds, ones."""
    header = [(1, 2), (0, 4), (BITS, 12), (WIDTH, 12), (FULL, 10), (PARTIAL, 10), (2**30 - 1, 30)]
    state = [int(c) for value, width in header for c in format(value, "0%db" % width)]

    def step():
        bit = state[62] ^ state[51] ^ state[38] ^ state[23] ^ state[13] ^ state[0]
        state.pop(0)
        state.append(bit)
        return bit

    for _ in range(160):
        step()
    while True:
        keep, bit = step(), step()
        if keep:
            yield bit


def _round_constants():
    bits = _grain()
    constants = []
    while len(constants) < FULL * WIDTH + PARTIAL:
        value = 0
        for _ in range(BITS):
            value = 2 * value + next(bits)
        if value < P:
            constants.append(value)
    half = FULL // 2 * WIDTH
    rows = lambda flat: [flat[i : i + WIDTH] for i in range(0, len(flat), WIDTH)]
    return rows(constants[:half]), constants[half : half + PARTIAL], rows(constants[half + PARTIAL :])


def _diagonal():
    """The internal matrix is all ones plus this diagonal: -2, 1, 2, 1/2, 3, 4, -1/2, -3, -4, 1/2^8,
    1/8, 1/2^24, -1/2^8, -1/8, -1/16, -1/2^24 (the instance of Plonky3)."""
    half = lambda k: f_inverse(2**k)
    values = [-2, 1, 2, half(1), 3, 4, -half(1), -3, -4, half(8), half(3), half(24)]
    values += [-half(8), -half(3), -half(4), -half(24)]
    return [v % P for v in values]


INITIAL, INTERNAL, FINAL = _round_constants()
DIAGONAL = _diagonal()


def _external_layer(state):
    blocks = []
    for i in range(0, WIDTH, 4):
        a, b, c, d = state[i : i + 4]
        blocks += [2 * a + 3 * b + c + d, a + 2 * b + 3 * c + d, a + b + 2 * c + 3 * d, 3 * a + b + c + 2 * d]
    sums = [sum(blocks[k::4]) for k in range(4)]
    return [(x + sums[i % 4]) % P for i, x in enumerate(blocks)]


def _internal_layer(state):
    total = sum(state)
    return [(total + d * x) % P for d, x in zip(DIAGONAL, state)]


def permute(state):
    state = _external_layer(list(state))
    for constants in INITIAL:
        state = _external_layer([pow(x + c, ALPHA, P) for x, c in zip(state, constants)])
    for constant in INTERNAL:
        state = _internal_layer([pow(state[0] + constant, ALPHA, P)] + state[1:])
    for constants in FINAL:
        state = _external_layer([pow(x + c, ALPHA, P) for x, c in zip(state, constants)])
    return state


def hash_elements(tag, elements):
    """Nine elements from a tag (1..24 ASCII bytes) and any number of elements."""
    name = tag.encode("ascii")
    if not 1 <= len(name) <= 24 or 0 in name:
        raise ValueError("tag")
    name = name.ljust(24, b"\0")
    state = [0] * RATE + [len(elements)]
    state += [int.from_bytes(name[i : i + 3], "little") for i in range(0, 24, 3)]
    for start in range(0, max(len(elements), 1), RATE):
        for i, x in enumerate(elements[start : start + RATE]):
            state[i] = (state[i] + x) % P
        state = permute(state)
    return state[:RATE] + permute(state)[: DIGEST - RATE]


def _table(name, rows):
    montgomery = lambda v: "{0x%08x}" % (v * 2**32 % P)
    text = "const mien_f %s = {\n" % name
    for row in rows:
        text += "    {\n" if len(rows) > 1 else ""
        for i in range(0, len(row), 4):
            text += "        " if len(rows) > 1 else "    "
            text += ", ".join(map(montgomery, row[i : i + 4])) + ",\n"
        text += "    },\n" if len(rows) > 1 else ""
    return text + "};\n"


def main():
    print("/* SPDX-License-Identifier: MIT */")
    print("/* Written by tests/reference/poseidon2.py; Montgomery forms. */\n/* clang-format off */")
    print('#include "prover/hash/poseidon2.h"\n')
    print(_table("mien_poseidon2_full_constants[MIEN_POSEIDON2_FULL][MIEN_POSEIDON2_WIDTH]", INITIAL + FINAL))
    print(_table("mien_poseidon2_partial_constants[MIEN_POSEIDON2_PARTIAL]", [INTERNAL]))
    print(_table("mien_poseidon2_diagonal[MIEN_POSEIDON2_WIDTH]", [DIAGONAL]), end="")


if __name__ == "__main__":
    main()
