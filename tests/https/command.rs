//! The command line, from elsewhere.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::authority::Authority;
use crate::support::{ADMIN_TOKEN, Appliance};

/// A name that leads to this machine without anybody's help.
const DESK: &str = "localhost";

/// An appliance whose dashboard has a certificate of an authority that nobody knows, and that authority's own in a file.
async fn desk() -> (Appliance, PathBuf, TempDir) {
    let (authority, files) = (Authority::new(), tempfile::tempdir().expect("a directory"));
    let (certificate, key) = authority.sign(&[DESK]).write(files.path());
    let ca = files.path().join("ca.pem");
    std::fs::write(&ca, authority.pem()).expect("written");
    let server =
        format!("[server]\nadmin_domain = {DESK:?}\ntls_cert = {certificate:?}\ntls_key = {key:?}\n");
    (Appliance::build().config(&server).start().await, ca, files)
}

/// Runs `gantry` by HTTPS, trusting the authority in that file.
fn gantry(appliance: &Appliance, ca: &Path, args: &[&str]) -> Output {
    let url = format!("https://{DESK}:{}", appliance.admin.address().port());
    let mut command = Command::new(env!("CARGO_BIN_EXE_gantry"));
    command
        .args(["--url", &url])
        .args(args)
        .env("GANTRY_TOKEN", ADMIN_TOKEN)
        .env("SSL_CERT_FILE", ca)
        .env_remove("SSL_CERT_DIR");
    command.output().expect("the binary runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn it_asks_a_server_by_https_whose_authority_it_is_told_of() {
    let (appliance, ca, _files) = desk().await;
    let made = gantry(
        &appliance,
        &ca,
        &[
            "poll",
            "create",
            "best",
            "--question",
            "Which?",
            "--option",
            "a=A",
            "--option",
            "b=B",
        ],
    );
    assert!(made.status.success(), "{made:?}");
    let shown = gantry(&appliance, &ca, &["--json", "poll", "show", "best"]);
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!(shown["pollId"], "best");
    // A list, page by page, and a file.
    let listed = gantry(&appliance, &ca, &["event", "list"]);
    assert!(listed.status.success(), "{listed:?}");
    let copy = ca.with_file_name("copy.redb");
    let copied = gantry(&appliance, &ca, &["backup", &copy.display().to_string()]);
    assert!(copied.status.success() && copy.exists(), "{copied:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_sends_no_token_to_a_server_that_does_not_prove_who_it_is() {
    let (appliance, ca, _files) = desk().await;
    let stranger = ca.with_file_name("stranger.pem");
    std::fs::write(&stranger, Authority::new().pem()).expect("written");
    let told = gantry(&appliance, &stranger, &["status"]);
    let said = String::from_utf8_lossy(&told.stderr);
    assert_eq!(told.status.code(), Some(74), "{said}");
    assert!(
        said.contains("does not prove who it is")
            && said.contains("SSL_CERT_FILE")
            && said.lines().count() == 1,
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_where_there_is_no_tls_at_all() {
    let (_desk, ca, _files) = desk().await;
    let plain = Appliance::build().start().await;
    let told = gantry(&plain, &ca, &["status"]);
    let said = String::from_utf8_lossy(&told.stderr);
    assert_eq!(told.status.code(), Some(74), "{said}");
    assert!(
        said.contains("there is no TLS at localhost:")
            && !said.contains("prove")
            && said.lines().count() == 1,
        "{said}"
    );
}
