/* SPDX-License-Identifier: MIT */
/* What Ethereum signs besides transactions: messages (EIP-191), typed data (EIP-712 version 4) and
 * authorisations to delegate an account's code (EIP-7702). */
#ifndef MIEN_WALLET_ETHEREUM_MESSAGE_H
#define MIEN_WALLET_ETHEREUM_MESSAGE_H

#include "wallet/ethereum/transaction.h"

#define MIEN_ETHEREUM_SIGNATURE_SIZE 65 /* r || s || v, v is 27 or 28 */

/* personal_sign: Keccak-256 of "\x19Ethereum Signed Message:\n", the length in decimal, the
 * message. */
void mien_ethereum_message_hash(uint8_t out[32], mien_view message);
/* Sign one of the hashes of this file. Never a hash that somebody hands over: nobody could tell
 * what it stands for. The secret is in guarded memory of the caller. */
MIEN_MUST_CHECK mien_status mien_ethereum_sign_hash(uint8_t signature[MIEN_ETHEREUM_SIGNATURE_SIZE],
                                                    const mien_curve *curve, const uint8_t hash[32],
                                                    const uint8_t secret[MIEN_SECRET_KEY_SIZE]);
/* Address that made the signature; v may be 0, 1, 27 or 28. High S is MIEN_AUTHENTICATION. */
MIEN_MUST_CHECK mien_status mien_ethereum_recover(
    uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE],
    const uint8_t signature[MIEN_ETHEREUM_SIGNATURE_SIZE], const uint8_t hash[32]);

/* Typed data, checked, hashed and in words. */
typedef struct mien_typed_data {
    uint8_t domain_separator[32], message_hash[32];
    uint8_t digest[32]; /* what is signed */
    bool has_chain_id;  /* and then */
    uint64_t chain_id;
    const char *words; /* lines of text in the arena: domain, every field, both hashes */
} mien_typed_data;

/* The JSON of eth_signTypedData_v4: {"types","primaryType","domain","message"}; types must define
 * EIP712Domain. Refused, with words: fields whose value is missing or does not fit the type,
 * unknown types, fixed bytes and arrays of another length, numbers out of range, addresses in mixed
 * case that is not EIP-55's, a domain with fields that its type does not have. A struct that is
 * null is hashed as zero (version 4). Fields of the message that its type does not name are not
 * signed, therefore not shown. */
MIEN_MUST_CHECK mien_status mien_typed_data_read(mien_typed_data *out, mien_arena *arena,
                                                 const char *text, size_t length,
                                                 mien_error *error);

/* EIP-7702: hash of an authorisation, and its signature, put into *authorization. Delegate zero
 * revokes. */
MIEN_MUST_CHECK mien_status
mien_ethereum_authorization_hash(uint8_t out[32], const mien_ethereum_authorization *authorization);
MIEN_MUST_CHECK mien_status mien_ethereum_sign_authorization(
    mien_ethereum_authorization *authorization, const mien_curve *curve,
    const uint8_t secret[MIEN_SECRET_KEY_SIZE]);
/* Account that an authorisation was signed by. */
MIEN_MUST_CHECK mien_status mien_ethereum_authority(
    uint8_t address[MIEN_ETHEREUM_ADDRESS_SIZE], const mien_ethereum_authorization *authorization);

/* What a face proof is bound to: docs/FORMATS.md "Digest of an Ethereum message". `hash` is what is
 * signed, `from` who signs. */
void mien_ethereum_message_digest(uint8_t out[32], const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE],
                                  const uint8_t hash[32]);

#endif
