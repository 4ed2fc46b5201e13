/* SPDX-License-Identifier: MIT */
/* The tables of verbs, one a file. */
#ifndef MIEN_WALLET_CLI_VERBS_H
#define MIEN_WALLET_CLI_VERBS_H

#include "wallet/cli/cli.h"

extern const mien_cli_verb mien_cli_wallet_verbs[];           /* verbs_wallet.c */
extern const mien_cli_verb mien_cli_face_verbs[];             /* verbs_face.c */
extern const mien_cli_verb mien_cli_account_verbs[];          /* verbs_account.c */
extern const mien_cli_verb mien_cli_bitcoin_verbs[];          /* verbs_bitcoin.c */
extern const mien_cli_verb mien_cli_ethereum_verbs[];         /* verbs_ethereum.c */
extern const mien_cli_verb mien_cli_eth_serve_verbs[];        /* eth_serve.c */
extern const mien_cli_verb mien_cli_agent_verbs[];            /* verbs_agent.c */
extern const mien_cli_verb mien_cli_cosign_verbs[];           /* cosign.c */
extern const mien_cli_verb mien_cli_cosign_serve_verbs[];     /* cosign_serve.c */
extern const mien_cli_verb mien_cli_proof_verbs[];            /* verbs_proof.c */
extern const mien_cli_verb mien_cli_other_verbs[];            /* verbs_other.c */
extern const mien_cli_verb mien_cli_ethereum_message_verbs[]; /* verbs_ethereum_message.c */
extern const mien_cli_verb mien_cli_policy_verbs[];           /* verbs_policy.c */
extern const mien_cli_verb mien_cli_backup_verbs[];           /* verbs_backup.c */

#endif
