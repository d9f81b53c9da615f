//! What a link says of the inventory, and sections put together from pieces. Promises stand with the oracle.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| farol_protocol::oracle::inventory(input));
