#include <malloc.h>

// All threads allocate from one heap of the C library. By default glibc gives each
// thread its own, and as SQLite runs on whichever thread Go picks, each keeps what the
// greatest query needed: 2 of 13 MB with four modems.
//
// The end of the heap is given back to the kernel only where it is larger than what SQLite
// takes and frees with each statement that has a temporary table (90 KB of pages): else
// it would be taken from the kernel and given back ten times for each message.
//
// Both must be set before the first thread is started, and so before any Go code runs.
#ifdef M_ARENA_MAX
__attribute__((constructor)) static void one_arena(void)
{
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TRIM_THRESHOLD, 384 * 1024);
}
#endif
