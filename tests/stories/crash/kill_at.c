// Loaded into the tested process by the tests alone: counts the calls that change files, and the answers, from the
// moment the file named by CRASH_ARMED is there, and kills the process right before the call whose number it holds.
// While the file named by CRASH_NO_SYNC is there, no file whose path ends in what it holds can be synced.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long left = 0; // 0 while nothing is counted

// What the file named by an environment variable holds; 0 where there is none.
static int told(const char *variable, char text[32]) {
    const char *name = getenv(variable);
    if (!name) return 0;
    long file = syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    memset(text, 0, 32);
    syscall(SYS_read, file, text, 31);
    syscall(SYS_close, file);
    return 1;
}

static int cannot_sync(int descriptor) {
    char ending[32], link[64], path[PATH_MAX] = {0};
    if (!told("CRASH_NO_SYNC", ending)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    if (readlink(link, path, sizeof path - 1) < 0) return 0;
    size_t all = strlen(path), end = strlen(ending);
    if (all < end || strcmp(path + all - end, ending) != 0) return 0;
    errno = EIO;
    return 1;
}

static int arm(void) {
    char text[32];
    if (!told("CRASH_ARMED", text)) return 0;
    long none = 0;
    atomic_compare_exchange_strong(&left, &none, atol(text));
    return atomic_load(&left) > 0;
}

static void step(void) {
    if (atomic_load(&left) == 0 && !arm()) return;
    if (atomic_fetch_sub(&left, 1) == 1) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
}

// Only files and the answers count; a thread that wakes another writes too.
static void step_on(int descriptor) {
    struct stat found;
    if (descriptor == 1 || (fstat(descriptor, &found) == 0 && S_ISREG(found.st_mode))) step();
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int d, const void *b, size_t n) { REAL(write); step_on(d); return real(d, b, n); }
ssize_t pwrite(int d, const void *b, size_t n, off_t at) { REAL(pwrite); step_on(d); return real(d, b, n, at); }
ssize_t pwrite64(int d, const void *b, size_t n, off64_t at) { REAL(pwrite64); step_on(d); return real(d, b, n, at); }
int fsync(int d) { REAL(fsync); step(); return cannot_sync(d) ? -1 : real(d); }
int fdatasync(int d) { REAL(fdatasync); step(); return cannot_sync(d) ? -1 : real(d); }
int ftruncate(int d, off_t n) { REAL(ftruncate); step_on(d); return real(d, n); }
int ftruncate64(int d, off64_t n) { REAL(ftruncate64); step_on(d); return real(d, n); }
int rename(const char *from, const char *to) { REAL(rename); step(); return real(from, to); }
int renameat(int a, const char *from, int b, const char *to) { REAL(renameat); step(); return real(a, from, b, to); }
int link(const char *from, const char *to) { REAL(link); step(); return real(from, to); }
int linkat(int a, const char *from, int b, const char *to, int f) { REAL(linkat); step(); return real(a, from, b, to, f); }
int unlink(const char *path) { REAL(unlink); step(); return real(path); }
int unlinkat(int d, const char *path, int f) { REAL(unlinkat); step(); return real(d, path, f); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); step(); return real(path, mode); }

#define OPENS(name)                                                        \
    int name(const char *path, int flags, ...) {                           \
        REAL(name);                                                        \
        va_list rest;                                                      \
        va_start(rest, flags);                                             \
        int mode = va_arg(rest, int);                                      \
        va_end(rest);                                                      \
        if (flags & (O_CREAT | O_TRUNC)) step();                           \
        return real(path, flags, mode);                                    \
    }
OPENS(open)
OPENS(open64)
