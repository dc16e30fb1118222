//! Starting: what keeps the appliance from it, and that nothing is broken by trying.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use gantry::app::{self, Launch, Stopped};
use gantry::config::{self, Overrides, Sources};
use gantry::model::key::KeySecret;
use gantry::runtime::Inherited;

use crate::support::Appliance;

/// What keeps an appliance from starting on this file and address.
async fn refusal(data: &Path, public: SocketAddr) -> Stopped {
    let flags = Overrides {
        public: Some(public),
        admin: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        data: Some(data.to_owned()),
    };
    let sources = Sources {
        flags: flags.clone(),
        ..Sources::none()
    };
    let launch = Launch {
        config: config::load(&sources).expect("a configuration"),
        config_path: None,
        overrides: flags,
        logs: None,
        admin_token: Some(KeySecret::from_text("gty_another")),
        site: None,
        inherited: Inherited::default(),
    };
    match app::start(launch).await {
        Ok(_) => panic!("it started"),
        Err(refusal) => refusal,
    }
}

const FREE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

#[tokio::test]
async fn an_address_that_is_taken_is_named_and_the_file_stays_as_it_was() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    appliance.vote("best", "a", ("u-1", "k")).await;
    let directory = appliance.stop().await;
    let taken = TcpListener::bind(FREE).expect("a port");
    let address = taken.local_addr().expect("an address");
    let refusal = refusal(&directory.path().join("gantry.redb"), address).await;
    assert_eq!(refusal.exit_code(), 74);
    assert!(refusal.to_string().contains(&address.to_string()), "{refusal}");

    let appliance = Appliance::build().directory(directory).start().await;
    assert_eq!(appliance.total("best").await, 1);
    appliance.assert_clean().await;
}

#[tokio::test]
async fn a_start_that_fails_makes_no_token_that_nobody_has_seen() {
    let directory = tempfile::tempdir().expect("a directory");
    let taken = TcpListener::bind(FREE).expect("a port");
    let address = taken.local_addr().expect("an address");
    refusal(&directory.path().join("gantry.redb"), address).await;
    let appliance = Appliance::build().directory(directory).start().await;
    assert_eq!(
        appliance.admin.get("/api/keys").await.status,
        200,
        "the token of this start holds"
    );
}

#[tokio::test]
async fn a_file_that_is_in_use_is_refused_and_its_user_undisturbed() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let refusal = refusal(appliance.store.path(), FREE).await;
    assert_eq!(refusal.exit_code(), 73, "{refusal}");
    assert!(appliance.socket.exists(), "the socket of whoever uses it stays");
    assert_eq!(appliance.owner.get("/api/status").await.status, 200);
    assert_eq!(appliance.vote("best", "a", ("u-1", "k")).await.status, 202);
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_refused_unchanged() {
    let directory = tempfile::tempdir().expect("a directory");
    let data = directory.path().join("gantry.redb");
    for foreign in [&b""[..], b"SQLite format 3\0", &[0; 8192]] {
        std::fs::write(&data, foreign).expect("a file");
        let refusal = refusal(&data, FREE).await;
        assert_eq!(refusal.exit_code(), 65, "{refusal}");
        assert_eq!(std::fs::read(&data).expect("the file"), foreign);
        assert!(!app::socket::path_of(&data).exists());
    }
}

#[tokio::test]
async fn status_tells_what_runs() {
    let appliance = Appliance::start().await;
    appliance.open_poll("best").await;
    let status = appliance.owner.get("/api/status").await.json();
    assert_eq!(status["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(status["polls"], 1);
    assert!(
        status["fileBytes"].as_u64().is_some_and(|bytes| bytes > 0),
        "{status}"
    );
    let workers = status["workers"].as_array().expect("workers").iter();
    let names: Vec<&str> = workers.filter_map(|worker| worker["name"].as_str()).collect();
    assert_eq!(
        names,
        [
            "replay",
            "erasure",
            "audit",
            "schedules",
            "alerts",
            "heartbeat",
            "launch-plan",
            "producthunt",
            "funnel",
            "warm",
            "limits-sweeper",
            "recent-sampler",
            "series-recorder",
            "compactor",
            "disk-watch",
            "backup",
            "key-uses",
            "retention"
        ]
    );
}
