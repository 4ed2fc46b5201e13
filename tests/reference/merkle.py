# SPDX-License-Identifier: MIT
"""Salted Merkle trees as prover/hash/merkle.h defines them. Standard library only."""

import hashlib

from field import f_to_bytes

SALT = 32
DIGEST = 32


def word(value):
    return value.to_bytes(4, "little")


def leaf(tree, index, salt, column):
    head = word(tree) + word(index) + word(len(column)) + bytes(20) + salt
    data = head + b"".join(map(f_to_bytes, column))
    return hashlib.blake2s(data, digest_size=DIGEST, person=b"mienleaf").digest()


def node(tree, level, left, right):
    salt = word(tree) + word(level)
    return hashlib.blake2s(left + right, digest_size=DIGEST, salt=salt, person=b"miennode").digest()


def levels(tree, leaves):
    """All levels, the leaves first; a power of two of them."""
    if len(leaves) & (len(leaves) - 1) or not leaves:
        raise ValueError("not a power of two")
    result = [list(leaves)]
    while len(result[-1]) > 1:
        below, level = result[-1], len(result)
        pairs = zip(below[::2], below[1::2])
        result.append([node(tree, level, left, right) for left, right in pairs])
    return result


def open_leaves(tree_levels, indices):
    """The digests a verifier misses, level by level, left to right."""
    known, out = sorted(set(indices)), b""
    for level in tree_levels[:-1]:
        for i in known:
            if i ^ 1 not in known:
                out += level[i ^ 1]
        known = sorted({i >> 1 for i in known})
    return out


def verify(root, tree, log2_leaves, leaves, take):
    """leaves: {index: digest}; take(n) gives the proof's next n bytes. True when the root agrees."""
    if not leaves or any(not 0 <= i < 1 << log2_leaves for i in leaves):
        return False
    known = dict(leaves)
    for level in range(1, log2_leaves + 1):
        for i in sorted(known):
            if i ^ 1 not in known:
                known[i ^ 1] = take(DIGEST)
        known = {i >> 1: node(tree, level, known[i & ~1], known[i | 1]) for i in sorted(known)}
    return known[0] == root
