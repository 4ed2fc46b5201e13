# SPDX-License-Identifier: MIT
"""Section 4 of docs/ARGUMENT.md: the opening of the long commitment. Standard library only.

Reading takes bytes, transcript, nonces and trees; check() does the rest of the arithmetic.
"""

import merkle
from argument import Form, InnerProduct, Messages, Statement, minus
from field import ONE, P, ZERO, k_add, k_mul, k_mul_f, k_sub
from functional import equality, equality_at
from ligero import Invalid, dot, pack, unpack
from reed_solomon import column_point
from shapes import SALT


def read_columns(reader, transcript, labels, grinding, count, log2_columns):
    """Nonce, and the columns that are drawn behind it."""
    transcript.absorb_integer(labels[0], reader.integer(8))
    if not transcript.ground(grinding):
        raise Invalid("grinding")
    return transcript.draw_columns(labels[1], count, 1 << log2_columns)


def read_digest(reader, transcript, label):
    digest = reader.take(32)
    transcript.absorb(b"D", label, digest)
    return digest


def read_tree(reader, root, tree, log2_columns, columns, salt_size, elements, sections, name):
    """The elements of each column, once they are seen to be behind the root. What is not sent of a
    salt is zeros."""
    sections.start(name + " columns")
    content = []
    for _ in columns:
        salt = reader.take(salt_size).ljust(32, b"\0")
        content.append((salt, reader.elements(elements)))
    leaves = {c: merkle.leaf(tree, c, salt, column) for c, (salt, column) in zip(columns, content)}
    sections.start(name + " paths")
    if not merkle.verify(root, tree, log2_columns, leaves, reader.take):
        raise Invalid("opening of a tree")
    return [column for _, column in content]


class Level:
    """Inner level i: about u_(i+1), whose root is known."""

    def __init__(self, reader, transcript, shape, i, root, sections):
        name = "inner level %d" % (i + 1)
        inner, last = shape.inner[i], i + 1 == len(shape.inner)
        sections.start(name + " sumcheck")
        (self.gamma,) = transcript.draw_k(b"gamma", 1)
        self.clear = Messages(reader, transcript)
        self.product = InnerProduct(self.clear, shape.inner_variables(i))
        sections.start(name + (" row" if last else " root"))
        if last:
            self.row, self.next_root = reader.k_elements(1 << inner.log2_row), None
            transcript.absorb_k(b"inner row", self.row)
        else:
            self.next_root = read_digest(reader, transcript, b"combined root")
        sections.start(name + " nonce")
        labels = b"inner nonce", b"inner columns"
        self.columns = read_columns(reader, transcript, labels, shape.grinding, inner.queries, inner.log2_columns)
        elements = 5 * shape.inner_rows(i)
        self.content = read_tree(
            reader, root, inner.tree, inner.log2_columns, self.columns, 0, elements, sections, name
        )


class Opening:
    def __init__(self, messages, parts, roots, sections):
        reader, transcript = messages.reader, messages.transcript
        self.parts, shape = parts, parts[-1]
        sections.start("mask value")
        self.y = messages.read(b"mask value", 1)
        self.beta = messages.draw(b"beta")
        if shape.inner:
            sections.start("combined root")
            root = read_digest(reader, transcript, b"combined root")
            sections.start("combined value")
            (self.z,) = reader.k_elements(1)
            transcript.absorb_k(b"combined value", [self.z])
        else:
            sections.start("combined row")
            self.row = reader.k_elements(shape.length)
            transcript.absorb_k(b"combined row", self.row)
        sections.start("nonce")
        labels = b"nonce", b"columns"
        self.columns = read_columns(reader, transcript, labels, shape.grinding, shape.queries, shape.log2_columns)
        self.content = []
        for part, part_root in zip(parts, roots):
            name = "part %#x" % part.tree
            self.content.append(
                read_tree(
                    reader, part_root, part.tree, part.log2_columns, self.columns, SALT, part.elements, sections, name
                )
            )
        self.levels = []
        for i in range(len(shape.inner)):
            self.levels.append(Level(reader, transcript, shape, i, root, sections))
            root = self.levels[-1].next_root

    def check(self, point, claim):
        """Yields (name, truth) and leaves in `statement` that the claim holds at the point."""
        shape = self.parts[-1]
        low, high = point[: shape.log2_row], point[shape.log2_row :]
        values = self._column_values(high)
        row = self.row if not shape.inner else None
        z = self.z if shape.inner else inner_product(row, low)
        self.statement = Statement(Form(z).add(minus(ONE), self.y).plus(minus(self.beta), claim))
        log2_columns, columns = shape.log2_columns, self.columns
        for i, level in enumerate(self.levels):
            points = [column_point(log2_columns, c) for c in columns]
            about = low, z, points, values
            s = level.product.point
            yield "inner sumcheck", self._sumcheck(level, about)
            inner = shape.inner[i]
            low, z = s[: inner.log2_row], level.clear.wire[level.product.value]
            log2_columns, columns, row = inner.log2_columns, level.columns, getattr(level, "row", None)
            weights = [equality_at(s[inner.log2_row :], j) for j in range(shape.inner_rows(i))]
            values = [inner_column(column, weights) for column in level.content]
            if row is not None:
                yield "inner row's value", inner_product(row, low) == z
        packed = [pack(c) for c in row]
        for c, value in zip(columns, values):
            yield "combined row", evaluate(packed, column_point(log2_columns, c)) == value

    def _column_values(self, high):
        """t_c: the mask, and beta times the rows with their weights."""
        totals = [ZERO] * len(self.columns)
        for part, content in zip(self.parts, self.content):
            weights = [pack(k_mul(self.beta, equality_at(high, row))) for row in part.rows]
            for i, column in enumerate(content):
                totals[i] = k_add(totals[i], unpack(dot(weights, column[: len(part.rows)])))
                if part.mask:
                    totals[i] = k_add(totals[i], tuple(column[len(part.rows) :]))
        return totals

    @staticmethod
    def _sumcheck(level, about):
        low, z, points, values = about
        claim, power = z, ONE
        for value in values:
            power = k_mul(power, level.gamma)
            claim = k_add(claim, k_mul(power, value))
        functional = functional_at(level.product.point, low, points, level.gamma)
        statement = level.product.check(Form(claim), functional)
        return statement.form.value(level.clear.wire) == ZERO


def inner_product(row, point):
    total = ZERO
    for value, e in zip(row, equality(point)):
        total = k_add(total, k_mul(value, e))
    return total


def inner_column(column, weights):
    """The rows, five words each, times their weights."""
    total = ZERO
    for j, weight in enumerate(weights):
        total = k_add(total, k_mul(weight, tuple(column[5 * j : 5 * j + 5])))
    return total


def evaluate(packed, x):
    powers, power = [], 1
    for _ in packed:
        powers.append(power)
        power = power * x % P
    return unpack(dot(packed, powers))


def functional_at(s, low, points, gamma):
    """L of an inner level: eq(low, .) on the first 2^b positions, powers of each column's point on all."""
    total = ONE
    for a, b in zip(s, low):
        both = k_mul(a, b)
        total = k_mul(total, k_add(k_sub(k_sub(ONE, a), b), k_add(both, both)))
    for coordinate in s[len(low) :]:
        total = k_mul(total, k_sub(ONE, coordinate))
    power = ONE
    for x in points:
        power = k_mul(power, gamma)
        product = power
        for coordinate in s:
            product = k_mul(product, k_add(ONE, k_mul_f(coordinate, (x - 1) % P)))
            x = x * x % P
        total = k_add(total, product)
    return total
