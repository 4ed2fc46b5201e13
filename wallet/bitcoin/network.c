/* SPDX-License-Identifier: MIT */
#include "wallet/bitcoin/network.h"

#include <string.h>

static const mien_bitcoin_network_parameters parameters[MIEN_BITCOIN_NETWORKS] = {
    [MIEN_BITCOIN_MAINNET] =
        {"mainnet", "BTC", "bc", {0xf9, 0xbe, 0xb4, 0xd9}, 0, 5, 128, 0, MIEN_HD_XPUB},
    [MIEN_BITCOIN_TESTNET] =
        {"testnet", "tBTC", "tb", {0x0b, 0x11, 0x09, 0x07}, 111, 196, 239, 1, MIEN_HD_TPUB},
    [MIEN_BITCOIN_SIGNET] =
        {"signet", "sBTC", "tb", {0x0a, 0x03, 0xcf, 0x40}, 111, 196, 239, 1, MIEN_HD_TPUB},
    [MIEN_BITCOIN_REGTEST] = {
        "regtest", "rBTC", "bcrt", {0xfa, 0xbf, 0xb5, 0xda}, 111, 196, 239, 1, MIEN_HD_TPUB}};

static const char *const script_names[] = {"p2pkh", "p2sh-p2wpkh", "p2wpkh", "p2tr",
                                           "p2sh",  "p2wsh",       "data",   "other"};

const mien_bitcoin_network_parameters *mien_bitcoin_parameters(mien_bitcoin_network network) {
    return &parameters[network < MIEN_BITCOIN_NETWORKS ? network : MIEN_BITCOIN_MAINNET];
}

mien_status mien_bitcoin_network_named(mien_bitcoin_network *out, const char *name) {
    for (int i = 0; i < MIEN_BITCOIN_NETWORKS; i++) {
        if (strcmp(name, parameters[i].name) != 0) continue;
        *out = (mien_bitcoin_network)i;
        return MIEN_OK;
    }
    if (strcmp(name, "main") != 0 && strcmp(name, "test") != 0) return MIEN_NOT_FOUND;
    *out = name[0] == 'm' ? MIEN_BITCOIN_MAINNET : MIEN_BITCOIN_TESTNET;
    return MIEN_OK;
}

uint32_t mien_bitcoin_purpose(mien_bitcoin_script_type type) {
    switch (type) {
    case MIEN_SCRIPT_P2PKH:
        return 44;
    case MIEN_SCRIPT_P2SH_P2WPKH:
        return 49;
    case MIEN_SCRIPT_P2WPKH:
        return 84;
    case MIEN_SCRIPT_P2TR:
        return 86;
    default:
        return 0;
    }
}

const char *mien_bitcoin_script_name(mien_bitcoin_script_type type) {
    return script_names[type <= MIEN_SCRIPT_OTHER ? type : MIEN_SCRIPT_OTHER];
}
