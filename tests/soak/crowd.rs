//! Who comes on a launch's day, each at an address of their own and all together at a steady rate.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::process::{Answer, Chance, Connection, Listener, POLL, Server, TOKEN, Vote};

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/// A line is closed after so many requests, and another opened.
const RENEWED_AFTER: u64 = 25;
/// So many watch the results all the time.
const STAYING: usize = 100;
/// So many watch them for some seconds, go, and come again.
const COMING: usize = 25;
/// One page in so many is another one of [`RARE`]; the others are of [`OFTEN`].
const RARE_ONE_IN: u64 = 10;
const RARE: u64 = 20_000;
const OFTEN: u64 = 40;
/// One page in so many may not be kept.
const ACCOUNT_ONE_IN: u64 = 25;
/// What Prometheus and the owner look at.
const LOOKS: [&str; 4] = [
    "/metrics",
    "/api/status",
    "/api/events?limit=50",
    "/api/roi?from=2000-01-01",
];

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Vote,
    Event,
    Page,
    Convert,
    /// The owner enters what was paid.
    Spend,
    /// Prometheus and the owner look.
    Look,
}

impl Deed {
    pub(crate) const ALL: [Self; 6] = [
        Self::Vote,
        Self::Event,
        Self::Page,
        Self::Convert,
        Self::Spend,
        Self::Look,
    ];

    /// How many a minute.
    pub(crate) fn a_minute(self) -> u64 {
        match self {
            Self::Vote => 12_000,
            Self::Event => 3_000,
            Self::Page => 6_000,
            Self::Convert => 600,
            Self::Spend => 6,
            Self::Look => 12,
        }
    }

    /// On how many lines at once.
    fn lines(self) -> u64 {
        match self {
            Self::Vote | Self::Page => 16,
            Self::Event => 8,
            Self::Convert => 2,
            Self::Spend | Self::Look => 1,
        }
    }

    /// How many in that time.
    pub(crate) fn within(self, time: Duration) -> u64 {
        time.as_secs() * self.a_minute() / 60
    }

    /// What it is answered with.
    fn expected(self) -> u16 {
        match self {
            Self::Vote | Self::Event | Self::Convert => 202,
            Self::Page | Self::Look => 200,
            Self::Spend => 201,
        }
    }

    /// When the one with this number is due, from the beginning.
    fn due(self, number: u64) -> Duration {
        Duration::from_micros(number * 60_000_000 / self.a_minute())
    }
}

/// The public address, and the key with which events come there.
#[derive(Clone)]
pub(crate) struct Public {
    pub(crate) at: SocketAddr,
    pub(crate) key: Arc<str>,
}

/// Some time of the day, in which everything goes on from where it was.
#[derive(Clone)]
pub(crate) struct Hours {
    public: Public,
    admin: SocketAddr,
    /// How many had voted before the day began.
    voters: u64,
    /// How much of the day is over.
    from: Duration,
    lasts: Duration,
    begun: Instant,
}

/// A connection, opened anew now and then.
pub(crate) struct Line {
    to: SocketAddr,
    connection: Connection,
    asked: u64,
}

impl Hours {
    /// Lets everybody come for so long; from when on, and after how many voters.
    pub(crate) async fn pass(
        server: &Server,
        public: &Public,
        voters: u64,
        (from, lasts): (Duration, Duration),
    ) {
        let hours = Self {
            public: public.clone(),
            admin: server.admin,
            voters,
            from,
            lasts,
            begun: Instant::now(),
        };
        let mut crowd = JoinSet::new();
        let mut chance = Chance::new();
        for _ in 0..STAYING {
            crowd.spawn(hours.clone().stay());
        }
        for _ in 0..COMING {
            crowd.spawn(hours.clone().come_and_go(chance.split()));
        }
        crowd.spawn(hours.clone().look_on());
        for deed in Deed::ALL {
            for line in 0..deed.lines() {
                crowd.spawn(hours.clone().at_work(deed, line));
            }
        }
        crowd.join_all().await;
        let took = hours.begun.elapsed();
        assert!(
            took < lasts.mul_f64(1.1) + Duration::from_secs(2),
            "it keeps no pace: {took:?}"
        );
    }

    async fn at_work(self, deed: Deed, line: u64) {
        let first = deed.within(self.from);
        let numbers = (0..deed.within(self.lasts))
            .skip(line as usize)
            .step_by(deed.lines() as usize);
        let to = match deed {
            Deed::Spend | Deed::Look => self.admin,
            _ => self.public.at,
        };
        let mut line = Line::open(to).await;
        for number in numbers {
            sleep_until(self.begun + deed.due(number)).await;
            self.act(deed, first + number, &mut line).await;
        }
    }

    async fn act(&self, deed: Deed, number: u64, line: &mut Line) {
        for request in self.requests(deed, number) {
            let answer = line.ask(&request).await;
            assert_eq!(answer.status, deed.expected(), "{deed:?} {number}: {answer:?}");
        }
    }

    /// What is sent for it.
    fn requests(&self, deed: Deed, number: u64) -> Vec<String> {
        let post =
            |path: &str, more: &str, body: &str| vec![request(&format!("POST {path}"), number, more, body)];
        match deed {
            Deed::Vote => post("/api/vote", "", &ballot(self.voters + number)),
            Deed::Event => post("/api/events", &bearer(&self.public.key), &event(number)),
            Deed::Page => vec![browsing(&page(number), number)],
            Deed::Convert => post("/api/convert", "", &conversion(number)),
            Deed::Spend => post("/api/spend", &bearer(TOKEN), &spent(number)),
            Deed::Look => LOOKS
                .map(|path| request(&format!("GET {path}"), number, &bearer(TOKEN), ""))
                .into(),
        }
    }

    /// Watches the results from the beginning to the end.
    async fn stay(self) {
        let until = self.begun + self.lasts;
        let mut listener = Listener::open(self.public.at).await.unwrap();
        while let Ok(frame) = timeout_at(until, listener.frame()).await {
            frame.unwrap().expect("it is not ended");
        }
    }

    async fn come_and_go(self, mut chance: Chance) {
        let until = self.begun + self.lasts;
        while Instant::now() < until {
            let mut listener = Listener::open(self.public.at).await.unwrap();
            let goes = (Instant::now() + Duration::from_millis(1_000 + chance.below(8_000))).min(until);
            while let Ok(frame) = timeout_at(goes, listener.frame()).await {
                frame.unwrap().expect("it is not ended");
            }
        }
    }

    /// The owner has the dashboard open.
    async fn look_on(self) {
        let until = self.begun + self.lasts;
        let mut connection = Connection::open(self.admin).await.unwrap();
        let asked = request("GET /api/stream", 0, &bearer(TOKEN), "");
        connection.send(asked.as_bytes()).await.unwrap();
        let head = connection.head().await.unwrap();
        assert!(head.starts_with("http/1.1 200 "), "{head}");
        while let Ok(more) = timeout_at(until, connection.more()).await {
            more.unwrap();
            connection.held().clear();
        }
    }
}

impl Public {
    pub(crate) async fn open(&self) -> Line {
        Line::open(self.at).await
    }
}

impl Line {
    async fn open(to: SocketAddr) -> Self {
        Self {
            to,
            connection: Connection::open(to).await.unwrap(),
            asked: 0,
        }
    }

    /// Asks for a page as a browser does.
    pub(crate) async fn get(&mut self, path: &str, visitor: u64) -> Answer {
        self.ask(&browsing(path, visitor)).await
    }

    async fn ask(&mut self, request: &str) -> Answer {
        if self.asked == RENEWED_AFTER {
            *self = Self::open(self.to).await;
        }
        self.asked += 1;
        self.connection.send(request.as_bytes()).await.unwrap();
        self.connection.answer().await.unwrap()
    }
}

/// A request as a visitor sends it, with more headers (whole lines).
fn request(what: &str, visitor: u64, more: &str, body: &str) -> String {
    let address = Ipv4Addr::from_bits(0x0b00_0000 + (visitor as u32 & 0x00ff_ffff));
    let body = match body.len() {
        0 => "\r\n".to_owned(),
        length => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"),
    };
    format!(
        "{what} HTTP/1.1\r\nHost: launch.example\r\nUser-Agent: {BROWSER}\r\nX-Forwarded-For: {address}\r\n{more}{body}"
    )
}

/// A request for a page, as a browser sends it.
fn browsing(path: &str, visitor: u64) -> String {
    let more = "Accept: text/html\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n";
    request(&format!("GET {path}"), visitor, more, "")
}

fn bearer(key: &str) -> String {
    format!("Authorization: Bearer {key}\r\n")
}

fn ballot(voter: u64) -> String {
    let vote = Vote(voter);
    json!({ "pollId": POLL, "optionId": vote.option(), "userId": vote.user(), "idempotencyKey": vote.key() })
        .to_string()
}

/// Whether it goes to the receiver.
pub(crate) fn is_lead(number: u64) -> bool {
    !number.is_multiple_of(5)
}

fn event(number: u64) -> String {
    let kind = if is_lead(number) {
        "LEAD_CAPTURE"
    } else {
        "CONTENT_PUBLISH"
    };
    json!({
        "type": kind, "source": "web", "idempotencyKey": format!("e-{number}"),
        "payload": { "email": format!("u{number}@b.example"), "n": number, "text": "x".repeat(200) },
    })
    .to_string()
}

fn conversion(number: u64) -> String {
    json!({ "goal": "signup", "idempotencyKey": format!("c-{number}") }).to_string()
}

fn page(number: u64) -> String {
    match number {
        _ if number.is_multiple_of(ACCOUNT_ONE_IN) => "/account".to_owned(),
        _ if number.is_multiple_of(RARE_ONE_IN) => page_path(OFTEN + number / RARE_ONE_IN * 7 % RARE),
        _ => format!(
            "{}?utm_source=s{}&n={number}",
            page_path(number % OFTEN),
            number % 7
        ),
    }
}

pub(crate) fn page_path(number: u64) -> String {
    format!("/launch/{number}")
}

fn spent(number: u64) -> String {
    json!({ "day": "2026-12-01", "source": format!("s{}", number % 7), "amount": "1.25", "idempotencyKey": format!("s-{number}") })
        .to_string()
}
