// `tgp.*`: what a tool asks of the host. A call is JSON in linear memory, built and read here in C.
//
// Nothing a tool can replace takes part: texts are written by `buffer_json_string`, and of the reply only own
// properties are read, so a polluted `Object.prototype` cannot stand in for a field.
#include <stdlib.h>
#include <string.h>

#include "engine.h"

// Sends `call` and gives back the value, or throws what the host refused with. Frees the call.
static JSValue ask(JSContext *ctx, struct buffer *call) {
    if (call->failed) {
        buffer_free(call);
        return JS_HasException(ctx) ? JS_EXCEPTION : JS_ThrowOutOfMemory(ctx);
    }
    int32_t length = host_call(call->data, call->length);
    buffer_free(call);
    char *json = malloc((size_t)length + 1);
    if (!json) {
        engine.memory_refused = true;
        return JS_ThrowOutOfMemory(ctx);
    }
    host_reply(json);
    json[length] = 0;
    JSValue reply = value_decode(ctx, json, (size_t)length);
    free(json);
    if (JS_IsException(reply)) return reply;
    JSValue error = own_field(ctx, reply, "error");
    if (JS_IsUndefined(error)) {
        JSValue value = own_field(ctx, reply, "value");
        JS_FreeValue(ctx, reply);
        return value;
    }
    JSValue name = own_field(ctx, error, "name"), code = own_field(ctx, error, "code"),
            message = own_field(ctx, error, "message");
    const char *name_text = JS_ToCString(ctx, name), *code_text = JS_ToCString(ctx, code),
               *message_text = JS_ToCString(ctx, message);
    if (name_text && code_text && message_text) throw_coded(ctx, name_text, code_text, message_text);
    JS_FreeCString(ctx, name_text);
    JS_FreeCString(ctx, code_text);
    JS_FreeCString(ctx, message_text);
    JS_FreeValues(ctx, name, code, message, error, reply);
    return JS_EXCEPTION;
}

static void begin(struct buffer *call, const char *name) {
    buffer_init(call, SIZE_MAX / 4);
    buffer_text(call, "{\"call\":\"");
    buffer_text(call, name);
    buffer_char(call, '"');
}

static void add_string(JSContext *ctx, struct buffer *call, const char *key, JSValueConst value) {
    buffer_text(call, ",\"");
    buffer_text(call, key);
    buffer_text(call, "\":");
    buffer_json_value(ctx, call, value);
}

// Adds a value with its tags; false where it has no JSON, with the reason thrown.
static bool add_value(JSContext *ctx, struct buffer *call, const char *key, JSValueConst value) {
    struct encoding encoding = {.out = call};
    buffer_text(call, ",\"");
    buffer_text(call, key);
    buffer_text(call, "\":");
    switch (value_encode(ctx, &encoding, value)) {
        case ENCODED:
            return true;
        case ENCODE_MEMORY:
            JS_ThrowOutOfMemory(ctx);
            return false;
        default:
            JS_ThrowTypeError(ctx, "%s cannot be passed: %s", key, encoding.message);
            return false;
    }
}

static JSValue finish(JSContext *ctx, struct buffer *call) {
    buffer_char(call, '}');
    return ask(ctx, call);
}

static bool wants_string(JSContext *ctx, JSValueConst value, const char *what) {
    if (JS_IsString(value)) return true;
    JS_ThrowTypeError(ctx, "%s must be a string", what);
    return false;
}

// The path as text where it lies below `/tmp`; NULL where it is the host's.
static const char *scratch_path(JSContext *ctx, JSValueConst path) {
    const char *text = JS_ToCString(ctx, path);
    if (text && is_scratch_path(text)) return text;
    JS_FreeCString(ctx, text);
    return NULL;
}

static JSValue read_file(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value, (void)argc;
    if (!wants_string(ctx, argv[0], "path")) return JS_EXCEPTION;
    const char *scratch = scratch_path(ctx, argv[0]);
    if (scratch) {
        JSValue content = scratch_read(ctx, scratch);
        JS_FreeCString(ctx, scratch);
        return content;
    }
    struct buffer call;
    begin(&call, "read_file");
    add_string(ctx, &call, "path", argv[0]);
    return finish(ctx, &call);
}

static JSValue list_files(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value, (void)argc;
    if (!wants_string(ctx, argv[0], "dir")) return JS_EXCEPTION;
    const char *scratch = scratch_path(ctx, argv[0]);
    if (scratch) {
        JSValue list = scratch_list(ctx, scratch);
        JS_FreeCString(ctx, scratch);
        return list;
    }
    struct buffer call;
    begin(&call, "list_files");
    add_string(ctx, &call, "dir", argv[0]);
    return finish(ctx, &call);
}

static JSValue write_file(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value, (void)argc;
    if (!wants_string(ctx, argv[0], "path") || !wants_string(ctx, argv[1], "content")) return JS_EXCEPTION;
    const char *scratch = scratch_path(ctx, argv[0]);
    if (scratch) {
        JSValue done = scratch_write(ctx, scratch, argv[1]);
        JS_FreeCString(ctx, scratch);
        return done;
    }
    struct buffer call;
    begin(&call, "write_file");
    add_string(ctx, &call, "path", argv[0]);
    add_string(ctx, &call, "content", argv[1]);
    return finish(ctx, &call);
}

static JSValue exec_tool(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value, (void)argc;
    if (!wants_string(ctx, argv[0], "path")) return JS_EXCEPTION;
    struct buffer call;
    begin(&call, "exec_tool");
    add_string(ctx, &call, "path", argv[0]);
    if (!add_value(ctx, &call, "args", argv[1])) {
        buffer_free(&call);
        return JS_EXCEPTION;
    }
    return finish(ctx, &call);
}

static JSValue exec_sql(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value, (void)argc;
    if (!wants_string(ctx, argv[0], "sql")) return JS_EXCEPTION;
    struct buffer call;
    begin(&call, "exec_sql");
    add_string(ctx, &call, "sql", argv[0]);
    if (!add_value(ctx, &call, "params", argv[1])) {
        buffer_free(&call);
        return JS_EXCEPTION;
    }
    return finish(ctx, &call);
}

// fetch_now(url, method, headers, body): `headers` is a flat array of names and values, `body` a Uint8Array,
// a string or undefined. Called by globals.js only.
static JSValue fetch_now(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv) {
    (void)this_value, (void)argc;
    struct buffer call;
    begin(&call, "fetch");
    add_string(ctx, &call, "url", argv[0]);
    add_string(ctx, &call, "method", argv[1]);
    buffer_text(&call, ",\"headers\":[");
    int64_t count = 0;
    JS_GetLength(ctx, argv[2], &count);
    for (int64_t i = 0; i < count; i++) {
        JSValue text = JS_GetPropertyInt64(ctx, argv[2], i);
        buffer_text(&call, i % 2 ? "," : i ? ",[" : "[");
        buffer_json_value(ctx, &call, text);
        if (i % 2) buffer_char(&call, ']');
        JS_FreeValue(ctx, text);
    }
    buffer_char(&call, ']');
    size_t length = 0;
    if (JS_IsString(argv[3])) {
        const char *text = JS_ToCStringLen(ctx, &length, argv[3]);
        buffer_text(&call, ",\"body\":\"");
        if (text) buffer_base64(&call, (const uint8_t *)text, length);
        buffer_char(&call, '"');
        JS_FreeCString(ctx, text);
    } else if (JS_IsObject(argv[3])) {
        uint8_t *bytes = JS_GetUint8Array(ctx, &length, argv[3]);
        buffer_text(&call, ",\"body\":\"");
        if (bytes) buffer_base64(&call, bytes, length);
        buffer_char(&call, '"');
    }
    return finish(ctx, &call);
}

bool define_function(JSContext *ctx, JSValueConst on, const char *name, JSCFunction *function, int length) {
    JSValue value = JS_NewCFunction(ctx, function, name, length);
    return JS_DefinePropertyValueStr(ctx, on, name, value, JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE) >= 0;
}

// `length` is the number of arguments each function reads, so that missing ones arrive as undefined.
bool install_bridge(JSContext *ctx, JSValueConst native) {
    JSValue global = JS_GetGlobalObject(ctx), tgp = JS_NewObject(ctx);
    bool done = define_function(ctx, tgp, "read_file", read_file, 1) &&
                define_function(ctx, tgp, "list_files", list_files, 1) &&
                define_function(ctx, tgp, "write_file", write_file, 2) &&
                define_function(ctx, tgp, "exec_tool", exec_tool, 2) &&
                define_function(ctx, tgp, "exec_sql", exec_sql, 2) &&
                define_function(ctx, native, "fetch_now", fetch_now, 4) &&
                JS_DefinePropertyValueStr(ctx, global, "tgp", tgp, JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE) >= 0;
    JS_FreeValue(ctx, global);
    return done;
}
