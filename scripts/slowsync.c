// Makes a disk slow: preloaded into a program, it lets every sync take
// SLOWSYNC_US microseconds longer, as an SD card does.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int slow(const char *name, int fd) {
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
	const char *us = getenv("SLOWSYNC_US");
	if (us != NULL)
		usleep((useconds_t)atoi(us));
	return real(fd);
}

int fsync(int fd) { return slow("fsync", fd); }
int fdatasync(int fd) { return slow("fdatasync", fd); }
