# SPDX-License-Identifier: MIT
"""What proofs by zk-Ligero have in common, written from sections 5 to 8 of docs/PROTOCOL.md: reading
without trust, parameters, and the three equations of an opened column. Standard library only.

Sums over K are taken on packed elements: the five coefficients stand 128 bits apart in one integer, so
that sums of fewer than 2^66 products with elements of F are those of integers.
"""

import functools
import struct
from operator import mul
from typing import NamedTuple

from field import P, f_inverse, k_add, k_mul, k_sub
from reed_solomon import column_point, message_point

LIMB = 128
MASKS = 5  # of K: proximity, two of the linear test, two of the products


class Invalid(Exception):
    """The bytes are no valid proof, for the reason given."""


# Packed elements of K


def pack(element):
    return sum(c << (LIMB * i) for i, c in enumerate(element))


def unpack(packed):
    return tuple((packed >> (LIMB * i)) % 2**LIMB % P for i in range(5))


def dot(packed, scalars):
    return sum(map(mul, packed, scalars))


# Bytes from outside


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise Invalid("the proof ends early")
        self.at += count
        return self.data[self.at - count : self.at]

    def integer(self, size):
        return int.from_bytes(self.take(size), "little")

    def elements(self, count):
        values = struct.unpack("<%dI" % count, self.take(4 * count))
        if max(values, default=0) >= P:
            raise Invalid("an element is not canonical")
        return values

    def k_elements(self, count):
        flat = self.elements(5 * count)
        return [flat[i : i + 5] for i in range(0, len(flat), 5)]


# Parameters


class Parameters(NamedTuple):
    number: int  # of the set
    log2_slots: int
    log2_length: int
    queries: int
    grinding: int

    @property
    def slots(self):
        return 1 << self.log2_slots

    @property
    def length(self):
        return 1 << self.log2_length

    @property
    def responses(self):
        """Coefficients of v, f and h."""
        m, q = self.slots, self.queries
        return m + q, 2 * m + q - 1, m + 2 * q - 1


def absorb_parameters(transcript, parameters, rows, products, constraints):
    transcript.absorb_integer(b"parameter set", parameters.number)
    transcript.absorb_integer(b"slots", parameters.slots)
    transcript.absorb_integer(b"length", parameters.length)
    transcript.absorb_integer(b"queries", parameters.queries)
    transcript.absorb_integer(b"grinding", parameters.grinding)
    transcript.absorb_integer(b"rows", rows)
    transcript.absorb_integer(b"products", products)
    transcript.absorb_integer(b"constraints", constraints)


class Challenges:
    """r, alpha and gamma, drawn behind the commitment."""

    def __init__(self, transcript, rows, products):
        self.r = transcript.draw_k(b"proximity", rows + MASKS - 1)
        (self.alpha,) = transcript.draw_k(b"linear", 1)
        self.gamma = transcript.draw_k(b"products", products)


def absorb_responses(transcript, v, f, h):
    transcript.absorb_k(b"proximity response", v)
    transcript.absorb_k(b"linear response", f)
    transcript.absorb_k(b"product response", h)


# Section 8: what is checked


def combine(constraints, alpha, slots):
    """The sums over c of alpha^(c+1) A_c, packed and by slot, and of alpha^(c+1) b_c in K."""
    weights, right_sum, power = [0] * slots, 0, alpha
    for expression, right in constraints:
        packed = pack(power)
        for slot, weight in expression.items():
            weights[slot] += weight * packed
        right_sum += right * packed
        power = k_mul(power, alpha)
    return [pack(unpack(w)) if w else 0 for w in weights], unpack(right_sum)


def linear_sum_agrees(parameters, f, right):
    """m (f_0 + f_m + f_2m) is the right side."""
    m = parameters.slots
    total = k_add(k_add(f[0], f[m]), f[2 * m])
    return tuple(m * c % P for c in total) == right


@functools.lru_cache(4)
def message_points(log2_slots):
    return [message_point(log2_slots, h) for h in range(1 << log2_slots)]


@functools.lru_cache(4096)
def lagrange(log2_slots, x):
    """L_h(x) = (x^m - 1) eta_h / (m (x - eta_h))."""
    m = 1 << log2_slots
    factor = (pow(x, m, P) - 1) * f_inverse(m) % P
    return [factor * eta % P * pow(x - eta, -1, P) % P for eta in message_points(log2_slots)]


class Columns:
    """The three equations at one column. responses: v, f, h. weights: the combined linear
    constraints, packed, by m row + slot. products: triples of rows."""

    def __init__(self, parameters, rows, products, responses, challenges, weights):
        m = parameters.slots
        self.parameters, self.rows, self.products = parameters, rows, products
        self.v, self.f, self.h = ([pack(c) for c in s] for s in responses)
        used = [i for i in range(rows) if any(weights[m * i : m * i + m])]
        self.used, self.weights = used, [[weights[m * i + h] for i in used] for h in range(m)]
        self.r = [pack(r) for r in challenges.r[:rows]]
        self.mask_r = challenges.r[rows:]
        self.gamma = [pack(g) for g in challenges.gamma]

    def check(self, index, column):
        """Three truth values: proximity, linear, products."""
        x = column_point(self.parameters.log2_length, index)
        powers = [1]
        for _ in range(len(self.f) - 1):
            powers.append(powers[-1] * x % P)
        rows = column[: self.rows]
        masks = [tuple(column[i : i + 5]) for i in range(self.rows, len(column), 5)]
        return (
            self.proximity(powers, rows, masks),
            self.linear(x, powers, rows, masks),
            self.products_agree(powers, rows, masks),
        )

    def proximity(self, powers, rows, masks):
        right = k_add(unpack(dot(self.r, rows)), masks[0])
        for r, mask in zip(self.mask_r, masks[1:]):
            right = k_add(right, k_mul(r, mask))
        return unpack(dot(self.v, powers)) == right

    def linear(self, x, powers, rows, masks):
        used = [rows[i] for i in self.used]
        by_slot = [dot(weights, used) for weights in self.weights]
        right = dot(by_slot, lagrange(self.parameters.log2_slots, x)) + pack(masks[1])
        right += powers[self.parameters.slots - 1] * pack(masks[2])
        return unpack(dot(self.f, powers)) == unpack(right)

    def products_agree(self, powers, rows, masks):
        blind = k_add(masks[3], tuple(powers[self.parameters.queries - 1] * c for c in masks[4]))
        quotient = k_sub(unpack(dot(self.h, powers)), blind)
        left = tuple((powers[self.parameters.slots] - 1) * c % P for c in quotient)
        right = dot(self.gamma, ((rows[a] * rows[b] - rows[c]) % P for a, b, c in self.products))
        return left == unpack(right)
