# SPDX-License-Identifier: MIT
"""KoalaBear and its extension of degree 5, slow and clear. Standard library only.

F elements are integers 0..P-1. K elements are tuples of five F elements, constant term first.
Run as a program it prints the constants of prover/field/field.c.
"""

import struct

P = 2**31 - 2**24 + 1
DEGREE = 5
TWO_ADICITY = 24
GENERATOR = 3  # of the multiplicative group of F

ZERO = (0,) * DEGREE
ONE = (1,) + (0,) * (DEGREE - 1)


def f_inverse(a):
    """1/a, and 0 for 0."""
    return pow(a, P - 2, P)


def f_root_of_unity(log2_order):
    """w_24 = 3^127 and w_k = w_(k+1)^2."""
    if not 0 <= log2_order <= TWO_ADICITY:
        raise ValueError("no subgroup of that order")
    return pow(GENERATOR, (P - 1) >> log2_order, P)


def f_from_bytes(data):
    if len(data) != 4:
        raise ValueError("an element has four bytes")
    value = int.from_bytes(data, "little")
    if value >= P:
        raise ValueError("not canonical")
    return value


def f_to_bytes(a):
    return a.to_bytes(4, "little")


def k_from_f(a):
    return (a % P,) + (0,) * (DEGREE - 1)


def k_add(a, b):
    return tuple((x + y) % P for x, y in zip(a, b))


def k_sub(a, b):
    return tuple((x - y) % P for x, y in zip(a, b))


def k_mul(a, b):
    a0, a1, a2, a3, a4 = a
    b0, b1, b2, b3, b4 = b
    c5 = a1 * b4 + a2 * b3 + a3 * b2 + a4 * b1  # of X^5 = 1 - X^2
    c6 = a2 * b4 + a3 * b3 + a4 * b2  # of X^6 = X - X^3
    c7 = a3 * b4 + a4 * b3  # of X^7 = X^2 - X^4
    c8 = a4 * b4  # of X^8 = X^3 - X^5
    return (
        (a0 * b0 + c5 - c8) % P,
        (a0 * b1 + a1 * b0 + c6) % P,
        (a0 * b2 + a1 * b1 + a2 * b0 - c5 + c7 + c8) % P,
        (a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 - c6 + c8) % P,
        (a0 * b4 + a1 * b3 + a2 * b2 + a3 * b1 + a4 * b0 - c7) % P,
    )


def k_mul_f(a, b):
    return tuple(x * b % P for x in a)


def k_power(a, exponent):
    result = ONE
    while exponent:
        if exponent & 1:
            result = k_mul(result, a)
        a = k_mul(a, a)
        exponent >>= 1
    return result


def k_inverse(a):
    """1/a, and 0 for 0."""
    return k_power(a, P**DEGREE - 2)


def k_from_bytes(data):
    if len(data) != 4 * DEGREE:
        raise ValueError("an element of K has twenty bytes")
    return tuple(f_from_bytes(data[4 * i : 4 * i + 4]) for i in range(DEGREE))


def k_to_bytes(a):
    return struct.pack("<5I", *a)


def k_evaluate(coefficients, x):
    value = ZERO
    for c in reversed(coefficients):
        value = k_add(k_mul(value, x), c)
    return value


def is_irreducible():
    """X^5 + X^2 - 1 has no factor over F: X^(p^5) = X, and X^p - X is invertible (5 is prime)."""
    x = (0, 1, 0, 0, 0)
    difference = k_sub(k_power(x, P), x)
    return k_power(x, P**5) == x and k_mul(difference, k_inverse(difference)) == ONE


def _montgomery(a):
    return "0x%08x" % (a * 2**32 % P)


def main():
    print("irreducible:", is_irreducible())
    print("one", _montgomery(1), "three", _montgomery(3), "2^32", _montgomery(2**32))
    print("root of order 2^24", _montgomery(f_root_of_unity(24)))
    for n in range(1, DEGREE):
        for i in range(1, DEGREE):
            power = k_power((0, 1, 0, 0, 0), i * P**n)
            print("X^(%d p^%d)" % (i, n), ", ".join(map(_montgomery, power)))


if __name__ == "__main__":
    main()
