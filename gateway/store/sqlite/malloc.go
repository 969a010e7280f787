package sqlite

import "C" // so that malloc.c is compiled
