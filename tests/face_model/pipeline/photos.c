/* SPDX-License-Identifier: MIT */
/* Folders of people: what is listed, who is kept apart, and hostile lists of ids. */
#include "face_model/eval/photos.h"

#include <sys/stat.h>

#include "tests/harness.h"

static char root[64];

static void put(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *file = fopen(path, "wb");
    REQUIRE(file != NULL);
    fputs("not a picture", file);
    fclose(file);
}

static void make_folder(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    REQUIRE(mkdir(path, 0700) == 0);
}

static void make_people(void) {
    snprintf(root, sizeof root, "/tmp/mien-photos-XXXXXX");
    REQUIRE(mkdtemp(root) != NULL);
    make_folder("Zoe");
    make_folder("Ann");
    make_folder("Empty");
    put("Ann/b.png");
    put("Ann/a.JPG");
    put("Ann/.jpg");
    put("Ann/notes.txt");
    put("Zoe/z.jpeg");
    put("Empty/readme.md");
    put("loose.jpg");
}

static void remove_people(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", root);
    CHECK_INT(system(command), 0);
}

static bool not_ann(const void *context, const char *name) {
    CHECK_TEXT((const char *)context, "context");
    return strcmp(name, "Ann") != 0;
}

static void test_list(void) {
    mien_photos photos;
    mien_error error = {0};
    REQUIRE(mien_photos_list(&photos, root, NULL, NULL, NULL) == MIEN_OK);
    REQUIRE(photos.people_count == 2 && photos.photo_count == 3);
    CHECK_TEXT(photos.people[0], "Ann");
    CHECK_TEXT(photos.people[1], "Zoe");
    CHECK(photos.photos[0].person == 0 && photos.photos[2].person == 1);
    CHECK(strstr(photos.photos[0].path, "/Ann/a.JPG") != NULL);
    CHECK(strstr(photos.photos[1].path, "/Ann/b.png") != NULL);
    mien_photos_free(&photos);
    REQUIRE(mien_photos_list(&photos, root, not_ann, "context", NULL) == MIEN_OK);
    CHECK(photos.people_count == 1 && photos.photo_count == 1);
    mien_photos_free(&photos);
    CHECK_INT(mien_photos_list(&photos, "/nonexistent/people", NULL, NULL, &error), MIEN_NOT_FOUND);
    CHECK(error.message[0] != '\0' && photos.people == NULL);
    mien_photos_free(NULL);
}

static void never(void *context, size_t index, const mien_face_view *view, unsigned worker) {
    (void)context, (void)index, (void)view, (void)worker;
    CHECK(false);
}

/* Files that are no pictures are counted, not fatal. */
static void test_visit_unreadable(void) {
    mien_photos photos;
    mien_photo_counts counts;
    mien_photo_visitor visitor = {never, NULL};
    REQUIRE(mien_photos_list(&photos, root, NULL, NULL, NULL) == MIEN_OK);
    REQUIRE(mien_photos_visit(&counts, &photos, MIEN_SOURCE_DIR "/assets/models", true, 2, &visitor,
                              NULL, NULL) == MIEN_OK);
    CHECK(counts.unreadable == 3 && counts.usable == 0);
    CHECK_INT(
        mien_photos_visit(&counts, &photos, "/nonexistent/models", true, 2, &visitor, NULL, NULL),
        MIEN_NOT_FOUND);
    mien_photos_free(&photos);
}

typedef struct seen {
    size_t portraits;
} seen;

static void count_portrait(void *context, size_t index, const mien_face_view *view,
                           unsigned worker) {
    seen *s = context;
    (void)index, (void)worker;
    CHECK(view->score > 0.9f && view->eye_distance > 24);
    s->portraits++;
}

static bool only_samples(const void *context, const char *name) {
    (void)context;
    return strcmp(name, "samples") == 0;
}

static void test_visit_portraits(void) {
    mien_photos photos;
    mien_photo_counts counts;
    seen s = {0};
    mien_photo_visitor visitor = {count_portrait, &s};
    REQUIRE(mien_photos_list(&photos, MIEN_SOURCE_DIR "/assets", only_samples, NULL, NULL) ==
            MIEN_OK);
    REQUIRE(mien_photos_visit(&counts, &photos, MIEN_SOURCE_DIR "/assets/models", true, 1, &visitor,
                              NULL, NULL) == MIEN_OK);
    CHECK(s.portraits >= 2 && s.portraits == counts.usable);
    mien_photos_free(&photos);
}

static void test_ids_round_trip(void) {
    mien_photos photos;
    mien_person_ids ids;
    char *text;
    size_t length;
    REQUIRE(mien_photos_list(&photos, root, NULL, NULL, NULL) == MIEN_OK);
    REQUIRE(mien_person_ids_print(&text, &length, &photos) == MIEN_OK);
    CHECK_INT(length, 2 * 17);
    REQUIRE(mien_person_ids_parse(&ids, text, length, NULL) == MIEN_OK);
    CHECK(mien_person_ids_hold(&ids, "Ann") && mien_person_ids_hold(&ids, "Zoe"));
    CHECK(!mien_person_ids_hold(&ids, "Bob") && !mien_person_ids_hold(&ids, ""));
    mien_person_ids_free(&ids);
    CHECK(!mien_person_ids_hold(&ids, "Ann"));
    mien_photos_free(&photos);
    free(text);
}

static void test_ids_hostile(void) {
    static const char *const bad[] = {
        "0011223344556677",                     /* no newline */
        "0011223344556677\r\n",                 /* carriage return */
        "0011223344556677\n0011223344556677\n", /* twice */
        "1011223344556677\n0011223344556677\n", /* not ascending */
        "001122334455667g\n",                   /* not hex */
        "00112233445566AA\n",                   /* upper case */
        "0011223344556677 0011223344556678\n",
        "\n",
        "0011\n", /* other lengths */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mien_person_ids ids;
        mien_error error = {0};
        CHECK_INT(mien_person_ids_parse(&ids, bad[i], strlen(bad[i]), &error), MIEN_FORMAT);
        CHECK(ids.ids == NULL && ids.count == 0 && error.message[0] != '\0');
    }
    mien_person_ids none;
    CHECK_INT(mien_person_ids_parse(&none, "", 0, NULL), MIEN_OK);
    CHECK_INT(none.count, 0);
}

/* About half of all names, the same ones everywhere. */
static void test_halves(void) {
    int fitting = 0;
    for (int i = 0; i < 2000; i++) {
        char name[16];
        snprintf(name, sizeof name, "Person_%d", i);
        fitting += mien_person_is_for_fitting(name);
    }
    CHECK(fitting > 900 && fitting < 1100);
    uint8_t id[MIEN_PERSON_ID_SIZE];
    static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea}; /* FIPS 180-4 */
    mien_person_id(id, "abc");
    CHECK_BYTES(id, abc, sizeof id);
    CHECK(mien_person_is_for_fitting("abc"));
}

int main(void) {
    make_people();
    RUN(test_list);
    RUN(test_visit_unreadable);
    RUN(test_visit_portraits);
    RUN(test_ids_round_trip);
    RUN(test_ids_hostile);
    RUN(test_halves);
    remove_people();
    return harness_end();
}
