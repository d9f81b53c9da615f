//! The table that is printed: what was measured, the bar, and how far from it that is.

use std::fmt;

/// What a figure has to keep to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bar {
    /// It is only told.
    None,
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

#[derive(Debug)]
struct Row {
    what: String,
    value: f64,
    unit: &'static str,
    bar: Bar,
}

/// Rows in the order they were measured.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    /// Adds a row, and prints it at once: a run takes many minutes.
    pub(crate) fn add(&mut self, what: impl Into<String>, value: f64, unit: &'static str, bar: Bar) {
        let row = Row {
            what: what.into(),
            value,
            unit,
            bar,
        };
        println!("  {}: {} {unit}", row.what, figure(value));
        self.0.push(row);
    }
}

fn figure(value: f64) -> String {
    if value.abs() < 100.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n| | figure | bar | figure / bar |\n|---|---|---|---|")?;
        for Row {
            what,
            value,
            unit,
            bar,
        } in &self.0
        {
            let (bar, kept) = match bar {
                Bar::None => (String::new(), String::new()),
                Bar::AtMost(most) => (
                    format!("at most {most} {unit}"),
                    verdict(value / most, value <= most),
                ),
                Bar::AtLeast(least) => (
                    format!("at least {least} {unit}"),
                    verdict(value / least, value >= least),
                ),
            };
            writeln!(f, "| {what} | {} {unit} | {bar} | {kept} |", figure(*value))?;
        }
        Ok(())
    }
}

fn verdict(ratio: f64, kept: bool) -> String {
    format!("{ratio:.2}{}", if kept { "" } else { " (missed)" })
}
