# SPDX-License-Identifier: MIT
"""A verifier of inference and face proofs for small networks, written from docs/INFERENCE.md and the
pages that it names. Standard library only.

    python3 tests/reference/verify_inference.py [--all] NETWORK.mien STATEMENT PROOF

prints accept or reject with the first check that fails (--all: with every one) and ends with 0 or 9.
STATEMENT is the file of encode_statement below.
"""

import sys

import network_file
import plan as planning
import shapes
from argument import Form, InnerProduct, Messages, Pads, Statement, Tree, minus
from field import ONE, P, ZERO, k_add, k_inverse, k_mul
from functional import Functional, equality, rows_log2, table_denominator
from ligero import Challenges, Columns, Invalid, Parameters, Reader
from ligero import absorb_parameters, absorb_responses, combine, linear_sum_agrees
from match_circuit import BARE_CONSTRAINTS, BARE_LEFT, BARE_PRODUCTS, BARE_ROWS
from match_circuit import bare_constraints, bare_digest, chain_states
from output_circuit import OutputCircuit
from tensor_opening import Opening, read_columns, read_tree
from transcript import Transcript, blake2s
from verify_match import digest_elements

HIDDEN, COMMITTED_FRAME, PUBLIC_FRAME = 0, 1, 2
PUBLIC, COMMITTED, MATCHED = 0, 1, 2
FRAME_TREE, TREE, INNER_TREE = 0x6D617266, 1, 2
ACCEPT, REJECT = 0, 9

# number of the set: bits of each kind of columns, number of zk-Ligero's set
SETS = {1: (101, 2), 2: (129, 3)}
GRINDING, LOG2_INVERSE_RATE, ENCODED_MOST = 10, 2, 2**21


class BadStatement(Exception):
    """What is to be shown is out of range."""


# The statement

FIELDS = [
    ("set", 2),
    ("frame", 1),
    ("output", 1),
    ("context", 32),
    ("frame_commitment", 32),
    ("output_commitment", 36),
    ("template_commitment", 36),
    ("key_check", 36),
    ("service", 32),
    ("epoch", 4),
    ("slot", 4),
    ("threshold", 4),
]
VALUES = ("frame_values", "output_values")  # i16 each, their number as u32 before them


def decode_statement(data):
    source, statement = Reader(data), {}
    for name, size in FIELDS:
        statement[name] = source.take(size) if size > 4 else source.integer(size)
    for name in VALUES:
        raw = source.take(2 * source.integer(4))
        statement[name] = [int.from_bytes(raw[i : i + 2], "little", signed=True) for i in range(0, len(raw), 2)]
    if source.at != len(data):
        raise Invalid("bytes behind the statement")
    return statement


def encode_statement(statement):
    data = b""
    for name, size in FIELDS:
        value = statement[name]
        data += value if size > 4 else value.to_bytes(size, "little")
    for name in VALUES:
        data += len(statement[name]).to_bytes(4, "little")
        data += b"".join(v.to_bytes(2, "little", signed=True) for v in statement[name])
    return data


def demand(truth, reason):
    if not truth:
        raise BadStatement(reason)


def canonical(digest):
    return all(x < P for x in digest_elements(digest))


class Sections:
    """Where the parts of a proof begin, for those who damage them."""

    def __init__(self, reader):
        self.reader, self.starts = reader, []

    def start(self, name):
        self.starts.append((self.reader.at, name))


# What follows from network and statement alone


class Setup:
    def __init__(self, network, statement):
        demand(statement["set"] in SETS, "parameter set")
        demand(statement["frame"] <= 2 and statement["output"] <= 2, "binding")
        self.network, self.statement = network, statement
        self.bits, self.ligero_set = SETS[statement["set"]]
        self.plan = planning.make(network)
        height, width, channels = network.layers[-1].shape
        self.outputs = height * width * channels
        self._check_values()
        self.parts = self._parts()
        self.leaves, self.rows_bits = self.plan.log2_half + 1, rows_log2(self.plan)
        self._make_pads()

    def _check_values(self):
        s, shape, last = self.statement, self.network.shape, self.network.layers[-1]
        if s["frame"] == PUBLIC_FRAME:
            demand(len(s["frame_values"]) == shape[0] * shape[1] * shape[2], "number of the frame's values")
        if s["output"] == PUBLIC:
            demand(len(s["output_values"]) == self.outputs, "number of the output's values")
            return
        demand(last.low >= -128 and last.high <= 127, "the output is not int8")
        if s["output"] == COMMITTED:
            demand(self.outputs <= 4096, "too many outputs")
            demand(canonical(s["output_commitment"]), "C_y")
            return
        demand(self.outputs == 128, "the output is not an embedding")
        demand(canonical(s["template_commitment"]) and canonical(s["key_check"]), "C_t or KC")
        demand(1 <= s["threshold"] <= 65535, "threshold")

    # The long commitment

    def spans(self):
        """Positions that can hold a value and are not behind C_x or public: (first, end)."""
        plan, half = self.plan, 1 << self.plan.log2_half
        own = 0 if self.statement["frame"] == HIDDEN else 1 << plan.log2_input
        blocks = sorted(plan.blocks, key=lambda b: b.base)
        lower = [(b.base, b.end) for b in blocks if b.base >= own]
        upper = [(half + b.base, half + b.end) for b in blocks if b.shift]
        tables = (plan.table_base, plan.table_base + plan.rows)
        spans = []
        for first, end in sorted(lower + upper + [tables]):
            crowded = len(spans) >= 253 and (first, end) != tables
            if spans and (first <= spans[-1][1] or crowded):
                spans[-1] = spans[-1][0], end
            else:
                spans.append((first, end))
        return spans

    def _parts(self):
        plan, committed = self.plan, self.statement["frame"] == COMMITTED_FRAME
        row_most = 16 if self.statement["frame"] == HIDDEN else min(16, plan.log2_input)
        try:
            own = shapes.choose(
                shapes.Goal(
                    plan.log2_size,
                    self.spans(),
                    self.bits,
                    GRINDING,
                    LOG2_INVERSE_RATE,
                    ENCODED_MOST,
                    row_most,
                    int(committed),
                    TREE,
                    INNER_TREE,
                )
            )
        except Invalid as why:
            raise BadStatement(str(why)) from why
        demand(len(own.rows) <= 2048, "too many rows")
        if not committed:
            return [own]
        frame_rows = tuple(range(shapes.ceiling(plan.blocks[0].end, own.log2_row)))
        demand(len(frame_rows) <= 2048, "too many rows")
        return [shapes.replace(own, tree=FRAME_TREE, rows=frame_rows, mask=False), own]

    # zk-Ligero: pads, and what the output is linked to

    def _make_pads(self):
        linked = self.statement["output"] != PUBLIC
        first, second = tree_messages(self.leaves, True), tree_messages(self.rows_bits, False)
        behind = first + second
        pairs = tree_pairs(self.leaves, True, 0) + tree_pairs(self.rows_bits, False, first)
        pairs += [(0, first + 1), (1, first + 1), (first, 1)]
        messages = behind + linked + 2 * self.plan.log2_size + 1 + 1
        forms = self.leaves + self.rows_bits + 4 + linked
        make = lambda slots: Pads(slots, messages, pairs, forms)
        self._choose_ligero(make)
        self.pads = make(self.ligero.slots)
        self.rows, self.products = self.pads.rows, self.pads.products()
        demand(max(len(self.products), len(self._section(self.ligero.slots)[1])) <= 1024, "too many products")
        self.constraints = self.pads.constraints
        if linked:
            self._add_section()

    def _choose_ligero(self, make_pads):
        """The sizes with the shortest end of a proof."""
        matched, best = self.statement["output"] == MATCHED, None
        for log2_slots in (8,) if matched else range(6, 10):
            rows = make_pads(1 << log2_slots).rows + self._section(1 << log2_slots)[0]
            for log2_length in range(10, 14):
                q = enough_queries(log2_slots, log2_length, self.bits)
                if q is None or rows > 4096:
                    continue
                parameters = Parameters(self.ligero_set, log2_slots, log2_length, q, GRINDING)
                size = 20 * sum(parameters.responses) + q * (shapes.SALT + 4 * (rows + 25))
                size += shapes.opening_size(log2_length, q)
                if best is None or size < best[0]:
                    best = size, parameters
        demand(best is not None, "no sizes for zk-Ligero")
        self.ligero = best[1]

    def _section(self, slots):
        """Rows, products, constraints and the row of the linked slots of what stands behind the pads."""
        if self.statement["output"] == PUBLIC:
            return 0, [], 0, 0
        if self.statement["output"] == MATCHED:
            return BARE_ROWS, BARE_PRODUCTS, BARE_CONSTRAINTS, BARE_LEFT
        self.output = OutputCircuit(self.outputs, slots)
        return self.output.rows, self.output.products, self.output.constraints, 0

    def _add_section(self):
        rows, products, constraints, link = self._section(self.ligero.slots)
        self.pads.link_row, self.pads.links = self.pads.rows + link, self.outputs
        self.products += [tuple(self.pads.rows + row for row in triple) for triple in products]
        self.rows += rows
        self.constraints += constraints

    def section_constraints(self):
        s = self.statement
        if s["output"] == PUBLIC:
            return
        if s["output"] == MATCHED:
            digests = [digest_elements(s["key_check"]), digest_elements(s["template_commitment"])]
            section = bare_constraints(s["threshold"], chain_states(s), digests)
        else:
            section = self.output.linear_constraints(s["context"], digest_elements(s["output_commitment"]))
        for weights, right in section:
            yield {self.ligero.slots * self.pads.rows + slot: w for slot, w in weights.items()}, right

    # Transcript and head

    def head(self):
        s = self.statement
        name = b"MIENFACE" if s["output"] == MATCHED else b"MIENINFR"
        return name + bytes([1, 0]) + s["set"].to_bytes(2, "little") + bytes([s["frame"], s["output"]])

    def absorb(self, t):
        s, plan = self.statement, self.plan
        t.absorb(b"B", b"protocol", b"mien inference")
        t.absorb_integer(b"version", 1)
        t.absorb_integer(b"parameters", s["set"])
        t.absorb(b"D", b"model", self.network.digest)
        t.absorb(b"B", b"context", s["context"])
        self._absorb_bindings(t, s)
        t.absorb_integer(b"plan half", plan.log2_half)
        t.absorb_integer(b"plan size", plan.log2_size)
        t.absorb_integer(b"plan lookups", plan.lookups)
        t.absorb_integer(b"plan tables", len(plan.tables))
        t.absorb_integer(b"plan rows", plan.rows)
        t.absorb_integer(b"plan base", plan.table_base)
        for part in self.parts:
            part.absorb(t)
        self.pads.absorb(t)
        absorb_parameters(t, self.ligero, self.rows, len(self.products), self.constraints)

    @staticmethod
    def _absorb_bindings(t, s):
        t.absorb_integer(b"frame", s["frame"])
        if s["frame"] == COMMITTED_FRAME:
            t.absorb(b"D", b"frame commitment", s["frame_commitment"])
        elif s["frame"] == PUBLIC_FRAME:
            t.absorb(b"D", b"frame values", values_digest(s["frame_values"]))
        t.absorb_integer(b"output", s["output"])
        if s["output"] == PUBLIC:
            t.absorb(b"D", b"output values", values_digest(s["output_values"]))
        elif s["output"] == COMMITTED:
            t.absorb(b"F", b"output commitment", s["output_commitment"])
        else:
            t.absorb(b"D", b"circuit", bare_digest())
            t.absorb(b"F", b"template commitment", s["template_commitment"])
            t.absorb(b"F", b"key check", s["key_check"])
            t.absorb(b"B", b"service", s["service"])
            for name in ("epoch", "slot", "threshold"):
                t.absorb_integer(name.encode(), s[name])


def enough_queries(log2_slots, log2_length, bits):
    """Columns of zk-Ligero; None when there are no such sizes."""
    m, q = 1 << log2_slots, 2
    while q <= min(m, 192) and m + q <= 1 << log2_length - 2:
        needed = shapes.queries(log2_length, m + q, bits, 1)
        if needed is None or needed <= q:
            return None if needed is None else q
        q = needed
    return None


def values_digest(values):
    return blake2s(b"mien-val", b"".join(v.to_bytes(2, "little", signed=True) for v in values))


def tree_messages(n, ones):
    return 2 + n * (n - 1) + 4 * n - (2 if ones else 0)


def tree_pairs(n, ones, first):
    """The products of a tree's checks, messages numbered from `first` on."""
    pairs, children = [], first + 2
    for k in range(n):
        children += 2 * k
        if ones and k == n - 1:
            pairs.append((children, children + 1))
        else:
            pairs += [(children, children + 3), (children + 2, children + 1)]
            children += 4
    return pairs


# The proof, read once from front to back


class Proof:
    def __init__(self, setup, data):
        self.setup, self.reader, transcript = setup, Reader(data), Transcript()
        self.sections = sections = Sections(self.reader)
        sections.start("head")
        if self.reader.take(14) != setup.head():
            raise Invalid("head")
        setup.absorb(transcript)
        sections.start("ligero root")
        self.ligero_root = self._root(transcript, b"commitment")
        sections.start("witness root")
        self.root = self._root(transcript, b"witness")
        self._read_argument(transcript)
        roots = [self.root]
        if setup.statement["frame"] == COMMITTED_FRAME:
            roots.insert(0, setup.statement["frame_commitment"])
        self.opening = Opening(self.messages, setup.parts, roots, sections)
        self._read_ligero(transcript)
        sections.start("end")
        if self.reader.at != len(data):
            raise Invalid("length")

    def _root(self, transcript, label):
        root = self.reader.take(32)
        transcript.absorb(b"D", label, root)
        return root

    def _read_argument(self, transcript):
        setup, m = self.setup, Messages(self.reader, transcript)
        self.messages = m
        self.a, self.g, self.h = m.draw(b"lookup a"), m.draw(b"lookup g"), m.draw(b"lookup h")
        self.xi = m.draw(b"output xi")
        self.sections.start("leaves' tree")
        self.leaves = Tree(m, setup.leaves, True)
        self.sections.start("tables' tree")
        self.rows = Tree(m, setup.rows_bits, False)
        if setup.statement["output"] != PUBLIC:
            self.sections.start("output")
            self.output = m.read(b"output", 1)
        self.gamma = m.draw(b"gamma")
        self.sections.start("inner product")
        self.product = InnerProduct(m, setup.plan.log2_size)

    def _read_ligero(self, transcript):
        setup, parameters, sections = self.setup, self.setup.ligero, self.sections
        self.challenges = Challenges(transcript, setup.rows, len(setup.products))
        self.responses = []
        for name, count in zip(("proximity", "linear", "products"), parameters.responses):
            sections.start("ligero " + name)
            self.responses.append(self.reader.k_elements(count))
        absorb_responses(transcript, *self.responses)
        sections.start("ligero nonce")
        labels = b"nonce", b"columns"
        self.indices = read_columns(
            self.reader, transcript, labels, parameters.grinding, parameters.queries, parameters.log2_length
        )
        tree = self.ligero_root, 0, parameters.log2_length, self.indices
        self.columns = read_tree(self.reader, *tree, shapes.SALT, setup.rows + 25, sections, "ligero")


# What is checked


class Checks:
    def __init__(self, proof):
        self.proof, self.setup = proof, proof.setup

    def run(self):
        """Yields (name, truth)."""
        proof, setup = self.proof, self.setup
        limit = setup.plan.blocks[-1].direct
        if limit and not all(-limit <= v < limit for v in setup.statement["output_values"]):
            raise Invalid("an output is out of range")
        statements = self._trees() + [self._inner_product()]
        links = [] if setup.statement["output"] == PUBLIC else [self._link()]
        yield from proof.opening.check(proof.product.point, self._claim())
        statements += links + [proof.opening.statement]
        constraints = list(setup.pads.linear_constraints(statements, proof.messages.wire))
        constraints += setup.section_constraints()
        if len(constraints) != setup.constraints:
            raise AssertionError("constraints")
        weights, right = combine(constraints, proof.challenges.alpha, setup.ligero.slots * setup.rows)
        yield "linear sum", linear_sum_agrees(setup.ligero, proof.responses[1], right)
        columns = Columns(setup.ligero, setup.rows, setup.products, proof.responses, proof.challenges, weights)
        for index, column in zip(proof.indices, proof.columns):
            yield from zip(("proximity", "linear", "products"), columns.check(index, column))

    def _trees(self):
        proof, plan = self.proof, self.setup.plan
        statements = proof.leaves.check() + proof.rows.check()
        if proof.a == ZERO:
            raise Invalid("a challenge is zero")
        absent = (2 << plan.log2_half) - plan.lookups
        missing = minus(k_mul((absent % P, 0, 0, 0, 0), k_inverse(proof.a)))
        p1, p2 = proof.leaves.root, proof.rows.root
        products = [(p1, p2 + 1, ONE), (p1 + 1, p2 + 1, missing), (p2, p1 + 1, minus(ONE))]
        statements.append(Statement(Form(), products))
        public = table_denominator(plan, proof.rows.point, proof.a, proof.g, proof.h)
        statements.append(Statement(Form(minus(public)).plus(ONE, proof.rows.q)))
        return statements

    def _inner_product(self):
        """leaves + gamma counts + gamma^2 output = <w, L>"""
        proof, functional = self.proof, Functional(self.setup.plan)
        square = k_mul(proof.gamma, proof.gamma)
        claim = proof.leaves.q.plus(proof.gamma, proof.rows.p)
        if self.setup.statement["output"] == PUBLIC:
            claim.constant = k_add(claim.constant, k_mul(square, self._public_output()))
        else:
            claim.add(square, proof.output)
        functional.add_leaves(proof.leaves.point, proof.a, proof.g, proof.h)
        functional.add_counts(proof.rows.point, proof.gamma)
        functional.add_output(proof.xi, square)
        claim = claim.plus(minus(ONE), Form(functional.constant_value()))
        return proof.product.check(claim, functional.at(proof.product.point))

    def _public_output(self):
        total = ZERO
        for value in reversed(self.setup.statement["output_values"]):
            total = k_add(k_mul(total, self.proof.xi), (value % P, 0, 0, 0, 0))
        return total

    def _link(self):
        powers = [ONE]
        while len(powers) < self.setup.outputs:
            powers.append(k_mul(powers[-1], self.proof.xi))
        return Statement(Form().add(ONE, self.proof.output), link=powers)

    def _claim(self):
        """w(r*) as a form, less what a public frame adds."""
        claim, proof = Form().add(ONE, self.proof.product.value), self.proof
        if self.setup.statement["frame"] == PUBLIC_FRAME:
            block, eq = self.setup.plan.blocks[0], equality(proof.product.point)
            values = iter(self.setup.statement["frame_values"])
            for site in range(block.sites):
                for channel in range(block.channels):
                    e, value = eq[block.position(site, channel)], next(values)
                    claim.constant = k_add(claim.constant, tuple(-value * x % P for x in e))
        return claim


# The verifier


def failures(setup, data, every=False):
    """Names of the checks that fail, or of the first one."""
    found = []
    try:
        for name, truth in Checks(Proof(setup, data)).run():
            if not truth and name not in found:
                found.append(name)
            if found and not every:
                return found
    except Invalid as why:
        found.append(str(why))
    return found


def main(arguments):
    every = "--all" in arguments
    paths = [a for a in arguments if a != "--all"]
    if len(paths) != 3:
        sys.exit(__doc__)
    network, statement, proof = (open(path, "rb").read() for path in paths)
    try:
        setup = Setup(network_file.read(network), decode_statement(statement))
        found = failures(setup, proof, every)
    except (network_file.Refused, BadStatement, Invalid) as why:
        found = [str(why)]
    print("reject: " + ", ".join(found) if found else "accept")
    return REJECT if found else ACCEPT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
