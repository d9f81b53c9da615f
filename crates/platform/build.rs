//! Compiles and links what is not Rust: libvpx, with the feature `vp9`.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=src/video");
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_VP9").is_some() {
        link_vpx();
    }
}

/// Statically, so that the agent stays one file that needs nothing of the machine it comes to.
fn link_vpx() {
    let mut build = cc::Build::new();
    build.file("src/video/vp9.c").warnings(true);
    if std::env::var_os("CARGO_FEATURE_VP9_DECODE").is_some() {
        build.define("FAROL_VP9_DECODE", None);
    }
    let Some(folder) = folder_of_library(&build) else {
        fail("the library libvpx.a was not found");
    };
    if let Err(error) = build.try_compile("farol_vp9") {
        fail(&format!("libvpx cannot be used: {error}"));
    }
    println!("cargo:rustc-link-search=native={}", folder.display());
    println!("cargo:rustc-link-lib=static=vpx");
    println!("cargo:rustc-link-lib=m");
}

/// Where the compiler's linker would find it.
fn folder_of_library(build: &cc::Build) -> Option<PathBuf> {
    let output = build
        .try_get_compiler()
        .ok()?
        .to_command()
        .arg("-print-file-name=libvpx.a")
        .output()
        .ok()?;
    let file = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    // A name without a folder is the question given back.
    let found = file.is_absolute() && file.exists();
    found.then(|| file.parent().map(Path::to_path_buf)).flatten()
}

fn fail(why: &str) -> ! {
    eprintln!(
        "{why}.\nIt is in the Debian package libvpx-dev: sudo apt-get install --no-install-recommends libvpx-dev\n\
         Without it, build with --no-default-features: video is then sent as photos."
    );
    std::process::exit(1)
}
