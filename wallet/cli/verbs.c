/* SPDX-License-Identifier: MIT */
#include "wallet/cli/verbs.h"

const mien_cli_verb *const mien_cli_verb_tables[] = {mien_cli_wallet_verbs,
                                                     mien_cli_backup_verbs,
                                                     mien_cli_policy_verbs,
                                                     mien_cli_account_verbs,
                                                     mien_cli_bitcoin_verbs,
                                                     mien_cli_ethereum_verbs,
                                                     mien_cli_ethereum_message_verbs,
                                                     mien_cli_eth_serve_verbs,
                                                     mien_cli_agent_verbs,
                                                     mien_cli_cosign_verbs,
                                                     mien_cli_cosign_serve_verbs,
                                                     mien_cli_proof_verbs,
                                                     mien_cli_face_verbs,
                                                     mien_cli_other_verbs,
                                                     NULL};
