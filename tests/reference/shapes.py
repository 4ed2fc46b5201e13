# SPDX-License-Identifier: MIT
"""The shape of the long commitment: section 4 of docs/ARGUMENT.md, "Choice of the shape". Verifiers make
it themselves, nothing of it is taken from a proof. Standard library only."""

import functools
from dataclasses import dataclass, replace
from typing import NamedTuple

from ligero import Invalid


SALT = 16  # bytes that are sent
INNER_ROWS, INNER_RATES, RATES = range(6, 21), range(1, 5), 6  # logarithms


class Inner(NamedTuple):
    log2_row: int
    log2_columns: int
    queries: int
    tree: int


@dataclass(frozen=True)
class Shape:
    """Of one part."""

    log2_size: int  # n
    log2_row: int  # a
    log2_columns: int
    queries: int  # q
    grinding: int
    tree: int
    rows: tuple  # numbers
    tail: int
    mask: bool = True
    inner: tuple = ()
    openings: int = 1  # t

    @property
    def length(self):
        """Coefficients of u."""
        return (1 << self.log2_row) + self.tail

    @property
    def elements(self):
        """Of a column."""
        return len(self.rows) + (5 if self.mask else 0)

    def inner_length(self, i):
        """Coefficients of u_(i+1), i = 0 .. number of levels."""
        return self.length if i == 0 else 1 << self.inner[i - 1].log2_row

    def inner_rows(self, i):
        return ceiling(self.inner_length(i), self.inner[i].log2_row)

    def inner_variables(self, i):
        return self.inner[i].log2_row + (self.inner_rows(i) - 1).bit_length()

    def absorb(self, transcript):
        put = transcript.absorb_integer
        put(b"tensor size", self.log2_size)
        put(b"tensor row", self.log2_row)
        put(b"tensor columns", self.log2_columns)
        put(b"tensor queries", self.queries)
        put(b"tensor grinding", self.grinding)
        put(b"tensor tree", self.tree)
        put(b"tensor randomness", self.queries * self.openings)
        put(b"tensor tail", self.tail)
        put(b"tensor mask", int(self.mask))
        put(b"inner levels", len(self.inner))
        for inner in self.inner:
            put(b"inner row", inner.log2_row)
            put(b"inner columns", inner.log2_columns)
            put(b"inner queries", inner.queries)
            put(b"inner tree", inner.tree)
        put(b"tensor rows", len(self.rows))
        for row in self.rows:
            put(b"row", row)


def ceiling(count, log2_unit):
    return (count + (1 << log2_unit) - 1) >> log2_unit


def rows_of(spans, log2_row):
    return tuple(sorted({r for first, end in spans for r in range(first >> log2_row, ceiling(end, log2_row))}))


# How many columns


@functools.lru_cache(None)
def queries(log2_columns, k, bits, share):
    """The least q for which prod (P - i) / (N - i) is at most 2^-bits / share; None when there is none.
    The product is x / 2^40 / 2^reached with 2^39 < x <= 2^40, rounded up at each step."""
    n = 1 << log2_columns
    if not 2 <= log2_columns <= 24 or not 1 <= k <= n // 2:
        return None
    e = (n - k) // 2
    agreeing = max(n - e - 1, k - 1 + e)
    x, reached = 1 << 40, 0
    for q in range(n // 2):
        if reached >= bits and x * share <= 1 << 40 + reached - bits:
            return max(q, 1)
        x = -(-x * (agreeing - q) // (n - q))
        while x <= 1 << 39:
            x, reached = 2 * x, reached + 1
    return None


# How many bytes


def opening_size(log2_leaves, count):
    """Of a tree, at most."""
    nodes = sum(min(count, 1 << level) for level in range(log2_leaves))
    return 32 * (nodes - (count - 1))


def total_size(shape, other_parts):
    size = 20 + 8 + shape.queries * (SALT + 4 * shape.elements) + opening_size(shape.log2_columns, shape.queries)
    size += 20 if shape.inner else 0
    for i, inner in enumerate(shape.inner):
        size += 32 + 20 * (2 * shape.inner_variables(i) + 1) + 8 + 20 * shape.inner_rows(i) * inner.queries
        size += opening_size(inner.log2_columns, inner.queries)
    size += 20 * shape.inner_length(len(shape.inner))
    return size + other_parts * (SALT * shape.queries + opening_size(shape.log2_columns, shape.queries))


# Inner levels


class Chains:
    """The cheapest inner levels of openings that have `levels` of them."""

    def __init__(self, levels, bits):
        self.levels = levels
        self.queries = {
            (row, rate): queries(row + rate, 1 << row, bits, levels + 2) for row in INNER_ROWS for rate in INNER_RATES
        }
        # behind a level with rows of 2^row: the size of what follows, and the next level
        self.behind = [{row: (20 << row, None) for row in INNER_ROWS}]
        for more in range(1, levels):
            self.behind.append({row: self.best(1 << row, more - 1, row) for row in INNER_ROWS})

    def best(self, length, more, row_most):
        """(size, level) of the best level for so many coefficients with `more` levels behind it."""
        best = None, None
        for row in (row for row in INNER_ROWS if row <= row_most):
            for rate in INNER_RATES:
                q, behind = self.queries[row, rate], self.behind[more][row][0]
                if q is None or behind is None:
                    continue
                size = 32 + 8 + 20 * ceiling(length, row) * q + opening_size(row + rate, q) + behind
                if best[0] is None or size < best[0]:
                    best = size, (row, row + rate, q)
        return best

    def levels_for(self, length, log2_row, first_tree):
        """All levels, or None."""
        levels, row_most = [], log2_row
        for more in reversed(range(self.levels)):
            _, level = self.best(length, more, row_most)
            if level is None:
                return None
            levels.append(Inner(*level, first_tree + len(levels)))
            length, row_most = 1 << level[0], level[0]
        return tuple(levels)


# The choice


def enough_queries(shape, bits, openings):
    """The shape with its columns and the tail that goes with them; None when there is no room."""
    q = shape.queries
    while True:
        shape = replace(shape, queries=q, tail=openings * q)
        if shape.length > 1 << shape.log2_columns - 1:
            return None
        k = shape.length
        if shape.inner:
            k = shape.inner_rows(0) << shape.inner[0].log2_row
        needed = queries(shape.log2_columns, k, bits, len(shape.inner) + 2)
        if needed is None:
            return None
        if needed <= q:
            return shape
        q = needed


class Goal(NamedTuple):
    log2_size: int
    spans: tuple
    bits: int  # of each kind of columns
    grinding: int
    log2_inverse_rate: int  # the least
    encoded_most: int  # elements of all rows' codewords, for lower rates
    row_most: int
    other_parts: int
    tree: int
    inner_tree: int
    openings: int = 1  # the largest budget of a part


def candidates(goal, row):
    """Shapes without columns and levels."""
    rows = rows_of(goal.spans, row)
    for rate in range(goal.log2_inverse_rate, RATES + 1):
        if rate == goal.log2_inverse_rate or len(rows) << row + rate <= goal.encoded_most:
            yield Shape(goal.log2_size, row, row + rate, 1, goal.grinding, goal.tree, rows, 1)


def completed(shape, goal, chains):
    shape = enough_queries(shape, goal.bits, goal.openings)
    inner = None if shape is None else chains.levels_for(shape.length, shape.log2_row, goal.inner_tree)
    return None if inner is None else enough_queries(replace(shape, inner=inner), goal.bits, goal.openings)


def choose(goal):
    best = None
    for levels in range(4):
        chains = Chains(levels, goal.bits)
        for row in range(4, min(goal.row_most, goal.log2_size) + 1):
            for shape in candidates(goal, row):
                shape = completed(shape, goal, chains)
                size = None if shape is None else total_size(shape, goal.other_parts)
                if size is not None and (best is None or size < best[0]):
                    best = size, shape
    if best is None:
        raise Invalid("no shape reaches the bits asked for")
    return best[1]
