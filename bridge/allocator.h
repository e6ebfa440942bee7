#pragma once
// The allocator of the binary, where it is built with mimalloc; else the C library's as it is.

// From here on what this thread asks for comes from memory in large pages, where the system has
// them for who asks (transparent huge pages, "madvise"). The loop thread keeps everything of all
// sources, and an unchanged poll touches some forty places in it: with pages of 4 KiB most of them
// miss in the processor's page tables. Call first in main; does nothing where it cannot.
void allocator_prefer_large_pages(void);
