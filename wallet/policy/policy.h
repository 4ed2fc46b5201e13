/* SPDX-License-Identifier: MIT */
/* What the owner has decided in advance: limits, destinations, waiting times, and what it takes to
 * sign. A policy is a text that a person writes and reads (docs/FORMATS.md "Policy"); this room
 * reads it strictly and decides about requests. Nothing in here touches files, keys or a screen:
 * wallet/policy/store.h keeps the policy in force and the history durably, wallet/policy/request.h
 * makes requests out of reviews.
 *
 * The order for whoever signs: make the request from the review that was shown; decide once before
 * the face, to refuse early and to know what to ask for; unlock; mien_policy_store_authorise, which
 * decides again and counts the spending durably; sign. */
#ifndef MIEN_WALLET_POLICY_POLICY_H
#define MIEN_WALLET_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/error.h"
#include "wallet/bitcoin/descriptor.h"
#include "wallet/encoding/arena.h"
#include "wallet/ethereum/address.h"
#include "wallet/ethereum/uint256.h"

#define MIEN_POLICY_TEXT_MAX 65536u
#define MIEN_POLICY_LINE_MAX 4200u /* characters of one line: a descriptor of 15 keys fits */
#define MIEN_POLICY_DIGEST_SIZE 32
#define MIEN_POLICY_RULE_TEXT 128
/* Names of chains ("bitcoin", "evm 11155111") and longest destination (an address, or "script:" and
 * 83 bytes in hex, longer ones as a hash), with NUL. */
#define MIEN_POLICY_CHAIN_TEXT 32
#define MIEN_POLICY_DESTINATION_TEXT 176

/* ---- means: what stands behind a request ---- */

enum {
    MIEN_MEANS_FACE = 1 << 0,        /* a face opened the wallet, now or within the grant in use */
    MIEN_MEANS_PIN = 1 << 1,         /* a PIN was given with it */
    MIEN_MEANS_MATCH_PROOF = 1 << 2, /* a proof of the statement "match", bound to the digest, was
                                        made and has been verified */
    MIEN_MEANS_FACE_PROOF = 1 << 3   /* the same for the statement "face"; stands for a match proof
                                        as well */
};
/* "face+pin+match-proof"; "nothing" for 0. Room for all of them. */
#define MIEN_MEANS_TEXT 48
void mien_means_text(char out[MIEN_MEANS_TEXT], unsigned means);

/* ---- requests ---- */

typedef enum mien_policy_kind {
    MIEN_POLICY_PAYMENT,    /* a transaction */
    MIEN_POLICY_MESSAGE,    /* a message of either chain: moves nothing */
    MIEN_POLICY_TYPED_DATA, /* EIP-712: may allow anything, contracts decide */
    MIEN_POLICY_DELEGATION, /* EIP-7702 authorisation of one's own account */
    MIEN_POLICY_REVOCATION, /* the same to nobody */
    MIEN_POLICY_KINDS
} mien_policy_kind;
/* "payment", "message", "typed-data", "delegation", "revocation"; static. */
const char *mien_policy_kind_name(mien_policy_kind kind);

typedef struct mien_policy_chain {
    bool evm;
    uint64_t id; /* EIP-155 chain id, 0 for "every chain"; or a mien_bitcoin_network */
} mien_policy_chain;
/* "bitcoin", "testnet", "signet", "regtest", "evm 1". */
void mien_policy_chain_text(char out[MIEN_POLICY_CHAIN_TEXT], mien_policy_chain chain);

/* One amount that leaves, or that somebody is allowed to take. */
typedef struct mien_policy_flow {
    bool is_token;                             /* else the chain's coin */
    uint8_t token[MIEN_ETHEREUM_ADDRESS_SIZE]; /* contract, when it is one */
    bool approval;                             /* ERC-20 allowance and not a transfer */
    bool unlimited;                            /* an allowance without end */
    mien_uint256 amount;                       /* base units: satoshi, wei, token's own */
    /* Address as text in its canonical form (EIP-55, bech32 in lower case), "script:HEX" for an
     * output without address, "" for a new contract. */
    char destination[MIEN_POLICY_DESTINATION_TEXT];
} mien_policy_flow;

/* What is to be signed, without how. */
typedef struct mien_policy_request {
    mien_policy_kind kind;
    mien_policy_chain chain;
    const mien_policy_flow *flows;
    size_t flow_count;
    mien_uint256 fee;   /* highest possible, base units of the coin; counts as spent */
    bool unknown_data;  /* carries data that could not be shown in words (blind signing) */
    bool delegates;     /* hands an account over to code (EIP-7702) */
    bool unknown_code;  /* and that code is not well known */
    bool any_chain;     /* valid on every chain: chain id 0 */
    uint8_t digest[32]; /* what was shown and is signed; one digest is counted once */
} mien_policy_request;

/* ---- history: what was signed before ---- */

/* Answers about the past. The wallet's own answers come from its log (store.h); a co-signer answers
 * from its database. Times are seconds since 1970; events later than `now` (the clock went back)
 * count as if they were now. */
typedef struct mien_policy_history {
    void *context;
    /* Sum of amounts of one asset (token NULL: the coin, fees included) that were signed at or
     * after `since`, without the payment of this digest; of tokens transfers, and allowances that
     * are not unlimited if `allowances` says so. MIEN_OVERFLOW: more than any limit. */
    mien_status (*spent)(void *context, mien_uint256 *sum, mien_policy_chain chain,
                         const uint8_t *token /* 20 bytes or NULL */, bool allowances,
                         int64_t since, const uint8_t except[32]);
    /* Time of the last payment on the chain other than the one of this digest; *found false if
     * there was none. */
    mien_status (*last_payment)(void *context, int64_t *time, bool *found, mien_policy_chain chain,
                                const uint8_t except[32]);
    /* When a destination was first asked for; *found false if never. */
    mien_status (*first_asked)(void *context, int64_t *time, bool *found, mien_policy_chain chain,
                               const char *destination);
} mien_policy_history;

/* ---- decisions ---- */

typedef enum mien_policy_verdict {
    MIEN_VERDICT_DENIED,     /* whatever else is brought */
    MIEN_VERDICT_NEEDS_MORE, /* `missing` would do */
    MIEN_VERDICT_WAIT,       /* allowed from `not_before` on */
    MIEN_VERDICT_ALLOWED
} mien_policy_verdict;

typedef struct mien_policy_decision {
    mien_policy_verdict verdict;
    unsigned needs, missing; /* MIEN_MEANS_*; all that the request needs, and what is not there */
    int64_t not_before;      /* WAIT: seconds since 1970 */
    bool announce;           /* WAIT: some destination is asked for the first time: note it with
                                mien_policy_store_authorise, or the waiting never begins */
    unsigned line;           /* of the rule in the policy's text; 0 for what no policy can allow */
    char rule[MIEN_POLICY_RULE_TEXT]; /* that line, or the name of the built-in rule */
    char reason[256];                 /* one sentence for a person; addresses in it are shown */
} mien_policy_decision;

/* ---- policies ---- */

typedef struct mien_policy mien_policy;

/* Read a text. MIEN_FORMAT, MIEN_TOO_LARGE with words that begin with "line N: ". The caller
 * destroys *policy. */
MIEN_MUST_CHECK mien_status mien_policy_parse(mien_policy **policy, const char *text, size_t length,
                                              mien_error *error);
void mien_policy_destroy(mien_policy *policy); /* NULL is fine */
/* SHA-256 of "mien/policy/1" as in docs/FORMATS.md and the text's bytes: comments count. */
void mien_policy_digest(uint8_t digest[MIEN_POLICY_DIGEST_SIZE], const char *text, size_t length);
/* The policy of a new wallet: no limits, the face for everything, nothing blind. Static. */
const char *mien_policy_default_text(void);
/* What the policy says, in full sentences, one a line, NUL-terminated, in the arena. */
MIEN_MUST_CHECK mien_status mien_policy_words(const char **words, mien_arena *arena,
                                              const mien_policy *policy);

/* Descriptors of shared wallets that the owner has registered for a network ("shared DESCRIPTOR"),
 * for mien_bitcoin_limits; they live in the policy. */
const mien_descriptor *mien_policy_shared(const mien_policy *policy, mien_bitcoin_network network,
                                          size_t *count);

/* Decide at time `now` with the means at hand. Pure but for the questions to `history`, whose
 * errors are the only ones that come back. */
MIEN_MUST_CHECK mien_status mien_policy_decide(mien_policy_decision *decision,
                                               const mien_policy *policy,
                                               const mien_policy_request *request, unsigned means,
                                               int64_t now, const mien_policy_history *history);
/* MIEN_OK for ALLOWED; MIEN_POLICY_DENIED with reason and rule for all others. */
MIEN_MUST_CHECK mien_status mien_policy_enforce(const mien_policy_decision *decision,
                                                mien_error *error);

#endif
