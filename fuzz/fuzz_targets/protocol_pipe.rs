//! Both ends of a pipe, and somebody who carries their connections: what is promised stands with the oracle.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| farol_protocol::oracle::pipe(input));
