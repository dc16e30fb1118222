//! Targets: where the data file is, and how its server is reached.

use std::path::{Path, PathBuf};

use http::Uri;

use super::args::Globals;
use super::client::{Route, Scheme, Server};
use super::exit::{Code, Failure};
use crate::config::{self, Config, ConfigFile, Faults, Overrides, Place, Secret, Sources};

/// What makes the admin token of a data file that has none, for automation.
pub(super) const ADMIN_TOKEN: &str = "GANTRY_ADMIN_TOKEN";
/// The configuration of the service that runs on this machine, where its package puts it.
const SERVICE_CONFIG: &str = "/etc/gantry/gantry.toml";
/// Where that configuration's relative paths begin: the unit's working directory.
const SERVICE_DIRECTORY: &str = "/var/lib/gantry";
/// Where systemd keeps the service's credentials while it runs.
const SERVICE_CREDENTIALS: &str = "/run/credentials/gantry.service";
/// The largest token file, in bytes.
const TOKEN_BYTES: u64 = 1 << 12;

/// The server the flags speak of.
pub(super) fn server(globals: &Globals) -> Result<Server, Failure> {
    let Some(url) = &globals.url else {
        if globals.token_file.is_some() {
            return Err(Failure::usage(
                "--token-file goes with --url; the socket needs no token",
            ));
        }
        let data = data_file(globals)?;
        return Server::new(Route::Socket { data }, None);
    };
    if globals.data.is_some() {
        return Err(Failure::usage("give --url or --data, not both"));
    }
    Server::new(route(url)?, token(globals)?)
}

/// What `check` and `doctor` read: the configuration that is named or lies here, or else that of this machine's service, with the
/// credentials it has while it runs.
pub(super) fn checked(globals: &Globals, flags: Overrides) -> Result<Sources, Failure> {
    let mut sources = Sources::from_process(globals.config.clone().or_else(service), flags)?;
    let named = |(name, _): &(String, String)| name == "CREDENTIALS_DIRECTORY";
    let ours = Path::new(SERVICE_CREDENTIALS);
    if is_of_the_service(&sources) && ours.exists() && !sources.environment.iter().any(named) {
        let variable = ("CREDENTIALS_DIRECTORY".into(), SERVICE_CREDENTIALS.into());
        sources.environment.push(variable);
    }
    Ok(sources)
}

/// The service's configuration, where there is one, and neither a configuration nor a data file lies here.
fn service() -> Option<PathBuf> {
    let here = [PathBuf::from(config::DEFAULT_PATH), Config::default().store.path];
    let path = PathBuf::from(SERVICE_CONFIG);
    (!here.iter().any(|path| path.exists()) && path.exists()).then_some(path)
}

fn is_of_the_service(sources: &Sources) -> bool {
    let file = sources.file.as_ref();
    file.is_some_and(|file| file.path == Path::new(SERVICE_CONFIG))
}

/// Where the data file is, by flag, environment, file or default; where nothing of that is here, that of this machine's
/// service.
///
/// Nothing else of the configuration matters here, and some of it (a secret in the service's own environment) may be
/// understood by the service alone: faults elsewhere are passed over.
pub(super) fn data_file(globals: &Globals) -> Result<PathBuf, Failure> {
    if let Some(data) = &globals.data {
        return Ok(data.clone());
    }
    let here = path_in(sources(globals)?)?;
    if globals.config.is_some() || here != Config::default().store.path {
        return Ok(here);
    }
    match service() {
        Some(path) => path_in(Sources::from_process(Some(path), Overrides::default())?),
        None => Ok(here),
    }
}

fn path_in(sources: Sources) -> Result<PathBuf, Failure> {
    let beginning = is_of_the_service(&sources).then_some(SERVICE_DIRECTORY);
    let config = config::load(&sources).or_else(|faults| without(&faults, sources))?;
    let path = config.store.path;
    // An absolute path stays what it is.
    Ok(beginning.map_or_else(|| path.clone(), |directory| Path::new(directory).join(&path)))
}

fn sources(globals: &Globals) -> Result<Sources, Failure> {
    Ok(Sources::from_process(
        globals.config.clone(),
        Overrides::default(),
    )?)
}

/// What the sources say without the lines and variables that are at fault, unless those say where the data file is.
fn without(faults: &Faults, mut sources: Sources) -> Result<Config, Faults> {
    let elsewhere = |key: &Option<String>| key.as_deref().is_some_and(|key| !key.starts_with("store"));
    if !faults.iter().all(|fault| elsewhere(&fault.key)) {
        return Err(faults.clone());
    }
    for fault in faults.iter() {
        match (&fault.place, &mut sources.file) {
            (Place::File { line, .. }, Some(file)) => blank(file, *line),
            (Place::Variable(name), _) => sources.environment.retain(|(known, _)| known != name),
            _ => {}
        }
    }
    config::load(&sources).map_err(|_| faults.clone())
}

fn blank(file: &mut ConfigFile, line: usize) {
    let lines = file.bytes.split(|byte| *byte == b'\n').enumerate();
    let kept = lines.map(|(n, text)| if n + 1 == line { &[][..] } else { text });
    file.bytes = kept.collect::<Vec<_>>().join(&b'\n');
}

fn route(url: &str) -> Result<Route, Failure> {
    let form = "write for example https://gantry.shop.example, or http://127.0.0.1:8081";
    let refuse = |why: &str| Failure::usage(format_args!("--url {url:?} {why}; {form}"));
    let parsed: Uri = url.parse().map_err(|_| refuse("is not an address"))?;
    let (scheme, usual) = match parsed.scheme_str() {
        Some("http") => (Scheme::Http, 80),
        Some("https") => (Scheme::Https, 443),
        _ => return Err(refuse("does not begin with https:// or http://")),
    };
    let authority = parsed.authority().ok_or_else(|| refuse("names no host"))?;
    if authority.as_str().contains('@') {
        return Err(refuse("carries a password; use GANTRY_TOKEN or --token-file"));
    }
    if !matches!(parsed.path(), "" | "/") || parsed.query().is_some() {
        return Err(refuse("has a path"));
    }
    Ok(Route::Url {
        scheme,
        host: authority.host().trim_matches(['[', ']']).to_owned(),
        port: authority.port_u16().unwrap_or(usual),
        authority: authority.to_string(),
    })
}

/// The token: the file's, or else the variable's.
fn token(globals: &Globals) -> Result<Option<Secret>, Failure> {
    let text = match &globals.token_file {
        Some(path) => Some(read_token(path)?),
        None => variable(&sources(globals)?, "GANTRY_TOKEN"),
    };
    let text = text.map(|text| text.trim().to_owned());
    Ok(text.filter(|text| !text.is_empty()).map(Secret::new))
}

/// A variable of the environment, as the configuration's sources hold it.
pub(super) fn variable(sources: &Sources, name: &str) -> Option<String> {
    let found = sources.environment.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.clone())
}

fn read_token(path: &Path) -> Result<String, Failure> {
    use std::io::Read;
    let mut text = String::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(TOKEN_BYTES).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::new(
            Code::Missing,
            format_args!("there is no token file {}", path.display()),
        )),
        Err(error) => Err(Failure::io(
            format_args!("cannot read {}", path.display()),
            &error,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Sources {
        Sources {
            file: Some(ConfigFile {
                path: "gantry.toml".into(),
                bytes: text.as_bytes().to_vec(),
            }),
            ..Sources::none()
        }
    }

    #[test]
    fn faults_elsewhere_do_not_hide_where_the_data_file_is() {
        let text = "[store]\npath = \"launch.redb\"\n[polls]\nvoter_secret = \"env:NOT_OURS\"\n[limits]\nvote = \"much\"\n";
        let sources = written(text);
        let faults = config::load(&sources).unwrap_err();
        assert_eq!(faults.len(), 2);
        let config = without(&faults, sources).unwrap();
        assert_eq!(config.store.path, Path::new("launch.redb"));
    }

    #[test]
    fn a_fault_in_the_path_itself_stands() {
        let sources = written("[store]\npath = 7\n[limits]\nvote = \"much\"\n");
        let faults = config::load(&sources).unwrap_err();
        assert_eq!(without(&faults, sources).unwrap_err(), faults);
    }

    #[test]
    fn only_addresses_of_https_and_http_are_routes() {
        assert!(
            matches!(route("http://[::1]:8081/"), Ok(Route::Url { host, port: 8081, .. }) if host == "::1")
        );
        assert!(matches!(route("http://box"), Ok(Route::Url { port: 80, .. })));
        assert!(matches!(
            route("https://box"),
            Ok(Route::Url {
                scheme: Scheme::Https,
                port: 443,
                ..
            })
        ));
        for (url, said) in [
            ("ftp://box", "https://"),
            ("box:8081", "http://"),
            ("http://a:b@box", "token"),
            ("http://box/api", "path"),
        ] {
            let failure = route(url).err().unwrap();
            assert_eq!(failure.code, Code::Usage);
            assert!(
                failure.to_string().to_lowercase().contains(&said.to_lowercase()),
                "{failure}"
            );
        }
    }
}
