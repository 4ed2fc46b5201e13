/* SPDX-License-Identifier: MIT */
/* zk-Ligero, the verifier: no allocation, no I/O, no globals, no floats. Docs: docs/PROTOCOL.md
 * (bytes), docs/SOUNDNESS.md (why). */
#ifndef MIEN_PROVER_LIGERO_VERIFY_H
#define MIEN_PROVER_LIGERO_VERIFY_H

#include "platform/base/bytes.h"
#include "prover/hash/merkle.h"
#include "prover/ligero/challenges.h"

/* Bytes of workspace, 64-byte aligned; 0 when parameters and system do not fit. The verifier keeps
 * nothing in it before mien_ligero_verify_finish. */
size_t mien_ligero_verify_workspace_size(const mien_proof_parameters *parameters,
                                         const mien_ligero_system *system);

/* Read one proof from `reader`, front to back, and leave the reader behind it. The transcript holds
 * the public input already. MIEN_OK, MIEN_PROOF_INVALID for whatever the bytes can be, or
 * MIEN_ARGUMENT for a workspace too small or a shape that is refused. */
MIEN_MUST_CHECK mien_status mien_ligero_verify(mien_transcript *transcript, mien_reader *reader,
                                               const mien_proof_parameters *parameters,
                                               const mien_ligero_system *system, void *workspace,
                                               size_t workspace_size);

/* The same in two parts, for protocols whose challenges have to follow the commitment and whose
 * checks become constraints of the system: first the root, then everything from the challenges of
 * zk-Ligero on. Between them the caller uses transcript and reader. `root` is the caller's.
 * MIEN_PROOF_INVALID when the reader is at its end. */
MIEN_MUST_CHECK mien_status mien_ligero_verify_start(uint8_t root[MIEN_MERKLE_DIGEST],
                                                     mien_transcript *transcript,
                                                     mien_reader *reader);
MIEN_MUST_CHECK mien_status mien_ligero_verify_finish(const uint8_t root[MIEN_MERKLE_DIGEST],
                                                      mien_transcript *transcript,
                                                      mien_reader *reader,
                                                      const mien_proof_parameters *parameters,
                                                      const mien_ligero_system *system,
                                                      void *workspace, size_t workspace_size);

#endif
