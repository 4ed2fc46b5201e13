/* SPDX-License-Identifier: MIT */
/* The transcript as an oracle that a test controls. A program that has oracle.c among its sources
 * uses it in place of prover/transcript/transcript.c; prover and verifier do not know.
 *
 *   REAL        the transcript as it is
 *   BLIND       challenges depend on the seed, and on labels and lengths of what was absorbed, but
 *               not on its contents; any nonce will do. A proof made blind is verified blind.
 *   PROGRAM     challenges as in BLIND, while the state runs on as in REAL; each state at which
 *               something is drawn is noted with its answer
 *   PROGRAMMED  REAL, but for the states that were noted: there the noted answers
 *
 * BLIND shows what equations alone refuse, and fixes the challenges in tests of distributions. A
 * simulator of a zero-knowledge proof chooses challenges in BLIND, and its proof is verified in
 * PROGRAMMED. One thread. */
#ifndef MIEN_TESTS_PROVER_ORACLE_H
#define MIEN_TESTS_PROVER_ORACLE_H

#include "prover/transcript/transcript.h"

typedef enum oracle_mode {
    ORACLE_REAL,
    ORACLE_BLIND,
    ORACLE_PROGRAM,
    ORACLE_PROGRAMMED
} oracle_mode;

/* From now on. `seed`: of the challenges in BLIND and PROGRAM. */
void oracle_set(oracle_mode mode, uint64_t seed);
/* Forget all that PROGRAM noted. */
void oracle_forget(void);
/* How many draws were answered as noted, since oracle_forget. */
size_t oracle_answered(void);

#endif
