/* SPDX-License-Identifier: MIT */
/* What a proof about a network will cost, from the plan alone: nothing is run or allocated. */
#ifndef MIEN_WALLET_PROOF_COST_H
#define MIEN_WALLET_PROOF_COST_H

#include "prover/statement/inference.h"
#include "wallet/proof/network.h"

typedef struct mien_proof_cost {
    size_t proof_bytes;                   /* at most */
    size_t prover_memory;                 /* bytes: witness, workspace, scratch of the run */
    size_t verifier_memory;               /* bytes of workspace */
    double prove_seconds, verify_seconds; /* expected; 0 when the speed is 0 */
} mien_proof_cost;

/* speed: of this processor as mien_proof_speed says. MIEN_UNSUPPORTED when the output cannot be
 * bound this way or the network is too large. */
MIEN_MUST_CHECK mien_status mien_proof_cost_of(mien_proof_cost *cost,
                                               const mien_proof_network *network,
                                               const mien_inference_parameters *parameters,
                                               mien_frame_binding frame, mien_output_binding output,
                                               unsigned threads, double speed, mien_error *error);

/* Nanoseconds of one multiplication in K on this processor with its best kernels (the least of a
 * few short runs, some milliseconds), which expected times are proportional to. */
double mien_proof_speed(void);
/* The same where the constants of cost.c were measured. */
#define MIEN_PROOF_REFERENCE_SPEED 1.9

#endif
