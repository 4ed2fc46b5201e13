# SPDX-License-Identifier: MIT
"""Sections 1 to 3 and 5 of docs/ARGUMENT.md: messages, the fraction tree, the inner product, and the pads
of messages in zk-Ligero. Standard library only.

Reading comes first (the read_ functions: bytes, transcript, challenges), then checking: the check_
functions turn what was read into statements about the messages.
"""

import functools

from field import ONE, P, ZERO, k_add, k_inverse, k_mul, k_mul_f, k_sub
from ligero import Invalid

MINUS_ONE = (P - 1, 0, 0, 0, 0)
POINTS = 9  # where products of pads are taken


def minus(a):
    return k_sub(ZERO, a)


# Section 1: messages and forms


class Messages:
    """Messages as they stand on the wire, numbered as they arrive."""

    def __init__(self, reader, transcript):
        self.reader, self.transcript, self.wire = reader, transcript, []

    def read(self, label, count):
        """The number of the first one."""
        first, elements = len(self.wire), self.reader.k_elements(count)
        self.transcript.absorb_k(label, elements)
        self.wire += elements
        return first

    def draw(self, label):
        return self.transcript.draw_k(label, 1)[0]


class Form:
    """constant + sum of coefficient times message."""

    def __init__(self, constant=ZERO, terms=None):
        self.constant, self.terms = constant, dict(terms or {})

    def add(self, coefficient, message):
        self.terms[message] = k_add(self.terms.get(message, ZERO), coefficient)
        return self

    def plus(self, factor, other):
        result = Form(k_add(self.constant, k_mul(factor, other.constant)), self.terms)
        for message, c in other.terms.items():
            result.add(k_mul(factor, c), message)
        return result

    def times(self, factor):
        return Form().plus(factor, self)

    def value(self, messages):
        total = self.constant
        for message, c in self.terms.items():
            total = k_add(total, k_mul(c, messages[message]))
        return total


class Statement:
    """form + sum of coefficient times left times right = 0, products as (left, right, coefficient).
    link: the coefficients of linked slots, whose sum is what the form is equal to instead."""

    def __init__(self, form, products=(), link=()):
        self.form, self.products, self.link = form, list(products), link

    def on_pads(self, wire):
        """The same about the pads: each message is what is on the wire less its pad."""
        form = Form(self.form.value(wire), {m: minus(c) for m, c in self.form.terms.items()})
        for left, right, d in self.products:
            form.constant = k_add(form.constant, k_mul(d, k_mul(wire[left], wire[right])))
            form.add(minus(k_mul(d, wire[right])), left)
            form.add(minus(k_mul(d, wire[left])), right)
        return Statement(form, self.products, self.link)


# Section 2: the fraction tree


class Tree:
    def __init__(self, messages, log2_size, ones):
        """Read it. ones: all numerators of leaves are one."""
        self.ones, self.root, self.layers = ones, messages.read(b"root", 2), []
        for k in range(log2_size):
            lam = messages.draw(b"lambda")
            rounds = [(messages.read(b"round", 2), messages.draw(b"rho")) for _ in range(k)]
            last = ones and k == log2_size - 1
            children = messages.read(b"children", 2 if last else 4)
            self.layers.append((lam, rounds, children, messages.draw(b"tau")))

    def check(self):
        """The statements; afterwards point, and p and q at the point as forms."""
        self.point, statements = [], []
        self.p, self.q = Form().add(ONE, self.root), Form().add(ONE, self.root + 1)
        for number, (lam, rounds, children, tau) in enumerate(self.layers):
            if lam == ZERO:
                raise Invalid("a challenge is zero")
            leaves = self.ones and number == len(self.layers) - 1
            claim = self.p.plus(lam, self.q)
            if leaves:
                inverse = k_inverse(lam)
                claim = Form(inverse).plus(ONE, claim).times(inverse)
            claim = self._rounds(claim, rounds)
            node = self._leaves(claim, inverse, children, tau) if leaves else self._node(claim, lam, children, tau)
            statements.append(node)
            self.point.append(tau)
        return statements

    def _rounds(self, claim, rounds):
        for bit, (h, rho) in zip(reversed(range(len(rounds))), rounds):
            if self.point[bit] == ZERO:
                raise Invalid("a challenge is zero")
            ratio = k_mul(rho, k_inverse(self.point[bit]))
            claim = claim.times(ratio).add(k_sub(ONE, ratio), h)
            claim.add(k_sub(k_mul(rho, rho), rho), h + 1)
            self.point[bit] = rho
        return claim

    def _node(self, claim, lam, children, tau):
        a, q_l, p_r, q_r = range(children, children + 4)
        other = k_sub(ONE, tau)
        self.p = Form().add(other, a).add(minus(k_mul(other, lam)), q_l).add(tau, p_r)
        self.q = Form().add(other, q_l).add(tau, q_r)
        return Statement(claim, [(a, q_r, MINUS_ONE), (p_r, q_l, MINUS_ONE)])

    def _leaves(self, claim, inverse, q_l, tau):
        """claim - (q_l + 1 / lambda) (q_r + 1 / lambda)"""
        left = claim.add(minus(inverse), q_l).add(minus(inverse), q_l + 1)
        left.constant = k_sub(left.constant, k_mul(inverse, inverse))
        self.p, self.q = Form(ONE), Form().add(k_sub(ONE, tau), q_l).add(tau, q_l + 1)
        return Statement(left, [(q_l, q_l + 1, MINUS_ONE)])


# Section 3: the inner product


class InnerProduct:
    def __init__(self, messages, log2_size):
        self.rounds = [(messages.read(b"round", 2), messages.draw(b"rho")) for _ in range(log2_size)]
        self.value = messages.read(b"value", 1)
        self.point = [rho for _, rho in reversed(self.rounds)]

    def check(self, claim, functional_at_point):
        for h, rho in self.rounds:
            claim = claim.times(rho).add(k_sub(ONE, k_add(rho, rho)), h)
            claim.add(k_sub(k_mul(rho, rho), rho), h + 1)
        return Statement(claim.add(minus(functional_at_point), self.value))


# Section 5: pads in zk-Ligero


def times_x(a):
    return a[4], a[0], (a[1] - a[4]) % P, a[2], a[3]


@functools.lru_cache(POINTS)
def lagrange_at_x(t):
    """L_t(X) of the points 0 .. 8, modulo X^5 + X^2 - 1."""
    product = ONE
    for s in range(POINTS):
        if s != t:
            product = k_mul(product, (-s % P, 1, 0, 0, 0))
            product = k_mul_f(product, pow(t - s, -1, P))
    return product


class Pads:
    """P messages, the products in the order of their use, F statements; slots are m row + slot."""

    def __init__(self, slots, messages, pairs, statements):
        self.slots, self.messages, self.pairs, self.statements = slots, messages, pairs, statements
        self.word_rows = -(-5 * messages // slots)
        self.groups = -(-POINTS * len(pairs) // slots)
        self.rows = self.word_rows + 3 * self.groups
        self.constraints = 2 * POINTS * len(pairs) + 5 * statements
        self.link_row, self.links = self.rows, 0

    def absorb(self, transcript):
        transcript.absorb_integer(b"pads", self.messages)
        transcript.absorb_integer(b"pad forms", self.statements)
        transcript.absorb_integer(b"pad link row", self.link_row)
        transcript.absorb_integer(b"pad links", self.links)
        transcript.absorb_integer(b"pad pairs", len(self.pairs))
        for left, right in self.pairs:
            transcript.absorb_integer(b"left", left)
            transcript.absorb_integer(b"right", right)

    def products(self):
        first = range(self.word_rows, self.rows, 3)
        return [(row, row + 1, row + 2) for row in first]

    def factor_slot(self, j, t, part):
        """part 0, 1, 2: left, right, result."""
        group, slot = divmod(POINTS * j + t, self.slots)
        return self.slots * (self.word_rows + 3 * group + part) + slot

    def linear_constraints(self, statements, wire):
        """({slot: weight}, right side), in order."""
        announced = [(left, right) for s in statements for left, right, _ in s.products]
        if announced != self.pairs or len(statements) != self.statements or len(wire) != self.messages:
            raise AssertionError("the statements are not those that were announced")
        for j, pair in enumerate(self.pairs):
            for part in range(2):
                for t in range(POINTS):
                    weights = {5 * pair[part] + k: -pow(t, k, P) % P for k in range(5)}
                    weights[self.factor_slot(j, t, part)] = 1
                    yield weights, 0
        j = 0
        for statement in statements:
            yield from self._statement(statement.on_pads(wire), j)
            j += len(statement.products)

    def _statement(self, statement, j):
        """Five constraints; the first product is number j."""
        weights = [{} for _ in range(5)]
        for pad, c in statement.form.terms.items():
            for k in range(5):
                self._put(weights, 5 * pad + k, c)
                c = times_x(c)
        for left, right, d in statement.products:
            for t in range(POINTS):
                self._put(weights, self.factor_slot(j, t, 2), k_mul(d, lagrange_at_x(t)))
            j += 1
        for c, x in enumerate(statement.link):
            self._put(weights, self.slots * self.link_row + c, minus(x))
        return [(w, -constant % P) for w, constant in zip(weights, statement.form.constant)]

    @staticmethod
    def _put(weights, slot, element):
        for l, coefficient in enumerate(element):
            weights[l][slot] = (weights[l].get(slot, 0) + coefficient) % P
