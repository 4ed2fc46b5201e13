/* SPDX-License-Identifier: MIT */
/* The side of the agent that asks: connect to the socket of this user, send a request, wait for the
 * reply. No secret passes this way but the token of a grant.
 *
 * A request that needs the person's consent waits until it was given or refused at the agent's own
 * prompt; the client can only hang up, which withdraws the request. One thread per client. */
#ifndef MIEN_WALLET_AGENT_CLIENT_H
#define MIEN_WALLET_AGENT_CLIENT_H

#include "platform/files/file.h"
#include "wallet/agent/protocol.h"

typedef struct mien_agent_client mien_agent_client;

/* Path of the socket: "agent.sock" in mien_folder_of(MIEN_FOLDER_RUNTIME). */
MIEN_MUST_CHECK mien_status mien_agent_socket_path(char path[MIEN_PATH_SIZE], mien_error *error);
/* MIEN_NOT_FOUND when no agent runs (the normal case: go on without one), MIEN_PERMISSION when
 * whoever listens there is another user, MIEN_BUSY when it has all the clients it takes. The token
 * of a grant is taken from $MIEN_AGENT_GRANT (32 hex digits) when that is set. */
MIEN_MUST_CHECK mien_status mien_agent_connect(mien_agent_client **client, mien_error *error);
void mien_agent_disconnect(mien_agent_client *client); /* NULL is fine */
/* Use this grant from now on. */
void mien_agent_use_grant(mien_agent_client *client, const uint8_t token[MIEN_AGENT_TOKEN_SIZE]);

/* Send one request and wait for its reply. The client fills in the token of operations that take
 * one. The status is that of the reply, its words are in *error: MIEN_LOCKED (unlock first),
 * MIEN_USER_REFUSED, MIEN_POLICY_DENIED, ...; MIEN_IO when the agent hung up, MIEN_INTERRUPTED
 * after a signal (mien_console_interrupted). *reply is zeroed unless MIEN_OK; its payload lives
 * until the next call or mien_agent_disconnect. */
MIEN_MUST_CHECK mien_status mien_agent_call(mien_agent_client *client, mien_agent_reply *reply,
                                            const mien_agent_request *request, mien_error *error);

/* The same; where the agent is locked, it is asked to unlock first, and then once more. */
MIEN_MUST_CHECK mien_status mien_agent_call_unlocked(mien_agent_client *client,
                                                     mien_agent_reply *reply,
                                                     const mien_agent_request *request,
                                                     mien_error *error);
MIEN_MUST_CHECK mien_status mien_agent_get_state(mien_agent_client *client, mien_agent_state *state,
                                                 mien_error *error);
/* Does nothing when it is unlocked already. */
MIEN_MUST_CHECK mien_status mien_agent_unlock(mien_agent_client *client, mien_error *error);
/* A request without fields: LOCK, STOP, UNLOCK. */
MIEN_MUST_CHECK mien_status mien_agent_command(mien_agent_client *client,
                                               mien_agent_operation operation, mien_error *error);
/* Ask the person for a grant; on MIEN_OK the client uses it and *token is it. */
MIEN_MUST_CHECK mien_status mien_agent_ask_grant(mien_agent_client *client,
                                                 uint8_t token[MIEN_AGENT_TOKEN_SIZE],
                                                 const mien_agent_grant *grant, mien_error *error);

#endif
