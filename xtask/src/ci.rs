//! `cargo xtask ci`: what a change has to pass, in one process. `.ci/run` is this command and nothing else.

use anyhow::Result;

use crate::progress::Table;
use crate::test::Verdicts;
use crate::{check, console, disk, gen_files, test, wasm};

/// Runs the checks, compares the generated files, runs all tests; prints times and verdicts at the end.
///
/// # Errors
/// The first part that fails.
pub(crate) fn ci() -> Result<()> {
    let mut table = Table::default();
    let mut verdicts = Verdicts::default();
    let result = parts(&mut table, &mut verdicts);
    table.print();
    verdicts.print();
    result
}

fn parts(table: &mut Table, verdicts: &mut Verdicts) -> Result<()> {
    test::prepare(table, true, disk::make_room)?;
    check::into(table, None)?;
    table.section("generated files are what their sources say", || {
        gen_files::generate(gen_files::Mode::Check, None)
    })?;
    for module in &wasm::MODULES {
        table.section(
            &format!(
                "the {} module, built again, passes the shared vectors",
                module.name
            ),
            || {
                let rebuilt = module.rebuild(true)?;
                let mut tests = console::npm(&["exec", "--no", "--", "vitest", "run", module.tests]);
                tests.env(module.tests_take, rebuilt);
                let name = format!("vitest, rebuilt {}", module.name);
                verdicts.run(&name, &mut tests, &["Tests  "])
            },
        )?;
    }
    test::into(table, verdicts, None)
}
