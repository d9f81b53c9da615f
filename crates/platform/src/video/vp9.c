/*
 * libvpx behind functions that take and give plain numbers and pointers, so that Rust needs to know none of its structs:
 * those change with its version, and only its own headers say how. Used by vp9.rs alone, which says what each promises.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

struct farol_vp9 {
  vpx_codec_ctx_t codec;
  vpx_codec_enc_cfg_t config;
  int made;
  /* Time of the last picture; they must grow. */
  vpx_codec_pts_t last;
  vpx_codec_iter_t packets;
};

/* What it costs to code a picture: higher is faster and a little larger. */
static int set_up(struct farol_vp9 *coder, int speed) {
  const struct {
    int control;
    int value;
  } settings[] = {
      {VP8E_SET_CPUUSED, speed},
      {VP9E_SET_COLOR_SPACE, VPX_CS_BT_709},
      {VP9E_SET_COLOR_RANGE, VPX_CR_STUDIO_RANGE},
      {VP9E_SET_AQ_MODE, 0},
      {VP9E_SET_NOISE_SENSITIVITY, 0},
      /* One frame in, one frame out: nothing that is not shown. */
      {VP8E_SET_ENABLEAUTOALTREF, 0},
      {VP9E_SET_FRAME_PARALLEL_DECODING, 0},
      {VP9E_SET_TILE_COLUMNS, coder->config.g_threads > 1 ? 1 : 0},
      {VP9E_SET_ROW_MT, coder->config.g_threads > 1},
  };
  for (size_t index = 0; index < sizeof settings / sizeof *settings; index++) {
    int failed = vpx_codec_control_(&coder->codec, settings[index].control, settings[index].value);
    if (failed) return failed;
  }
  return 0;
}

struct farol_vp9 *farol_vp9_new(unsigned width, unsigned height, unsigned threads, int speed) {
  struct farol_vp9 *coder = calloc(1, sizeof *coder);
  if (!coder) return NULL;
  vpx_codec_enc_cfg_t *config = &coder->config;
  if (vpx_codec_enc_config_default(vpx_codec_vp9_cx(), config, 0)) {
    free(coder);
    return NULL;
  }
  config->g_w = width;
  config->g_h = height;
  config->g_threads = threads;
  config->g_timebase.num = 1;
  config->g_timebase.den = 1000000;
  config->g_pass = VPX_RC_ONE_PASS;
  config->g_lag_in_frames = 0;
  config->g_error_resilient = 0;
  config->kf_mode = VPX_KF_DISABLED;
  /* The caller chooses each picture's quantizer; the rate control has more bits than it can use. */
  config->rc_end_usage = VPX_CBR;
  config->rc_target_bitrate = 500000;
  config->rc_dropframe_thresh = 0;
  config->rc_resize_allowed = 0;
  if (vpx_codec_enc_init(&coder->codec, vpx_codec_vp9_cx(), config, 0)) {
    free(coder);
    return NULL;
  }
  coder->made = 1;
  coder->last = -1;
  if (set_up(coder, speed)) {
    vpx_codec_destroy(&coder->codec);
    free(coder);
    return NULL;
  }
  return coder;
}

int farol_vp9_encode(struct farol_vp9 *coder, const uint8_t *luma, const uint8_t *blue, const uint8_t *red,
                     const uint8_t *active, unsigned quantizer, int key, int64_t now_us) {
  vpx_codec_enc_cfg_t *config = &coder->config;
  if (config->rc_min_quantizer != quantizer || config->rc_max_quantizer != quantizer) {
    config->rc_min_quantizer = config->rc_max_quantizer = quantizer;
    int failed = vpx_codec_enc_config_set(&coder->codec, config);
    if (failed) return failed;
  }
  /* A null map switches it off. The library copies the map and does not write to it. */
  vpx_active_map_t map = {(unsigned char *)active, config->g_h / 16, config->g_w / 16};
  int failed = vpx_codec_control(&coder->codec, VP8E_SET_ACTIVEMAP, &map);
  if (failed) return failed;
  vpx_image_t image;
  if (!vpx_img_wrap(&image, VPX_IMG_FMT_I420, config->g_w, config->g_h, 1, (unsigned char *)luma))
    return VPX_CODEC_MEM_ERROR;
  image.cs = VPX_CS_BT_709;
  image.range = VPX_CR_STUDIO_RANGE;
  image.planes[VPX_PLANE_Y] = (unsigned char *)luma;
  image.planes[VPX_PLANE_U] = (unsigned char *)blue;
  image.planes[VPX_PLANE_V] = (unsigned char *)red;
  image.stride[VPX_PLANE_Y] = (int)config->g_w;
  image.stride[VPX_PLANE_U] = image.stride[VPX_PLANE_V] = (int)config->g_w / 2;
  coder->last = now_us > coder->last ? now_us : coder->last + 1;
  coder->packets = NULL;
  return vpx_codec_encode(&coder->codec, &image, coder->last, 33333, key ? VPX_EFLAG_FORCE_KF : 0,
                          VPX_DL_REALTIME);
}

const uint8_t *farol_vp9_take(struct farol_vp9 *coder, size_t *length) {
  const vpx_codec_cx_pkt_t *packet;
  while ((packet = vpx_codec_get_cx_data(&coder->codec, &coder->packets)) != NULL) {
    if (packet->kind == VPX_CODEC_CX_FRAME_PKT) {
      *length = packet->data.frame.sz;
      return packet->data.frame.buf;
    }
  }
  return NULL;
}

const char *farol_vp9_error(struct farol_vp9 *coder) {
  const char *detail = vpx_codec_error_detail(&coder->codec);
  return detail ? detail : vpx_codec_error(&coder->codec);
}

void farol_vp9_free(struct farol_vp9 *coder) {
  if (!coder) return;
  if (coder->made) vpx_codec_destroy(&coder->codec);
  free(coder);
}

#ifdef FAROL_VP9_DECODE
#include "vp9_decode.c"
#endif

/*
 * The library's own allocator zeroes by hand what it gets, which makes 25 MB resident for a 960x544 picture that it then
 * uses little of. Fresh pages are zero already: these four stand in for its file vpx_mem.c, which the linker leaves out of
 * a static library when everything in it is there, as it is once this file is. The address that `free` wants stands before
 * each piece.
 */
enum { ALIGNMENT = 32 };

static void *aligned(void *piece, size_t alignment) {
  if (!piece) return NULL;
  uintptr_t at = ((uintptr_t)piece + sizeof(void *) + alignment - 1) & ~(uintptr_t)(alignment - 1);
  memcpy((void *)(at - sizeof(void *)), &piece, sizeof(void *));
  return (void *)at;
}

void *vpx_memalign(size_t alignment, size_t size) {
  size_t room = sizeof(void *) + alignment - 1;
  return size > SIZE_MAX - room ? NULL : aligned(malloc(size + room), alignment);
}

void *vpx_malloc(size_t size) { return vpx_memalign(ALIGNMENT, size); }

void *vpx_calloc(size_t count, size_t size) {
  size_t room = sizeof(void *) + ALIGNMENT - 1;
  if (size != 0 && count > (SIZE_MAX - room) / size) return NULL;
  return aligned(calloc(1, count * size + room), ALIGNMENT);
}

void vpx_free(void *piece) {
  if (!piece) return;
  void *start;
  memcpy(&start, (char *)piece - sizeof(void *), sizeof(void *));
  free(start);
}
