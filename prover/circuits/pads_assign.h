/* SPDX-License-Identifier: MIT */
/* The prover's side of prover/circuits/pads.h. */
#ifndef MIEN_PROVER_CIRCUITS_PADS_ASSIGN_H
#define MIEN_PROVER_CIRCUITS_PADS_ASSIGN_H

#include "platform/base/random.h"
#include "prover/circuits/pads.h"

/* `count` uniform pads. They serve one proof: the same pads under two different messages tell their
 * difference. Zeroed on error. */
MIEN_MUST_CHECK mien_status mien_pads_draw(mien_k *pads, size_t count, const mien_random *random);
/* Fill rows: mien_pads_rows(shape) times 2^log2_slots elements, all of them. Constant time. */
void mien_pads_assign(mien_f *rows, const mien_pads_shape *shape, const mien_k *pads);

#endif
