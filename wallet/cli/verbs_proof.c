/* SPDX-License-Identifier: MIT */
/* Face proofs: prove, verify, and how sure a proof makes its reader. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "platform/files/file.h"
#include "wallet/cli/common.h"
#include "wallet/cli/prove.h"
#include "wallet/cli/verbs.h"
#include "wallet/cli/words.h"
#include "wallet/encoding/hex.h"
#include "wallet/proof/sureness.h"

#define RECORD_FILE_MAX 4096

static const mien_cli_option prove_options[] = {
    {"bind", 'b', "DIGEST", false, "32 bytes in hex that the proof authorises"},
    {"nonce", 0, "HEX", false, "the verifier's challenge, 32 bytes in hex"},
    {"expires-in", 0, "SECONDS", false, "the proof is refused after that time"},
    {"service", 0, "NAME", false, "who checks it (default: the one of the enrolment)"},
    {"statement", 0, "NAME", false,
     "match (default), or face: that the network computed it from the frame"},
    {"bits", 0, "100|128", false, "soundness of a face proof without grinding (default 128)"},
    {"frame-out", 0, "FILE", false,
     "face: prove about a public frame, written here as PNG for the verifier"},
    {"out", 'o', "FILE", false, "where the proof goes (default match.proof or face.proof)"},
    {"record-out", 0, "FILE", false, "also write the public record that it is checked against"},
    MIEN_CLI_OPTIONS_END};

typedef struct prove_request {
    uint8_t bind[32], nonce[MIEN_PROOF_NONCE_SIZE], service[32];
    bool other_service;
    uint64_t expiry;
    mien_cli_statement statement;
} prove_request;

static mien_status prove_request_read(const mien_cli *cli, prove_request *request,
                                      mien_error *error) {
    uint64_t seconds;
    const char *bind = mien_cli_value(cli, "bind"), *nonce = mien_cli_value(cli, "nonce");
    const char *service = mien_cli_value(cli, "service");
    *request = (prove_request){0};
    if (bind == NULL)
        return mien_fail(error, MIEN_USAGE, "--bind DIGEST is missing: what does it authorise?");
    MIEN_TRY(mien_cli_hex(request->bind, 32, bind, "--bind", error));
    if (nonce != NULL)
        MIEN_TRY(mien_cli_hex(request->nonce, sizeof request->nonce, nonce, "--nonce", error));
    MIEN_TRY(mien_cli_number(cli, "expires-in", &seconds, 0, 1, 10u * 366 * 86400, error));
    if (seconds != 0) request->expiry = (uint64_t)time(NULL) + seconds;
    MIEN_TRY(mien_cli_statement_read(&request->statement, cli, error));
    request->other_service = service != NULL;
    if (service != NULL) mien_record_service(request->service, service, strlen(service));
    return MIEN_OK;
}

mien_status mien_cli_record_write(const mien_record *record, const char *path, mien_error *error) {
    uint8_t bytes[MIEN_RECORD_SIZE];
    MIEN_TRY(mien_record_encode(bytes, record));
    return mien_file_write(path, bytes, sizeof bytes, MIEN_FILE_PUBLIC, error);
}

mien_status mien_cli_proof_report(mien_cli *cli, const mien_cli_proof *proof, const char *path,
                                  mien_error *error) {
    uint8_t digest[32];
    MIEN_TRY(mien_file_write(path, proof->bytes, proof->length, MIEN_FILE_PUBLIC, error));
    MIEN_TRY(mien_record_digest(digest, &proof->record));
    MIEN_TRY(mien_json_set(cli->result, "proof", mien_cli_json_text(path)));
    MIEN_TRY(mien_json_set(cli->result, "proof_bytes", json_integer((json_int_t)proof->length)));
    MIEN_TRY(mien_json_set(cli->result, "prove_milliseconds", json_real(proof->milliseconds)));
    MIEN_TRY(mien_json_set_hex(cli->result, "record_digest", digest, sizeof digest));
    fprintf(cli->text, "Proof of %zu bytes in %s, made in %.0f ms.\n", proof->length, path,
            proof->milliseconds);
    return MIEN_OK;
}

static mien_status run_prove(mien_cli *cli, mien_error *error) {
    prove_request request;
    mien_cli_unlocked unlocked;
    mien_cli_proof proof = {0};
    const char *path = mien_cli_value(cli, "out"), *record = mien_cli_value(cli, "record-out");
    MIEN_TRY(prove_request_read(cli, &request, error));
    if (path == NULL) path = request.statement.face ? "face.proof" : "match.proof";
    MIEN_TRY(mien_cli_unlock(cli, &unlocked, error));
    mien_progress progress = mien_cli_progress(cli);
    mien_status status = mien_cli_prove_statement(
        &proof, &unlocked, &request.statement, request.bind, request.nonce, request.expiry,
        request.other_service ? request.service : NULL, &progress, error);
    mien_cli_unlocked_end(&unlocked);
    if (status == MIEN_OK) status = mien_cli_proof_report(cli, &proof, path, error);
    if (status == MIEN_OK && record != NULL)
        status = mien_cli_record_write(&proof.record, record, error);
    if (status == MIEN_OK) status = mien_json_set_hex(cli->result, "bind", request.bind, 32);
    free(proof.bytes);
    return status;
}

static const mien_cli_option verify_options[] = {
    {"bind", 'b', "DIGEST", false, "what should be authorised: 32 bytes in hex"},
    {"record", 'r', "FILE", false, "public record of the person, got over a channel you trust"},
    {"nonce", 0, "HEX", false, "the challenge you gave out; without it any or none is accepted"},
    {"ignore-expiry", 0, NULL, false, "leave the clock out"},
    {"statement", 0, "NAME", false, "least that must be proved: match (default), or face"},
    {"bits", 0, "N", false, "least security, without grinding: 100 (default) to 128"},
    {"frame", 0, "FILE", false, "face proof about a public frame: the crop of 112 x 112, as PNG"},
    {"models", 0, "FOLDER", false, "face proof: where the network of the record is"},
    MIEN_CLI_OPTIONS_END};

static mien_status read_record(mien_record *record, const char *path, mien_error *error) {
    uint8_t *bytes;
    size_t length;
    mien_status status = mien_file_read(&bytes, &length, path, RECORD_FILE_MAX, 0, error);
    if (status == MIEN_TOO_LARGE)
        return mien_fail(error, status, "%s is not a record: it is too long for one", path);
    MIEN_TRY(status);
    status = mien_record_decode(record, bytes, length);
    free(bytes);
    if (status != MIEN_OK)
        return mien_fail(error, status, "%s is not a record: %s", path, mien_status_text(status));
    return MIEN_OK;
}

static mien_status check_nonce(const mien_cli *cli, const mien_proof_file *file,
                               mien_error *error) {
    uint8_t wanted[MIEN_PROOF_NONCE_SIZE];
    const char *text = mien_cli_value(cli, "nonce");
    if (text == NULL) return MIEN_OK;
    MIEN_TRY(mien_cli_hex(wanted, sizeof wanted, text, "--nonce", error));
    if (memcmp(wanted, file->nonce, sizeof wanted) != 0)
        return mien_fail(error, MIEN_PROOF_INVALID, "the proof carries another nonce: a replay?");
    return MIEN_OK;
}

static bool is_face(const mien_cli_verdict *verdict) {
    return verdict->file.kind == MIEN_PROOF_FACE;
}

static const char *bound_words(const mien_cli_verdict *verdict) {
    if (!is_face(verdict)) return mien_words_bound;
    return verdict->file.frame_public ? mien_words_face_public : mien_words_face_committed;
}

static mien_status bound_json(json_t *out, const mien_cli_verdict *verdict) {
    const mien_proof_file *file = &verdict->file;
    if (!is_face(verdict))
        return mien_json_set_hex(out, "embedding_commitment", file->embedding_commitment,
                                 MIEN_DIGEST_SIZE);
    MIEN_TRY(mien_json_set(out, "frame", json_string(file->frame_public ? "public" : "committed")));
    if (file->frame_public) return MIEN_OK;
    return mien_json_set_hex(out, "frame_commitment", file->frame_commitment, 32);
}

static mien_status verify_json(json_t *out, const mien_cli_verdict *verdict) {
    bool face = is_face(verdict);
    MIEN_TRY(mien_json_set(out, "valid", json_true()));
    MIEN_TRY(mien_json_set(out, "statement", json_string(face ? "face" : "match")));
    MIEN_TRY(mien_json_set(out, "proves",
                           json_string(face ? mien_words_face_proved : mien_words_proved)));
    MIEN_TRY(mien_json_set(out, "binds_embedding", json_string(bound_words(verdict))));
    MIEN_TRY(mien_json_set(out, "not_proved",
                           json_string(face ? mien_words_face_not_proved : mien_words_not_proved)));
    MIEN_TRY(mien_json_set(out, "security_bits", json_real(verdict->bits)));
    MIEN_TRY(mien_json_set(out, "security_bits_with_grinding", json_real(verdict->bits_grinding)));
    MIEN_TRY(mien_json_set(out, "threshold_cosine",
                           json_real(mien_words_cosine(verdict->statement.threshold))));
    MIEN_TRY(mien_json_set(out, "expiry", json_integer((json_int_t)verdict->file.expiry)));
    MIEN_TRY(bound_json(out, verdict));
    MIEN_TRY(
        mien_json_set(out, "proof_bytes", json_integer((json_int_t)verdict->file.proof_length)));
    MIEN_TRY(
        mien_json_set(out, "verifier_bytes", json_integer((json_int_t)verdict->workspace_bytes)));
    return mien_json_set(out, "verify_milliseconds", json_real(verdict->milliseconds));
}

static void verify_text(FILE *out, const mien_cli_verdict *verdict, const mien_record *record) {
    bool face = is_face(verdict);
    char hex[65];
    fprintf(out, "VALID, checked in %.1f ms with %zu kB of memory.\n\n", verdict->milliseconds,
            (verdict->workspace_bytes + 999) / 1000);
    fprintf(out, "Statement: %s\n", face ? "face" : "match");
    if (face) {
        mien_hex_encode(hex, record->model_digest, 32);
        fprintf(out, "Network: %s\n", hex);
    }
    if (face && !verdict->file.frame_public) {
        mien_hex_encode(hex, verdict->file.frame_commitment, 32);
        fprintf(out, "Frame: behind C_x = %s\n", hex);
    }
    mien_words_print(out, "Proved:", face ? mien_words_face_proved : mien_words_proved);
    mien_words_print(out, "What binds the embedding:", bound_words(verdict));
    mien_words_print(out, "Not proved:", face ? mien_words_face_not_proved : mien_words_not_proved);
    fprintf(
        out,
        "Threshold: a cosine of %.3f. Sureness: %.1f bits, %.1f with grinding counted (classical,\n"
        "  random oracle model; mien proof security tells the terms).\n",
        mien_words_cosine(verdict->statement.threshold), verdict->bits, verdict->bits_grinding);
    if (verdict->file.expiry != 0)
        fprintf(out, "Expires: %llu seconds since 1970.\n",
                (unsigned long long)verdict->file.expiry);
}

/* Who wants to know that the network ran must not be content with a proof that says less. */
static mien_status check_statement(const mien_cli *cli, const mien_cli_verdict *verdict,
                                   mien_error *error) {
    bool face;
    MIEN_TRY(mien_cli_statement_named(&face, cli, error));
    if (!face || is_face(verdict)) return MIEN_OK;
    return mien_fail(error, MIEN_PROOF_INVALID,
                     "this is a match proof, a face proof is asked for: it says nothing about what "
                     "the network saw (mien prove --statement face makes one)");
}

static mien_status check_bits(mien_cli *cli, const mien_cli_verdict *verdict, mien_error *error) {
    uint64_t bits;
    const mien_security_term total = {.bits = verdict->bits};
    MIEN_TRY(mien_cli_number(cli, "bits", &bits, MIEN_SURENESS_LEAST, MIEN_SURENESS_LEAST,
                             MIEN_SURENESS_MOST, error));
    MIEN_TRY(mien_sureness_enough(&total, (unsigned)bits, error));
    return mien_json_set(cli->result, "security_bits_asked", json_integer((json_int_t)bits));
}

static mien_status verify_file(mien_cli *cli, const uint8_t *bytes, size_t length,
                               const mien_record *record, const uint8_t bind[32],
                               mien_error *error) {
    mien_cli_verdict verdict;
    uint64_t now = mien_cli_flag(cli, "ignore-expiry") ? 0 : (uint64_t)time(NULL);
    MIEN_TRY(mien_cli_verify_any(&verdict, bytes, length, record, bind, now,
                                 mien_cli_value(cli, "models"), mien_cli_value(cli, "frame"),
                                 error));
    MIEN_TRY(check_nonce(cli, &verdict.file, error));
    MIEN_TRY(check_statement(cli, &verdict, error));
    MIEN_TRY(check_bits(cli, &verdict, error));
    verify_text(cli->text, &verdict, record);
    fprintf(cli->text, "Asked for: %s bits at least, without grinding%s.\n",
            mien_cli_value(cli, "bits") != NULL ? mien_cli_value(cli, "bits") : "100",
            mien_cli_value(cli, "bits") != NULL ? "" : " (--bits 128 asks for more)");
    return verify_json(cli->result, &verdict);
}

static mien_status run_verify(mien_cli *cli, mien_error *error) {
    uint8_t bind[32], *bytes;
    size_t length;
    mien_record record;
    const char *digest = mien_cli_value(cli, "bind"), *path = mien_cli_value(cli, "record");
    if (digest == NULL || path == NULL)
        return mien_fail(error, MIEN_USAGE,
                         "--bind DIGEST and --record FILE are both needed: a proof says something "
                         "about one digest and one enrolment only");
    MIEN_TRY(mien_cli_hex(bind, 32, digest, "--bind", error));
    MIEN_TRY(read_record(&record, path, error));
    MIEN_TRY(mien_cli_read_file(&bytes, &length, cli->operands[0],
                                MIEN_PROOF_FILE_HEADER_SIZE + MIEN_PROOF_FILE_MAX_PROOF, error));
    mien_status status = verify_file(cli, bytes, length, &record, bind, error);
    free(bytes);
    return status;
}

static mien_status term_json(json_t *list, const mien_security_term *term) {
    json_t *object = json_pack("{s:s, s:s, s:f, s:f}", "name", term->name, "formula", term->formula,
                               "bits", term->bits, "bits_with_grinding", term->bits_grinding);
    return object != NULL && json_array_append_new(list, object) == 0 ? MIEN_OK : MIEN_MEMORY;
}

static const mien_cli_option security_options[] = {
    {"statement", 0, "NAME", false, "match (default) or face"},
    {"bits", 0, "100|128", false, "face: the set of parameters (default 128)"},
    {"models", 0, "FOLDER", false, "face: another network than the one that ships with mien"},
    MIEN_CLI_OPTIONS_END};

static mien_status security_terms(const mien_cli *cli, mien_sureness *sureness, mien_error *error) {
    mien_cli_statement statement;
    mien_proof_face *face;
    MIEN_TRY(mien_cli_statement_read(&statement, cli, error));
    if (!statement.face) return mien_sureness_of_match(sureness, error);
    MIEN_TRY(mien_proof_face_open(&face, mien_face_models_folder(statement.options.models), NULL,
                                  error));
    mien_status status = mien_sureness_of_face(sureness, face, statement.options.parameters, error);
    mien_proof_face_close(face);
    return status;
}

static mien_status run_security(mien_cli *cli, mien_error *error) {
    mien_sureness sureness;
    MIEN_TRY(security_terms(cli, &sureness, error));
    MIEN_TRY(mien_json_set(cli->result, "terms", json_array()));
    fprintf(cli->text, "%-34s %9s %14s   %s\n", "term", "bits", "with grinding", "error at most");
    for (size_t i = 0; i < sureness.count; i++) {
        const mien_security_term *term = &sureness.terms[i];
        MIEN_TRY(term_json(json_object_get(cli->result, "terms"), term));
        fprintf(cli->text, "%-34s %9.1f %14.1f   %s\n", term->name, term->bits, term->bits_grinding,
                term->formula);
    }
    fputs(
        "\nProven, in the classical random oracle model; quantum attackers halve it. Derivation:\n"
        "docs/SOUNDNESS.md.\n",
        cli->text);
    return MIEN_OK;
}

static mien_status run_record(mien_cli *cli, mien_error *error) {
    mien_record record;
    uint8_t digest[32];
    char text[MIEN_RECORD_JSON_MAX];
    size_t length;
    MIEN_TRY(read_record(&record, cli->operands[0], error));
    MIEN_TRY(mien_record_digest(digest, &record));
    MIEN_TRY(mien_record_json(text, sizeof text, &length, &record));
    fwrite(text, 1, length, cli->text);
    json_t *object;
    MIEN_TRY(mien_json_parse(&object, text, length, "record", error));
    MIEN_TRY(mien_json_set(cli->result, "record", object));
    return mien_json_set_hex(cli->result, "digest", digest, sizeof digest);
}

static const mien_cli_option *const prove_tables[] = {mien_cli_source_options, prove_options,
                                                      mien_cli_pin_options, NULL};
static const mien_cli_option *const verify_tables[] = {verify_options, NULL};
static const mien_cli_option *const security_tables[] = {security_options, NULL};

const mien_cli_verb mien_cli_proof_verbs[] = {
    {"prove", "prove that your face matched, bound to a digest", NULL, 0, 0, prove_tables,
     "Opens the wallet with the face and proves in zero knowledge that the embedding just seen\n"
     "matches the enrolled template, bound to DIGEST (a transaction, a login challenge). The "
     "proof\n"
     "shows neither of them. mien psbt sign --proof and mien eth sign-tx --proof do it on the "
     "way.\n"
     "--statement face proves more: that the public network computed the embedding from one "
     "frame,\n"
     "which stays behind a commitment, or is written out with --frame-out.",
     "mien prove --bind 5f16f4c7...e3 --source camera -o login.proof\n"
     "mien prove --bind 5f16f4c7...e3 --statement face --source camera -o login.proof\n"
     "mien prove --bind 5f16f4c7...e3 --nonce 00ab...ff --expires-in 60 --source camera",
     run_prove},
    {"verify", "check a proof; needs no wallet", "PROOF", 1, 1, verify_tables,
     "Says what is proved, what binds the embedding and what is not proved. Exit code 9 when the\n"
     "proof does not hold for this digest and this record, proves less than --statement, or is\n"
     "less sure than --bits.",
     "mien verify login.proof --bind 5f16f4c7...e3 --record alice.record\n"
     "mien verify login.proof --bind 5f16f4c7...e3 --record alice.record --statement face\n"
     "mien verify login.proof --bind 5f16f4c7...e3 --record alice.record --nonce 00ab...ff --json",
     run_verify},
    {"proof security", "how sure a proof makes its reader, term by term", NULL, 0, 0,
     security_tables, NULL,
     "mien proof security\nmien proof security --statement face --bits 100 --json", run_security},
    {"proof record", "show a public record", "RECORD", 1, 1, NULL, NULL,
     "mien proof record alice.record", run_record},
    {0}};
