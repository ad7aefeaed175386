// Modules: compiling them to bytecode, loading bytecode, finding one another by canonical name.
//
// A bundle is a packet: the entry's name, then for each module its name and its code, dependencies first.
// Names are final (`tools/a.ts`, `@tgp/std`), so resolving is comparing.
#include <stdlib.h>
#include <string.h>

#include "engine.h"

struct part {
    char *name;
    const uint8_t *code;
    uint32_t length;
    bool taken;  // compiled or loaded already, possibly because another module imports it
};

// The packet that is being compiled or loaded.
static struct part *parts;
static uint32_t part_count;
static struct buffer *compiled_into;

// Names of the modules the snapshot holds (the standard library); tools import them without carrying them.
static char *held[64];
static size_t held_count;

// The tool's entry: its part of the packet and, once loaded, the module.
static struct part *entry_part;
static JSValue entry_module;

static char *normalize(JSContext *ctx, const char *base, const char *name, void *opaque) {
    (void)base, (void)opaque;
    return js_strdup(ctx, name);
}

static int no_exports(JSContext *ctx, JSModuleDef *module) {
    (void)ctx, (void)module;
    return 0;
}

static void put_u32(struct buffer *out, uint32_t value) { buffer_add(out, &value, 4); }

// Compiles one module, and through the loader all it imports, and appends each to `compiled_into`.
static JSModuleDef *compile(JSContext *ctx, struct part *source) {
    source->taken = true;
    char *text = malloc(source->length + 1);
    if (!text) {
        engine.memory_refused = true;
        JS_ThrowOutOfMemory(ctx);
        return NULL;
    }
    memcpy(text, source->code, source->length);
    text[source->length] = 0;
    JSValue module = JS_Eval(ctx, text, source->length, source->name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
    free(text);
    if (JS_IsException(module)) return NULL;
    size_t length;
    uint8_t *bytecode = JS_WriteObject(ctx, &length, module, JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
    if (!bytecode) return NULL;
    put_u32(compiled_into, (uint32_t)strlen(source->name));
    buffer_text(compiled_into, source->name);
    put_u32(compiled_into, (uint32_t)length);
    buffer_add(compiled_into, bytecode, length);
    js_free(ctx, bytecode);
    return JS_VALUE_GET_PTR(module);
}

// Makes one module known to the context, and through the loader all it imports. Nothing runs yet.
static JSModuleDef *read_module(JSContext *ctx, struct part *part) {
    part->taken = true;
    JSValue module = JS_ReadObject(ctx, part->code, part->length, JS_READ_OBJ_BYTECODE);
    if (JS_IsException(module)) return NULL;
    if (part == entry_part) entry_module = module;
    return JS_VALUE_GET_PTR(module);
}

// Called for a name that is not loaded yet: it is in the packet, or nowhere.
static JSModuleDef *load(JSContext *ctx, const char *name, void *opaque) {
    (void)opaque;
    bool builds = ctx == engine.build_context;
    for (uint32_t i = 0; i < part_count; i++)
        if (!parts[i].taken && strcmp(parts[i].name, name) == 0)
            return builds ? compile(ctx, &parts[i]) : read_module(ctx, &parts[i]);
    for (size_t i = 0; builds && i < held_count; i++)
        if (strcmp(held[i], name) == 0) return JS_NewCModule(ctx, name, no_exports);
    JS_ThrowReferenceError(ctx, "there is no module `%s` in this tool", name);
    return NULL;
}

void modules_init(void) { JS_SetModuleLoaderFunc(engine.runtime, normalize, load, NULL); }

// Takes a packet apart; false where it is none, or memory is short.
static bool open_packet(const uint8_t *packet, size_t length) {
    struct reader reader = {packet, packet + length};
    const uint8_t *entry, *name;
    uint32_t entry_length, name_length;
    entry_part = NULL;
    if (!read_part(&reader, &entry, &entry_length) || !read_u32(&reader, &part_count)) return false;
    if (part_count > length / 8) return false;
    parts = calloc(part_count + 1, sizeof(*parts));
    if (!parts) engine.memory_refused = true;
    for (uint32_t i = 0; parts && i < part_count; i++) {
        struct part *part = &parts[i];
        if (!read_part(&reader, &name, &name_length) || !read_part(&reader, &part->code, &part->length)) return false;
        part->name = malloc(name_length + 1);
        if (!part->name) return false;
        memcpy(part->name, name, name_length);
        part->name[name_length] = 0;
        if (name_length == entry_length && memcmp(name, entry, name_length) == 0) entry_part = part;
    }
    return entry_part != NULL;
}

static void close_packet(void) {
    free(parts);
    parts = NULL;
    part_count = 0;
}

// tgp_compile(length of the packet): sources to bytecode. The answer is a packet of the same form, or the error.
EXPORT(tgp_compile) struct answer *tgp_compile(size_t length) {
    JSContext *ctx = engine.build_context;
    const uint8_t *packet = take_input(length);
    if (!packet) return answer_text(KIND_MEMORY, "");
    struct buffer out;
    JS_UpdateStackTop(engine.runtime);
    buffer_init(&out, SIZE_MAX / 4);
    if (!open_packet(packet, length)) return answer_text(KIND_BROKEN, "the entry is not among the modules");
    put_u32(&out, (uint32_t)strlen(entry_part->name));
    buffer_text(&out, entry_part->name);
    put_u32(&out, part_count);
    compiled_into = &out;
    for (uint32_t i = 0; i < part_count; i++)
        if (!parts[i].taken && !compile(ctx, &parts[i])) return answer_error(ctx, JS_GetException(ctx));
    return answer_with(KIND_DONE, &out);
}

// Makes the modules of a bytecode packet known to a context. Nothing runs yet.
bool modules_load(JSContext *ctx, const uint8_t *packet, size_t length) {
    entry_module = JS_UNDEFINED;
    bool done = open_packet(packet, length);
    for (uint32_t i = 0; done && i < part_count; i++)
        if (!parts[i].taken && !read_module(ctx, &parts[i])) done = false;
    close_packet();
    return done;
}

// Runs the entry and all it imports, once. `promise` settles when their top levels are through.
JSValue modules_evaluate_entry(JSContext *ctx, JSValue *promise) {
    if (JS_ResolveModule(ctx, entry_module) < 0) return JS_EXCEPTION;
    *promise = JS_EvalFunction(ctx, JS_DupValue(ctx, entry_module));
    if (JS_IsException(*promise)) return JS_EXCEPTION;
    return JS_GetModuleNamespace(ctx, JS_VALUE_GET_PTR(entry_module));
}

static struct answer *evaluate_held(JSContext *ctx) {
    JSValue promise;
    JSContext *job;
    JSValue namespace = modules_evaluate_entry(ctx, &promise);
    if (JS_IsException(namespace)) return answer_error(ctx, JS_GetException(ctx));
    while (JS_ExecutePendingJob(engine.runtime, &job) > 0) continue;
    if (JS_PromiseState(ctx, promise) == JS_PROMISE_REJECTED) return answer_error(ctx, JS_PromiseResult(ctx, promise));
    JS_FreeValues(ctx, namespace, promise);
    return NULL;
}

// tgp_hold(length of the packet): compiles modules and evaluates them in the run context, before the snapshot is
// taken. The packet's entry is the module that imports all others.
EXPORT(tgp_hold) struct answer *tgp_hold(size_t length) {
    struct answer *compiled = tgp_compile(length);
    if (compiled->kind != KIND_DONE) return compiled;
    if (part_count > sizeof(held) / sizeof(held[0])) return answer_text(KIND_BROKEN, "too many standard modules");
    for (uint32_t i = 0; i < part_count; i++) held[held_count++] = parts[i].name;
    close_packet();
    JSContext *ctx = engine.run_context;
    if (!modules_load(ctx, (const uint8_t *)compiled->data, compiled->length))
        return answer_error(ctx, JS_GetException(ctx));
    struct answer *failed = evaluate_held(ctx);
    entry_module = JS_UNDEFINED;
    return failed ? failed : answer_text(KIND_DONE, "");
}
