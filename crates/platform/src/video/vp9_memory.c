/*
 * Memory for libvpx. It allocates much more than it uses and writes zeros over all of it, which would make 31 MB resident for a
 * film of 960x544, of which it uses 20, and scatter pieces over the heap that keep it large when the film is over.
 *
 * So what a codec allocates while it starts comes from a region of its own, one piece after the other without anything in
 * between: pages that it does not write stay unused, those that it wrote zeros to and nothing else go back when the first
 * picture is coded, and all of it goes back with the codec. Whatever it allocates later, and everything on systems other than
 * Linux, comes from the heap.
 *
 * The four functions at the end stand in for the library's file vpx_mem.c, which the linker leaves out of a static library when
 * everything in it is there. Part of vp9.c.
 */
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
  ALIGNMENT = 32,
  /* Codecs that have a region at a time; more work without. */
  POOLS_MAX = 32,
  /* Only pieces of so many bytes are looked through for zeros, and only so many of them: the library's pictures. */
  PICTURE_MIN = 256 * 1024,
  PICTURES_MAX = 32
};

struct piece {
  uint8_t *start;
  size_t size;
};

struct pool {
  uint8_t *start;
  size_t size, used;
  /* In `ranges`. */
  int slot;
  struct piece pictures[PICTURES_MAX];
  int picture_count;
};

/* Where this thread's allocations come from now. */
static _Thread_local struct pool *filling;

static void *pool_take(struct pool *pool, size_t alignment, size_t size);
static int in_a_pool(const void *piece);

#if defined(__linux__) && UINTPTR_MAX > UINT32_MAX
#include <sys/mman.h>
#include <unistd.h>

/* First and last address of each region, 0 where there is none: what is freed may be freed by any thread. */
static struct {
  atomic_uintptr_t start, end;
} ranges[POOLS_MAX];

/* Addresses, not memory: more than a codec for such pictures was seen to ask for. What does not fit comes from the heap. */
static size_t pool_room(unsigned width, unsigned height) {
  return ((size_t)64 << 20) + (size_t)width * height * 128;
}

static struct pool *pool_new(unsigned width, unsigned height) {
  struct pool *pool = calloc(1, sizeof *pool);
  if (!pool) return NULL;
  pool->size = pool_room(width, height);
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  pool->start = mmap(NULL, pool->size, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (pool->start == MAP_FAILED) {
    free(pool);
    return NULL;
  }
  /* A page of two megabytes for one byte written would be the opposite of what this is for. */
  madvise(pool->start, pool->size, MADV_NOHUGEPAGE);
  for (pool->slot = 0; pool->slot < POOLS_MAX; pool->slot++) {
    uintptr_t none = 0;
    if (atomic_compare_exchange_strong(&ranges[pool->slot].start, &none, (uintptr_t)pool->start)) {
      atomic_store(&ranges[pool->slot].end, (uintptr_t)pool->start + pool->size);
      return pool;
    }
  }
  munmap(pool->start, pool->size);
  free(pool);
  return NULL;
}

static void pool_free(struct pool *pool) {
  if (!pool) return;
  atomic_store(&ranges[pool->slot].end, 0);
  atomic_store(&ranges[pool->slot].start, 0);
  munmap(pool->start, pool->size);
  free(pool);
}

static int is_zero(const uint8_t *page, size_t size) { return page[0] == 0 && memcmp(page, page + 1, size - 1) == 0; }

/* The first picture is coded. Pages with nothing but zeros are given back; they read as zeros ever after. */
static void pool_begun(struct pool *pool) {
  if (!pool) return;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  for (int index = 0; index < pool->picture_count; index++) {
    struct piece *picture = &pool->pictures[index];
    uint8_t *end = picture->start + picture->size;
    uint8_t *at = (uint8_t *)(((uintptr_t)picture->start + page - 1) & ~(uintptr_t)(page - 1));
    while (at + page <= end) {
      uint8_t *first = at;
      while (at + page <= end && is_zero(at, page)) at += page;
      if (at > first) madvise(first, (size_t)(at - first), MADV_DONTNEED);
      at += page;
    }
  }
}

static int in_a_pool(const void *piece) {
  for (int slot = 0; slot < POOLS_MAX; slot++) {
    uintptr_t at = (uintptr_t)piece, start = atomic_load(&ranges[slot].start);
    if (start != 0 && at >= start && at < atomic_load(&ranges[slot].end)) return 1;
  }
  return 0;
}

/* Zeros, or null when there is no room. */
static void *pool_take(struct pool *pool, size_t alignment, size_t size) {
  size_t at = (pool->used + alignment - 1) & ~(alignment - 1);
  if (at > pool->size || size > pool->size - at) return NULL;
  pool->used = at + size;
  if (size >= PICTURE_MIN && pool->picture_count < PICTURES_MAX)
    pool->pictures[pool->picture_count++] = (struct piece){pool->start + at, size};
  return pool->start + at;
}

#else
static struct pool *pool_new(unsigned width, unsigned height) {
  (void)width, (void)height;
  return NULL;
}
static void pool_free(struct pool *pool) { (void)pool; }
static void pool_begun(struct pool *pool) { (void)pool; }
static int in_a_pool(const void *piece) {
  (void)piece;
  return 0;
}
static void *pool_take(struct pool *pool, size_t alignment, size_t size) {
  (void)pool, (void)alignment, (void)size;
  return NULL;
}
#endif

/* A piece of the heap; the address that `free` wants stands before it. */
static void *aligned(void *piece, size_t alignment) {
  if (!piece) return NULL;
  uintptr_t at = ((uintptr_t)piece + sizeof(void *) + alignment - 1) & ~(uintptr_t)(alignment - 1);
  memcpy((void *)(at - sizeof(void *)), &piece, sizeof(void *));
  return (void *)at;
}

void *vpx_memalign(size_t alignment, size_t size) {
  void *piece = filling ? pool_take(filling, alignment, size) : NULL;
  if (piece) return piece;
  size_t room = sizeof(void *) + alignment - 1;
  return size > SIZE_MAX - room ? NULL : aligned(malloc(size + room), alignment);
}

void *vpx_malloc(size_t size) { return vpx_memalign(ALIGNMENT, size); }

void *vpx_calloc(size_t count, size_t size) {
  size_t room = sizeof(void *) + ALIGNMENT - 1;
  if (size != 0 && count > (SIZE_MAX - room) / size) return NULL;
  void *piece = filling ? pool_take(filling, ALIGNMENT, count * size) : NULL;
  return piece ? piece : aligned(calloc(1, count * size + room), ALIGNMENT);
}

/* What a codec gives back of its region stays there until the codec goes. */
void vpx_free(void *piece) {
  if (!piece || in_a_pool(piece)) return;
  void *start;
  memcpy(&start, (char *)piece - sizeof(void *), sizeof(void *));
  free(start);
}
