/* SPDX-License-Identifier: MIT */
/* One Poseidon2 permutation as constraints: 148 cubes, each a slot triple x, y = x x, z = x y, and
 * one linear constraint that makes x what the layers before it give. Everything between two cubes
 * is linear, so nothing else of the permutation needs a slot.
 *
 * Cubes are numbered in the order of evaluation: 64 of the first four full rounds (element by
 * element), 20 of the partial rounds, 64 of the last four full rounds. */
#ifndef MIEN_PROVER_CIRCUITS_POSEIDON2_GADGET_H
#define MIEN_PROVER_CIRCUITS_POSEIDON2_GADGET_H

#include "prover/field/field.h"
#include "prover/hash/poseidon2.h"

#define MIEN_POSEIDON2_CUBES (MIEN_POSEIDON2_FULL * MIEN_POSEIDON2_WIDTH + MIEN_POSEIDON2_PARTIAL)

typedef struct mien_poseidon2_trace {
    mien_f x[MIEN_POSEIDON2_CUBES], y[MIEN_POSEIDON2_CUBES], z[MIEN_POSEIDON2_CUBES];
} mien_poseidon2_trace;

/* Permute and note every cube. Constant time; all of it is as secret as the state. */
void mien_poseidon2_permute_traced(mien_f state[MIEN_POSEIDON2_WIDTH], mien_poseidon2_trace *trace);

/* The transpose of the linear constraints. Let s be the state before, s' the state after the
 * permutation and L_j(s, z) the input of cube j; s' and L_j are affine in s and the z of the cubes.
 * For public weights `state` on s' and `r` on the constraints x_j = L_j,
 *   sum_l state[l] s'_l - sum_j r[j] L_j(s, z) = sum_l before[l] s_l + sum_j z[j] z_j + added
 * holds for all s and z. Replaces `state` by `before`, writes `z` and adds `added` to *constant. */
void mien_poseidon2_transpose(mien_k state[MIEN_POSEIDON2_WIDTH], mien_k z[MIEN_POSEIDON2_CUBES],
                              mien_k *constant, const mien_k r[MIEN_POSEIDON2_CUBES]);

#endif
