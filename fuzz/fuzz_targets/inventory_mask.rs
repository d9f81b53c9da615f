//! Texts in which secrets are masked; see the oracle for what is promised.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| farol_inventory::oracle::mask(input));
