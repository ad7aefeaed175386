// Modules: compiling them to bytecode, loading bytecode, finding one another by canonical name.
//
// A bundle is a packet: the entry's name, then for each module its name and its code, dependencies first.
// Names are final (`tools/a.ts`, `@tgp/std`), so resolving is comparing.
#include <stdlib.h>
#include <string.h>

#include "engine.h"

struct source {
    const char *name;
    const uint8_t *code;
    uint32_t length;
    bool compiled;
};

// The packet that is being compiled.
static struct source *sources;
static uint32_t source_count;
static struct buffer *compiled_into;

// Names of the modules the snapshot holds (the standard library); tools import them without carrying them.
static char *held[64];
static size_t held_count;

// The tool's entry, once loaded.
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
static JSModuleDef *compile(JSContext *ctx, struct source *source) {
    source->compiled = true;
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

// Called for a name that is not loaded yet. Only while building are there sources to look into.
static JSModuleDef *load(JSContext *ctx, const char *name, void *opaque) {
    (void)opaque;
    if (ctx == engine.build_context) {
        for (uint32_t i = 0; i < source_count; i++)
            if (!sources[i].compiled && strcmp(sources[i].name, name) == 0) return compile(ctx, &sources[i]);
        for (size_t i = 0; i < held_count; i++)
            if (strcmp(held[i], name) == 0) return JS_NewCModule(ctx, name, no_exports);
    }
    JS_ThrowReferenceError(ctx, "there is no module `%s` in this tool", name);
    return NULL;
}

void modules_init(void) { JS_SetModuleLoaderFunc(engine.runtime, normalize, load, NULL); }

static bool read_sources(struct reader *reader) {
    uint32_t count, name_length;
    if (!read_u32(reader, &count) || count > 10000) return false;
    sources = calloc(count ? count : 1, sizeof(*sources));
    source_count = count;
    if (!sources) return false;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *name;
        if (!read_part(reader, &name, &name_length)) return false;
        if (!read_part(reader, &sources[i].code, &sources[i].length)) return false;
        char *copy = malloc(name_length + 1);
        if (!copy) return false;
        memcpy(copy, name, name_length);
        copy[name_length] = 0;
        sources[i].name = copy;
    }
    return true;
}

// tgp_compile(length of the packet): sources to bytecode. The answer is a packet of the same form, or the error.
EXPORT(tgp_compile) struct answer *tgp_compile(size_t length) {
    JSContext *ctx = engine.build_context;
    const uint8_t *packet = take_input(length);
    if (!packet) return answer_text(KIND_MEMORY, "");
    struct reader reader = {packet, packet + length};
    struct buffer out;
    const uint8_t *entry;
    uint32_t entry_length;
    JS_UpdateStackTop(engine.runtime);
    buffer_init(&out, SIZE_MAX / 4);
    if (!read_part(&reader, &entry, &entry_length) || !read_sources(&reader))
        return answer_text(KIND_BROKEN, "the packet of sources cannot be read");
    put_u32(&out, entry_length);
    buffer_add(&out, entry, entry_length);
    put_u32(&out, source_count);
    compiled_into = &out;
    for (uint32_t i = 0; i < source_count; i++)
        if (!sources[i].compiled && !compile(ctx, &sources[i])) return answer_error(ctx, JS_GetException(ctx));
    return answer_with(KIND_DONE, &out);
}

// Makes the modules of a bytecode packet known to a context. Nothing runs yet.
bool modules_load(JSContext *ctx, const uint8_t *packet, size_t length) {
    struct reader reader = {packet, packet + length};
    const uint8_t *entry, *name, *code;
    uint32_t entry_length, count, name_length, code_length;
    if (!read_part(&reader, &entry, &entry_length) || !read_u32(&reader, &count)) return false;
    entry_module = JS_UNDEFINED;
    for (uint32_t i = 0; i < count; i++) {
        if (!read_part(&reader, &name, &name_length) || !read_part(&reader, &code, &code_length)) return false;
        JSValue module = JS_ReadObject(ctx, code, code_length, JS_READ_OBJ_BYTECODE);
        if (JS_IsException(module)) return false;
        if (name_length == entry_length && memcmp(name, entry, name_length) == 0) entry_module = module;
    }
    return !JS_IsUndefined(entry_module);
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
    JSContext *ctx = engine.run_context;
    if (!modules_load(ctx, (const uint8_t *)compiled->data, compiled->length))
        return answer_error(ctx, JS_GetException(ctx));
    struct answer *failed = evaluate_held(ctx);
    if (failed) return failed;
    for (uint32_t i = 0; i < source_count; i++) {
        if (held_count == sizeof(held) / sizeof(held[0])) return answer_text(KIND_BROKEN, "too many standard modules");
        held[held_count++] = (char *)sources[i].name;
    }
    free(sources);
    sources = NULL;
    source_count = 0;
    entry_module = JS_UNDEFINED;
    return answer_text(KIND_DONE, "");
}
