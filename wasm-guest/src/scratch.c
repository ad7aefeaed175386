// The files of `/tmp/...`: kept in this guest's memory, gone with the run.
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define ROOT "/tmp"

// A list in the order of the paths, so that listing is the same on every run.
struct file {
    struct file *next;
    JSValue content;
    char path[];
};
static struct file *files;

bool is_scratch_path(const char *path) {
    return strncmp(path, ROOT, 4) == 0 && (path[4] == '/' || path[4] == 0);
}

// No `..`, `.` or empty parts: one file has one name.
static bool is_plain(const char *path) {
    const char *at = path + 4;
    while (*at == '/') {
        const char *part = ++at;
        while (*at && *at != '/') at++;
        size_t length = (size_t)(at - part);
        if (length == 0 && *at) return false;
        if (length == 1 && part[0] == '.') return false;
        if (length == 2 && part[0] == '.' && part[1] == '.') return false;
    }
    return true;
}

static JSValue not_plain(JSContext *ctx, const char *path) {
    char message[300];
    strcpy(message, "not a plain path: ");
    strncat(message, path, 250);
    return throw_coded(ctx, "SecurityViolation", "path.escape", message);
}

JSValue scratch_read(JSContext *ctx, const char *path) {
    if (!is_plain(path)) return not_plain(ctx, path);
    for (struct file *file = files; file; file = file->next)
        if (strcmp(file->path, path) == 0) return JS_DupValue(ctx, file->content);
    char message[300];
    strcpy(message, "no such file: ");
    strncat(message, path, 250);
    return throw_coded(ctx, "Error", "file.not_found", message);
}

JSValue scratch_write(JSContext *ctx, const char *path, JSValueConst content) {
    size_t length = strlen(path);
    if (!is_plain(path) || length < 6 || path[length - 1] == '/') return not_plain(ctx, path);
    struct file **at = &files;
    while (*at && strcmp((*at)->path, path) < 0) at = &(*at)->next;
    if (*at && strcmp((*at)->path, path) == 0) {
        JS_FreeValue(ctx, (*at)->content);
        (*at)->content = JS_DupValue(ctx, content);
        return JS_UNDEFINED;
    }
    struct file *file = malloc(sizeof(*file) + length + 1);
    if (!file) {
        engine.memory_refused = true;
        return JS_ThrowOutOfMemory(ctx);
    }
    memcpy(file->path, path, length + 1);
    file->content = JS_DupValue(ctx, content);
    file->next = *at;
    *at = file;
    return JS_UNDEFINED;
}

// The paths of all files below a folder.
JSValue scratch_list(JSContext *ctx, const char *folder) {
    if (!is_plain(folder)) return not_plain(ctx, folder);
    size_t length = strlen(folder);
    if (folder[length - 1] == '/') length--;
    JSValue list = JS_NewArray(ctx);
    uint32_t count = 0;
    for (struct file *file = files; file; file = file->next) {
        if (strncmp(file->path, folder, length) != 0 || file->path[length] != '/') continue;
        JS_DefinePropertyValueUint32(ctx, list, count++, JS_NewString(ctx, file->path), JS_PROP_C_W_E);
    }
    return list;
}
