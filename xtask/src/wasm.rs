//! The WebAssembly modules for browsers: the decoder (`crates/media`, `web/decoder`) and the pipe (`crates/protocol`,
//! `web/pipe`).
//!
//! A module is committed beside its wrapper in `web/app`, so that a newcomer's first build needs no second target. A file
//! `….sources` beside it holds the hash of what it was made from: two compilers make different bytes of the same sources, so
//! the sources are what is compared. Start at [`generate`].

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::{packages, repo};

const TARGET: &str = "wasm32-unknown-unknown";

/// One module.
pub(crate) struct Module {
    /// What people call it.
    pub(crate) name: &'static str,
    /// The package that is it.
    package: &'static str,
    /// Where it stands, without an extension; the hash of its sources stands beside it.
    place: &'static str,
    /// Folders and files that it is made from.
    sources: &'static [&'static str],
    /// Parts of them that it leaves out.
    not_sources: &'static [&'static str],
    /// Its tests in the console, and the variable by which they are told of another build of it.
    pub(crate) tests: &'static str,
    pub(crate) tests_take: &'static str,
}

/// Every module.
pub(crate) const MODULES: [Module; 2] = [
    Module {
        name: "decoder",
        package: "farol-decoder",
        place: "web/app/desktop/decoder/decoder",
        sources: &[
            "crates/media/src",
            "crates/media/Cargo.toml",
            "web/decoder/src",
            "web/decoder/Cargo.toml",
        ],
        not_sources: &[
            "crates/media/src/encoder",
            "crates/media/src/fake_video.rs",
            "crates/media/src/jpeg.rs",
            "crates/media/src/oracle.rs",
            "crates/media/src/pace.rs",
            "crates/media/src/view.rs",
        ],
        tests: "app/desktop/decoder",
        tests_take: "FAROL_DECODER_MODULE",
    },
    Module {
        name: "pipe",
        package: "farol-pipe",
        place: "web/app/wire/pipe",
        sources: &[
            "crates/protocol/src",
            "crates/protocol/Cargo.toml",
            "web/pipe/src",
            "web/pipe/Cargo.toml",
        ],
        not_sources: &[
            "crates/protocol/src/evidence",
            "crates/protocol/src/generated/farol.link.v1.rs",
            "crates/protocol/src/identity.rs",
            "crates/protocol/src/link",
            "crates/protocol/src/oracle.rs",
            "crates/protocol/src/pipe/message/clipboard.rs",
            "crates/protocol/src/pipe/message/company.rs",
            "crates/protocol/src/pipe/message/input.rs",
            "crates/protocol/src/pipe/message/screen.rs",
            "crates/protocol/src/pipe/noise/tests.rs",
            "crates/protocol/src/pipe/tests",
            "crates/protocol/src/pipe/tests.rs",
            "crates/protocol/src/relay.rs",
            "crates/protocol/src/rights.rs",
            "crates/protocol/src/support_code.rs",
            "crates/protocol/src/token.rs",
        ],
        tests: "app/wire",
        tests_take: "FAROL_PIPE_MODULE",
    },
];

/// Every browser of the last years has it; rows are filled and compared four pixels at a time.
const FLAGS: &str = "-Ctarget-feature=+simd128";

/// Makes the modules whose sources have changed, or, with `check`, fails when there is one.
pub(crate) fn generate(check: bool) -> anyhow::Result<()> {
    MODULES.iter().try_for_each(|module| module.generate(check))
}

impl Module {
    fn generate(&self, check: bool) -> anyhow::Result<()> {
        let root = repo::root();
        let hash = self.sources_hash(&root)?;
        let place = |extension: &str| root.join(format!("{}.{extension}", self.place));
        let known = std::fs::read_to_string(place("sources")).unwrap_or_default();
        if known.trim() == hash && place("wasm").is_file() {
            return Ok(());
        }
        if check {
            bail!(
                "{}.wasm is older than its sources; run `cargo xtask gen --only wasm` and commit the result",
                self.place
            );
        }
        let module = self.build(&root)?;
        let bytes = std::fs::read(&module).with_context(|| format!("reading {}", module.display()))?;
        std::fs::write(place("wasm"), bytes)?;
        std::fs::write(place("sources"), hash + "\n")?;
        Ok(())
    }

    /// Compiles the module from scratch, whatever the hash says, and returns where it lies; installs Debian's compiler for it
    /// when rustup has none.
    pub(crate) fn rebuild(&self, yes: bool) -> anyhow::Result<PathBuf> {
        if !has_target() {
            packages::require(&[packages::WASM], yes)?;
        }
        self.build(&repo::root())
    }

    /// SHA-256 over the paths and contents of the module's sources, hexadecimal.
    fn sources_hash(&self, root: &Path) -> anyhow::Result<String> {
        let mut files = Vec::new();
        for source in self.sources {
            collect(&root.join(source), &mut files)?;
        }
        files.retain(|file| {
            !self
                .not_sources
                .iter()
                .any(|part| file.starts_with(root.join(part)))
        });
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

    /// Compiles the module and returns its path.
    fn build(&self, root: &Path) -> anyhow::Result<PathBuf> {
        let target_dir = repo::target_dir().join("wasm");
        let status = if has_target() {
            cargo(root, &target_dir, self.package, "cargo").status()
        } else {
            debian(root, &target_dir, self.package)?.status()
        };
        if !status.context("starting cargo")?.success() {
            bail!(
                "the {} module does not compile for {TARGET}; see the messages above",
                self.name
            );
        }
        let file = format!("{}.wasm", self.package.replace('-', "_"));
        Ok(target_dir.join(TARGET).join("release").join(file))
    }
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

/// True when the ordinary toolchain can build for browsers, after trying to make it so.
fn has_target() -> bool {
    let added = Command::new("rustup").args(["target", "add", TARGET]).output();
    added.is_ok_and(|output| output.status.success())
}

/// `cargo build` of a module's package with our settings; `program` is the cargo to use.
fn cargo(root: &Path, target_dir: &Path, package: &str, program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(root)
        .args(["build", "--release", "--package", package, "--target", TARGET])
        .env("CARGO_TARGET_DIR", target_dir)
        .env("CARGO_PROFILE_RELEASE_LTO", "fat")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
        .env("CARGO_ENCODED_RUSTFLAGS", flags(root));
    command
}

/// The compiler's flags. Where this machine keeps sources is nobody's business, and would make other bytes elsewhere.
fn flags(root: &Path) -> String {
    let mut flags = vec![FLAGS.to_owned()];
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo"));
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(home);
    for (from, to) in [(cargo_home.as_deref(), "cargo"), (Some(root), ".")] {
        flags.extend(from.map(|from| format!("--remap-path-prefix={}={to}", from.display())));
    }
    flags.join("\x1f")
}

/// The same by Debian's compiler, which brings the standard library's source and so needs no download of the target.
fn debian(root: &Path, target_dir: &Path, package: &str) -> anyhow::Result<Command> {
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
    let mut command = cargo(root, target_dir, package, "/usr/bin/cargo");
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
    fn the_committed_modules_are_of_these_sources() -> anyhow::Result<()> {
        generate(true)
    }
}
