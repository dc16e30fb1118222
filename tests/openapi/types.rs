//! `packaging/gantry.d.ts` is what the description says, and programs that are written with it do what they say.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::{Server, TOKEN};
use crate::{here, part, run};

/// How the types are made.
const MADE_BY: &str =
    "cargo run --quiet --locked -- openapi | node tests/openapi/types.mjs > packaging/gantry.d.ts";

fn at_root(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_types_that_are_shipped_are_those_of_the_description() {
    part("node_modules/openapi-typescript");
    let mut described = Command::new(env!("CARGO_BIN_EXE_gantry"))
        .arg("openapi")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let made = Command::new("node")
        .arg(here().join("types.mjs"))
        .stdin(described.stdout.take().unwrap())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(described.wait().unwrap().success() && made.status.success());
    let made = String::from_utf8(made.stdout).unwrap();
    assert!(
        made.contains(MADE_BY) && made.contains("export interface paths"),
        "{made}"
    );
    let is_current = made == at_root("packaging/gantry.d.ts");
    assert!(
        is_current,
        "the API has changed, and its types have not: {MADE_BY}"
    );
}

/// The example of the README that uses the types.
fn of_the_readme() -> String {
    let readme = at_root("README.md");
    let mut examples = readme.split("```ts\n").skip(1);
    let example = examples.find(|example| example.contains("\"@/gantry\""));
    example
        .expect("an example")
        .split("```")
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn clients_that_are_written_with_the_types_compile_and_are_answered_as_they_say() {
    // Beside the libraries, so that they are found.
    let project = tempfile::tempdir_in(part("node_modules").parent().unwrap()).unwrap();
    for file in ["client.ts", "node.d.ts", "tsconfig.json"] {
        std::fs::copy(here().join(file), project.path().join(file)).unwrap();
    }
    std::fs::write(
        project.path().join("gantry.d.ts"),
        at_root("packaging/gantry.d.ts"),
    )
    .unwrap();
    std::fs::write(project.path().join("route.ts"), of_the_readme()).unwrap();
    let mut compiler = Command::new(part("node_modules/.bin/tsc"));
    let (compiles, said) = run(compiler.arg("--project").arg(project.path()));
    assert!(compiles, "{said}");

    let directory = tempfile::tempdir().unwrap();
    let server = Server::start(&directory.path().join("gantry.redb"));
    let mut client = Command::new("node");
    client
        .arg(project.path().join("out/client.js"))
        .env("GANTRY_PUBLIC", format!("http://{}", server.public))
        .env("GANTRY_ADMIN", format!("http://{}", server.admin))
        .env("GANTRY_TOKEN", TOKEN);
    let (answered, said) = run(&mut client);
    assert!(answered, "{said}");
    server.stop();
}
