//! What somebody took for an enrollment token; see the oracle for the input's shape and what is promised.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| farol_protocol::oracle::token(input));
