/* SPDX-License-Identifier: MIT */
/* What the tests of the command line need besides the program itself:
 *
 *   cli-fixtures frames PORTRAIT SEED COUNT FOLDER  frames of a simulated camera, as JPEG files
 *   cli-fixtures blank FOLDER                       a picture without a face
 *   cli-fixtures pair PORTRAIT PORTRAIT FILE        two portraits side by side
 *   cli-fixtures embeddings PICTURE...              the embedding of each, a line of hex
 *   cli-fixtures shared-key                         the wallet's key for shared wallets on testnet
 *   cli-fixtures shared-psbt DESCRIPTOR SATOSHIS    a payment from that shared wallet, base64
 *   cli-fixtures psbt SATOSHIS                      a payment from the wallet in $MIEN_HOME, base64
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "face_model/face_model.h"
#include "platform/files/file.h"
#include "platform/images/draw.h"
#include "tests/wallet/cosign/shared_payment.h"
#include "wallet/cli/accounts.h"
#include "wallet/cli/cli.h"
#include "wallet/cli/demo/payments.h"
#include "wallet/cli/demo/simulated_camera.h"
#include "wallet/cosign/member.h"
#include "wallet/encoding/hex.h"

static mien_error error;

static mien_status write_jpeg(const mien_image *image, const char *folder, const char *name) {
    char path[MIEN_PATH_SIZE];
    uint8_t *bytes;
    size_t length;
    MIEN_TRY(mien_folder_create(folder, &error));
    MIEN_TRY(mien_path_join(path, folder, name));
    MIEN_TRY(mien_image_encode_jpeg(&bytes, &length, image, 92));
    mien_status status = mien_file_write(path, bytes, length, MIEN_FILE_PUBLIC, &error);
    free(bytes);
    return status;
}

static mien_status frames(char **arguments) {
    mien_image portrait = {0};
    uint64_t seed = strtoull(arguments[1], NULL, 10);
    int count = atoi(arguments[2]);
    MIEN_TRY(mien_image_read(&portrait, arguments[0], &error));
    mien_status status = MIEN_OK;
    for (int i = 0; status == MIEN_OK && i < count; i++) {
        mien_image frame = {0};
        char name[32];
        snprintf(name, sizeof name, "frame%03d.jpg", i);
        status = mien_simulated_frame(&frame, &portrait, &mien_simulated_desk, seed + (uint64_t)i);
        if (status == MIEN_OK) status = write_jpeg(&frame, arguments[3], name);
        mien_image_free(&frame);
    }
    mien_image_free(&portrait);
    return status;
}

static mien_status blank(const char *folder) {
    mien_image image = {0};
    MIEN_TRY(mien_image_create(&image, 320, 240));
    mien_draw_fill(&image, (mien_pixel){90, 110, 130});
    mien_status status = write_jpeg(&image, folder, "blank.jpg");
    mien_image_free(&image);
    return status;
}

static mien_status pair(char **arguments) {
    mien_image images[2] = {{0}, {0}}, both = {0};
    for (int i = 0; i < 2; i++) MIEN_TRY(mien_image_read(&images[i], arguments[i], &error));
    int height = images[0].height > images[1].height ? images[0].height : images[1].height;
    MIEN_TRY(mien_image_create(&both, images[0].width + images[1].width, height));
    mien_draw_image(&both, 0, 0, &images[0]);
    mien_draw_image(&both, images[0].width, 0, &images[1]);
    mien_status status = mien_image_write_png(arguments[2], &both, &error);
    mien_image_free(&images[0]);
    mien_image_free(&images[1]);
    mien_image_free(&both);
    return status;
}

static mien_status embeddings(int count, char **paths) {
    mien_face *face;
    static mien_face_view view;
    char hex[2 * MIEN_FACE_EMBEDDING_SIZE + 1];
    MIEN_TRY(mien_face_open(&face, NULL, &error));
    mien_status status = MIEN_OK;
    for (int i = 0; status == MIEN_OK && i < count; i++) {
        mien_image image = {0};
        status = mien_image_read(&image, paths[i], &error);
        if (status == MIEN_OK) status = mien_face_look(face, &view, &image, &error);
        mien_hex_encode(hex, (const uint8_t *)view.embedding, MIEN_FACE_EMBEDDING_SIZE);
        if (status == MIEN_OK) puts(hex);
        mien_image_free(&image);
    }
    mien_face_close(face);
    return status;
}

static mien_status psbt(const char *satoshis) {
    mien_accounts accounts;
    uint8_t bytes[MIEN_DEMO_PSBT_MAX];
    char text[2 * MIEN_DEMO_PSBT_MAX];
    size_t length;
    MIEN_TRY(mien_accounts_read(&accounts, &error));
    mien_bitcoin_account account =
        mien_accounts_bitcoin(&accounts, MIEN_BITCOIN_TESTNET, MIEN_SCRIPT_P2WPKH);
    MIEN_TRY(mien_demo_psbt(bytes, &length, &account, strtoull(satoshis, NULL, 10)));
    mien_base64_encode(text, sizeof text, bytes, length);
    puts(text);
    return MIEN_OK;
}

static mien_status shared_key(void) {
    mien_accounts accounts;
    mien_hd_path path;
    MIEN_TRY(mien_accounts_read(&accounts, &error));
    mien_cosign_bitcoin_path(&path, MIEN_BITCOIN_TESTNET, 0);
    for (size_t i = 0; i < accounts.more_count; i++) {
        char hex[9], text[MIEN_HD_TEXT], path_text[MIEN_HD_PATH_TEXT];
        if (!mien_hd_path_equal(&accounts.more[i].path, &path)) continue;
        mien_hex_encode(hex, accounts.fingerprint, MIEN_FINGERPRINT_SIZE);
        mien_hd_path_text(path_text, &path);
        MIEN_TRY(mien_hd_public_text(text, &accounts.more[i].key, MIEN_HD_TPUB));
        printf("[%s%s]%s\n", hex, path_text + 1, text);
        return MIEN_OK;
    }
    return MIEN_NOT_FOUND;
}

static mien_status shared(char **arguments) {
    shared_payment payment = {
        .amount = 1000000, .pays = strtoull(arguments[1], NULL, 10), .fee = 1000};
    mien_descriptor descriptor;
    MIEN_TRY(mien_descriptor_parse(&descriptor, arguments[0], strlen(arguments[0]), &error));
    char *text = shared_psbt(&descriptor, &payment);
    puts(text);
    free(text);
    return MIEN_OK;
}

int main(int argc, char **argv) {
    mien_status status = MIEN_USAGE;
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "frames") == 0 && argc == 6) status = frames(argv + 2);
    if (strcmp(what, "blank") == 0 && argc == 3) status = blank(argv[2]);
    if (strcmp(what, "pair") == 0 && argc == 5) status = pair(argv + 2);
    if (strcmp(what, "embeddings") == 0) status = embeddings(argc - 2, argv + 2);
    if (strcmp(what, "psbt") == 0 && argc == 3) status = psbt(argv[2]);
    if (strcmp(what, "shared-key") == 0 && argc == 2) status = shared_key();
    if (strcmp(what, "shared-psbt") == 0 && argc == 4) status = shared(argv + 2);
    if (status != MIEN_OK)
        fprintf(stderr, "cli-fixtures %s: %s %s\n", what, mien_status_name(status),
                mien_error_words(&error));
    return mien_status_exit_code(status);
}
