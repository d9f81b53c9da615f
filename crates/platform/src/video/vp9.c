/*
 * libvpx behind functions that take and give plain numbers and pointers, so that Rust needs to know none of its structs:
 * those change with its version, and only its own headers say how. Used by vp9.rs alone, which says what each promises.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include "vp9_memory.c"

struct farol_vp9 {
  vpx_codec_ctx_t codec;
  vpx_codec_enc_cfg_t config;
  int made;
  /* What the library allocates until the first picture is coded; null where there is no such thing. */
  struct pool *pool;
  int begun;
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

static int make(struct farol_vp9 *coder, unsigned width, unsigned height, unsigned threads, int speed) {
  vpx_codec_enc_cfg_t *config = &coder->config;
  int failed = vpx_codec_enc_config_default(vpx_codec_vp9_cx(), config, 0);
  if (failed) return failed;
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
  failed = vpx_codec_enc_init(&coder->codec, vpx_codec_vp9_cx(), config, 0);
  if (failed) return failed;
  coder->made = 1;
  coder->last = -1;
  return set_up(coder, speed);
}

void farol_vp9_free(struct farol_vp9 *coder) {
  if (!coder) return;
  if (coder->made) vpx_codec_destroy(&coder->codec);
  pool_free(coder->pool);
  free(coder);
}

struct farol_vp9 *farol_vp9_new(unsigned width, unsigned height, unsigned threads, int speed) {
  struct farol_vp9 *coder = calloc(1, sizeof *coder);
  if (!coder) return NULL;
  coder->pool = pool_new(width, height);
  filling = coder->pool;
  int failed = make(coder, width, height, threads, speed);
  filling = NULL;
  if (!failed) return coder;
  farol_vp9_free(coder);
  return NULL;
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
  /* With the first picture comes most of what the library needs; what it needs later it may also give back. */
  filling = coder->begun ? NULL : coder->pool;
  failed = vpx_codec_encode(&coder->codec, &image, coder->last, 33333, key ? VPX_EFLAG_FORCE_KF : 0,
                            VPX_DL_REALTIME);
  filling = NULL;
  if (!coder->begun) pool_begun(coder->pool);
  coder->begun = 1;
  return failed;
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

#ifdef FAROL_VP9_DECODE
#include "vp9_decode.c"
#endif
