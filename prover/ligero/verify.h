/* SPDX-License-Identifier: MIT */
/* zk-Ligero, the verifier: no allocation, no I/O, no globals, no floats. Docs: docs/PROTOCOL.md
 * (bytes), docs/SOUNDNESS.md (why). */
#ifndef MIEN_PROVER_LIGERO_VERIFY_H
#define MIEN_PROVER_LIGERO_VERIFY_H

#include "platform/base/bytes.h"
#include "prover/ligero/challenges.h"

/* Bytes of workspace, 64-byte aligned; 0 when parameters and system do not fit. */
size_t mien_ligero_verify_workspace_size(const mien_proof_parameters *parameters,
                                         const mien_ligero_system *system);

/* Read one proof from `reader`, front to back, and leave the reader behind it. The transcript holds
 * the public input already. MIEN_OK, MIEN_PROOF_INVALID for whatever the bytes can be, or
 * MIEN_ARGUMENT for a workspace too small or a shape that is refused. */
MIEN_MUST_CHECK mien_status mien_ligero_verify(mien_transcript *transcript, mien_reader *reader,
                                               const mien_proof_parameters *parameters,
                                               const mien_ligero_system *system, void *workspace,
                                               size_t workspace_size);

#endif
