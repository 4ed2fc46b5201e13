# SPDX-License-Identifier: MIT
"""Writes tests/prover/known_answers.h: what the C code must give, computed by the slow reference.

    python3 tests/reference/known_answers.py > tests/prover/known_answers.h
    python3 tests/reference/known_answers.py --check tests/prover/known_answers.h
"""

import hashlib
import sys

import field
import merkle
import poseidon2
import reed_solomon
from field import P


def elements(name, count):
    """Numbers from a name: SHAKE-128, eight bytes each, modulo P."""
    data = hashlib.shake_128(name.encode()).digest(8 * count)
    return [int.from_bytes(data[8 * i : 8 * i + 8], "little") % P for i in range(count)]


def k_elements(name, count):
    flat = elements(name, 5 * count)
    return [tuple(flat[5 * i : 5 * i + 5]) for i in range(count)]


def braces(value):
    if isinstance(value, (list, tuple)):
        return "{" + ", ".join(map(braces, value)) + "}"
    return "%du" % value


def rows(declaration, values):
    body = "".join("    %s,\n" % braces(v) for v in values)
    return "static const %s = {\n%s};\n" % (declaration, body)


def text(declaration, data):
    lines = [data.hex()[i : i + 80] for i in range(0, max(len(data.hex()), 1), 80)]
    return "static const char %s[] =\n%s;\n" % (declaration, "\n".join('    "%s"' % l for l in lines))


EDGES = [0, 1, 2, 3, P - 1, P - 2, (P - 1) // 2, 2**24, 2**24 - 1, 2**30, 2**31 % P]


def field_cases():
    pairs = [(a, b) for a in EDGES for b in EDGES] + list(zip(elements("a", 40), elements("b", 40)))
    cases = [(a, b, (a + b) % P, (a - b) % P, a * b % P, field.f_inverse(a)) for a, b in pairs]
    out = "/* a, b, a + b, a - b, a b, 1/a */\n"
    out += rows("uint32_t known_f[%d][6]" % len(cases), cases)
    edge = [tuple([e] * 5) for e in EDGES] + [(0, 1, 0, 0, 0), (0, 0, 0, 0, P - 1)]
    a, b = edge + k_elements("c", 20), edge[::-1] + k_elements("d", 20)
    cases = [(x, y, field.k_mul(x, y), field.k_inverse(x), field.k_power(x, P)) for x, y in zip(a, b)]
    out += "/* a, b, a b, 1/a, a^p */\n"
    return out + rows("uint32_t known_k[%d][5][5]" % len(cases), cases)


def poseidon2_cases():
    inputs = [[0] * 16, list(range(16)), [P - 1] * 16, elements("e", 16)]
    out = rows("uint32_t known_permutation[%d][2][16]" % len(inputs),
               [(x, poseidon2.permute(x)) for x in inputs])
    out += "/* H(tag; first elements of known_hash_input) */\n"
    data = elements("f", 64)
    out += "static const uint32_t known_hash_input[64] = %s;\n" % braces(data)
    cases = [("r", 0), ("r", 1), ("template", 6), ("template", 7), ("emb", 8), ("key-check", 14)]
    cases += [("abcdefghijklmnopqrstuvwx", 15), ("template", 64)]
    out += "static const struct { const char *tag; size_t length; uint32_t digest[9]; } known_hash[] = {\n"
    for tag, n in cases:
        out += '    {"%s", %d, %s},\n' % (tag, n, braces(poseidon2.hash_elements(tag, data[:n])))
    return out + "};\n"


def blake2s_cases():
    out = "/* lengths, digests of the bytes 0, 1, 2 .. mod 251 with person and salt */\n"
    out += "static const struct { size_t length; const char *digest; } known_blake2s[] = {\n"
    for n in (0, 1, 63, 64, 65, 127, 128, 129, 1000):
        data = bytes(i % 251 for i in range(n))
        digest = hashlib.blake2s(data, digest_size=32, person=b"mientest", salt=b"saltsalt").hexdigest()
        out += '    {%d, "%s"},\n' % (n, digest)
    return out + "};\n"


def merkle_cases():
    """Tree 7, 16 leaves, leaf i: column i of 21 rows, salt bytes i."""
    columns = [elements("column %d" % i, 21) for i in range(16)]
    leaves = [merkle.leaf(7, i, bytes([i]) * 32, column) for i, column in enumerate(columns)]
    tree = merkle.levels(7, leaves)
    out = rows("uint32_t known_columns[16][21]", columns)
    out += text("known_leaf_3", leaves[3]) + text("known_root", tree[-1][0])
    opened = [0, 5, 6, 7, 12]
    out += "static const uint32_t known_opened[%d] = %s;\n" % (len(opened), braces(opened))
    return out + text("known_opening", merkle.open_leaves(tree, opened))


def code_cases():
    message, rho = elements("message", 16), elements("rho", 5)
    code = reed_solomon.encode(message, rho, 6)
    x = elements("x", 1)[0]
    out = "/* m = 16, q = 5, N = 64 */\n"
    out += "static const uint32_t known_message[16] = %s;\n" % braces(message)
    out += "static const uint32_t known_rho[5] = %s;\n" % braces(rho)
    out += "static const uint32_t known_codeword[64] = %s;\n" % braces(code)
    out += "static const uint32_t known_x = %du;\n" % x
    return out + "static const uint32_t known_lagrange[16] = %s;\n" % braces(reed_solomon.lagrange(4, x))


def main():
    parts = [field_cases(), poseidon2_cases(), blake2s_cases(), merkle_cases(), code_cases()]
    out = "/* SPDX-License-Identifier: MIT */\n"
    out += "/* Written by tests/reference/known_answers.py; values, not Montgomery forms. */\n"
    out += "/* clang-format off */\n#include <stddef.h>\n#include <stdint.h>\n\n" + "\n".join(parts)
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="ascii") as file:
            same = file.read() == out
        print("1 passed, 0 failed, 0 skipped" if same else "FAIL: %s differs\n0 passed, 1 failed, 0 skipped" % sys.argv[2])
        return 0 if same else 1
    print(out, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
