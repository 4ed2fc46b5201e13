/* SPDX-License-Identifier: MIT */
/* One run of the integer network that also fills the witness of a proof.
 *
 * The inference is the one of face_model with its fastest kernels; each layer's accumulators become
 * quotients, remainders and counts of table rows as soon as they are there (prover/cnn/witness.h),
 * on the threads of a pool. Frame, workspace and witness are secret; addresses depend on them, as
 * said in witness.h. */
#ifndef MIEN_WALLET_PROOF_RUN_H
#define MIEN_WALLET_PROOF_RUN_H

#include "platform/threads/pool.h"
#include "prover/cnn/witness.h"
#include "wallet/proof/network.h"

typedef struct mien_proof_run mien_proof_run;

/* Scratch memory for runs of one network, guarded and wiped when released. pool may be NULL; it
 * and the network outlive the run. The caller frees *out, which is NULL on error: MIEN_MEMORY. Not
 * for two threads at once. */
MIEN_MUST_CHECK mien_status mien_proof_run_create(mien_proof_run **out,
                                                  const mien_proof_network *network,
                                                  mien_pool *pool, mien_error *error);
void mien_proof_run_free(mien_proof_run *run); /* NULL is fine */

/* frame: bytes (y, x, channel). witness: its three arrays as witness.h wants them, zeroed; filled
 * completely, counts included. output: NULL or room for the elements of the last tensor.
 * MIEN_ARGUMENT when `length` is not that of a frame; MIEN_INTERNAL when a value leaves its table,
 * which loading has proven impossible. On error the witness is not usable and output is untouched.
 */
MIEN_MUST_CHECK mien_status mien_proof_run_fill(mien_proof_run *run,
                                                const mien_cnn_witness *witness, int16_t *output,
                                                const uint8_t *frame, size_t length);
/* From now on `done` is told when mien_proof_run_fill is through with a tensor, 0 the frame, i + 1
 * what layer i computes: for profiles. NULL: nobody. */
void mien_proof_run_watch(mien_proof_run *run, void (*done)(void *context, uint32_t tensor),
                          void *context);
/* The same network on the same frame without a witness: what a proof's time is measured against. */
MIEN_MUST_CHECK mien_status mien_proof_run_plain(mien_proof_run *run, int16_t *output,
                                                 const uint8_t *frame, size_t length);

#endif
