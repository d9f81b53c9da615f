//! A screen drawn by a script; see the oracle for the input's shape and what is promised.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| farol_media::oracle::round_trip(input));
