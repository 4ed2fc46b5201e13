/* SPDX-License-Identifier: MIT */
/* Proof files: what is read is written back to the same bytes, and never fits a record that it was
 * not made for. */
#include <stdlib.h>
#include <string.h>

#include "wallet/record/proof_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const mien_record record = {.epoch = 1, .threshold = 1};
    static const uint8_t bind[32];
    mien_proof_file file;
    mien_match_statement statement;
    uint8_t header[MIEN_PROOF_FILE_HEADER_SIZE], digest[32];
    if (mien_proof_file_decode(&file, data, size) != MIEN_OK) return 0;
    if (mien_proof_file_header(header, &file) != MIEN_OK) abort();
    if (memcmp(header, data, sizeof header) != 0) abort();
    if (file.proof + file.proof_length != data + size) abort();
    if (mien_proof_file_statement(&statement, &file, &record, bind, 1, NULL) != MIEN_OK) return 0;
    if (mien_record_digest(digest, &record) != MIEN_OK) abort();
    if (memcmp(digest, file.record_digest, sizeof digest) != 0) abort();
    return 0;
}
