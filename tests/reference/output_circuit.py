# SPDX-License-Identifier: MIT
"""An output of n int8 values behind C = H("mien embedding"; context, output + 128, blinding): the second
section of docs/ARGUMENT.md, section 5. Standard library only."""

import functools

from field import P
from match_circuit import DIGEST, ONE, Cubes, chain_state, combine, pack3, start_state
from poseidon2 import RATE

PUBLIC = 14  # elements: the context and zeros


class OutputCircuit:
    def __init__(self, count, slots):
        rows_for = lambda needed: -(-needed // slots)
        self.count, self.slots, self.packed = count, slots, -(-count // 3)
        permutations = -(-(self.packed + DIGEST) // RATE) + 1
        self.boolean_row = rows_for(count + DIGEST)
        self.cube_row = self.boolean_row + rows_for(8 * count)
        groups = rows_for(148 * permutations)
        self.rows = self.cube_row + 3 * groups
        self.constraints = 148 * permutations + DIGEST + count
        self.products = [(row, row, row) for row in range(self.boolean_row, self.cube_row)]
        for x in range(self.cube_row, self.rows, 3):
            self.products += [(x, x, x + 1), (x, x + 1, x + 2)]

    def bit(self, i, k):
        """Of v_i + 128."""
        return self.slots * self.boolean_row + 8 * i + k

    def _packed(self, j):
        entries = range(3 * j, min(3 * j + 3, self.count))
        return {self.bit(i, k): 2 ** (8 * (i - 3 * j) + k) for i in entries for k in range(8)}

    def expressions(self):
        """Each is zero, from those of the digest its element is still to be taken."""
        cubes = Cubes(self.slots, self.cube_row)
        blinding = [{self.count + i: 1} for i in range(DIGEST)]
        digest = cubes.chain(0, [self._packed(j) for j in range(self.packed)] + blinding)
        entries = []
        for i in range(self.count):
            bits = {self.bit(i, k): 2**k for k in range(8)}
            entries.append(combine([(1, {i: 1, ONE: 128}), (-1, bits)]))
        return cubes.constraints, digest, entries

    def linear_constraints(self, context, commitment):
        """({slot: weight}, right side) in order; commitment: nine elements."""
        start = start_state("mien embedding", pack3(context) + [0] * 3, PUBLIC + self.packed + DIGEST)
        public = {ONE: 1, **{chain_state(0, i): x for i, x in enumerate(start)}}
        cubes, digest, entries = expressions_of(self.count, self.slots)
        digest = [combine([(1, element), (-c, {ONE: 1})]) for element, c in zip(digest, commitment)]
        for expression in cubes + digest + entries:
            constant = sum(public[name] * w for name, w in expression.items() if name < 0)
            yield {name: w for name, w in expression.items() if name >= 0 and w}, -constant % P


@functools.lru_cache(8)
def expressions_of(count, slots):
    return OutputCircuit(count, slots).expressions()
