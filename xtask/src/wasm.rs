//! The decoder module for browsers: `crates/media` and `web/decoder`, compiled to WebAssembly.
//!
//! The module is committed beside its wrapper (`web/app/desktop/decoder/decoder.wasm`), so that a newcomer's first build
//! needs no second target. `decoder.sources` beside it holds the hash of what it was made from: two compilers make
//! different bytes of the same sources, so the sources are what is compared. Start at [`generate`].

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::{packages, repo};

const TARGET: &str = "wasm32-unknown-unknown";
/// Where the module and the hash of its sources stand.
const PLACE: &str = "web/app/desktop/decoder";
/// Folders and files that the module is made from.
const SOURCES: [&str; 4] = [
    "crates/media/src",
    "crates/media/Cargo.toml",
    "web/decoder/src",
    "web/decoder/Cargo.toml",
];
/// Parts of the media crate that the module leaves out.
const NOT_SOURCES: [&str; 5] = [
    "crates/media/src/encoder",
    "crates/media/src/jpeg.rs",
    "crates/media/src/oracle.rs",
    "crates/media/src/pace.rs",
    "crates/media/src/view.rs",
];
/// Every browser of the last years has it; rows are filled and compared four pixels at a time.
const FLAGS: &str = "-C target-feature=+simd128";

/// Makes the module when its sources have changed, or, with `check`, fails then.
pub(crate) fn generate(check: bool) -> anyhow::Result<()> {
    let root = repo::root();
    let hash = sources_hash(&root)?;
    let place = root.join(PLACE);
    let known = std::fs::read_to_string(place.join("decoder.sources")).unwrap_or_default();
    if known.trim() == hash && place.join("decoder.wasm").is_file() {
        return Ok(());
    }
    if check {
        bail!(
            "{PLACE}/decoder.wasm is older than its sources; run `cargo xtask gen --only wasm` and commit the result"
        );
    }
    let module = build(&root)?;
    std::fs::create_dir_all(&place)?;
    std::fs::copy(&module, place.join("decoder.wasm"))
        .with_context(|| format!("copying {}", module.display()))?;
    std::fs::write(place.join("decoder.sources"), hash + "\n")?;
    Ok(())
}

/// Compiles the module from scratch, whatever the hash says, and returns where it lies; installs Debian's compiler for it
/// when rustup has none.
pub(crate) fn rebuild(yes: bool) -> anyhow::Result<PathBuf> {
    if !has_target() {
        packages::require(&[packages::DECODER], yes)?;
    }
    build(&repo::root())
}

/// SHA-256 over the paths and contents of the module's sources, hexadecimal.
pub(crate) fn sources_hash(root: &Path) -> anyhow::Result<String> {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(&root.join(source), &mut files)?;
    }
    files.retain(|file| !NOT_SOURCES.iter().any(|part| file.starts_with(root.join(part))));
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let name = file.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
        let content = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        // Lengths keep the end of one file apart from the start of the next.
        hash.update(format!("{name}\0{}\0", content.len()));
        hash.update(content);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in std::fs::read_dir(path).with_context(|| format!("reading {}", path.display()))? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

/// Compiles the module and returns its path.
fn build(root: &Path) -> anyhow::Result<PathBuf> {
    let target_dir = repo::target_dir().join("wasm");
    let status = if has_target() {
        cargo(root, &target_dir, "cargo").status()
    } else {
        debian(root, &target_dir)?.status()
    };
    if !status.context("starting cargo")?.success() {
        bail!("the decoder module does not compile for {TARGET}; see the messages above");
    }
    Ok(target_dir.join(TARGET).join("release/farol_decoder.wasm"))
}

/// True when the ordinary toolchain can build for browsers, after trying to make it so.
fn has_target() -> bool {
    let added = Command::new("rustup").args(["target", "add", TARGET]).output();
    added.is_ok_and(|output| output.status.success())
}

/// `cargo build` of the module with our settings; `program` is the cargo to use.
fn cargo(root: &Path, target_dir: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(root)
        .args([
            "build",
            "--release",
            "--package",
            "farol-decoder",
            "--target",
            TARGET,
        ])
        .env("CARGO_TARGET_DIR", target_dir)
        .env("CARGO_PROFILE_RELEASE_LTO", "fat")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
        .env("RUSTFLAGS", FLAGS)
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    command
}

/// The same by Debian's compiler, which brings the standard library's source and so needs no download of the target.
fn debian(root: &Path, target_dir: &Path) -> anyhow::Result<Command> {
    let linker = ["/usr/bin/wasm-ld-22", "/usr/bin/wasm-ld"]
        .into_iter()
        .find(|linker| Path::new(linker).exists());
    let sources = Path::new("/usr/bin/rustc").exists() && Path::new("/usr/bin/cargo").exists();
    let (Some(linker), true) = (linker, sources) else {
        bail!(
            "rustup cannot fetch the target {TARGET}, and Debian's compiler for it is not installed; \
             run `apt-get install rustc-web rust-web-src cargo-web lld-22`"
        );
    };
    let mut command = cargo(root, target_dir, "/usr/bin/cargo");
    command
        .arg("-Zbuild-std=std,panic_abort")
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
        // A cargo that runs us tells which toolchain it is; the other one must not hear of it.
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO");
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_module_is_of_these_sources() -> anyhow::Result<()> {
        generate(true)
    }
}
