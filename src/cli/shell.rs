//! What the program says of itself: `gantry completions`, `gantry man` and `gantry openapi`.

use std::fs;
use std::io::Write;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::Cli;
use super::exit::{Code, Failure};
use super::out::Out;
use crate::app;

/// Prints the completion script for a shell.
pub(super) fn completions(shell: Shell, out: &mut Out) -> Result<Code, Failure> {
    // The generator panics where it cannot write; memory takes everything.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "gantry", &mut script);
    out.write_all(&script)?;
    Ok(Code::Done)
}

/// Prints the description of the HTTP API.
pub(super) fn openapi(out: &mut Out) -> Result<Code, Failure> {
    writeln!(out, "{:#}", app::describe())?;
    Ok(Code::Done)
}

/// Prints the manual page, or writes the pages of all commands into `directory`.
pub(super) fn man(directory: Option<&Path>, out: &mut Out) -> Result<Code, Failure> {
    let Some(directory) = directory else {
        Man::new(Cli::command()).render(out)?;
        return Ok(Code::Done);
    };
    fs::create_dir_all(directory)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), directory))
        .map_err(|e| Failure::io(format_args!("cannot write to {}", directory.display()), &e))?;
    writeln!(out, "the pages are in {}", directory.display())?;
    Ok(Code::Done)
}
