/* SPDX-License-Identifier: MIT */
/* What client and agent say to each other: docs/FORMATS.md "Messages to the agent".
 *
 * A message is its length (4 bytes, little-endian) and a body of that many bytes: version,
 * operation, and the fields of that operation in a fixed order. A request is answered by exactly
 * one reply. There is one encoding of every message: what decodes encodes to the same bytes again.
 * Nothing in a message is secret except the token of a grant. */
#ifndef MIEN_WALLET_AGENT_PROTOCOL_H
#define MIEN_WALLET_AGENT_PROTOCOL_H

#include "platform/base/bytes.h"
#include "platform/base/error.h"
#include "wallet/bitcoin/message.h"
#include "wallet/bitcoin/network.h"
#include "wallet/ethereum/transaction.h"
#include "wallet/ethereum/uint256.h"
#include "wallet/record/proof_file.h"

#define MIEN_AGENT_VERSION 1
#define MIEN_AGENT_LENGTH_SIZE 4
/* Longest body either side takes. A PSBT with 4,000 inputs and their previous transactions fits. */
#define MIEN_AGENT_BODY_MAX ((size_t)8 << 20)
/* Names a grant; whoever has it may use the grant. */
#define MIEN_AGENT_TOKEN_SIZE 16

/* X(name, value, fields): one letter a field, in the order of the bytes. See protocol.c. */
#define MIEN_AGENT_OPERATIONS(X)                                                                   \
    X(STATE, 1, "")            /* what the agent holds; never asks anybody */                      \
    X(UNLOCK, 2, "")           /* looks at the face; asks for the PIN */                           \
    X(LOCK, 3, "")             /* wipes keys and grants */                                         \
    X(STOP, 4, "")             /* lock, and end */                                                 \
    X(GRANT, 5, "G")           /* always asks */                                                   \
    X(PUBLIC, 6, "nP")         /* extended public key at a path */                                 \
    X(SHOW_ADDRESS, 7, "nyci") /* a Bitcoin address on the trusted terminal */                     \
    X(SIGN_PSBT, 16, "tnlp")                                                                       \
    X(SIGN_BITCOIN_MESSAGE, 17, "tnycifp")                                                         \
    X(SIGN_ETHEREUM_TRANSACTION, 18, "tiep")                                                       \
    X(SIGN_ETHEREUM_MESSAGE, 19, "tip")                                                            \
    X(SIGN_TYPED_DATA, 20, "tip")                                                                  \
    X(SIGN_AUTHORIZATION, 21, "tieA")                                                              \
    X(PROVE, 22, "tBs")

typedef enum mien_agent_operation {
#define X(name, value, fields) MIEN_AGENT_##name = (value),
    MIEN_AGENT_OPERATIONS(X)
#undef X
} mien_agent_operation;

/* What a grant may be used for. */
typedef enum mien_agent_purpose {
    MIEN_PURPOSE_BITCOIN = 1 << 0,  /* PSBTs that pay others at most `satoshis`, fees included */
    MIEN_PURPOSE_ETHEREUM = 1 << 1, /* plain transfers of at most `wei`, fees included */
    MIEN_PURPOSE_MESSAGE = 1 << 2,  /* Bitcoin and Ethereum messages, not typed data */
    MIEN_PURPOSE_TYPED = 1 << 3,    /* typed data, which may move tokens */
    MIEN_PURPOSE_PROOF = 1 << 4,    /* face proofs for others */
    MIEN_PURPOSE_ALL = (1 << 5) - 1
} mien_agent_purpose;

/* Limits of one grant. Amounts are the sum over all its uses. */
typedef struct mien_agent_grant {
    uint32_t purposes; /* of mien_agent_purpose, at least one */
    uint32_t seconds;  /* 1.. ; it ends with the unlocked time in any case */
    uint32_t count;    /* 1.. signatures or proofs */
    uint64_t satoshis;
    mien_uint256 wei;
    mien_bitcoin_network network; /* the only one it is good for */
    uint64_t chain_id;            /* likewise; 0 for none */
} mien_agent_grant;

/* What a proof says; the numbers of FACE are those of the sets of parameters in proof files. */
typedef enum mien_agent_statement {
    MIEN_AGENT_MATCH = 0,    /* the embedding that opened the wallet is near the template */
    MIEN_AGENT_FACE_100 = 1, /* the network made such a one of one frame that opened it; 100 bits */
    MIEN_AGENT_FACE_128 = 2
} mien_agent_statement;
#define MIEN_AGENT_STATEMENTS 3

/* How far a client asks to go beyond the usual limits. Any of these makes a person be asked,
 * whatever was granted. */
typedef enum mien_agent_allow {
    MIEN_ALLOW_UNPROVEN = 1 << 0,  /* amounts that no previous transaction vouches for */
    MIEN_ALLOW_BLIND = 1 << 1,     /* contract data that cannot be shown in words */
    MIEN_ALLOW_DELEGATES = 1 << 2, /* EIP-7702 code that is not in our list */
    MIEN_ALLOW_ANY_CHAIN = 1 << 3  /* chain id 0 */
} mien_agent_allow;

/* One request. Only the fields of its operation are read or written. */
typedef struct mien_agent_request {
    mien_agent_operation operation;
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];           /* t: of a grant, zeros for none */
    mien_bitcoin_network network;                   /* n */
    mien_bitcoin_script_type type;                  /* y: one of the first four */
    uint32_t chain, index;                          /* c: 0 or 1; i: below 2^31 */
    mien_message_form form;                         /* f */
    uint64_t fee_satoshis;                          /* l: 0 for the usual limit; with `allow` */
    mien_uint256 fee_wei;                           /* e: likewise */
    uint32_t allow;                                 /* l, e: of mien_agent_allow, those that fit */
    mien_agent_grant grant;                         /* G */
    mien_hd_path path;                              /* P */
    mien_ethereum_authorization authorization;      /* A: chain id, delegate, nonce */
    uint8_t bind[32], nonce[MIEN_PROOF_NONCE_SIZE]; /* B: what a proof is bound to, */
    uint64_t expiry;                                /* until when it holds (0: always) */
    bool has_service;
    uint8_t service[32]; /* and for whom; the service of the enrolment without has_service */
    mien_agent_statement statement; /* s */
    mien_view payload; /* p: PSBT, message, or text of a transaction or of typed data */
} mien_agent_request;

/* One reply. On anything but MIEN_OK all but status and words are empty. */
typedef struct mien_agent_reply {
    mien_status status;
    char words[384];   /* NUL-terminated, for a person; may be empty */
    uint32_t number;   /* SIGN_PSBT: inputs signed now */
    uint8_t hash[32];  /* SIGN_ETHEREUM_TRANSACTION: by which the network knows it; else what a
                          proof of the same request would be bound to, or zeros */
    mien_view payload; /* what was signed, proved or asked for */
} mien_agent_reply;

/* Payload of the reply to STATE. */
typedef struct mien_agent_state {
    bool unlocked;
    uint8_t fingerprint[MIEN_FINGERPRINT_SIZE]; /* zeros while locked */
    uint32_t seconds_left, idle_left;           /* until it locks; 0 while locked */
    uint32_t grants, clients, waiting;          /* live; connected; requests before the person */
    uint64_t served;                            /* requests answered since the start */
} mien_agent_state;

/* Bytes of the whole message with its length. 0 for a request that cannot be encoded. */
size_t mien_agent_request_size(const mien_agent_request *request);
MIEN_MUST_CHECK mien_status mien_agent_request_write(mien_writer *writer,
                                                     const mien_agent_request *request);
/* A body without the length before it. Views point into `body`. MIEN_VERSION for another version,
 * MIEN_UNSUPPORTED for an operation that is not in the list, MIEN_FORMAT, MIEN_TRUNCATED or
 * MIEN_TRAILING for anything else that is not exactly one request. */
MIEN_MUST_CHECK mien_status mien_agent_request_read(mien_agent_request *request,
                                                    const uint8_t *body, size_t length);

size_t mien_agent_reply_size(const mien_agent_reply *reply);
MIEN_MUST_CHECK mien_status mien_agent_reply_write(mien_writer *writer,
                                                   const mien_agent_reply *reply);
MIEN_MUST_CHECK mien_status mien_agent_reply_read(mien_agent_reply *reply, const uint8_t *body,
                                                  size_t length);

#define MIEN_AGENT_STATE_SIZE 33
void mien_agent_state_write(uint8_t out[MIEN_AGENT_STATE_SIZE], const mien_agent_state *state);
MIEN_MUST_CHECK mien_status mien_agent_state_read(mien_agent_state *state, mien_view payload);

/* Length of the body that follows these four bytes. MIEN_TOO_LARGE beyond MIEN_AGENT_BODY_MAX,
 * MIEN_FORMAT for a body that could not even hold version and operation. */
MIEN_MUST_CHECK mien_status mien_agent_body_length(size_t *length,
                                                   const uint8_t bytes[MIEN_AGENT_LENGTH_SIZE]);

#endif
