//! The command line: what a person types, and what they read.
//!
//! Flow: arguments → a command → its outcome as an exit code, or one failure, said in a line of its own.
//! Commands about a running server ask it over the socket beside its data file, or over `--url`; `init`, `check` and
//! `verify FILE` work on files that no server has.
//!
//! Invariants: facts go to standard output and remarks to standard error; `--json` gives the same facts; a reader who
//! stops reading ends nothing with an error; nothing is destroyed unasked.
//!
//! It does not know how anything is decided or kept: it asks, and prints what it was told.

mod args;
mod backup;
mod exit;
mod out;
mod show;

mod answer;
mod client;
mod compact;
mod offline;
mod target;

mod alerts;
mod audit;
mod check;
mod consent;
mod data;
mod delivery;
mod destination;
mod doctor;
mod event;
mod export;
mod init;
mod key;
mod launch;
mod pages;
mod person;
mod poll;
mod preflight;
mod report;
mod schedule;
mod serve;
mod shell;
mod spend;
mod status;
mod verify;
mod webhook;

use std::ffi::OsString;
use std::io::{self, Write};
use std::panic;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use consent::Consent;
use exit::{Code, Failure};
use out::Out;

use crate::store;

/// Runs the command line `args`, the program's name first; the process's exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let told = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        // Of a damaged file the answer speaks.
        let known = panic
            .location()
            .is_some_and(|at| store::is_of_a_damaged_file(at.file()));
        if !known {
            told(panic);
        }
    }));
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(told) => {
            // Help that nobody reads is no fault, and a usage error has nobody else to go to.
            let _ = told.print();
            return if told.use_stderr() {
                Code::Usage
            } else {
                Code::Done
            }
            .into();
        }
    };
    let mut out = Out::stdout(&cli.globals);
    let outcome = command(cli, &mut out).and_then(|code| {
        out.flush()?;
        Ok(code)
    });
    match outcome {
        Ok(code) => code.into(),
        Err(failure) => {
            // What was said before the failure belongs before it.
            let _ = out.flush();
            let _ = writeln!(io::stderr(), "{failure}");
            failure.code.into()
        }
    }
}

fn command(cli: Cli, out: &mut Out) -> Result<Code, Failure> {
    let globals = cli.globals;
    match cli.command {
        Command::Serve(addresses) => serve::serve(globals, &addresses),
        Command::Demo { seconds } => serve::demo(seconds),
        Command::Init(args) => init::init(&globals, &args, out),
        Command::Check(addresses) => check::check(&globals, &addresses, out),
        Command::Doctor => doctor::doctor(&globals, out),
        Command::Preflight => preflight::preflight(&globals, out),
        Command::Launch(args) => launch::run(&globals, args, out),
        Command::Verify { file: Some(file), .. } => verify::verify_file(&file, out),
        Command::Verify {
            backup: Some(name), ..
        } => verify::verify_backup(&globals, &name, out),
        Command::Verify { .. } => verify::verify_running(&globals, out),
        Command::Backup { out: Some(to), force } => backup::backup(&globals, &to, force, out),
        Command::Backup { out: None, .. } => backup::one_more(&globals, out),
        Command::Compact => compact::compact(&globals, out),
        Command::Restore { file, yes } => backup::restore(&globals, &file, Consent::of(yes), out),
        Command::Status => status::status(&globals, out),
        Command::Poll(command) => poll::run(&globals, command, out),
        Command::Event(command) => event::run(&globals, command, out),
        Command::Delivery(command) => delivery::run(&globals, command, out),
        Command::Destination(command) => destination::run(&globals, command, out),
        Command::Webhook(command) => webhook::run(&globals, command, out),
        Command::Schedule(command) => schedule::run(&globals, command, out),
        Command::Alerts(command) => alerts::run(&globals, command, out),
        Command::Spend(command) => spend::run(&globals, command, out),
        Command::Data(query) => data::data(&globals, &query, out),
        Command::Export(command) => export::run(&globals, command, out),
        Command::Person(command) => person::run(&globals, command, out),
        Command::Report(query) => report::report(&globals, &query, out),
        Command::Pages(args) => pages::run(&globals, args, out),
        Command::Audit(query) => audit::audit(&globals, &query, out),
        Command::Key(command) => key::run(&globals, command, out),
        Command::Completions { shell } => shell::completions(shell, out),
        Command::Man { out: directory } => shell::man(directory.as_deref(), out),
        Command::Openapi => shell::openapi(out),
    }
}
