/* SPDX-License-Identifier: MIT */
/* The public record of an enrolment: what a relying party keeps, and what `mien verify --record`
 * reads. Nothing in it is secret and nothing in it tells a face: the commitments are blinded.
 * The record is not signed; whoever verifies must have got it over a channel he trusts.
 * Bytes: docs/FORMATS.md. */
#ifndef MIEN_WALLET_RECORD_RECORD_H
#define MIEN_WALLET_RECORD_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/status.h"
#include "prover/verifier.h"

#define MIEN_RECORD_SIZE 168 /* bytes of the binary form, always */
#define MIEN_RECORD_JSON_MAX 1024

typedef struct mien_record {
    uint8_t service[32];                           /* who checks: mien_record_service */
    uint8_t model_digest[32];                      /* M: the network of the enrolment */
    uint32_t epoch, slot;                          /* epoch >= 1, slot < 2 */
    uint32_t threshold;                            /* T, 1..65535: cos^2 >= T / 2^16, cos > 0 */
    uint8_t template_commitment[MIEN_DIGEST_SIZE]; /* C_t */
    uint8_t key_check[MIEN_DIGEST_SIZE];           /* KC */
} mien_record;

/* SHA-256 of the length-prefixed label "mien/service/1" and the name's bytes: the 32-byte name of a
 * service, account or relying party. */
void mien_record_service(uint8_t service[32], const char *name, size_t length);

/* Canonical binary form. MIEN_ARGUMENT when a field is out of range. */
MIEN_MUST_CHECK mien_status mien_record_encode(uint8_t bytes[MIEN_RECORD_SIZE],
                                               const mien_record *record);
/* The one reader. MIEN_FORMAT, MIEN_VERSION, MIEN_TRUNCATED, MIEN_TRAILING, MIEN_AUTHENTICATION
 * (checksum: the bytes were damaged, which is all a checksum tells). *record is zeroed on error. */
MIEN_MUST_CHECK mien_status mien_record_decode(mien_record *record, const uint8_t *bytes,
                                               size_t length);
/* One JSON object with a newline behind it, NUL-terminated; *length without the NUL.
 * MIEN_TOO_LARGE when it does not fit in `capacity`. For reading only: the binary form counts. */
MIEN_MUST_CHECK mien_status mien_record_json(char *text, size_t capacity, size_t *length,
                                             const mien_record *record);
/* SHA-256 of the binary form: the record's name in proofs and for people to compare. */
MIEN_MUST_CHECK mien_status mien_record_digest(uint8_t digest[32], const mien_record *record);

#endif
