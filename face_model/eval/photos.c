/* SPDX-License-Identifier: MIT */
#include "face_model/eval/photos.h"
#include "platform/base/bytes.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "platform/base/sha256.h"
#include "platform/files/file.h"

bool mien_person_is_for_fitting(const char *name) {
    uint8_t digest[32];
    mien_sha256(digest, name, strlen(name));
    return digest[0] % 2 == 0;
}

void mien_person_id(uint8_t id[MIEN_PERSON_ID_SIZE], const char *name) {
    uint8_t digest[32];
    mien_sha256(digest, name, strlen(name));
    memcpy(id, digest, MIEN_PERSON_ID_SIZE);
}

static bool is_picture(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot != NULL && dot != name &&
           (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0 ||
            strcasecmp(dot, ".png") == 0);
}

/* Room for one more of `size` bytes each; arrays double. */
static mien_status grow(void **array, size_t count, size_t size) {
    if (count != 0 && (count & (count - 1)) != 0) return MIEN_OK;
    size_t next = count == 0 ? 1 : 2 * count, bytes;
    if (!mien_size_multiply(&bytes, next, size)) return MIEN_OVERFLOW;
    void *larger = realloc(*array, bytes);
    if (larger == NULL) return MIEN_MEMORY;
    *array = larger;
    return MIEN_OK;
}

static mien_status add_photo(mien_photos *photos, const char *folder, const char *name) {
    char path[MIEN_PATH_SIZE];
    MIEN_TRY(mien_path_join(path, folder, name));
    MIEN_TRY(grow((void **)&photos->photos, photos->photo_count, sizeof *photos->photos));
    mien_photo photo = {(uint32_t)photos->people_count, strdup(path)};
    if (photo.path == NULL) return MIEN_MEMORY;
    photos->photos[photos->photo_count++] = photo;
    return MIEN_OK;
}

static mien_status add_person(mien_photos *photos, const char *name) {
    MIEN_TRY(grow((void **)&photos->people, photos->people_count, sizeof *photos->people));
    char *copy = strdup(name);
    if (copy == NULL) return MIEN_MEMORY;
    photos->people[photos->people_count++] = copy;
    return MIEN_OK;
}

static mien_status list_person(mien_photos *photos, const char *root, const char *name,
                               mien_error *error) {
    char folder[MIEN_PATH_SIZE];
    mien_name_list list = {NULL, 0};
    if (mien_path_join(folder, root, name) != MIEN_OK)
        return mien_fail(error, MIEN_TOO_LARGE, "a path below %s is too long", root);
    if (!mien_folder_exists(folder)) return MIEN_OK;
    MIEN_TRY(mien_folder_list(&list, folder, MIEN_PHOTOS_MAX_A_PERSON, error));
    size_t before = photos->photo_count;
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < list.count && status == MIEN_OK; i++)
        if (is_picture(list.names[i])) status = add_photo(photos, folder, list.names[i]);
    mien_name_list_free(&list);
    if (status == MIEN_OK && photos->photo_count > before) status = add_person(photos, name);
    return status == MIEN_OK ? MIEN_OK
                             : mien_fail(error, status, "cannot list the photos in %s", folder);
}

mien_status mien_photos_list(mien_photos *photos, const char *folder,
                             bool (*take)(const void *context, const char *name),
                             const void *context, mien_error *error) {
    mien_name_list list = {NULL, 0};
    memset(photos, 0, sizeof *photos);
    MIEN_TRY(mien_folder_list(&list, folder, MIEN_PHOTOS_MAX_PEOPLE, error));
    mien_status status = MIEN_OK;
    for (size_t i = 0; i < list.count && status == MIEN_OK; i++)
        if (take == NULL || take(context, list.names[i]))
            status = list_person(photos, folder, list.names[i], error);
    mien_name_list_free(&list);
    if (status != MIEN_OK) mien_photos_free(photos);
    return status;
}

void mien_photos_free(mien_photos *photos) {
    if (photos == NULL) return;
    for (size_t i = 0; i < photos->people_count; i++) free(photos->people[i]);
    for (size_t i = 0; i < photos->photo_count; i++) free(photos->photos[i].path);
    free(photos->people);
    free(photos->photos);
    memset(photos, 0, sizeof *photos);
}
