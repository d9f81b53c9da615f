//! Colors, the same as in the console, so that people recognize what belongs together.

use super::canvas::Color;

pub(super) const SURFACE: Color = Color(0xff_ffff);
pub(super) const SURFACE_HOVER: Color = Color(0xea_eef3);
/// What the person said themselves.
pub(super) const OWN: Color = Color(0xfb_ebc6);
pub(super) const LINE: Color = Color(0xd5_dce5);
pub(super) const LINE_STRONG: Color = Color(0x78_869a);
pub(super) const INK: Color = Color(0x0e_1a2b);
pub(super) const INK_2: Color = Color(0x3b_495d);
pub(super) const INK_3: Color = Color(0x56_6376);
pub(super) const BEAM: Color = Color(0xf2_a516);
pub(super) const PRIMARY: Color = Color(0xf5_b02e);
pub(super) const PRIMARY_HOVER: Color = Color(0xff_c04a);
pub(super) const PRIMARY_INK: Color = Color(0x1d_1400);
pub(super) const DISABLED: Color = Color(0xea_eef3);
pub(super) const FOCUS: Color = Color(0xb3_5c00);
pub(super) const WARN_SOFT: Color = Color(0xfd_f0d3);
pub(super) const WARN_LINE: Color = Color(0xc7_7700);
pub(super) const WARN_TEXT: Color = Color(0x5e_3900);
pub(super) const NAV: Color = Color(0x0f_1d33);
pub(super) const NAV_LINE: Color = Color(0x4a_6284);
pub(super) const NAV_HOVER: Color = Color(0x2b_4468);
pub(super) const NAV_INK: Color = Color(0xee_f3fa);
pub(super) const NAV_INK_2: Color = Color(0xb1_bed1);
pub(super) const LIVE: Color = Color(0xff_6b64);
pub(super) const DANGER: Color = Color(0xc9_3a35);
pub(super) const DANGER_HOVER: Color = Color(0xad_2d29);
