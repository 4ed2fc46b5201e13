/* SPDX-License-Identifier: MIT */
/* What prover and verifier of prover/statement/registration.h share.
 *
 *   head | root of zk-Ligero | root of the mask's part | messages, padded, and the opening |
 *   responses and columns of zk-Ligero
 *
 * The vector has 2^(n + 1) positions, n = log2_size of the layout.
 *   registration  theta below 2^n; how often each of the 256 rows of the table -128 .. 127 is used
 *                 from 2^n on, in rows of the part that has the mask. Fraction trees over 1 / (a +
 *                 theta) and count / (a + row), equal roots, one inner product for the claims that
 *                 are left, one opening.
 *   renewal       the earlier theta below 2^n, the later one from 2^n on. A point r of n
 *                 coordinates, message v, a challenge b, the opening of v at (r, b): (1 - b) before
 *                 (r) + b after(r) = v for one b only unless both are v. */
#ifndef MIEN_PROVER_STATEMENT_REGISTRATION_PROTOCOL_H
#define MIEN_PROVER_STATEMENT_REGISTRATION_PROTOCOL_H

#include "prover/circuits/pads.h"
#include "prover/lookup/fraction_tree.h"
#include "prover/statement/inference_protocol.h"
#include "prover/statement/registration.h"

#define MIEN_REGISTRATION_HEAD_SIZE 12
#define MIEN_REGISTRATION_VERSION 1

enum {
    MIEN_REGISTRATION_ROWS = 1 << MIEN_CNN_DIGIT_LOG2, /* of the table */
    MIEN_REGISTRATION_MAX_ROWS = 64,                   /* of the mask's part */
    MIEN_REGISTRATION_MAX_PAIRS = 4 * MIEN_FRACTION_LOG2_MAX + 2,
    MIEN_REGISTRATION_MAX_PRODUCTS = 64
};

/* Points into itself. */
typedef struct mien_registration_setup {
    const mien_inference_parameters *parameters;
    const mien_registration *registration;
    unsigned bits;              /* n */
    mien_tensor_shape parts[3]; /* (before,) weights, mask */
    size_t part_count;
    mien_proof_parameters ligero;
    mien_pads_shape pads_shape;
    mien_pads pads;
    mien_ligero_system system;
    uint32_t rows[2][MIEN_PRIVATE_ROWS_MAX], mask_rows[MIEN_REGISTRATION_MAX_ROWS];
    mien_form_pair pairs[MIEN_REGISTRATION_MAX_PAIRS];
    mien_ligero_product products[MIEN_REGISTRATION_MAX_PRODUCTS];
} mien_registration_setup;

/* MIEN_ARGUMENT, MIEN_UNSUPPORTED. */
MIEN_MUST_CHECK mien_status mien_registration_setup_make(mien_registration_setup *setup,
                                                         const mien_inference_parameters *params,
                                                         const mien_registration *registration);
void mien_registration_head(uint8_t head[MIEN_REGISTRATION_HEAD_SIZE],
                            const mien_registration_setup *setup);
void mien_registration_absorb(mien_transcript *transcript, const mien_registration_setup *setup);

static inline bool mien_registration_renews(const mien_registration_setup *setup) {
    return setup->registration->before != NULL;
}

/* ---- the argument, from behind the roots on to the claim of the opening */
typedef struct mien_registration_end {
    mien_k point[MIEN_CNN_WEIGHTS_LOG2_MAX + 1];
    uint32_t value; /* message */
} mien_registration_end;
/* Bytes of workspace for the check. */
size_t mien_registration_check_workspace_size(void);
MIEN_MUST_CHECK mien_status mien_registration_check(mien_registration_end *end,
                                                    mien_receiver *receiver,
                                                    const mien_checker *checker,
                                                    const mien_registration_setup *setup,
                                                    void *workspace);

#endif
