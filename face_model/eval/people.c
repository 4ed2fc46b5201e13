/* SPDX-License-Identifier: MIT */
/* Which people were fitted on: sorted ids, one a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "face_model/eval/photos.h"
#include "platform/files/file.h"

#define DIGITS (2 * MIEN_PERSON_ID_SIZE)
#define LINE (DIGITS + 1)

static int compare_ids(const void *a, const void *b) {
    return memcmp(a, b, MIEN_PERSON_ID_SIZE);
}

bool mien_person_ids_hold(const mien_person_ids *ids, const char *name) {
    uint8_t id[MIEN_PERSON_ID_SIZE];
    mien_person_id(id, name);
    return ids->count != 0 &&
           bsearch(id, ids->ids, ids->count, MIEN_PERSON_ID_SIZE, compare_ids) != NULL;
}

void mien_person_ids_free(mien_person_ids *ids) {
    free(ids->ids);
    memset(ids, 0, sizeof *ids);
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_line(uint8_t id[MIEN_PERSON_ID_SIZE], const char *line) {
    for (int i = 0; i < MIEN_PERSON_ID_SIZE; i++) {
        int high = hex_digit(line[2 * i]), low = hex_digit(line[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        id[i] = (uint8_t)(16 * high + low);
    }
    return line[DIGITS] == '\n';
}

mien_status mien_person_ids_parse(mien_person_ids *ids, const char *text, size_t length,
                                  mien_error *error) {
    memset(ids, 0, sizeof *ids);
    if (length % LINE != 0)
        return mien_fail(error, MIEN_FORMAT, "list of people: %d hex digits a line", DIGITS);
    size_t count = length / LINE;
    if (count == 0) return MIEN_OK;
    ids->ids = calloc(count, MIEN_PERSON_ID_SIZE);
    if (ids->ids == NULL) return mien_fail(error, MIEN_MEMORY, "%s", "");
    for (; ids->count < count; ids->count++) {
        size_t i = ids->count;
        bool good = parse_line(ids->ids[i], text + i * LINE) &&
                    (i == 0 || compare_ids(ids->ids[i - 1], ids->ids[i]) < 0);
        if (good) continue;
        mien_person_ids_free(ids);
        return mien_fail(error, MIEN_FORMAT,
                         "list of people, line %zu: %d lower-case hex digits, ascending", i + 1,
                         DIGITS);
    }
    return MIEN_OK;
}

static int compare_lines(const void *a, const void *b) {
    return memcmp(a, b, LINE);
}

mien_status mien_person_ids_print(char **text, size_t *length, const mien_photos *photos) {
    *length = LINE * photos->people_count;
    *text = malloc(*length + 1);
    if (*text == NULL) return MIEN_MEMORY;
    for (size_t i = 0; i < photos->people_count; i++) {
        uint8_t id[MIEN_PERSON_ID_SIZE];
        char *line = *text + LINE * i;
        mien_person_id(id, photos->people[i]);
        for (int k = 0; k < MIEN_PERSON_ID_SIZE; k++) snprintf(line + 2 * k, 3, "%02x", id[k]);
        line[DIGITS] = '\n';
    }
    (*text)[*length] = '\0';
    if (photos->people_count != 0) qsort(*text, photos->people_count, LINE, compare_lines);
    return MIEN_OK;
}

mien_status mien_person_ids_read(mien_person_ids *ids, const char *models, mien_error *error) {
    char path[MIEN_PATH_SIZE];
    uint8_t *bytes = NULL;
    size_t length = 0;
    memset(ids, 0, sizeof *ids);
    if (mien_path_join(path, mien_face_models_folder(models), "fitted-people.txt") != MIEN_OK)
        return mien_fail(error, MIEN_TOO_LARGE, "the path of the models is too long");
    MIEN_TRY(
        mien_file_read(&bytes, &length, path, (size_t)LINE * MIEN_PHOTOS_MAX_PEOPLE, 0, error));
    mien_status status = mien_person_ids_parse(ids, (const char *)bytes, length, error);
    free(bytes);
    return status;
}
