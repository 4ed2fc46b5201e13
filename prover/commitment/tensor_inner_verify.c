/* SPDX-License-Identifier: MIT */
#include "prover/commitment/tensor_internal.h"
#include "prover/sumcheck/inner_product.h"

enum { ROUND_VALUES = 2 * MIEN_F_TWO_ADICITY + 1 };

/* What is claimed about a vector u: sum_(j < 2^bits) u_j eq(point, j) = z, and as a polynomial u
 * has verifier->values at the columns drawn last. */
typedef struct claim {
    mien_k z, point[MIEN_F_TWO_ADICITY];
    unsigned bits, log2_columns;
    uint32_t queries;
} claim;

/* sum over positions of L eq(s): eq(point) on the first 2^bits positions, plus gamma^(c + 1)
 * x_c^position on all of them, whose extension is a product over the bits. */
static mien_k functional_at(const mien_tensor_verifier *v, const claim *about, mien_k gamma,
                            const mien_k *s, unsigned variables) {
    mien_k sum = mien_equality(about->point, s, about->bits), power = MIEN_K_ONE;
    for (unsigned b = about->bits; b < variables; b++)
        sum = mien_k_mul(sum, mien_k_sub(MIEN_K_ONE, s[b]));
    for (size_t i = 0; i < about->queries; i++) {
        mien_f x = mien_ntt_point(about->log2_columns, MIEN_F_GENERATOR, v->columns[i]);
        mien_k product = power = mien_k_mul(power, gamma);
        for (unsigned b = 0; b < variables; b++) {
            mien_k step = mien_k_mul_f(s[b], mien_f_sub(x, MIEN_F_ONE));
            product = mien_k_mul(product, mien_k_add(MIEN_K_ONE, step));
            x = mien_f_square(x);
        }
        sum = mien_k_add(sum, product);
    }
    return sum;
}

/* The claims, batched, down to one: u's extension is *value at s. */
static mien_status reduce(const mien_tensor_verifier *v, mien_k *s, mien_k *value,
                          const claim *about, unsigned variables) {
    mien_k gamma, received[ROUND_VALUES], sum = about->z, power = MIEN_K_ONE;
    mien_receiver clear = {v->receiver->transcript, v->receiver->reader, received, ROUND_VALUES, 0};
    mien_checker checker = mien_checker_clear(&clear);
    mien_form form;
    uint32_t last;
    mien_transcript_draw_k(clear.transcript, "gamma", &gamma, 1);
    for (size_t i = 0; i < about->queries; i++) {
        power = mien_k_mul(power, gamma);
        sum = mien_k_add(sum, mien_k_mul(power, v->values[i]));
    }
    mien_form_constant(&form, sum);
    MIEN_TRY(mien_inner_product_verify(&form, s, &last, &clear, variables));
    *value = received[last];
    return mien_inner_product_check(&checker, &form, functional_at(v, about, gamma, s, variables),
                                    last);
}

/* The vector that opens level i: its root, or itself, which then has to have the value z. */
static mien_status read_row(mien_tensor_verifier *v, unsigned i, const uint8_t **root,
                            const claim *next) {
    mien_reader *reader = v->receiver->reader;
    mien_transcript *transcript = v->receiver->transcript;
    if (i + 1 < mien_tensor_inner_count(v->parts)) {
        MIEN_TRY(mien_read_view(reader, root, MIEN_MERKLE_DIGEST));
        mien_transcript_digest(transcript, "combined root", *root);
        return MIEN_OK;
    }
    size_t length = (size_t)1 << next->bits;
    const uint8_t *encoded = reader->next;
    MIEN_TRY(mien_read_k(reader, v->row, length));
    mien_transcript_k(transcript, "inner row", encoded, length);
    mien_k value = mien_tensor_inner_product(v, next->point, next->bits);
    return mien_k_equal(value, next->z) ? MIEN_OK : MIEN_PROOF_INVALID;
}

/* Column number c of a matrix: five words a row. No salt: u is public. */
static mien_status read_column(mien_tensor_verifier *v, uint32_t rows, uint32_t tree, size_t c) {
    static const uint8_t no_salt[MIEN_MERKLE_SALT];
    uint32_t elements = MIEN_K_DEGREE * rows;
    MIEN_TRY(mien_read_f(v->receiver->reader, v->column, elements));
    v->values[c] = MIEN_K_ZERO;
    for (uint32_t j = 0; j < rows; j++) {
        mien_k element;
        memcpy(element.c, v->column + (size_t)MIEN_K_DEGREE * j, sizeof element.c);
        v->values[c] = mien_k_add(v->values[c], mien_k_mul(v->weights[j], element));
    }
    v->entries[c].index = v->columns[c];
    mien_merkle_leaf(v->entries[c].digest, tree, v->columns[c], no_salt, v->column, elements);
    return MIEN_OK;
}

/* Opening of level i at s: the claims about u become those about what opens it. */
static mien_status read_level(mien_tensor_verifier *v, unsigned i, const uint8_t **root,
                              claim *about) {
    const mien_tensor_inner *inner = &v->parts->inner[i];
    unsigned variables = mien_tensor_inner_variables(v->parts, i);
    uint32_t rows = mien_tensor_inner_rows(v->parts, i);
    const uint8_t *own_root = *root;
    mien_k s[MIEN_F_TWO_ADICITY], value;
    MIEN_TRY(reduce(v, s, &value, about, variables));
    about->z = value;
    about->bits = inner->log2_row;
    about->log2_columns = inner->log2_columns;
    about->queries = inner->queries;
    memcpy(about->point, s, inner->log2_row * sizeof *s);
    MIEN_TRY(read_row(v, i, root, about));
    MIEN_TRY(mien_tensor_read_nonce(v, "inner nonce", "inner columns", inner->queries,
                                    inner->log2_columns));
    for (uint32_t j = 0; j < rows; j++)
        v->weights[j] =
            mien_tensor_equality_at(s + inner->log2_row, variables - inner->log2_row, j);
    for (size_t c = 0; c < inner->queries; c++) MIEN_TRY(read_column(v, rows, inner->tree, c));
    return mien_merkle_verify(v->receiver->reader, v->entries, inner->queries, own_root,
                              inner->tree, inner->log2_columns);
}

mien_status mien_tensor_inner_verify(mien_tensor_verifier *v, mien_k z,
                                     const uint8_t root[MIEN_MERKLE_DIGEST], const mien_k *point) {
    const mien_tensor_shape *shape = v->parts;
    claim about = {.z = z,
                   .bits = shape->log2_row,
                   .log2_columns = shape->log2_columns,
                   .queries = shape->queries};
    memcpy(about.point, point, shape->log2_row * sizeof *point);
    for (unsigned i = 0; i < mien_tensor_inner_count(shape); i++)
        MIEN_TRY(read_level(v, i, &root, &about));
    return MIEN_OK;
}
