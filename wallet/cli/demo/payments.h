/* SPDX-License-Identifier: MIT */
/* Transactions to sign in a demonstration. Their coins are made up; everything else is real. */
#ifndef MIEN_WALLET_CLI_DEMO_PAYMENTS_H
#define MIEN_WALLET_CLI_DEMO_PAYMENTS_H

#include "wallet/bitcoin/keys.h"
#include "wallet/ethereum/address.h"

#define MIEN_DEMO_PSBT_MAX 2048
#define MIEN_DEMO_JSON_MAX 512

/* A PSBT (version 0) that spends 0.0125 coins of address 0/0 of a p2wpkh account: `satoshis` to a
 * stranger, the rest less 1,410 satoshis of fee back to 1/0. MIEN_ARGUMENT when that is too much.
 */
MIEN_MUST_CHECK mien_status mien_demo_psbt(uint8_t bytes[MIEN_DEMO_PSBT_MAX], size_t *length,
                                           const mien_bitcoin_account *account, uint64_t satoshis);

/* JSON of an EIP-1559 transaction that sends `gwei` on Sepolia (chain id 11155111), NUL-terminated.
 */
void mien_demo_ethereum(char text[MIEN_DEMO_JSON_MAX],
                        const uint8_t from[MIEN_ETHEREUM_ADDRESS_SIZE], uint64_t gwei);

#endif
