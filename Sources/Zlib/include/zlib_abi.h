/* The part of zlib's C interface that compressed archives need: https://zlib.net/manual.html
 *
 * The library is opened at run time, so that neither building nor running without compressed files depends on it. Its
 * own header is not needed: `z_stream` has had this layout since zlib 1.0, and each call that starts a stream passes
 * its size, which the library compares with its own.
 */
#ifndef BACKPLANE_ZLIB_ABI_H
#define BACKPLANE_ZLIB_ABI_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ZLIB_VERSION_ASKED_FOR "1"

/* Results. */
#define ZLIB_OK 0
#define ZLIB_STREAM_END 1
#define ZLIB_MEM_ERROR (-4)
#define ZLIB_BUF_ERROR (-5)

/* What to do with what is pending. */
#define ZLIB_NO_FLUSH 0
#define ZLIB_FINISH 4

/* Raw deflate data without header and checksum, with the largest window. */
#define ZLIB_RAW_WINDOW_BITS (-15)
#define ZLIB_DEFAULT_COMPRESSION (-1)
#define ZLIB_DEFLATED 8
#define ZLIB_DEFAULT_MEMORY_LEVEL 8
#define ZLIB_DEFAULT_STRATEGY 0

/* zlib's z_stream. */
typedef struct zlib_stream {
  const unsigned char *next_in;
  unsigned int avail_in;
  unsigned long total_in;

  unsigned char *next_out;
  unsigned int avail_out;
  unsigned long total_out;

  const char *msg;
  void *state;

  /* NULL for malloc and free. */
  void *(*zalloc)(void *opaque, unsigned int count, unsigned int size);
  void (*zfree)(void *opaque, void *address);
  void *opaque;

  int data_type;
  unsigned long adler;
  unsigned long reserved;
} zlib_stream;

/* inflateInit2_ and deflateInit2_, inflate and deflate, inflateEnd and deflateEnd. */
typedef int (*zlib_inflate_init)(zlib_stream *stream, int window_bits, const char *version, int stream_size);
typedef int (*zlib_deflate_init)(zlib_stream *stream, int level, int method, int window_bits, int memory_level,
                                 int strategy, const char *version, int stream_size);
typedef int (*zlib_step)(zlib_stream *stream, int flush);
typedef int (*zlib_end)(zlib_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
