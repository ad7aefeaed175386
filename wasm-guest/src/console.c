// `console.*`: each call is one line to the host, with a level.
#include <string.h>

#include "engine.h"

// More than any person reads in a line; what all lines hold together is limited by the host.
#define LONGEST_LINE ((size_t)256 << 10)

static void add_error(JSContext *ctx, struct buffer *line, JSValueConst error) {
    const char *fields[] = {"name", "message"};
    for (int i = 0; i < 2; i++) {
        JSValue field = JS_GetPropertyStr(ctx, error, fields[i]);
        const char *text = JS_IsString(field) ? JS_ToCString(ctx, field) : NULL;
        if (i && text && text[0]) buffer_text(line, ": ");
        if (text) buffer_text(line, text);
        JS_FreeCString(ctx, text);
        if (JS_IsException(field)) JS_FreeValue(ctx, JS_GetException(ctx));
        JS_FreeValue(ctx, field);
    }
}

// Texts as they are, errors as `Name: message`, everything else as JSON where it has any.
static void add_value(JSContext *ctx, struct buffer *line, JSValueConst value) {
    if (JS_IsObject(value) && JS_IsError(value)) {
        add_error(ctx, line, value);
        return;
    }
    if (JS_IsObject(value) && !JS_IsFunction(ctx, value)) {
        struct encoding encoding = {.out = line};
        size_t length = line->length, wanted = line->wanted;
        if (value_encode(ctx, &encoding, value) == ENCODED) return;
        line->length = length;
        line->wanted = wanted;
        buffer_text(line, "[object: ");
        buffer_text(line, encoding.message);
        buffer_char(line, ']');
        return;
    }
    if (JS_IsFunction(ctx, value)) {
        buffer_text(line, "[function]");
        return;
    }
    if (JS_IsSymbol(value)) {
        buffer_text(line, "[symbol]");
        return;
    }
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, value);
    if (!text) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        return;
    }
    buffer_add(line, text, length);
    JS_FreeCString(ctx, text);
    if (JS_IsBigInt(value)) buffer_char(line, 'n');
}

static JSValue console_log(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int level) {
    (void)this_value;
    struct buffer line;
    buffer_init(&line, LONGEST_LINE);
    for (int i = 0; i < argc; i++) {
        if (i) buffer_char(&line, ' ');
        add_value(ctx, &line, argv[i]);
    }
    host_log(level, line.data, line.length);
    buffer_free(&line);
    return JS_UNDEFINED;
}

bool install_console(JSContext *ctx) {
    static const struct {
        const char *name;
        int level;
    } methods[] = {{"debug", 0}, {"trace", 0}, {"log", 1}, {"info", 1}, {"dir", 1}, {"table", 1}, {"warn", 2}, {"error", 3}};
    JSValue global = JS_GetGlobalObject(ctx), console = JS_NewObject(ctx);
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        JSValue function = JS_NewCFunctionMagic(ctx, console_log, methods[i].name, 0, JS_CFUNC_generic_magic, methods[i].level);
        JS_DefinePropertyValueStr(ctx, console, methods[i].name, function, JS_PROP_C_W_E);
    }
    bool done = JS_DefinePropertyValueStr(ctx, global, "console", console, JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE) >= 0;
    JS_FreeValue(ctx, global);
    return done;
}
