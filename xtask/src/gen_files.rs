//! `cargo xtask gen`: the files a program writes and we commit, so that a build needs none of these programs.
//!
//! Everything is made in a scratch folder first and then compared or copied, so that `--check` and writing cannot differ.
//!
//! | what | from | to |
//! |---|---|---|
//! | wire messages, Rust | `proto/` | `crates/protocol/src/generated` |
//! | wire messages, TypeScript | `proto/`, without the link | `web/app/wire/__generated__` |
//! | API description | `farol openapi` | `docs/openapi.json` |
//! | API client | `docs/openapi.json` | `web/app/api/__generated__` |
//! | what the API promised, when told | `docs/openapi.json` | `docs/api-baseline.json` |
//! | WebAssembly modules | `crates/media`, `web/decoder`; `crates/protocol`, `web/pipe` | see [`crate::wasm`] |

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::check::api;
use crate::{console, packages, proc, repo, wasm};

/// Whether files are written or only compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

impl Mode {
    /// From the `--check` flag.
    pub(crate) fn from_check(check: bool) -> Self {
        if check { Self::Check } else { Self::Write }
    }
}

/// The parts of the wire the console speaks; the link is spoken by agents and the server alone.
const CONSOLE_PROTOS: &[&str] = &["clipboard", "company", "input", "pipe", "relay", "screen"];

/// What renews what the API promised: by itself only, since it forgets what was before.
const BASELINE: &str = "api-baseline";

/// What this program asks of itself when it is built with the protobuf compiler driver.
const RUST_ONLY: &str = "proto-rust";

/// Makes everything, or the part called `only` (`proto`, `api`, `wasm`).
///
/// # Errors
/// When a generator fails, or in check mode when a committed file differs from what would be written.
pub(crate) fn generate(mode: Mode, only: Option<&str>) -> Result<()> {
    let wanted = |part: &str| only.is_none_or(|only| only == part);
    if only == Some(RUST_ONLY) {
        return protobuf_rust(mode);
    }
    if only == Some(BASELINE) {
        return api::renew();
    }
    if let Some(other) = only.filter(|part| !["proto", "api", "wasm"].contains(part)) {
        bail!("there is no part `{other}`; the parts are proto, api and wasm, and api-baseline by itself");
    }
    if wanted("proto") {
        packages::require(&[packages::GENERATE], true)?;
        console::install(&crate::test::logs(), None)?;
        protobuf_rust(mode)?;
        protobuf_typescript(mode)?;
    }
    if wanted("api") {
        console::install(&crate::test::logs(), None)?;
        api(mode)?;
    }
    if wanted("wasm") {
        wasm::generate(mode == Mode::Check)?;
    }
    Ok(())
}

#[cfg(not(feature = "protobuf"))]
fn protobuf_rust(mode: Mode) -> Result<()> {
    // The same program with the protobuf compiler driver inside; see `[features]` in its Cargo.toml.
    let mut again = repo::cargo();
    again.args([
        "run",
        "--quiet",
        "--locked",
        "-p",
        "xtask",
        "--features",
        "protobuf",
        "--",
    ]);
    again.args(["gen", "--only", RUST_ONLY]);
    if mode == Mode::Check {
        again.arg("--check");
    }
    proc::run(&mut again)
}

#[cfg(feature = "protobuf")]
fn protobuf_rust(mode: Mode) -> Result<()> {
    let made = scratch("protobuf-rust")?;
    let proto = repo::root().join("proto");
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(proto.join("farol")).context("reading proto/farol")? {
        files.push(entry?.path());
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "proto"));
    files.sort();
    let mut config = prost_build::Config::new();
    config.out_dir(&made).include_file("mod.rs");
    config
        .compile_protos(&files, &[proto])
        .context("compiling proto/farol")?;
    settle(&made, &repo::root().join("crates/protocol/src/generated"), mode)
}

fn protobuf_typescript(mode: Mode) -> Result<()> {
    let made = scratch("protobuf-typescript")?;
    let plugin = repo::web().join("node_modules/.bin/protoc-gen-es");
    let mut protoc = Command::new("protoc");
    protoc.current_dir(repo::root()).args(["-I", "proto"]);
    protoc.arg(format!("--plugin=protoc-gen-es={}", plugin.display()));
    protoc
        .arg(format!("--es_out={}", made.display()))
        .arg("--es_opt=target=ts,ts_nocheck=true");
    protoc.args(
        CONSOLE_PROTOS
            .iter()
            .map(|name| format!("proto/farol/{name}.proto")),
    );
    proc::output(&mut protoc)?;
    settle(&made, &repo::web().join("app/wire/__generated__"), mode)
}

fn api(mode: Mode) -> Result<()> {
    repo::build_for_tests()?;
    let description = proc::output(Command::new(repo::built("debug", "farol")).arg("openapi"))?;
    let described = scratch("api-description")?;
    let file = described.join("openapi.json");
    std::fs::write(&file, description).with_context(|| format!("writing {}", file.display()))?;
    settle_file(&file, &repo::root().join("docs/openapi.json"), mode)?;

    let made = scratch("api-client")?;
    let mut client = console::npm(&["exec", "--no", "--", "openapi-typescript"]);
    client
        .arg(&file)
        .arg("-o")
        .arg(made.join("openapi.ts"))
        .args(client_options()?);
    proc::output(&mut client)?;
    settle(&made, &repo::web().join("app/api/__generated__"), mode)
}

/// The options of the client's generator, as the console's own script `generate:api` has them.
fn client_options() -> Result<Vec<String>> {
    let path = repo::web().join("package.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let package: serde_json::Value = serde_json::from_str(&text).context("reading web/package.json")?;
    let script = package["scripts"]["generate:api"]
        .as_str()
        .context("there is no script generate:api")?;
    let long = script.split_whitespace().filter(|word| word.starts_with("--"));
    Ok(long.map(str::to_owned).collect())
}

/// A fresh folder for what a generator writes.
fn scratch(name: &str) -> Result<PathBuf> {
    let folder = repo::target_dir().join("xtask/gen").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("clearing {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    Ok(folder)
}

/// Makes `committed` exactly what `made` is, or fails in check mode when it is not.
fn settle(made: &Path, committed: &Path, mode: Mode) -> Result<()> {
    let new = listing(made)?;
    let old = if committed.exists() {
        listing(committed)?
    } else {
        Vec::new()
    };
    for gone in old.iter().filter(|name| !new.contains(name)) {
        let path = committed.join(gone);
        if mode == Mode::Check {
            bail!(
                "{} is no longer generated; run `cargo xtask gen` and commit the result",
                path.display()
            );
        }
        std::fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
    }
    for name in &new {
        settle_file(&made.join(name), &committed.join(name), mode)?;
    }
    Ok(())
}

fn settle_file(made: &Path, committed: &Path, mode: Mode) -> Result<()> {
    let new = std::fs::read(made).with_context(|| format!("reading {}", made.display()))?;
    let shown = committed
        .strip_prefix(repo::root())
        .unwrap_or(committed)
        .display();
    if std::fs::read(committed).is_ok_and(|old| old == new) {
        println!("  same     {shown}");
        return Ok(());
    }
    if mode == Mode::Check {
        bail!("{shown} is not what its source says; run `cargo xtask gen` and commit the result");
    }
    if let Some(parent) = committed.parent() {
        std::fs::create_dir_all(parent).with_context(|| format!("creating {}", parent.display()))?;
    }
    std::fs::write(committed, new).with_context(|| format!("writing {shown}"))?;
    println!("  written  {shown}");
    Ok(())
}

/// All files below `folder`, relative to it, sorted.
fn listing(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).with_context(|| format!("reading {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(relative) = path.strip_prefix(folder) {
                found.push(relative.to_path_buf());
            }
        }
    }
    found.sort();
    Ok(found)
}
