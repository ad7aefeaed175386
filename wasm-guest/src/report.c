// Errors: making those the host refused with, and telling the host what a tool threw.
//
// What was thrown may be hostile: a getter for `message` that throws or never ends (fuel ends it), a text of
// megabytes, no error at all. Every field is read with that in mind and cut.
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define LONGEST_NAME 200
#define LONGEST_MESSAGE 8192
#define LONGEST_STACK 16384

JSValue throw_coded(JSContext *ctx, const char *name, const char *code, const char *message) {
    JSValue error = JS_NewError(ctx);
    if (JS_IsException(error)) return error;
    int flags = JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE;
    JS_DefinePropertyValueStr(ctx, error, "message", JS_NewString(ctx, message), flags);
    JS_DefinePropertyValueStr(ctx, error, "name", JS_NewString(ctx, name), flags);
    JS_DefinePropertyValueStr(ctx, error, "code", JS_NewString(ctx, code), flags);
    return JS_Throw(ctx, error);
}

// A field as text, or NULL: whatever happens on the way is swallowed.
static char *field_text(JSContext *ctx, JSValueConst object, const char *name, size_t limit) {
    JSValue value = JS_GetPropertyStr(ctx, object, name);
    char *copy = NULL;
    if (JS_IsString(value)) {
        size_t length;
        const char *text = JS_ToCStringLen(ctx, &length, value);
        if (text) {
            if (length > limit) length = limit;
            while (length && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
            copy = malloc(length + 1);
            if (copy) memcpy(copy, text, length), copy[length] = 0;
        }
        JS_FreeCString(ctx, text);
    }
    JS_FreeValue(ctx, value);
    if (JS_HasException(ctx)) JS_FreeValue(ctx, JS_GetException(ctx));
    return copy;
}

// True for the error QuickJS makes when memory was refused, and for what it throws when not even that can be made.
bool is_out_of_memory(JSContext *ctx, JSValueConst error) {
    if (!engine.memory_refused) return false;
    if (!JS_IsObject(error)) return JS_IsNull(error) || JS_IsUninitialized(error);
    JSValue message = own_field(ctx, error, "message");
    const char *text = JS_IsString(message) ? JS_ToCString(ctx, message) : NULL;
    bool is = text && strcmp(text, "out of memory") == 0;
    JS_FreeCString(ctx, text);
    JS_FreeValue(ctx, message);
    return is;
}

static void add_field(struct buffer *out, const char *key, const char *text) {
    if (!text) return;
    buffer_char(out, out->length > 1 ? ',' : ' ');
    buffer_json_string(out, key, strlen(key));
    buffer_char(out, ':');
    buffer_json_string(out, text, strlen(text));
}

// What was thrown and is no error: its JSON, as far as there is any.
static void describe_value(JSContext *ctx, struct buffer *out, JSValueConst value) {
    struct buffer text;
    buffer_init(&text, LONGEST_MESSAGE);
    struct encoding encoding = {.out = &text};
    buffer_text(out, "{\"name\":\"Thrown\",\"message\":");
    if (JS_IsString(value)) {
        const char *string = JS_ToCString(ctx, value);
        size_t length = string ? strlen(string) : 0;
        if (length > LONGEST_MESSAGE) length = LONGEST_MESSAGE;
        while (length && ((unsigned char)string[length] & 0xC0) == 0x80) length--;
        buffer_json_string(out, string ? string : "", length);
        JS_FreeCString(ctx, string);
    } else if (value_encode(ctx, &encoding, value) == ENCODED && text.wanted <= text.limit) {
        buffer_json_string(out, text.data, text.length);
    } else {
        buffer_text(out, "\"a value that is no error was thrown\"");
    }
    buffer_free(&text);
    buffer_char(out, '}');
}

// Takes the error. The answer's text is {name, message, stack?, code?}.
struct answer *answer_error(JSContext *ctx, JSValue error) {
    if (is_out_of_memory(ctx, error)) return answer_text(KIND_MEMORY, "");
    struct buffer out;
    buffer_init(&out, SIZE_MAX / 4);
    if (!JS_IsObject(error) || JS_IsFunction(ctx, error)) {
        describe_value(ctx, &out, error);
        return answer_with(KIND_THREW, &out);
    }
    char *name = field_text(ctx, error, "name", LONGEST_NAME);
    char *message = field_text(ctx, error, "message", LONGEST_MESSAGE);
    char *stack = field_text(ctx, error, "stack", LONGEST_STACK);
    char *code = field_text(ctx, error, "code", LONGEST_NAME);
    if (!name && !message) {
        describe_value(ctx, &out, error);
    } else {
        buffer_char(&out, '{');
        add_field(&out, "name", name ? name : "Error");
        add_field(&out, "message", message ? message : "the message cannot be read");
        add_field(&out, "stack", stack);
        add_field(&out, "code", code);
        buffer_char(&out, '}');
    }
    free(name), free(message), free(stack), free(code);
    JS_FreeValue(ctx, error);
    return answer_with(KIND_THREW, &out);
}
