/* SPDX-License-Identifier: MIT */
/* A folder of people, PERSON/PHOTO.jpg, for fitting and for measuring: never both on one person.
 *
 * Which people were fitted on is part of what ships, as the first eight bytes of the SHA-256 of
 * each name, so that a measurement can leave them out without a list of names. */
#ifndef MIEN_FACE_MODEL_EVAL_PHOTOS_H
#define MIEN_FACE_MODEL_EVAL_PHOTOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "face_model/face_model.h"
#include "platform/base/progress.h"

#define MIEN_PHOTOS_MAX_PEOPLE 200000
#define MIEN_PHOTOS_MAX_A_PERSON 10000
#define MIEN_PERSON_ID_SIZE 8

typedef struct mien_photo {
    uint32_t person; /* index into people */
    char *path;
} mien_photo;

/* Sorted by name, so the same folder gives the same order everywhere. Zeroed is empty. */
typedef struct mien_photos {
    char **people;
    size_t people_count;
    mien_photo *photos; /* of person 0 first, then 1 ... */
    size_t photo_count;
} mien_photos;

/* One bit a name decides, by chance: true for people on whom constants are fitted and ranges are
 * calibrated (SHA-256 of the name begins with an even byte). */
bool mien_person_is_for_fitting(const char *name);
void mien_person_id(uint8_t id[MIEN_PERSON_ID_SIZE], const char *name);

/* Ids of the people that were fitted on, sorted. File: one id a line, 16 hex digits, ascending. */
typedef struct mien_person_ids {
    uint8_t (*ids)[MIEN_PERSON_ID_SIZE];
    size_t count;
} mien_person_ids;
bool mien_person_ids_hold(const mien_person_ids *ids, const char *name);
/* The caller frees *ids. MIEN_FORMAT names the line. */
MIEN_MUST_CHECK mien_status mien_person_ids_parse(mien_person_ids *ids, const char *text,
                                                  size_t length, mien_error *error);
/* The text of the file; the caller frees it with free(). */
MIEN_MUST_CHECK mien_status mien_person_ids_print(char **text, size_t *length,
                                                  const mien_photos *photos);
void mien_person_ids_free(mien_person_ids *ids);
/* fitted-people.txt in the folder of models (NULL as in mien_face_open). */
MIEN_MUST_CHECK mien_status mien_person_ids_read(mien_person_ids *ids, const char *models,
                                                 mien_error *error);

/* Every JPEG and PNG of every folder in `folder` for whose name take(context, name) holds (NULL:
 * all). People without photos are left out. The caller frees *photos. */
MIEN_MUST_CHECK mien_status mien_photos_list(mien_photos *photos, const char *folder,
                                             bool (*take)(const void *context, const char *name),
                                             const void *context, mien_error *error);
void mien_photos_free(mien_photos *photos); /* NULL and zeroed are fine */

/* What became of the photos of a set. */
typedef struct mien_photo_counts {
    size_t usable, unreadable;
    size_t refused[MIEN_STATUS_COUNT]; /* by reason */
} mien_photo_counts;

/* Look at every photo on `threads` threads (0: all processors) and tell each usable one's view:
 * taken(context, index, view, worker) runs on any thread, one call a worker at a time. aligned_only
 * leaves the embedding out and needs no embedding network. A photo that does not decode is counted,
 * not an error. Views are wiped afterwards. */
typedef struct mien_photo_visitor {
    void (*taken)(void *context, size_t index, const mien_face_view *view, unsigned worker);
    void *context;
} mien_photo_visitor;
MIEN_MUST_CHECK mien_status mien_photos_visit(mien_photo_counts *counts, const mien_photos *photos,
                                              const char *models, bool aligned_only,
                                              unsigned threads, const mien_photo_visitor *visitor,
                                              const mien_progress *progress, mien_error *error);

#endif
