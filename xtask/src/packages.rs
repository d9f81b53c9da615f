//! The Debian packages the project needs: which, for what, whether they are there, and how they get there.
//!
//! A package counts as present when the program it is wanted for is on the search path, whoever put it there; only
//! packages without such a program are looked up in the package database.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::proc;

/// One package.
pub(crate) struct Package {
    name: &'static str,
    /// A program on the search path, or a file when it starts with `/`; empty when only the package database can tell.
    shown_by: &'static str,
    needed_for: &'static str,
}

const fn package(name: &'static str, shown_by: &'static str, needed_for: &'static str) -> Package {
    Package {
        name,
        shown_by,
        needed_for,
    }
}

/// What building needs beside Rust and Node.js.
pub(crate) const BUILD: &[Package] = &[
    package(
        "gcc",
        "cc",
        "linking, and the C parts of SQLite and the TLS library",
    ),
    package("libc6-dev", "/usr/include/stdio.h", "linking"),
    package(
        "libvpx-dev",
        "/usr/include/vpx/vpx_encoder.h",
        "the agent's video encoder, linked statically",
    ),
];

/// A desktop for a machine that has none.
pub(crate) const DESKTOP: &[Package] = &[
    package("xvfb", "Xvfb", "a virtual display"),
    package("openbox", "openbox", "a light window manager"),
    package("xterm", "xterm", "a terminal to type into"),
    package("mousepad", "mousepad", "a text editor to type into"),
    package("pcmanfm", "pcmanfm", "a file manager to click in"),
    package(
        "x11-xserver-utils",
        "xset",
        "looking at a display and coloring its background",
    ),
    package(
        "x11-xkb-utils",
        "setxkbmap",
        "keyboard layouts of the virtual display",
    ),
    package(
        "dbus-daemon",
        "dbus-daemon",
        "the session bus desktop programs talk over",
    ),
    package(
        "fonts-dejavu-core",
        "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
        "readable text",
    ),
];

/// What the tests talk to.
pub(crate) const TEST: &[Package] = &[
    package(
        "postgresql-15",
        "/usr/lib/postgresql/15/bin/initdb",
        "the store suite on PostgreSQL",
    ),
    package("postgresql-contrib", "", "trigram search on PostgreSQL"),
    package("chromium", "chromium", "end-to-end tests in a real browser"),
    package("nginx-light", "nginx", "the server behind a reverse proxy"),
    package("haproxy", "haproxy", "the server behind another reverse proxy"),
    package("pebble", "pebble", "a certificate authority that speaks ACME"),
    package(
        "python3-aiosmtpd",
        "/usr/lib/python3/dist-packages/aiosmtpd",
        "a mail server with STARTTLS and AUTH",
    ),
    package("glewlwyd", "glewlwyd", "an OpenID provider"),
    package("openssl", "openssl", "the keys of that provider"),
    package(
        "python3-venv",
        "",
        "a place for test programs' packages, apart from the system's",
    ),
    package("curl", "curl", "a client of TLS that is not ours"),
    package("xclip", "xclip", "checking the clipboard on the machine itself"),
    package(
        "x11-utils",
        "xev",
        "checking pointer and key events on the machine itself",
    ),
    package("x11-apps", "xwd", "looking at the pixels on the machine itself"),
    package("xinput", "xinput", "checking that no key stays pressed"),
    package("xdotool", "xdotool", "answering questions at the machine itself"),
];

/// What writes and checks the generated files.
pub(crate) const GENERATE: &[Package] = &[package(
    "protobuf-compiler",
    "protoc",
    "wire messages for Rust and TypeScript",
)];

/// A compiler for the console's WebAssembly modules, where rustup cannot fetch the target. Only the package database can tell: the same
/// programs come from other packages, too, in versions that do not fit each other.
pub(crate) const WASM: &[Package] = &[
    package("rustc-web", "", "compiling the console's modules"),
    package(
        "rust-web-src",
        "",
        "the standard library of the console's modules",
    ),
    package("cargo-web", "", "compiling the console's modules"),
    package("lld-22", "wasm-ld-22", "linking the console's modules"),
];

/// The peer the benchmarks compare with, and what they look at the machine with.
pub(crate) const BENCH: &[Package] = &[
    package(
        "tigervnc-scraping-server",
        "X0tigervnc",
        "the peer: a VNC server on the same display",
    ),
    package("websockify", "websockify", "the peer: WebSocket to VNC"),
    package("chromium", "chromium", "both viewers run in it"),
    package(
        "fonts-dejavu-extra",
        "/usr/share/fonts/truetype/dejavu/DejaVuSansCondensed.ttf",
        "letters of several families",
    ),
];

/// The programs that are looked at in `bench screen`, and what drives them.
pub(crate) const BENCH_SCREEN: &[Package] = &[
    package("mpv", "mpv", "a film on the screen"),
    package("ffmpeg", "ffmpeg", "encoding that film"),
    package(
        "libreoffice-calc",
        "/usr/lib/libreoffice/program/libsclo.so",
        "a spreadsheet on the screen",
    ),
    package(
        "xdotool",
        "xdotool",
        "typing into the spreadsheet, finding windows",
    ),
    package("x11-utils", "xprop", "asking whether the window manager is there"),
    package("socat", "socat", "the two ends of a slow network"),
    package(
        "iproute2",
        "ip",
        "network namespaces with a slow network between them",
    ),
];

/// Makes sure that every package of `groups` is there: installs as root, asks anybody else.
///
/// # Errors
/// When something is missing and may not or cannot be installed: names each with its purpose and the exact command.
pub(crate) fn require(groups: &[&[Package]], yes: bool) -> Result<()> {
    let mut missing: Vec<&Package> = Vec::new();
    for package in groups.iter().flat_map(|group| group.iter()) {
        if !is_present(package) && missing.iter().all(|known| known.name != package.name) {
            missing.push(package);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    println!("  These Debian packages are missing:");
    for package in &missing {
        println!("    {:26} {}", package.name, package.needed_for);
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    if proc::find("apt-get").is_none() {
        bail!(
            "this system has no apt-get; install what these Debian packages contain: {}",
            names.join(" ")
        );
    }
    install(&names, yes)?;
    if let Some(still) = missing.iter().find(|package| !is_present(package)) {
        bail!(
            "the package {} was installed, but {} is still not there",
            still.name,
            still.shown_by
        );
    }
    Ok(())
}

fn is_present(package: &Package) -> bool {
    let shown = package.shown_by;
    if shown.is_empty() {
        return in_database(package.name);
    }
    if shown.starts_with('/') {
        return Path::new(shown).exists();
    }
    proc::find(shown).is_some()
}

fn in_database(name: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query
        .args(["-W", "-f=${db:Status-Status}", name])
        .stderr(Stdio::null());
    proc::output(&mut query).is_ok_and(|status| status.trim() == "installed")
}

fn install(names: &[&str], yes: bool) -> Result<()> {
    let by_hand = format!("sudo apt-get install --no-install-recommends {}", names.join(" "));
    let root = rustix::process::geteuid().is_root();
    if !root {
        if proc::find("sudo").is_none() {
            bail!(
                "these packages can only be installed by root; run this as root and start again:\n  {by_hand}"
            );
        }
        if !yes && !confirmed()? {
            bail!("nothing was installed; run this and start again:\n  {by_hand}");
        }
    }
    // The lists of a fresh machine are empty or old; without the first attempt the usual case would be slower.
    let first = apt(root, &install_args(names));
    if first.is_ok() {
        return Ok(());
    }
    println!("  The package lists may be old; fetching them and trying again.");
    apt(root, &["update".to_owned()])?;
    apt(root, &install_args(names)).map_err(|error| error.context(format!("try by hand: {by_hand}")))
}

fn install_args(names: &[&str]) -> Vec<String> {
    // Another apt-get may be at work; waiting is better than failing.
    let mut args: Vec<String> = [
        "install",
        "-y",
        "--no-install-recommends",
        "-o",
        "DPkg::Lock::Timeout=500",
        "-o",
        "Dpkg::Use-Pty=0",
    ]
    .map(str::to_owned)
    .to_vec();
    args.extend(names.iter().map(|name| (*name).to_owned()));
    args
}

fn apt(root: bool, args: &[String]) -> Result<()> {
    let mut command = Command::new(if root { "apt-get" } else { "sudo" });
    if !root {
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    }
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .arg("-q")
        .args(args);
    if root {
        command.stdin(Stdio::null());
    }
    proc::run(&mut command)
}

/// Asks on the terminal. Without one the answer is no.
fn confirmed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    print!("  Install them now with sudo? [Y/n] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}
