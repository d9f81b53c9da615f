//! Makes sure that the folder with the built console exists, so that the server compiles before the console was built;
//! and rebuilds the server when the console was.

fn main() {
    let dist = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    if !dist.exists()
        && let Err(error) = std::fs::create_dir_all(&dist)
    {
        println!("cargo:warning=web/dist cannot be created: {error}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={}", dist.display());
}
