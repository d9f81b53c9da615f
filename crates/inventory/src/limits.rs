//! What a section may weigh. A value above its limit is cut or left out with a problem that names it; a section above the
//! first four is refused as a whole, because reading it would cost too much.

/// Most bytes of a section as sent. A desktop has some 3,000 packages: 300 KiB.
pub const SECTION_BYTES_MAX: usize = 2 << 20;

/// Most levels of objects and lists inside each other; ours have five.
pub const DEPTH_MAX: usize = 12;

/// Most objects of a section, known or not: each costs half a kilobyte while it is read.
pub const OBJECTS_MAX: usize = 32_768;

/// Most values of a section, known or not.
pub const VALUES_MAX: usize = 262_144;

/// Most characters of a text.
pub const TEXT_CHARS_MAX: usize = 256;

/// Most characters of a text that may be long: command lines, descriptions.
pub const LONG_TEXT_CHARS_MAX: usize = 1024;

/// Most items of a list that has no limit of its own.
pub const ITEMS_MAX: usize = 512;

/// Most packages: a full installation of a distribution's desktops has some ten thousand.
pub const PACKAGES_MAX: usize = 20_000;

/// Most services; a big Windows server has some 500.
pub const SERVICES_MAX: usize = 4_000;

/// Most accounts on one machine; a directory's are not local.
pub const ACCOUNTS_MAX: usize = 2_000;

/// Most problems told of one section; the last one says that there are more.
pub const PROBLEMS_MAX: usize = 64;

/// Largest number: what JavaScript holds exactly.
pub const NUMBER_MAX: u64 = (1 << 53) - 1;

/// Earliest time that is believed: 1990-01-01. Machines say 1601 and 1970 when they mean "never".
pub const TIME_MIN_MS: i64 = 631_152_000_000;

/// Latest time that is believed: the last millisecond of 2100.
pub const TIME_MAX_MS: i64 = 4_133_980_799_999;

/// How far apart two times of the same start may be: clocks are set after the start, and are slewed later.
pub const START_TOLERANCE_MS: i64 = 150_000;
