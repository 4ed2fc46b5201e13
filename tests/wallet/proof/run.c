/* SPDX-License-Identifier: MIT */
/* Networks of face_model as the prover sees them: each value of a witness filled from a run of the
 * fast kernels is what the definitions say, and refusals name what cannot be proved. */
#include "wallet/proof/run.h"

#include "face_model/eval/photos.h"
#include "face_model/face_model.h"
#include "prover/field/field.h"
#include "tests/face_model/network/samples.h"

typedef struct filled {
    mien_proof_network *network;
    mien_proof_run *run;
    mien_cnn_witness witness;
    size_t elements, leaves, rows;
} filled;

static bool open_filled(filled *f, const mien_network *network, mien_pool *pool) {
    mien_error error = {MIEN_OK, ""};
    memset(f, 0, sizeof *f);
    if (mien_proof_network_create(&f->network, network, &error) != MIEN_OK ||
        mien_proof_run_create(&f->run, f->network, pool, &error) != MIEN_OK) {
        printf("  %s\n", error.message);
        return false;
    }
    f->elements = (size_t)1 << f->network->plan.log2_size;
    f->leaves = (size_t)2 << f->network->plan.log2_half;
    f->rows = f->network->plan.table_rows;
    f->witness.w = calloc(f->elements, sizeof *f->witness.w);
    f->witness.first = calloc(f->leaves, sizeof *f->witness.first);
    f->witness.counts = calloc(f->rows, sizeof *f->witness.counts);
    return f->witness.w != NULL && f->witness.first != NULL && f->witness.counts != NULL;
}

static void clear_witness(const filled *f) {
    memset(f->witness.w, 0, f->elements * sizeof *f->witness.w);
    memset(f->witness.first, 0, f->leaves * sizeof *f->witness.first);
    memset(f->witness.counts, 0, f->rows * sizeof *f->witness.counts);
}

static void close_filled(filled *f) {
    free(f->witness.w);
    free(f->witness.first);
    free(f->witness.counts);
    mien_proof_run_free(f->run);
    mien_proof_network_free(f->network);
}

/* ---- the witness from the definitions alone ---- */

static mien_f element(int64_t value) {
    return mien_f_from_i32((int32_t)value);
}

/* One looked-up value: w and what the leaf says at position `at`, one more use of the row. */
static void put(const filled *f, const mien_cnn_class *table, size_t at, int64_t first,
                int64_t committed) {
    f->witness.first[at] = element(first);
    f->witness.w[at] = element(committed);
    f->witness.counts[table->base + (size_t)(first - table->offset)]++;
}

static void define_convolution(const filled *f, const mien_cnn_block *b, int16_t *const *tensors) {
    const mien_cnn_plan *plan = &f->network->plan;
    const mien_cnn_layer *layer = &f->network->cnn.layers[b->layer];
    int32_t *acc = malloc((size_t)b->sites * b->tensor_channels * sizeof *acc);
    int64_t step = INT64_C(1) << b->shift;
    if (acc == NULL) abort();
    mien_cnn_accumulate(acc, layer, tensors[layer->inputs[0]],
                        layer->residual >= 0 ? tensors[layer->residual] : NULL);
    for (size_t s = 0; s < b->sites; s++)
        for (size_t c = 0; c < b->channels; c++) {
            size_t i = s * b->tensor_channels + b->first_channel + c;
            size_t at = b->base + (s << b->log2_channels) + c;
            int64_t sum = b->shift > 0 ? acc[i] + step / 2 : acc[i], q = sample_floor(sum, step);
            int64_t out = tensors[b->layer + 1][i];
            put(f, &plan->classes[plan->class_of[b->first_class + c]], at,
                b->direct != 0 ? q - out : q, out);
            if (b->shift > 0)
                put(f, &plan->classes[b->remainder_class], at + ((size_t)1 << plan->log2_half),
                    sum - q * step, sum - q * step);
        }
    free(acc);
}

static void define_pool(const filled *f, const mien_cnn_block *b, int16_t *const *tensors) {
    const mien_cnn_layer *layer = &f->network->cnn.layers[b->layer];
    const int16_t *in = tensors[layer->inputs[0]];
    for (uint32_t s = 0; s < b->sites; s++)
        for (uint32_t c = 0; c < b->channels; c++) {
            int64_t most = INT16_MIN;
            for (uint32_t tap = 0; tap < b->step; tap++) {
                int64_t v = in[(size_t)mien_cnn_pool_site(layer, s, tap) * b->channels + c];
                if (v > most) most = v;
            }
            int64_t lead =
                in[(size_t)mien_cnn_pool_site(layer, s, b->step) * b->channels + c] - most;
            put(f, &f->network->plan.classes[b->first_class],
                b->base + ((size_t)s << b->log2_channels) + c, lead, lead > 0 ? lead : 0);
        }
}

static void define_input(const filled *f, const mien_cnn_block *b, const int16_t *values) {
    for (size_t s = 0; s < b->sites; s++)
        for (size_t c = 0; c < b->channels; c++) {
            int16_t v = values[s * b->channels + c];
            put(f, &f->network->plan.classes[f->network->plan.class_of[b->first_class + c]],
                b->base + (s << b->log2_channels) + c, v, v);
        }
}

static void define(const filled *f, int16_t *const *tensors) {
    const mien_cnn_plan *plan = &f->network->plan;
    for (uint32_t i = 0; i < plan->block_count; i++) {
        const mien_cnn_block *b = &plan->blocks[i];
        if (b->kind == MIEN_CNN_BLOCK_INPUT)
            define_input(f, b, tensors[0]);
        else if (b->kind == MIEN_CNN_BLOCK_OUTPUT)
            define_convolution(f, b, tensors);
        else
            define_pool(f, b, tensors);
    }
    for (size_t i = 0; i < f->rows; i++)
        f->witness.w[plan->table_base + i] = mien_f_from_u32(f->witness.counts[i]);
}

/* ---- random networks ---- */

typedef struct sample {
    mien_network_description *d;
    mien_network *network;
    int16_t *tensors[MIEN_NETWORK_MAX_LAYERS + 1];
    uint8_t *input;
    size_t input_length;
} sample;

static void sample_max_pool(mien_network_description *d, uint32_t input) {
    mien_layer *pool = sample_append(d, MIEN_LAYER_MAX_POOL, input);
    mien_error error;
    uint32_t side[2] = {pool->in.height, pool->in.width};
    for (int a = 0; a < 2; a++) {
        pool->kernel[a] = sample_between(1, side[a] < 3 ? side[a] : 3);
        pool->stride[a] = sample_between(1, 3);
        pool->pad[a] = sample_between(0, pool->kernel[a] - 1);
        pool->pad[a + 2] = sample_between(0, pool->kernel[a] - 1);
    }
    if (mien_layer_complete(d, d->layer_count - 1, &error) != MIEN_OK) abort();
}

static void sample_side_by_side(mien_network_description *d, uint32_t input) {
    mien_layer *concat = sample_append(d, MIEN_LAYER_CONCAT, input);
    mien_error error;
    concat->input_count = sample_between(2, 4);
    for (uint32_t i = 1; i < concat->input_count; i++) concat->inputs[i] = input;
    if (mien_layer_complete(d, d->layer_count - 1, &error) != MIEN_OK) abort();
}

/* A chain with residuals, pools, concats, and one output. The prover wants one range for all
 * pixels, so the offsets are equal. */
static void make_sample(sample *s, uint32_t layers, uint32_t channels) {
    mien_error error;
    uint8_t *bytes = NULL;
    size_t length = 0;
    memset(s, 0, sizeof *s);
    s->d = sample_start(sample_between(3, 9), sample_between(3, 9), sample_between(1, 5));
    if (harness_random() & 1)
        memset(s->d->input_offset, (int)harness_random_below(256), s->d->input.channels);
    for (uint32_t l = 0; l < layers; l++) {
        uint64_t choice = harness_random_below(6);
        if (choice == 0)
            sample_max_pool(s->d, s->d->layer_count);
        else if (choice == 1 && s->d->layer_count > 0 &&
                 mien_description_shape(s->d, s->d->layer_count).channels < 60)
            sample_side_by_side(s->d, s->d->layer_count);
        else
            sample_convolution(s->d, s->d->layer_count, choice < 4, channels);
        if (s->d->layers[s->d->layer_count - 1].kind == MIEN_LAYER_CONVOLUTION &&
            (harness_random() & 1))
            sample_residual(s->d);
    }
    sample_output(s->d, s->d->layer_count);
    s->input_length = mien_shape_elements(s->d->input);
    s->input = malloc(s->input_length);
    for (uint32_t t = 0; t <= s->d->layer_count; t++)
        s->tensors[t] =
            malloc(mien_shape_elements(mien_description_shape(s->d, t)) * sizeof(int16_t));
    harness_random_bytes(s->input, s->input_length);
    if (mien_network_complete(s->d, &error) != MIEN_OK ||
        mien_network_write(&bytes, &length, s->d, &error) != MIEN_OK ||
        mien_network_load(&s->network, bytes, length, &error) != MIEN_OK)
        abort();
    free(bytes);
    sample_run(s->d, s->tensors, s->input);
}

static void free_sample(sample *s) {
    for (uint32_t t = 0; t <= s->d->layer_count; t++) free(s->tensors[t]);
    free(s->input);
    mien_network_free(s->network);
    sample_release(s->d);
}

static void check_sample(const sample *s, mien_pool *pool) {
    filled fast, slow;
    mien_shape out = mien_description_shape(s->d, s->d->layer_count);
    size_t outputs = mien_shape_elements(out);
    int16_t *output = malloc(outputs * sizeof *output);
    REQUIRE(open_filled(&fast, s->network, pool) && open_filled(&slow, s->network, NULL));
    define(&slow, s->tensors);
    for (int again = 0; again < 2; again++) { /* the second run finds clean scratch memory */
        clear_witness(&fast);
        CHECK_INT(mien_proof_run_fill(fast.run, &fast.witness, output, s->input, s->input_length),
                  MIEN_OK);
        CHECK_BYTES(fast.witness.w, slow.witness.w, fast.elements * sizeof(mien_f));
        CHECK_BYTES(fast.witness.first, slow.witness.first, fast.leaves * sizeof(mien_f));
        CHECK_BYTES(fast.witness.counts, slow.witness.counts, fast.rows * sizeof(uint32_t));
        CHECK_BYTES(output, s->tensors[s->d->layer_count], outputs * sizeof *output);
        memset(output, 1, outputs * sizeof *output);
    }
    CHECK_INT(mien_proof_run_plain(fast.run, output, s->input, s->input_length), MIEN_OK);
    CHECK_BYTES(output, s->tensors[s->d->layer_count], outputs * sizeof *output);
    CHECK_INT(mien_proof_run_fill(fast.run, &fast.witness, output, s->input, s->input_length - 1),
              MIEN_ARGUMENT);
    close_filled(&fast);
    close_filled(&slow);
    free(output);
}

static void random_networks(void) {
    mien_pool *pool = NULL;
    REQUIRE(mien_pool_create(&pool, 3) == MIEN_OK);
    for (int i = 0; i < 60; i++) {
        sample s;
        make_sample(&s, sample_between(1, 6), i % 10 == 0 ? 300 : 40);
        check_sample(&s, i % 3 == 0 ? NULL : pool);
        free_sample(&s);
    }
    mien_pool_destroy(pool);
}

/* ---- refusals ---- */

static mien_status refusal(mien_error *error, const mien_network_description *d) {
    mien_network *network = NULL;
    mien_proof_network *proof = NULL;
    uint8_t *bytes = NULL;
    size_t length = 0;
    if (mien_network_write(&bytes, &length, d, error) != MIEN_OK ||
        mien_network_load(&network, bytes, length, error) != MIEN_OK) {
        free(bytes);
        return MIEN_OK; /* nothing a test waits for */
    }
    mien_status status = mien_proof_network_create(&proof, network, error);
    mien_proof_network_free(proof);
    mien_network_free(network);
    free(bytes);
    return status;
}

static void large_pools_are_named(void) {
    mien_network_description *d = sample_start(12, 12, 1);
    mien_error error = {MIEN_OK, ""};
    mien_layer *pool = sample_append(d, MIEN_LAYER_MAX_POOL, 0);
    snprintf(pool->name, sizeof pool->name, "the_large_one");
    pool->kernel[0] = pool->kernel[1] = 9;
    sample_output(d, 1);
    REQUIRE(mien_network_complete(d, &error) == MIEN_OK);
    CHECK_INT(refusal(&error, d), MIEN_UNSUPPORTED);
    CHECK(strstr(error.message, "the_large_one") != NULL && strstr(error.message, "81") != NULL);
    sample_release(d);
}

static void several_outputs_are_named(void) {
    mien_network_description *d = sample_start(4, 4, 1);
    mien_error error = {MIEN_OK, ""};
    for (uint32_t i = 0; i < 2; i++) {
        mien_layer *pool = sample_append(d, MIEN_LAYER_MAX_POOL, i);
        pool->kernel[0] = 2;
        sample_output(d, i + 1);
    }
    REQUIRE(mien_network_complete(d, &error) == MIEN_OK);
    CHECK_INT(refusal(&error, d), MIEN_UNSUPPORTED);
    CHECK(strstr(error.message, "out0, out1") != NULL);
    sample_release(d);
}

/* ---- the network that ships, on photos ---- */

#define PEOPLE 50

typedef struct album {
    mien_face *face;
    mien_proof_run *run;
    filled f;
    size_t photos, wrong;
} album;

static void prove_photo(void *context, size_t index, const mien_face_view *view, unsigned worker) {
    album *a = context;
    const mien_cnn_plan *plan = &a->f.network->plan;
    const mien_cnn_block *last = &plan->blocks[plan->tensor_block[a->f.network->cnn.layer_count]];
    int8_t embedding[MIEN_FACE_EMBEDDING_SIZE];
    (void)index, (void)worker;
    clear_witness(&a->f);
    REQUIRE(mien_face_embed_crop(a->face, embedding, view->crop) == MIEN_OK);
    REQUIRE(mien_proof_run_fill(a->f.run, &a->f.witness, NULL, view->crop, sizeof view->crop) ==
            MIEN_OK);
    a->photos++;
    for (size_t c = 0; c < MIEN_FACE_EMBEDDING_SIZE; c++)
        if (a->f.witness.w[last->base + c].m != element(embedding[c]).m) {
            a->wrong++;
            return;
        }
}

static bool among_first(const void *context, const char *name) {
    size_t *left = (size_t *)(uintptr_t)context;
    (void)name;
    return *left > 0 && (*left)-- > 0;
}

static void all_photos(album *a, const char *folder) {
    mien_photos photos;
    mien_photo_counts counts;
    size_t left = PEOPLE;
    mien_photo_visitor visitor = {prove_photo, a};
    REQUIRE(mien_photos_list(&photos, folder, among_first, &left, NULL) == MIEN_OK);
    CHECK_INT(photos.people_count, PEOPLE);
    CHECK_INT(mien_photos_visit(&counts, &photos, MIEN_SOURCE_DIR "/assets/models", true, 1,
                                &visitor, NULL, NULL),
              MIEN_OK);
    CHECK(a->photos >= PEOPLE && a->wrong == 0);
    printf("  %zu photos of %zu people\n", a->photos, photos.people_count);
    mien_photos_free(&photos);
}

static void embeddings_of_photos(void) {
    const char *shared = harness_shared();
    char folder[2048];
    mien_network *network = NULL;
    album a = {0};
    mien_error error = {MIEN_OK, ""};
    if (shared == NULL) SKIP("no ../shared");
    snprintf(folder, sizeof folder, "%s/data/lfw-dev", shared);
    REQUIRE(mien_network_read(&network, MIEN_SOURCE_DIR "/assets/models/embedding.mien", &error) ==
            MIEN_OK);
    REQUIRE(mien_face_open(&a.face, MIEN_SOURCE_DIR "/assets/models", &error) == MIEN_OK);
    REQUIRE(open_filled(&a.f, network, NULL));
    all_photos(&a, folder);
    close_filled(&a.f);
    mien_face_close(a.face);
    mien_network_free(network);
}

int main(void) {
    RUN(random_networks);
    RUN(large_pools_are_named);
    RUN(several_outputs_are_named);
    RUN(embeddings_of_photos);
    return harness_end();
}
