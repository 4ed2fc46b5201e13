/* SPDX-License-Identifier: MIT */
/* Recursive length prefix, Ethereum's encoding. Reading is strict: only the one canonical form of
 * every item is taken. */
#ifndef MIEN_WALLET_ETHEREUM_RLP_H
#define MIEN_WALLET_ETHEREUM_RLP_H

#include <stdbool.h>

#include "platform/base/bytes.h"
#include "wallet/encoding/view.h"
#include "wallet/ethereum/uint256.h"

#define MIEN_RLP_DEPTH_MAX 64

/* Next item of the reader: the payload of a string or a list. MIEN_TRUNCATED, or MIEN_FORMAT for a
 * length that is not in its shortest form. */
MIEN_MUST_CHECK mien_status mien_rlp_read(mien_reader *reader, bool *is_list, mien_view *payload);
/* Next item, which must be a string; of exactly `length` bytes; a number without leading zeros. */
MIEN_MUST_CHECK mien_status mien_rlp_read_string(mien_reader *reader, mien_view *payload);
MIEN_MUST_CHECK mien_status mien_rlp_read_fixed(mien_reader *reader, uint8_t *out, size_t length);
MIEN_MUST_CHECK mien_status mien_rlp_read_u64(mien_reader *reader, uint64_t *out);
MIEN_MUST_CHECK mien_status mien_rlp_read_uint256(mien_reader *reader, mien_uint256 *out);
/* Next item, which must be a list, as a reader over its items. */
MIEN_MUST_CHECK mien_status mien_rlp_read_list(mien_reader *reader, mien_reader *items);
/* MIEN_OK when `bytes` is one item, canonical all the way down, nested at most
 * MIEN_RLP_DEPTH_MAX deep, and nothing else. */
MIEN_MUST_CHECK mien_status mien_rlp_check(mien_view bytes);

MIEN_MUST_CHECK mien_status mien_rlp_write_string(mien_writer *writer, const void *data,
                                                  size_t length);
MIEN_MUST_CHECK mien_status mien_rlp_write_u64(mien_writer *writer, uint64_t value);
MIEN_MUST_CHECK mien_status mien_rlp_write_uint256(mien_writer *writer, const mien_uint256 *value);
/* Head of a list whose items take `length` bytes. */
MIEN_MUST_CHECK mien_status mien_rlp_write_list_head(mien_writer *writer, size_t length);
/* Bytes that a head for a payload takes. */
size_t mien_rlp_head_size(size_t length);
/* Put the head of a list before everything written since `start` (a former writer->used). */
MIEN_MUST_CHECK mien_status mien_rlp_wrap_list(mien_writer *writer, size_t start);

#endif
