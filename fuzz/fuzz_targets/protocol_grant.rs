//! Grants, answers of the relay, session statements: what is read before anything is proven. Promises stand with the oracle.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| farol_protocol::oracle::grant(input));
