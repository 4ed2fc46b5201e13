/* SPDX-License-Identifier: MIT */
/* What prover and verifier of prover/statement/inference.h share: sizes that follow from the
 * statement, the transcript's public part, and the system that zk-Ligero ends the proof with.
 *
 *   head | root of zk-Ligero | root of w | messages of the argument, padded | opening of w |
 *   responses and columns of zk-Ligero
 * With hidden weights a root of the mask that opens them follows the root of w, and their opening
 * that of w.
 *
 * zk-Ligero's matrix holds the pads, and behind them what binds the output when it is not public:
 * the match circuit, or the opening of C_y. */
#ifndef MIEN_PROVER_STATEMENT_INFERENCE_PROTOCOL_H
#define MIEN_PROVER_STATEMENT_INFERENCE_PROTOCOL_H

#include "prover/circuits/match.h"
#include "prover/circuits/output.h"
#include "prover/circuits/pads.h"
#include "prover/commitment/choose.h"
#include "prover/commitment/frame.h"
#include "prover/ligero/arena.h"
#include "prover/ligero/challenges.h"
#include "prover/ligero/sections.h"
#include "prover/statement/inference.h"
#include "prover/statement/inference_claims.h"

#define MIEN_INFERENCE_HEAD_SIZE 14
#define MIEN_INFERENCE_HEAD_HIDDEN 0x80u /* in the output's byte: weights are hidden */
#define MIEN_INFERENCE_VERSION 1
#define MIEN_INFERENCE_TREE 1u
#define MIEN_INFERENCE_INNER_TREE 2u

struct mien_inference_parameters {
    uint16_t id;                  /* on the wire */
    unsigned bits;                /* of the columns of the long commitment, grinding not counted */
    unsigned log2_inverse_rate;   /* the least of its code */
    unsigned grinding_bits;       /* before each set of columns */
    mien_proof_parameters ligero; /* queries 0: sizes follow from the statement, for ligero_bits */
    unsigned ligero_bits;         /* of zk-Ligero's columns, grinding not counted */
};

enum {
    MIEN_INFERENCE_MAX_ROWS = 2048, /* of a part */
    MIEN_INFERENCE_MAX_SPANS = 256,
    MIEN_INFERENCE_MAX_PAIRS = 4 * MIEN_FRACTION_LOG2_MAX + 4,
    MIEN_INFERENCE_MAX_PRODUCTS = 1024,
    MIEN_INFERENCE_ENCODED_MOST = 1 << 21 /* of w at a rate below the usual one */
};

/* Points into itself: it stays where it was made. */
typedef struct mien_inference_setup {
    const mien_inference_parameters *parameters;
    const mien_inference_statement *statement;
    mien_tensor_shape parts[2]; /* the frame's if it is behind C_x, then the rest */
    size_t part_count;
    mien_private_parts weights; /* when they are hidden */
    mien_frame_layout frame_layout;
    mien_proof_parameters ligero;
    mien_pads_shape pads_shape;
    mien_pads pads;
    mien_match_circuit match;
    mien_output_circuit output;
    mien_ligero_system sections[2], system;
    mien_ligero_sections joined;
    size_t section_count;
    uint32_t rows[MIEN_INFERENCE_MAX_ROWS], frame_rows[MIEN_INFERENCE_MAX_ROWS];
    uint32_t weight_rows[MIEN_PRIVATE_ROWS_MAX];
    mien_form_pair pairs[MIEN_INFERENCE_MAX_PAIRS];
    mien_ligero_product section_products[2][MIEN_INFERENCE_MAX_PRODUCTS];
    mien_ligero_product products[2 * MIEN_INFERENCE_MAX_PRODUCTS];
    mien_k *powers; /* of xi, linked slots; in the workspace */
} mien_inference_setup;

/* Find out everything that follows from the statement. MIEN_ARGUMENT for a statement that is out of
 * range, MIEN_UNSUPPORTED for a network too large or an output that cannot be bound this way. */
MIEN_MUST_CHECK mien_status mien_inference_setup_make(mien_inference_setup *setup,
                                                      const mien_inference_parameters *parameters,
                                                      const mien_inference_statement *statement);
/* zk-Ligero's sizes with the shortest end of the proof, pads_shape but its slots being known. */
MIEN_MUST_CHECK mien_status mien_inference_choose_ligero(mien_inference_setup *setup);
/* The same for pads alone. */
MIEN_MUST_CHECK mien_status mien_inference_choose_pads(mien_proof_parameters *ligero,
                                                       const mien_inference_parameters *parameters,
                                                       const mien_pads_shape *pads);
/* Bytes of workspace that the pads need, 64-byte aligned. */
size_t mien_inference_setup_size(const mien_inference_setup *setup);
/* Make setup->pads ready. wire: where the receiver puts messages. */
MIEN_MUST_CHECK mien_status mien_inference_setup_pads(mien_inference_setup *setup,
                                                      const mien_k *wire, void *workspace);

void mien_inference_head(uint8_t head[MIEN_INFERENCE_HEAD_SIZE], const mien_inference_setup *setup);
/* Start the transcript and absorb everything public. */
void mien_inference_absorb(mien_transcript *transcript, const mien_inference_setup *setup);
/* C_x when there is one, and the root of the rest, in the order of the parts. */
void mien_inference_roots(uint8_t roots[2][MIEN_MERKLE_DIGEST], const mien_inference_setup *setup,
                          const uint8_t root[MIEN_MERKLE_DIGEST]);
/* Value of the extension of a public frame at a point of log2_size coordinates. scratch:
 * mien_inference_frame_scratch elements. */
mien_k mien_inference_frame_value(const mien_inference_statement *statement, const mien_k *point,
                                  mien_k *scratch);
size_t mien_inference_frame_scratch(const mien_cnn *cnn);
/* The claim that the committed parts' share of w(point) is message `value` less what a public frame
 * adds. */
void mien_inference_opening_claim(mien_form *claim, const mien_inference_setup *setup,
                                  const mien_k *point, uint32_t value, mien_k *scratch);
/* Message `output` = sum xi^j slot_j: given to the pads after the argument's own checks. Nothing
 * when the output is public. */
MIEN_MUST_CHECK mien_status mien_inference_link(mien_inference_setup *setup, uint32_t output,
                                                mien_k xi);

#endif
