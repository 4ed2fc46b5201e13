/* SPDX-License-Identifier: MIT */
/* What an Ethereum transaction would do, checked and in words. */
#ifndef MIEN_WALLET_ETHEREUM_REVIEW_H
#define MIEN_WALLET_ETHEREUM_REVIEW_H

#include "wallet/ethereum/message.h"
#include "wallet/ethereum/transaction.h"

typedef enum mien_ethereum_action {
    MIEN_ACTION_TRANSFER,       /* value to an address, no data */
    MIEN_ACTION_TOKEN_TRANSFER, /* ERC-20 transfer(address,uint256) */
    MIEN_ACTION_TOKEN_APPROVE,  /* ERC-20 approve(address,uint256) */
    MIEN_ACTION_DELEGATE,       /* EIP-7702 authorisations */
    MIEN_ACTION_CREATE,         /* a new contract: its code is data nobody can read */
    MIEN_ACTION_UNKNOWN_DATA
} mien_ethereum_action;

typedef struct mien_ethereum_limits {
    mien_uint256 fee_wei;   /* refuse when gas limit x max fee is above; 0 for no limit */
    bool blind_signing;     /* accept data that cannot be shown in words */
    bool unknown_delegates; /* accept EIP-7702 authorisations to code not in our list */
    bool any_chain;         /* accept chain id 0 (legacy without EIP-155, authorisations) */
} mien_ethereum_limits;
/* 0.1 ether, nothing else allowed. */
mien_ethereum_limits mien_ethereum_limits_default(void);

typedef struct mien_ethereum_review {
    const mien_ethereum_transaction *transaction;
    uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE];
    mien_ethereum_action action;
    const char *chain_name;                           /* NULL for a chain we have no name for */
    const char *coin;                                 /* "ETH", or "native coin" */
    mien_uint256 fee, total;                          /* most it can cost; with the value added */
    uint8_t token[MIEN_ETHEREUM_ADDRESS_SIZE];        /* contract of a token action */
    uint8_t counterparty[MIEN_ETHEREUM_ADDRESS_SIZE]; /* who receives or may spend tokens */
    mien_uint256 token_amount;
    bool unlimited;      /* approval of 2^255 or more */
    uint8_t selector[4]; /* of unknown data of four bytes or more */
    const char *words;   /* lines of text in the arena, NUL-terminated */
    /* What a face proof is bound to: docs/FORMATS.md "Digest of an Ethereum transaction". */
    uint8_t digest[32];
} mien_ethereum_review;

/* Check, describe, digest. `from` is the address that will sign. MIEN_POLICY_DENIED with words for
 * what the limits forbid; MIEN_FORMAT for a priority fee above the fee; MIEN_OVERFLOW. */
MIEN_MUST_CHECK mien_status mien_ethereum_review_transaction(
    mien_ethereum_review *out, mien_arena *arena, const mien_ethereum_transaction *transaction,
    const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE], const mien_ethereum_limits *limits,
    mien_error *error);
/* An EIP-7702 authorisation of `from` before it is signed: refused for chain id 0 and for code that
 * is not in the list of mien_ethereum_delegate_name, unless the limits allow it; delegate zero
 * revokes and is always allowed. *words lives in the arena; `digest` is what a face proof is bound
 * to (docs/FORMATS.md "Digest of an Ethereum message"). */
MIEN_MUST_CHECK mien_status
mien_ethereum_review_authorization(const char **words, uint8_t digest[32], mien_arena *arena,
                                   const mien_ethereum_authorization *authorization,
                                   const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE],
                                   const mien_ethereum_limits *limits, mien_error *error);
/* Name of widely used account code, "nobody" for address zero (revocation), NULL when unknown. */
const char *mien_ethereum_delegate_name(const uint8_t delegate[MIEN_ETHEREUM_ADDRESS_SIZE]);

/* A message (EIP-191) in words: as text when it is printable UTF-8 without control characters other
 * than line ends, else as hex; and the digest. */
MIEN_MUST_CHECK mien_status
mien_ethereum_review_message(const char **words, uint8_t digest[32], mien_arena *arena,
                             mien_view message, const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE]);

/* Name of a chain id, NULL when it is not in the list. */
const char *mien_ethereum_chain_name(uint64_t chain_id);

#endif
