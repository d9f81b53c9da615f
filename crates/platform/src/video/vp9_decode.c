/* The other direction, for tests. A part of vp9.c when that is built with FAROL_VP9_DECODE. */
#include <stdint.h>
#include <stdlib.h>

#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>

struct farol_vp9_viewer {
  vpx_codec_ctx_t codec;
};

struct farol_vp9_viewer *farol_vp9_viewer_new(void) {
  struct farol_vp9_viewer *viewer = calloc(1, sizeof *viewer);
  if (viewer && vpx_codec_dec_init(&viewer->codec, vpx_codec_vp9_dx(), NULL, 0)) {
    free(viewer);
    return NULL;
  }
  return viewer;
}

/* 0 and the planes of exactly one picture, or an error. They are valid until the next call. */
int farol_vp9_viewer_decode(struct farol_vp9_viewer *viewer, const uint8_t *bytes, unsigned length, unsigned *width,
                            unsigned *height, const uint8_t *planes[3], int strides[3]) {
  int failed = vpx_codec_decode(&viewer->codec, bytes, length, NULL, 0);
  if (failed) return failed;
  vpx_codec_iter_t next = NULL;
  const vpx_image_t *image = vpx_codec_get_frame(&viewer->codec, &next);
  if (!image || image->fmt != VPX_IMG_FMT_I420 || image->cs != VPX_CS_BT_709 || image->range != VPX_CR_STUDIO_RANGE)
    return VPX_CODEC_UNSUP_BITSTREAM;
  *width = image->d_w;
  *height = image->d_h;
  for (int plane = 0; plane < 3; plane++) {
    planes[plane] = image->planes[plane];
    strides[plane] = image->stride[plane];
  }
  return vpx_codec_get_frame(&viewer->codec, &next) ? VPX_CODEC_UNSUP_BITSTREAM : 0;
}

void farol_vp9_viewer_free(struct farol_vp9_viewer *viewer) {
  if (!viewer) return;
  vpx_codec_destroy(&viewer->codec);
  free(viewer);
}
