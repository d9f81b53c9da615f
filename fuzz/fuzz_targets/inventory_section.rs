//! A section of an inventory from any bytes; see the oracle for the input's shape and what is promised.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| farol_inventory::oracle::section(input));
