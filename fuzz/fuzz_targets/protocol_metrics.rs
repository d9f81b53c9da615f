//! What a link says of how busy a machine is. Promises stand with the oracle.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| farol_protocol::oracle::metrics(input));
