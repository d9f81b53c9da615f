//! A private X server for each test, and a person's hand on it.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared by the test files, each uses a part"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use farol_platform::{DisplayTarget, InputSink, open_input};

/// An Xvfb of our own, ended with the value.
pub struct XServer {
    process: Child,
    pub address: String,
}

impl XServer {
    pub fn start() -> Self {
        let mut process = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset"])
            .args(["-screen", "0", "1024x768x24"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("cannot start Xvfb; install the Debian package xvfb");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let number: u32 = line.trim().parse().expect("Xvfb ended before it had a display");
        Self {
            process,
            address: format!(":{number}"),
        }
    }

    pub fn target(&self) -> DisplayTarget {
        DisplayTarget::new(&self.address)
    }

    pub fn hand(&self) -> Box<dyn InputSink> {
        open_input(&self.target()).unwrap()
    }
}

impl Drop for XServer {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
