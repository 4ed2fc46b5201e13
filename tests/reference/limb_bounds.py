# SPDX-License-Identifier: MIT
"""Exact bounds of the comparison in docs/PROTOCOL.md, section 4, by interval arithmetic.

1. No wraparound: with numbers of any value their widths allow, both sides of each equation differ by
   less than p, so that equality modulo p is equality of integers.
2. Enough room: every true statement's numbers fit, found from the extremes of D, A, B.
Standard library only.
"""

import math
import random
import sys

import match_circuit as circuit
from field import P
from match_circuit import L, LL, LR, R, RR, slot
from prove_match import comparison_numbers, number_widths
from report import Report

T_MAX = 65535


def signed(weight):
    return weight if weight < P // 2 else weight - P


def slot_bounds():
    """Largest and smallest integer of each slot that the comparison's constraints use."""
    top = {name: 2**bits - 1 for name, bits in number_widths()}
    factors = [("D0", "D1"), ("A0", "B0"), ("A1", "B1"), ("A0", "B1"), ("A1", "B0")]
    bounds, sums = {}, {L: 2**7, R: 2**7, LL: 2**14, RR: 2**14, LR: 2**14}
    for row, most in sums.items():
        least = 0 if row in (LL, RR) else -most
        bounds.update((slot(row, h), (least, most)) for h in range(128))
    for i, (left, right) in enumerate(factors):
        a, b = top[left] + (left == "D0"), top[right]
        for row, most in ((L, a), (R, b), (LL, a * a), (RR, b * b), (LR, a * b)):
            bounds[slot(row, 128 + i)] = (0, most)
    bounds.update((circuit.boolean(b), (0, 1)) for b in range(2048, 2353))
    return bounds


def interval(expression, bounds):
    least = most = 0
    for name, weight in expression.items():
        w = signed(weight)
        low, high = (1, 1) if name == circuit.ONE else bounds[name]
        least, most = least + min(w * low, w * high), most + max(w * low, w * high)
    return least, most


def check_no_wraparound(report):
    bounds, widest = slot_bounds(), 0
    for threshold in (1, T_MAX):
        for i, expression in enumerate(circuit._comparison_constraints(threshold)):
            least, most = interval(expression, bounds)
            widest = max(widest, -least, most)
            report.check("constraint %d, T = %d: %d..%d" % (i, threshold, least, most), -P < least and most < P)
    print("largest size of an expression: %d, 2^%.2f" % (widest, math.log2(widest)))


def check_random(report):
    """The numbers fit exactly when the statement is true: at random, and around the highest T."""
    generator = random.Random(1)
    for _ in range(4000):
        bits = generator.randrange(1, 9)
        vector = lambda: [generator.randrange(-(2 ** (bits - 1)), 2 ** (bits - 1)) for _ in range(128)]
        e = vector()
        near = [min(127, x + generator.randrange(2)) for x in e]
        check_one(report, generator, e, vector() if generator.random() < 0.5 else near)


def fits(numbers):
    offset = lambda name: 2**16 if name in ("H0", "H1", "H2") else 0
    return all(0 <= numbers[name] + offset(name) < 2**bits for name, bits in number_widths())


def check_one(report, generator, e, t):
    dot, a, b = (sum(x * y for x, y in zip(u, v)) for u, v in ((e, t), (e, e), (t, t)))
    highest = min(T_MAX, 2**16 * dot * dot // (a * b)) if a and b else 0
    for threshold in {1, T_MAX, highest, highest + 1, generator.randrange(1, T_MAX + 1)}:
        if 1 <= threshold <= T_MAX:
            true = dot >= 1 and 2**16 * dot * dot >= threshold * a * b
            report.check("%r %r T = %d" % (e, t, threshold), fits(comparison_numbers(threshold, e, t)) == true)


def check_extremes(report):
    """Vectors of few values, where limbs are largest: D, A, B up to 2^21, equality, one below it."""
    generator = random.Random(2)
    values = (-128, -127, -1, 0, 1, 127)
    for x in values:
        for y in values:
            for count in (1, 2, 64, 127, 128):
                check_one(report, generator, [x] * 128, [y] * count + [0] * (128 - count))
                check_one(report, generator, [x] * count + [0] * (128 - count), [y] * 128)
    for n in (2, 4, 16, 64):
        e, t = [1] + [0] * 127, [1] * n + [0] * (128 - n)
        report.check("equality, %d" % n, fits(comparison_numbers(2**16 // n, e, t)))
        report.check("one above, %d" % n, not fits(comparison_numbers(2**16 // n + 1, e, t)))


def main():
    report = Report()
    check_no_wraparound(report)
    check_random(report)
    check_extremes(report)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
