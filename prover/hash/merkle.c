/* SPDX-License-Identifier: MIT */
#include "prover/hash/merkle.h"

enum { DIGEST = MIEN_MERKLE_DIGEST };

void mien_merkle_leaf(uint8_t digest[DIGEST], uint32_t tree, uint32_t index,
                      const uint8_t salt[MIEN_MERKLE_SALT], const mien_f *column, uint32_t rows) {
    uint8_t head[MIEN_BLAKE2S_BLOCK] = {0}, bytes[MIEN_F_BYTES];
    mien_store_le32(head, tree);
    mien_store_le32(head + 4, index);
    mien_store_le32(head + 8, rows);
    memcpy(head + 32, salt, MIEN_MERKLE_SALT);
    mien_blake2s state;
    mien_blake2s_start(&state, "mienleaf", NULL);
    mien_blake2s_update(&state, head, sizeof head);
    for (uint32_t i = 0; i < rows; i++) {
        mien_f_to_bytes(bytes, column[i]);
        mien_blake2s_update(&state, bytes, sizeof bytes);
    }
    mien_blake2s_finish(&state, digest);
    mien_wipe(head, sizeof head);
}

void mien_merkle_node(uint8_t digest[DIGEST], uint32_t tree, uint32_t level,
                      const uint8_t left[DIGEST], const uint8_t right[DIGEST]) {
    uint8_t place[8], children[2 * DIGEST];
    mien_store_le32(place, tree);
    mien_store_le32(place + 4, level);
    memcpy(children, left, DIGEST);
    memcpy(children + DIGEST, right, DIGEST);
    mien_blake2s_hash(digest, "miennode", place, children, sizeof children);
}

size_t mien_merkle_nodes_size(unsigned log2_leaves) {
    if (log2_leaves > MIEN_MERKLE_LOG2_LEAVES_MAX) return 0;
    uint64_t bytes = (((uint64_t)2 << log2_leaves) - 1) * DIGEST;
    return bytes <= SIZE_MAX ? (size_t)bytes : 0;
}

void mien_merkle_build(uint8_t *nodes, uint32_t tree, unsigned log2_leaves) {
    const uint8_t *below = nodes;
    uint8_t *out = nodes + ((size_t)DIGEST << log2_leaves);
    for (unsigned level = 1; level <= log2_leaves; level++) {
        size_t width = (size_t)1 << (log2_leaves - level);
        for (size_t i = 0; i < width; i++)
            mien_merkle_node(out + DIGEST * i, tree, level, below + 2 * DIGEST * i,
                             below + 2 * DIGEST * i + DIGEST);
        below = out;
        out += DIGEST * width;
    }
}

const uint8_t *mien_merkle_root(const uint8_t *nodes, unsigned log2_leaves) {
    return nodes + mien_merkle_nodes_size(log2_leaves) - DIGEST;
}

/* Every inner node above an opened leaf has one or two children above or at opened leaves; count -
 * 1 of them have two, each of the others costs a digest. */
size_t mien_merkle_opening_max_size(unsigned log2_leaves, size_t count) {
    size_t nodes = 0, leaves = (size_t)1 << log2_leaves;
    if (count == 0) return 0;
    if (count > leaves) count = leaves;
    for (size_t width = 1; width < leaves; width *= 2) nodes += count < width ? count : width;
    return (nodes - (count - 1)) * DIGEST;
}

static bool follows(size_t position, uint32_t before, uint32_t index, unsigned log2_leaves) {
    return (position == 0 || index > before) && (uint64_t)index >> log2_leaves == 0;
}

/* One level: write the siblings that are not opened themselves, and replace the indices by those of
 * the parents. Returns through *count how many parents there are. */
static mien_status open_level(mien_writer *writer, uint32_t *indices, size_t *count,
                              const uint8_t *level_nodes) {
    size_t parents = 0;
    for (size_t i = 0; i < *count; i++) {
        uint32_t sibling = indices[i] ^ 1;
        if (i + 1 < *count && indices[i + 1] == sibling)
            i++;
        else
            MIEN_TRY(mien_write_bytes(writer, level_nodes + (size_t)DIGEST * sibling, DIGEST));
        indices[parents++] = sibling >> 1;
    }
    *count = parents;
    return MIEN_OK;
}

mien_status mien_merkle_open(mien_writer *writer, uint32_t *scratch, const uint8_t *nodes,
                             unsigned log2_leaves, const uint32_t *indices, size_t count) {
    if (log2_leaves > MIEN_MERKLE_LOG2_LEAVES_MAX || count == 0) return MIEN_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        if (!follows(i, i > 0 ? indices[i - 1] : 0, indices[i], log2_leaves)) return MIEN_ARGUMENT;
    }
    memcpy(scratch, indices, count * sizeof *scratch);
    for (unsigned level = 0; level < log2_leaves; level++) {
        MIEN_TRY(open_level(writer, scratch, &count, nodes));
        nodes += (size_t)DIGEST << (log2_leaves - level);
    }
    return MIEN_OK;
}

/* The same walk with digests: parents take the place of their children. */
static mien_status verify_level(mien_reader *reader, mien_merkle_entry *entries, size_t *count,
                                uint32_t tree, uint32_t level) {
    size_t parents = 0;
    for (size_t i = 0; i < *count; i++) {
        const uint8_t *own = entries[i].digest, *other;
        uint32_t index = entries[i].index;
        if (i + 1 < *count && entries[i + 1].index == (index ^ 1))
            other = entries[++i].digest;
        else
            MIEN_TRY(mien_read_view(reader, &other, DIGEST));
        bool right = (index & 1) != 0;
        mien_merkle_node(entries[parents].digest, tree, level, right ? other : own,
                         right ? own : other);
        entries[parents++].index = index >> 1;
    }
    *count = parents;
    return MIEN_OK;
}

mien_status mien_merkle_verify(mien_reader *reader, mien_merkle_entry *entries, size_t count,
                               const uint8_t root[DIGEST], uint32_t tree, unsigned log2_leaves) {
    if (log2_leaves > MIEN_MERKLE_LOG2_LEAVES_MAX || count == 0) return MIEN_ARGUMENT;
    for (size_t i = 0; i < count; i++) {
        uint32_t before = i > 0 ? entries[i - 1].index : 0;
        if (!follows(i, before, entries[i].index, log2_leaves)) return MIEN_ARGUMENT;
    }
    for (unsigned level = 1; level <= log2_leaves; level++)
        MIEN_TRY(verify_level(reader, entries, &count, tree, level));
    return memcmp(entries[0].digest, root, DIGEST) == 0 ? MIEN_OK : MIEN_PROOF_INVALID;
}
