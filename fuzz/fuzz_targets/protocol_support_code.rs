//! What somebody typed or heard as a support code; see the oracle for the input's shape and what is promised.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| farol_protocol::oracle::support_code(input));
