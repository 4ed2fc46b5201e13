/* SPDX-License-Identifier: MIT */
/* What differs between Bitcoin's networks. */
#ifndef MIEN_WALLET_BITCOIN_NETWORK_H
#define MIEN_WALLET_BITCOIN_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "wallet/bip32/bip32.h"

typedef enum mien_bitcoin_network {
    MIEN_BITCOIN_MAINNET,
    MIEN_BITCOIN_TESTNET,
    MIEN_BITCOIN_SIGNET,
    MIEN_BITCOIN_REGTEST,
    MIEN_BITCOIN_NETWORKS
} mien_bitcoin_network;

/* How an output of ours is locked; also which derivation purpose goes with it. */
typedef enum mien_bitcoin_script_type {
    MIEN_SCRIPT_P2PKH,       /* m/44', legacy */
    MIEN_SCRIPT_P2SH_P2WPKH, /* m/49', nested segwit */
    MIEN_SCRIPT_P2WPKH,      /* m/84', segwit version 0 */
    MIEN_SCRIPT_P2TR,        /* m/86', taproot key path */
    MIEN_SCRIPT_TYPES,       /* how many of those there are */
    MIEN_SCRIPT_P2SH = MIEN_SCRIPT_TYPES,
    MIEN_SCRIPT_P2WSH,
    MIEN_SCRIPT_DATA, /* OP_RETURN */
    MIEN_SCRIPT_OTHER
} mien_bitcoin_script_type;

typedef struct mien_bitcoin_network_parameters {
    const char *name;       /* "mainnet": also what people type */
    const char *unit;       /* "BTC", "tBTC", ... */
    const char *bech32;     /* prefix of segwit addresses */
    uint8_t magic[4];       /* first bytes of its peer-to-peer messages */
    uint8_t p2pkh, p2sh;    /* version bytes of base58 addresses */
    uint8_t wif;            /* version byte of private keys */
    uint32_t coin_type;     /* SLIP-44 */
    mien_hd_version public; /* xpub or tpub */
} mien_bitcoin_network_parameters;

/* Never NULL for a member of the enumeration. */
const mien_bitcoin_network_parameters *mien_bitcoin_parameters(mien_bitcoin_network network);
/* By name ("mainnet", "testnet", "signet", "regtest", also Core's "main" and "test"). */
MIEN_MUST_CHECK mien_status mien_bitcoin_network_named(mien_bitcoin_network *out, const char *name);
/* 44, 49, 84 or 86 for the first four types, 0 for the others. */
uint32_t mien_bitcoin_purpose(mien_bitcoin_script_type type);
/* "p2wpkh" and so on; static. */
const char *mien_bitcoin_script_name(mien_bitcoin_script_type type);

#endif
