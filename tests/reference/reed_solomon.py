# SPDX-License-Identifier: MIT
"""The code of prover/code/reed_solomon.h by definition: Lagrange interpolation and Horner's rule."""

from field import P, GENERATOR, f_inverse, f_root_of_unity


def bit_reverse(value, bits):
    return int(format(value, "0%db" % bits)[::-1], 2) if bits else 0


def message_point(log2_message, i):
    return pow(f_root_of_unity(log2_message), bit_reverse(i, log2_message), P)


def column_point(log2_columns, c):
    return GENERATOR * pow(f_root_of_unity(log2_columns), bit_reverse(c, log2_columns), P) % P


def lagrange(log2_message, x):
    """L_i(x) for the points of H; x outside H."""
    m = 1 << log2_message
    factor = (pow(x, m, P) - 1) * f_inverse(m)
    points = [message_point(log2_message, i) for i in range(m)]
    return [factor * h * f_inverse((x - h) % P) % P for h in points]


def encode(message, randomness, log2_columns):
    """Values on all columns of p_w + (X^m - 1) rho."""
    m = len(message)
    log2_message = m.bit_length() - 1
    result = []
    for c in range(1 << log2_columns):
        x = column_point(log2_columns, c)
        p_w = sum(w * l for w, l in zip(message, lagrange(log2_message, x)))
        rho = sum(r * pow(x, k, P) for k, r in enumerate(randomness))
        result.append((p_w + (pow(x, m, P) - 1) * rho) % P)
    return result
