/* SPDX-License-Identifier: MIT */
/* Files that were damaged, cut, swapped or put back: each is refused with its own error, nothing on
 * the disk changes, no attempt is counted, and the right files open afterwards. */
#include "tests/wallet/vault/fixture.h"
#include "wallet/vault/attempts.h"
#include "wallet/vault/seal.h"

static const mien_pin pin = {"1234", 4};

typedef struct snapshot {
    uint8_t *bytes[3];
    size_t length[3];
} snapshot;

static const char *path_of(const fixture *f, int i) {
    return i == 0 ? f->vault : i == 1 ? f->key : f->attempts;
}

static void snapshot_take(snapshot *s, const fixture *f) {
    for (int i = 0; i < 3; i++) {
        s->bytes[i] = harness_read_file(path_of(f, i), &s->length[i]);
        if (s->bytes[i] == NULL) harness_report(__FILE__, __LINE__, path_of(f, i));
    }
}

static void snapshot_put_back(const snapshot *s, const fixture *f) {
    for (int i = 0; i < 3; i++) fixture_write(path_of(f, i), s->bytes[i], s->length[i]);
}

static int snapshot_is_current(const snapshot *s, const fixture *f) {
    int same = 1;
    for (int i = 0; i < 3; i++) {
        size_t length = 0;
        uint8_t *bytes = harness_read_file(path_of(f, i), &length);
        same &= bytes != NULL && length == s->length[i] && memcmp(bytes, s->bytes[i], length) == 0;
        free(bytes);
    }
    return same;
}

static void snapshot_free(snapshot *s) {
    for (int i = 0; i < 3; i++) free(s->bytes[i]);
}

static mien_status enrolled(fixture *f, const person *p) {
    mien_status status = mien_wallet_init(f->wallet, f->seed, &pin, NULL);
    return status != MIEN_OK ? status : fixture_enrol(f, NULL, p, &pin);
}

/* All single-bit flips of the fields, one of each byte of the sealed parts; through the reader and
 * the tag, without files. */
static void every_byte_of_a_vault(void) {
    fixture f;
    snapshot s;
    mien_vault vault;
    mien_device_secrets secrets;
    REQUIRE(fixture_start(&f));
    person alice = fixture_person();
    REQUIRE(enrolled(&f, &alice) == MIEN_OK);
    snapshot_take(&s, &f);
    REQUIRE(mien_key_file_decode(&secrets, s.bytes[1], s.length[1]) == MIEN_OK);
    uint8_t *bytes = s.bytes[0];
    REQUIRE(mien_vault_decode(&vault, bytes, s.length[0]) == MIEN_OK);
    REQUIRE(mien_vault_check(&vault, secrets.secret[0]) == MIEN_OK);
    int kinds[MIEN_STATUS_COUNT] = {0};
    for (size_t i = 0; i < s.length[0]; i++) {
        int few = i >= MIEN_VAULT_CORE_SIZE + 12 + 4 + 68 && i < vault.before_body;
        for (int bit = few ? (int)(i % 8) : 0; bit < (few ? (int)(i % 8) + 1 : 8); bit++) {
            bytes[i] ^= (uint8_t)(1 << bit);
            mien_status status = mien_vault_decode(&vault, bytes, s.length[0]);
            if (status == MIEN_OK) status = mien_vault_check(&vault, secrets.secret[0]);
            REQUIRE(status != MIEN_OK);
            kinds[status]++;
            bytes[i] ^= (uint8_t)(1 << bit);
        }
    }
    CHECK_INT(kinds[MIEN_VERSION], 32);
    CHECK(kinds[MIEN_FORMAT] > 64 && kinds[MIEN_TOO_LARGE] > 0 && kinds[MIEN_UNSUPPORTED] == 32);
    CHECK(kinds[MIEN_AUTHENTICATION] > 30000);
    for (size_t length = 0; length < s.length[0]; length++)
        REQUIRE(mien_vault_decode(&vault, bytes, length) == MIEN_TRUNCATED);
    bytes = realloc(s.bytes[0], s.length[0] + 1);
    REQUIRE(bytes != NULL);
    s.bytes[0] = bytes;
    bytes[s.length[0]] = 0;
    CHECK_INT(mien_vault_decode(&vault, bytes, s.length[0] + 1), MIEN_TRAILING);
    snapshot_free(&s);
    fixture_end(&f);
}

/* Through the whole wallet, with a face that fits: refused, told, nothing changed. */
static void damaged_vaults_change_nothing(void) {
    fixture f;
    snapshot s;
    mien_wallet_session *session;
    mien_error error;
    REQUIRE(fixture_start(&f));
    person alice = fixture_person();
    REQUIRE(enrolled(&f, &alice) == MIEN_OK);
    snapshot_take(&s, &f);
    for (size_t i = 0; i < s.length[0]; i += i < 300 ? 1 : 577) {
        s.bytes[0][i] ^= 0x10;
        fixture_write(f.vault, s.bytes[0], s.length[0]);
        mien_status status = fixture_unlock(&f, &session, &alice, &pin, &error);
        REQUIRE(status != MIEN_OK && status != MIEN_NO_MATCH && session == NULL);
        REQUIRE(mien_status_kind_of(status) == MIEN_KIND_FAILURE);
        REQUIRE(error.message[0] != '\0');
        REQUIRE(snapshot_is_current(&s, &f));
        REQUIRE(fixture_status(&f).stage == MIEN_WALLET_BROKEN);
        s.bytes[0][i] ^= 0x10;
    }
    for (size_t length = 0; length < s.length[0]; length += 1 + length / 3) {
        fixture_write(f.vault, s.bytes[0], length);
        CHECK_INT(fixture_unlock(&f, &session, &alice, &pin, &error), MIEN_TRUNCATED);
    }
    fixture_write(f.vault, s.bytes[0], s.length[0]);
    CHECK_INT(fixture_opens(&f, &alice, &pin), MIEN_OK);
    snapshot_free(&s);
    fixture_end(&f);
}

static void every_byte_of_the_state_files(void) {
    fixture f;
    snapshot s;
    mien_device_secrets secrets, read;
    mien_attempts attempts;
    REQUIRE(fixture_start(&f));
    person alice = fixture_person();
    REQUIRE(enrolled(&f, &alice) == MIEN_OK);
    snapshot_take(&s, &f);
    REQUIRE(mien_key_file_decode(&secrets, s.bytes[1], s.length[1]) == MIEN_OK);
    REQUIRE(mien_attempts_decode(&attempts, s.bytes[2], s.length[2], &secrets) == MIEN_OK);
    for (int bit = 0; bit < 8; bit++) {
        for (size_t i = 0; i < s.length[1]; i++) {
            s.bytes[1][i] ^= (uint8_t)(1 << bit);
            REQUIRE(mien_key_file_decode(&read, s.bytes[1], s.length[1]) != MIEN_OK);
            REQUIRE(read.count == 0 && read.secret[0][0] == 0);
            s.bytes[1][i] ^= (uint8_t)(1 << bit);
        }
        for (size_t i = 0; i < s.length[2]; i++) {
            s.bytes[2][i] ^= (uint8_t)(1 << bit);
            REQUIRE(mien_attempts_decode(&attempts, s.bytes[2], s.length[2], &secrets) != MIEN_OK);
            REQUIRE(attempts.revision == 0);
            s.bytes[2][i] ^= (uint8_t)(1 << bit);
        }
    }
    for (size_t length = 0; length < s.length[1]; length++)
        REQUIRE(mien_key_file_decode(&read, s.bytes[1], length) == MIEN_TRUNCATED);
    for (size_t length = 0; length < s.length[2]; length++)
        REQUIRE(mien_attempts_decode(&attempts, s.bytes[2], length, &secrets) == MIEN_TRUNCATED);
    CHECK_INT(mien_key_file_decode(&read, s.bytes[1], s.length[1] + 1), MIEN_TRAILING);
    CHECK_INT(mien_attempts_decode(&attempts, s.bytes[2], s.length[2] + 1, &secrets),
              MIEN_TRAILING);
    snapshot_free(&s);
    fixture_end(&f);
}

static void damaged_key_file(void) {
    fixture f;
    snapshot s;
    mien_wallet_session *session;
    mien_error error;
    REQUIRE(fixture_start(&f));
    person alice = fixture_person();
    REQUIRE(enrolled(&f, &alice) == MIEN_OK);
    snapshot_take(&s, &f);
    s.bytes[1][20] ^= 1;
    fixture_write(f.key, s.bytes[1], s.length[1]);
    CHECK_INT(fixture_unlock(&f, &session, &alice, &pin, &error), MIEN_AUTHENTICATION);
    CHECK(strstr(error.message, "key file") != NULL && snapshot_is_current(&s, &f));
    s.bytes[1][20] ^= 1;
    REQUIRE(unlink(f.key) == 0);
    CHECK_INT(fixture_unlock(&f, &session, &alice, &pin, &error), MIEN_WRONG_DEVICE);
    CHECK(strstr(error.message, "missing") != NULL);
    fixture_write(f.key, s.bytes[1], s.length[1]);
    REQUIRE(chmod(f.key, 0644) == 0);
    CHECK_INT(fixture_unlock(&f, &session, &alice, &pin, &error), MIEN_PERMISSION);
    REQUIRE(chmod(f.key, 0600) == 0);
    CHECK_INT(fixture_opens(&f, &alice, &pin), MIEN_OK);
    snapshot_free(&s);
    fixture_end(&f);
}

/* The vault of another person or device, whole and genuine there. */
static void foreign_vault(void) {
    fixture mine, theirs;
    snapshot a, b;
    mien_wallet_session *session;
    mien_error error;
    REQUIRE(fixture_start(&mine) && fixture_start(&theirs));
    person alice = fixture_person(), mallory = fixture_person();
    REQUIRE(enrolled(&mine, &alice) == MIEN_OK && enrolled(&theirs, &mallory) == MIEN_OK);
    snapshot_take(&a, &mine);
    snapshot_take(&b, &theirs);
    fixture_write(mine.vault, b.bytes[0], b.length[0]);
    CHECK_INT(fixture_unlock(&mine, &session, &mallory, &pin, &error), MIEN_WRONG_DEVICE);
    CHECK(strstr(error.message, "another device") != NULL);
    /* with their attempt counter only: a damaged counter, no fresh tries */
    snapshot_put_back(&a, &mine);
    fixture_write(mine.attempts, b.bytes[2], b.length[2]);
    CHECK_INT(fixture_unlock(&mine, &session, &alice, &pin, &error), MIEN_RATE_LIMITED);
    snapshot_put_back(&a, &mine);
    CHECK_INT(fixture_opens(&mine, &alice, &pin), MIEN_OK);
    snapshot_free(&a);
    snapshot_free(&b);
    fixture_end(&mine);
    fixture_end(&theirs);
}

static void rolled_back_vault(void) {
    fixture f;
    snapshot old;
    mien_wallet_session *session;
    mien_wallet_enrolment enrolment;
    mien_combine_frame frames[5];
    mien_error error;
    REQUIRE(fixture_start(&f));
    person alice = fixture_person();
    REQUIRE(enrolled(&f, &alice) == MIEN_OK);
    snapshot_take(&old, &f);
    REQUIRE(fixture_unlock(&f, &session, &alice, &pin, NULL) == MIEN_OK);
    fixture_frames(frames, 5, &alice, 0.4);
    REQUIRE(mien_wallet_add_appearance(f.wallet, session, &enrolment, frames, 5, NULL) == MIEN_OK);
    mien_wallet_lock(session);
    uint8_t *newest;
    size_t length;
    REQUIRE((newest = harness_read_file(f.vault, &length)) != NULL);
    fixture_write(f.vault, old.bytes[0], old.length[0]);
    CHECK_INT(fixture_unlock(&f, &session, &alice, &pin, &error), MIEN_ROLLED_BACK);
    CHECK(strstr(error.message, "older copy") != NULL);
    CHECK_INT(fixture_status(&f).problem.status, MIEN_ROLLED_BACK);
    fixture_write(f.vault, newest, length);
    CHECK_INT(fixture_opens(&f, &alice, &pin), MIEN_OK);
    free(newest);
    snapshot_free(&old);
    fixture_end(&f);
}

/* A slot out of another vault of the same device, tag made anew by someone who has the device
 * secret: the parts do not fit together, and no seed comes out. */
static void slots_cannot_be_moved(void) {
    fixture f;
    snapshot a, b;
    mien_wallet_session *session;
    mien_error error;
    mien_vault mine, theirs;
    mien_device_secrets secrets;
    uint8_t digest[MIEN_KEY_SIZE];
    REQUIRE(fixture_start(&f));
    person alice = fixture_person();
    REQUIRE(enrolled(&f, &alice) == MIEN_OK);
    snapshot_take(&a, &f);
    REQUIRE(mien_wallet_restore(f.wallet, f.seed, &pin, NULL) == MIEN_OK);
    REQUIRE(fixture_enrol(&f, NULL, &alice, &pin) == MIEN_OK);
    snapshot_take(&b, &f);
    REQUIRE(mien_vault_decode(&mine, b.bytes[0], b.length[0]) == MIEN_OK);
    REQUIRE(mien_vault_decode(&theirs, a.bytes[0], a.length[0]) == MIEN_OK);
    REQUIRE(mien_key_file_decode(&secrets, b.bytes[1], b.length[1]) == MIEN_OK);
    memcpy(b.bytes[0] + MIEN_VAULT_CORE_SIZE + 12, a.bytes[0] + MIEN_VAULT_CORE_SIZE + 12,
           MIEN_VAULT_SLOT_SIZE);
    mien_key_header_digest(digest, b.bytes[0], mine.before_tag);
    mien_key_from_device(b.bytes[0] + mine.before_tag, secrets.secret[0], MIEN_KEY_LABEL_WHOLE,
                         digest);
    fixture_write(f.vault, b.bytes[0], b.length[0]);
    CHECK_INT(fixture_unlock(&f, &session, &alice, &pin, &error), MIEN_AUTHENTICATION);
    CHECK(session == NULL);
    snapshot_free(&a);
    snapshot_free(&b);
    fixture_end(&f);
}

/* Header fields changed under a tag made anew: every key depends on them. */
static void headers_cannot_be_changed(void) {
    /* epoch, threshold, Argon2id memory, salt, service, model, KC: offsets of docs/FORMATS.md */
    static const size_t offsets[] = {16, 20, 28, 36, 52, 84, 148};
    fixture f;
    snapshot s;
    mien_wallet_session *session;
    mien_vault vault;
    mien_device_secrets secrets;
    uint8_t digest[MIEN_KEY_SIZE];
    REQUIRE(fixture_start(&f));
    person alice = fixture_person();
    REQUIRE(enrolled(&f, &alice) == MIEN_OK);
    snapshot_take(&s, &f);
    REQUIRE(mien_key_file_decode(&secrets, s.bytes[1], s.length[1]) == MIEN_OK);
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        s.bytes[0][offsets[i]] ^= 2;
        if (offsets[i] == 84) f.model[0] ^= 2;
        REQUIRE(mien_vault_decode(&vault, s.bytes[0], s.length[0]) == MIEN_OK);
        mien_key_header_digest(digest, s.bytes[0], vault.before_tag);
        mien_key_from_device(s.bytes[0] + vault.before_tag, secrets.secret[0], MIEN_KEY_LABEL_WHOLE,
                             digest);
        fixture_write(f.vault, s.bytes[0], s.length[0]);
        CHECK_INT(fixture_unlock(&f, &session, &alice, &pin, NULL), MIEN_AUTHENTICATION);
        s.bytes[0][offsets[i]] ^= 2;
        if (offsets[i] == 84) f.model[0] ^= 2;
        fixture_write(f.attempts, s.bytes[2], s.length[2]);
    }
    snapshot_free(&s);
    fixture_end(&f);
}

int main(void) {
    RUN(every_byte_of_a_vault);
    RUN(damaged_vaults_change_nothing);
    RUN(every_byte_of_the_state_files);
    RUN(damaged_key_file);
    RUN(foreign_vault);
    RUN(rolled_back_vault);
    RUN(slots_cannot_be_moved);
    RUN(headers_cannot_be_changed);
    return harness_end();
}
