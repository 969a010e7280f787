#include <malloc.h>

// All threads allocate from one heap of the C library. By default glibc gives each
// thread its own, and as SQLite runs on whichever thread Go picks, each keeps what the
// greatest query needed: 2 of 13 MB with four modems. This must be set before the first
// thread is started, and so before any Go code runs.
#ifdef M_ARENA_MAX
__attribute__((constructor)) static void one_arena(void) { mallopt(M_ARENA_MAX, 1); }
#endif
