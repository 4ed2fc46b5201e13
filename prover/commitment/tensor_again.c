/* SPDX-License-Identifier: MIT */
/* Commitments that are made again from a seed. */
#include "prover/commitment/tensor_internal.h"

static const uint8_t magic[4] = {'m', 'T', 's', 1};

void mien_tensor_secret_encode(uint8_t out[MIEN_TENSOR_SECRET_BYTES],
                               const mien_tensor_secret *secret) {
    memcpy(out, magic, sizeof magic);
    mien_store_le32(out + 4, secret->opened);
    memcpy(out + 8, secret->seed, sizeof secret->seed);
}

mien_status mien_tensor_secret_decode(mien_tensor_secret *secret,
                                      const uint8_t bytes[MIEN_TENSOR_SECRET_BYTES]) {
    memset(secret, 0, sizeof *secret);
    if (memcmp(bytes, magic, sizeof magic) != 0) return MIEN_FORMAT;
    secret->opened = mien_load_le32(bytes + 4);
    memcpy(secret->seed, bytes + 8, sizeof secret->seed);
    return MIEN_OK;
}

static void hash_elements(mien_blake2s *hash, const mien_f *elements, size_t count) {
    uint8_t bytes[64 * MIEN_F_BYTES];
    for (size_t i = 0; i < count;) {
        size_t piece = count - i < 64 ? count - i : 64;
        for (size_t j = 0; j < piece; j++)
            mien_f_to_bytes(bytes + MIEN_F_BYTES * j, elements[i + j]);
        mien_blake2s_update(hash, bytes, MIEN_F_BYTES * piece);
        i += piece;
    }
    mien_wipe(bytes, sizeof bytes);
}

/* The key of all randomness: of the seed, what is committed, and how. Not of where the rows stand,
 * which may be settled later. */
static void derive_key(uint8_t key[32], const mien_tensor_secret *secret, const mien_f *w,
                       const mien_tensor_shape *shape) {
    const uint32_t words[] = {shape->log2_row, shape->log2_columns,
                              shape->queries,  mien_tensor_row_randomness(shape),
                              shape->tree,     shape->row_count};
    uint8_t bytes[sizeof words];
    mien_blake2s hash;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        mien_store_le32(bytes + 4 * i, words[i]);
    mien_blake2s_start(&hash, "mientens", NULL);
    mien_blake2s_update(&hash, secret->seed, sizeof secret->seed);
    mien_blake2s_update(&hash, bytes, sizeof bytes);
    for (uint32_t i = 0; i < shape->row_count; i++)
        hash_elements(&hash, w + ((size_t)shape->rows[i] << shape->log2_row),
                      (size_t)1 << shape->log2_row);
    mien_blake2s_finish(&hash, key);
}

mien_status mien_tensor_commit_again(mien_tensor_commitment *commitment,
                                     uint8_t root[MIEN_MERKLE_DIGEST], const mien_f *w,
                                     const mien_tensor_shape *shape,
                                     const mien_tensor_secret *secret, void *memory,
                                     size_t memory_size, const mien_machine *machine,
                                     const mien_hash_kernels *hash, const mien_progress *progress) {
    uint8_t key[32];
    mien_random_seeded_state state;
    if (mien_tensor_shape_check(shape) != MIEN_OK || !shape->unmasked) return MIEN_ARGUMENT;
    derive_key(key, secret, w, shape);
    mien_random random = mien_random_seeded(&state, key);
    mien_status status = mien_tensor_commit(commitment, root, w, shape, memory, memory_size,
                                            machine, hash, &random, progress);
    if (status == MIEN_OK) commitment->opened = secret->opened;
    mien_wipe(key, sizeof key);
    mien_wipe(&state, sizeof state);
    return status;
}

mien_status mien_tensor_place(mien_tensor_commitment *commitment, const mien_tensor_shape *shape) {
    const mien_tensor_shape *made = &commitment->shape;
    if (mien_tensor_shape_check(shape) != MIEN_OK || shape->log2_row != made->log2_row ||
        shape->log2_columns != made->log2_columns || shape->queries != made->queries ||
        shape->tree != made->tree || shape->row_count != made->row_count || !made->unmasked ||
        !shape->unmasked || mien_tensor_row_randomness(shape) != mien_tensor_row_randomness(made))
        return MIEN_ARGUMENT;
    commitment->shape = *shape;
    return MIEN_OK;
}
