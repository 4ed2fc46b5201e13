/* SPDX-License-Identifier: MIT */
#include "prover/circuits/output_assign.h"

#include "prover/circuits/match.h"
#include "prover/circuits/output_layout.h"

enum { DIGEST = MIEN_POSEIDON2_DIGEST };

/* n values + 128 packed, then the blinding. */
static void fill_message(mien_f *message, const int8_t *values, size_t count,
                         const mien_f blinding[DIGEST]) {
    for (size_t i = 0; i < count; i += 3) {
        uint8_t bytes[3];
        size_t here = count - i < 3 ? count - i : 3;
        for (size_t k = 0; k < here; k++) bytes[k] = (uint8_t)(values[i + k] + 128);
        mien_match_pack3(message++, bytes, here);
        mien_wipe(bytes, sizeof bytes);
    }
    memcpy(message, blinding, DIGEST * sizeof *message);
}

mien_status mien_output_commit(uint8_t commitment[MIEN_DIGEST_SIZE], const uint8_t context[32],
                               const int8_t *values, uint32_t count,
                               const uint8_t blinding[MIEN_DIGEST_SIZE]) {
    mien_f input[MIEN_OUTPUT_PUBLIC + (MIEN_OUTPUT_MAX + 2) / 3 + DIGEST] = {{0}};
    mien_f elements[DIGEST], digest[DIGEST];
    memset(commitment, 0, MIEN_DIGEST_SIZE);
    if (count < 1 || count > MIEN_OUTPUT_MAX) return MIEN_ARGUMENT;
    for (size_t i = 0; i < DIGEST; i++)
        if (mien_f_from_bytes(&elements[i], blinding + MIEN_F_BYTES * i) != MIEN_OK)
            return MIEN_ARGUMENT;
    mien_match_pack3(input, context, 32);
    fill_message(input + MIEN_OUTPUT_PUBLIC, values, count, elements);
    mien_poseidon2_hash(digest, MIEN_OUTPUT_TAG, input,
                        MIEN_OUTPUT_PUBLIC + (count + 2) / 3 + DIGEST);
    for (size_t i = 0; i < DIGEST; i++) mien_f_to_bytes(commitment + MIEN_F_BYTES * i, digest[i]);
    mien_wipe(input, sizeof input);
    mien_wipe(elements, sizeof elements);
    return MIEN_OK;
}

void mien_output_assign(mien_f *rows, mien_f digest[DIGEST], const mien_output_circuit *circuit,
                        const int8_t *values, const mien_f blinding[DIGEST]) {
    mien_output_layout l = mien_output_layout_of(&circuit->shape);
    mien_chain chain = mien_output_chain(circuit, &l);
    mien_f message[(MIEN_OUTPUT_MAX + 2) / 3 + DIGEST];
    size_t n = circuit->shape.count;
    mien_f *booleans = rows + l.value_rows * l.slots, *cubes = booleans + l.boolean_rows * l.slots;
    memset(rows, 0, mien_output_rows(&circuit->shape) * l.slots * sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        uint32_t byte = (uint32_t)(values[i] + 128);
        rows[i] = mien_f_from_i32(values[i]);
        for (unsigned k = 0; k < 8; k++) booleans[8 * i + k] = mien_f_from_u32(byte >> k & 1);
    }
    memcpy(rows + n, blinding, DIGEST * sizeof *rows);
    fill_message(message, values, n, blinding);
    mien_chain_assign(cubes, l.slots, digest, &chain, message);
    mien_wipe(message, sizeof message);
}
