// What the files of the engine share: one runtime, two contexts, and the helpers they call.
//
// `run_context` is where tools run; it has no parser, so `eval` and `Function` cannot compile anything.
// `build_context` compiles modules to bytecode and never runs them. Both exist in the snapshot.
#ifndef TGP_ENGINE_H
#define TGP_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(name) __attribute__((import_module("tgp"), import_name(#name)))

// The only imports of the engine.
IMPORT(host_input) void host_input(void *into);
IMPORT(host_call) int32_t host_call(const char *json, size_t length);
IMPORT(host_reply) void host_reply(char *into);
IMPORT(host_log) void host_log(int32_t level, const char *text, size_t length);

// A text that grows, up to `limit` bytes; what is over is counted, not stored.
struct buffer {
    char *data;
    size_t length;
    size_t capacity;
    size_t limit;
    size_t wanted;  // length it would have without the limit
    bool failed;    // memory was refused
};

void buffer_init(struct buffer *buffer, size_t limit);
void buffer_free(struct buffer *buffer);
void buffer_add(struct buffer *buffer, const void *data, size_t length);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_char(struct buffer *buffer, char byte);
void buffer_json_string(struct buffer *buffer, const char *utf8, size_t length);
void buffer_json_value(JSContext *ctx, struct buffer *buffer, JSValueConst value);
void buffer_base64(struct buffer *buffer, const uint8_t *bytes, size_t length);
uint8_t *base64_decode(const char *text, size_t length, size_t *decoded);

// JSON with the tags `{"$bigint": "1"}` and `{"$bytes": "base64"}`, both ways.
enum encoded { ENCODED, ENCODE_INVALID, ENCODE_MEMORY };
struct encoding {
    struct buffer *out;
    char message[256];  // why it is invalid
    int depth;
    void *parents[128];
};
JSValue value_decode(JSContext *ctx, const char *json, size_t length);
enum encoded value_encode(JSContext *ctx, struct encoding *encoding, JSValueConst value);

// Values taken before any tool could replace them.
struct originals {
    JSValue big_int;          // BigInt
    JSValue boolean_value_of;  // Boolean.prototype.valueOf
    JSClassID number_class;
    JSClassID string_class;
    JSClassID boolean_class;
    JSClassID big_int_class;
};

struct engine {
    JSRuntime *runtime;
    JSContext *run_context;
    JSContext *build_context;
    struct originals originals;
    bool memory_refused;  // some allocation failed during this run
    uint64_t random;      // state of the seeded generator
    int64_t now_ms;       // the run's clock; it stands still
};
extern struct engine engine;

// Installing what tools find in their global scope; each returns false when memory is short.
bool install_bridge(JSContext *ctx, JSValueConst native);   // bridge.c: tgp.*, the raw fetch
bool install_console(JSContext *ctx);                       // console.c
bool install_random(JSContext *ctx, JSValueConst native);   // random.c: Math.random, crypto
bool install_text(JSContext *ctx, JSValueConst native);     // text.c: UTF-8, structuredClone, performance
bool install_environment(JSContext *ctx, const char *json, size_t length);  // run.c: process.env
bool define_function(JSContext *ctx, JSValueConst on, const char *name, JSCFunction *function, int length);

// scratch.c: the files of `/tmp/...`, which live as long as the run.
bool is_scratch_path(const char *path);
JSValue scratch_read(JSContext *ctx, const char *path);
JSValue scratch_write(JSContext *ctx, const char *path, JSValueConst content);
JSValue scratch_list(JSContext *ctx, const char *folder);

// modules.c
void modules_init(void);
bool modules_load(JSContext *ctx, const uint8_t *packet, size_t length);
JSValue modules_evaluate_entry(JSContext *ctx, JSValue *promise);

// report.c
JSValue throw_coded(JSContext *ctx, const char *name, const char *code, const char *message);
bool is_out_of_memory(JSContext *ctx, JSValueConst error);
struct answer *answer_error(JSContext *ctx, JSValue error);

JSValue own_field(JSContext *ctx, JSValueConst object, const char *name);  // value.c
uint64_t random_next(void);                                                // random.c

// Reads a packet: little-endian 32-bit lengths before each part.
struct reader {
    const uint8_t *at;
    const uint8_t *end;
};
bool read_u32(struct reader *reader, uint32_t *value);
bool read_part(struct reader *reader, const uint8_t **data, uint32_t *length);

// What an export answers: a kind and a text. The host reads these four words.
enum kind {
    KIND_DONE = 0,
    KIND_THREW = 1,
    KIND_STALLED = 2,
    KIND_TOO_LARGE = 3,
    KIND_INVALID = 4,
    KIND_MEMORY = 5,
    KIND_BROKEN = 6,
};
struct answer {
    uint32_t kind;
    const char *data;
    uint32_t length;
    uint32_t wanted;
};
void *take_input(size_t length);
struct answer *answer_with(enum kind kind, struct buffer *buffer);
struct answer *answer_text(enum kind kind, const char *text);

#endif
