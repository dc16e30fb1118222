//! `gantry backup`, `gantry restore`: a copy of the data file, and a data file of a copy.

mod bar;

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::answer::{MadeBackup, typed};
use super::args::Globals;
use super::client::Unanswered;
use super::consent::{self, Consent};
use super::exit::{Code, Failure};
use super::out::{Format, Out};
use super::show::{bytes, grouped, printable};
use super::target;
use crate::clock::Clock;
use crate::store::{BackupError, Draft, Inspection, Manifest, OpenError, gently};
use bar::Bar;

/// Makes a backup of the running server's data file, or of a file that nobody has open.
pub(super) fn backup(globals: &Globals, to: &Path, force: bool, out: &mut Out) -> Result<Code, Failure> {
    let to = &place(to);
    if !force && to.symlink_metadata().is_ok() {
        let why = format_args!("{} is there already; give another name, or --force", to.display());
        return Err(Failure::new(Code::No, why));
    }
    let server = target::server(globals)?;
    let draft = Draft::beside(to).map_err(|error| unwritten(to, &error))?;
    let bar = Bar::new("asking for a backup");
    // The server, on the same machine, comes first.
    let sent = gently(|| {
        server.download("/api/backup", |whole, piece| {
            bar.sent(whole, piece.len());
            draft.append(piece)
        })
    });
    match (sent, server.data_file()) {
        (Err(Unanswered::Absent(_)), Some(data)) => offline(data, to, force)?,
        (sent, _) => {
            sent?;
            draft.sync().map_err(|error| unwritten(to, &error))?;
            bar.says("verifying");
            gently(|| Inspection::open(draft.path())?.prove())?;
            draft.keep(to, force).map_err(|error| unwritten(to, &error))?;
        }
    }
    bar.done();
    let copy = Inspection::open(to)?;
    let manifest = copy.manifest()?;
    show(to, manifest.as_ref(), out)
}

/// Has the running server make one more where it keeps its own.
pub(super) fn one_more(globals: &Globals, out: &mut Out) -> Result<Code, Failure> {
    let server = target::server(globals)?;
    let bar = Bar::new("making a backup");
    let answer: Value = server.post("/api/backups", &json!({}))?.read()?;
    bar.done();
    if out.format() == Format::Json {
        out.json(&answer)?;
        return Ok(Code::Done);
    }
    let made: MadeBackup = typed(answer)?;
    writeln!(out, "{}: {}, verified", printable(&made.name), bytes(made.bytes))?;
    Ok(Code::Done)
}

/// Where the copy goes: into a directory under a name that says when it was made.
fn place(to: &Path) -> PathBuf {
    if !to.is_dir() {
        return to.to_owned();
    }
    let now = Clock::System.now().to_string().replace(':', "");
    let seconds = now.split('.').next().unwrap_or_default();
    to.join(format!("gantry-{seconds}Z.redb"))
}

/// Copies a file that nobody has open.
fn offline(data: &Path, to: &Path, force: bool) -> Result<(), Failure> {
    let bar = Bar::new("copying");
    let source = Inspection::open(data)?;
    let watch = |progress: crate::store::Progress| bar.copied(progress);
    let copied = source.back_up(to, (Clock::System.now(), force), &watch);
    copied.map(drop).map_err(refused)
}

fn show(to: &Path, manifest: Option<&Manifest>, out: &mut Out) -> Result<Code, Failure> {
    let size = fs::metadata(to).map_or(0, |file| file.len());
    if out.format() == Format::Json {
        out.json(&facts(to, manifest, size))?;
        return Ok(Code::Done);
    }
    let rows = manifest.map_or(0, Manifest::rows);
    writeln!(
        out,
        "{}: {}, {} rows, verified",
        to.display(),
        bytes(size),
        grouped(rows)
    )?;
    Ok(Code::Done)
}

fn facts(path: &Path, manifest: Option<&Manifest>, size: u64) -> Value {
    let table = |table: &crate::store::TableSums| {
        let digest: String = table.digest.iter().map(|byte| format!("{byte:02x}")).collect();
        json!({ "name": table.name, "rows": table.rows, "sha256": digest })
    };
    json!({
        "file": path,
        "bytes": size,
        "madeAt": manifest.map(|manifest| manifest.made_at.to_string()),
        "version": manifest.map(|manifest| manifest.version.clone()),
        "format": manifest.map(|manifest| manifest.format),
        "position": manifest.map(|manifest| manifest.position),
        "tables": manifest.map(|manifest| manifest.tables.iter().map(table).collect::<Vec<_>>()),
    })
}

/// Makes a data file of a backup, where there is none.
pub(super) fn restore(
    globals: &Globals,
    from: &Path,
    consent: Consent,
    out: &mut Out,
) -> Result<Code, Failure> {
    let to = target::data_file(globals)?;
    free(&to)?;
    let bar = Bar::new("verifying");
    let copy = Inspection::open(from)?;
    copy.prove()?;
    bar.done();
    let manifest = copy.manifest()?;
    tell(from, &copy, manifest.as_ref())?;
    if consent == Consent::Ask && !consent::ask(&format!("Restore it as {}?", to.display()))? {
        return Ok(Code::No);
    }
    let bar = Bar::new("copying");
    let watch = |progress: crate::store::Progress| bar.copied(progress);
    let restored = copy.restore(&to, Clock::System.now(), &watch).map_err(refused)?;
    bar.done();
    give_to_its_directory(&to)
        .map_err(|e| Failure::io(format_args!("cannot give {} its owner", to.display()), &e))?;
    if out.format() == Format::Json {
        let size = fs::metadata(&to).map_or(0, |file| file.len());
        out.json(&facts(&to, Some(&restored), size))?;
        return Ok(Code::Done);
    }
    writeln!(out, "{} is restored and verified.", to.display())?;
    writeln!(
        out,
        "Start with: gantry serve. Delivery is paused until `gantry delivery resume`."
    )?;
    Ok(Code::Done)
}

/// Gives a file that root has made to whoever has its directory, which for the service is a user of its own.
fn give_to_its_directory(file: &Path) -> io::Result<()> {
    let directory = file.parent().filter(|path| !path.as_os_str().is_empty());
    let has = fs::metadata(directory.unwrap_or_else(|| Path::new(".")))?;
    match fs::metadata(file)?.uid() {
        0 if has.uid() != 0 => chown(file, Some(has.uid()), Some(has.gid())),
        _ => Ok(()),
    }
}

/// A data file that is there is never replaced.
fn free(to: &Path) -> Result<(), Failure> {
    if to.symlink_metadata().is_err() {
        return Ok(());
    }
    // Where somebody has it, that is worth more than that it is there.
    if let Err(error @ OpenError::InUse { .. }) = Inspection::open(to) {
        return Err(error.into());
    }
    let to = to.display();
    let why = format_args!("{to} is there already and is not replaced; move it away first, or give --data");
    Err(Failure::new(Code::No, why))
}

/// Says what is about to be restored, and what that means.
fn tell(from: &Path, copy: &Inspection, manifest: Option<&Manifest>) -> Result<(), Failure> {
    let rows = copy.rows()?;
    let of = |name: &str| {
        rows.iter()
            .find(|(table, _)| *table == name)
            .map_or(0, |(_, rows)| *rows)
    };
    let made = match manifest {
        Some(manifest) => format!("a backup of {} by Gantry {}", manifest.made_at, manifest.version),
        None => "a data file without a manifest".to_owned(),
    };
    let _ = writeln!(
        io::stderr(),
        "{} is {made}, and whole: {} polls, {} votes, {} events, {} deliveries.\n\
         What has happened since is not in it. Delivery starts paused, until `gantry delivery resume`: what was sent since \
         would be sent again, under the same ids.",
        from.display(),
        grouped(of("polls")),
        grouped(of("votes")),
        grouped(of("events")),
        grouped(of("deliveries")),
    );
    Ok(())
}

fn refused(error: BackupError) -> Failure {
    let code = match &error {
        BackupError::Source(error) => Code::of(error.exit_code()),
        BackupError::Exists(_) => Code::No,
        BackupError::NotWhole(_) => Code::Damaged,
        _ => Code::Io,
    };
    Failure::new(code, error)
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::io(format_args!("cannot write {}", path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_given_a_name_that_says_when() {
        let directory = tempfile::tempdir().unwrap();
        let named = place(directory.path());
        let name = named.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.starts_with("gantry-2") && name.ends_with("Z.redb"), "{name}");
        let file = directory.path().join("a.redb");
        assert_eq!(place(&file), file);
        drop(fs::File::create(&file).unwrap());
        assert_eq!(place(&file), file);
    }
}
