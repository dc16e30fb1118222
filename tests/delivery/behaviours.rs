//! Receivers as they are: what each of their ways comes to at the first attempt, and in the end.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use crate::receiver::{Act, Got, Receiver};
use crate::stage::{crm, event, post_all, story, until};

/// How long a call may take here.
const TIMEOUT_MS: u64 = 400;

/// A behaviour: its name, what the receiver does at first, the class of that attempt, and where the delivery ends;
/// whatever is tried again is taken.
type Row = (&'static str, fn() -> Act, &'static str, &'static str);

fn raw(text: &str) -> Act {
    Act::Bytes(text.as_bytes().to_vec())
}

fn late() -> Duration {
    Duration::from_millis(TIMEOUT_MS * 2)
}

/// Gzip of nothing but zeros claims to be much; nobody asked for it.
fn bomb() -> Act {
    let headers = vec![("Content-Encoding", "gzip".to_owned())];
    Act::Answer(200, headers, vec![0x1f; 512 * 1024])
}

#[rustfmt::skip]
const ROWS: [Row; 40] = [
    ("200", || Act::status(200), "2xx", "DELIVERED"),
    ("201 with a body", || Act::said(201, "{\"id\":1}"), "2xx", "DELIVERED"),
    ("202", || Act::status(202), "2xx", "DELIVERED"),
    ("204 without a length", || raw("HTTP/1.1 204 No Content\r\n\r\n"), "2xx", "DELIVERED"),
    ("299", || Act::status(299), "2xx", "DELIVERED"),
    ("HTTP/1.0", || raw("HTTP/1.0 200 OK\r\n\r\nok"), "2xx", "DELIVERED"),
    ("no reason phrase", || raw("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"), "2xx", "DELIVERED"),
    ("chunked", || raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"), "2xx", "DELIVERED"),
    ("chunks that break off", || raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok"), "2xx", "DELIVERED"),
    ("body that breaks off", || raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nok"), "2xx", "DELIVERED"),
    ("body without end", || Act::Endless, "2xx", "DELIVERED"),
    ("body of half a MiB, said to be gzip", bomb, "2xx", "DELIVERED"),
    ("body that is not text", || Act::Answer(200, vec![], vec![0xff, 0, 0xfe, 7]), "2xx", "DELIVERED"),
    ("200 in time, but late", || Act::status(200).after(Duration::from_millis(150)), "2xx", "DELIVERED"),
    ("100 and then 200", || raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "2xx", "DELIVERED"),
    ("301", || Act::Answer(301, vec![("Location", "http://127.0.0.1:1/".to_owned())], vec![]), "3xx", "DEAD"),
    ("302 to itself", || Act::Answer(302, vec![("Location", "/hook".to_owned())], vec![]), "3xx", "DEAD"),
    ("307", || Act::Answer(307, vec![("Location", "http://169.254.169.254/".to_owned())], vec![]), "3xx", "DEAD"),
    ("304", || raw("HTTP/1.1 304 Not Modified\r\n\r\n"), "3xx", "DEAD"),
    ("400", || Act::said(400, "bad"), "4xx", "DEAD"),
    ("403 about the contact", || Act::said(403, "opted out"), "4xx", "DEAD"),
    ("404", || Act::status(404), "4xx", "DEAD"),
    ("409", || Act::status(409), "4xx", "DEAD"),
    ("413", || Act::status(413), "4xx", "DEAD"),
    ("422 with an excerpt beyond measure", || Act::said(422, &"é".repeat(40_000)), "4xx", "DEAD"),
    ("408", || Act::status(408), "4xx", "DELIVERED"),
    ("425", || Act::status(425), "4xx", "DELIVERED"),
    ("429 without a word", || Act::status(429), "429", "DELIVERED"),
    ("429 with nonsense", || Act::retry_after(429, "later"), "429", "DELIVERED"),
    ("500", || Act::said(500, "<html>oh</html>"), "5xx", "DELIVERED"),
    ("502", || Act::status(502), "5xx", "DELIVERED"),
    ("503 for a second", || Act::retry_after(503, "1"), "5xx", "DELIVERED"),
    ("599", || Act::status(599), "5xx", "DELIVERED"),
    ("closed without a word", || Act::Close, "network", "DELIVERED"),
    ("reset", || Act::Reset, "network", "DELIVERED"),
    ("half a head", || raw("HTTP/1.1 200 OK\r\nContent-Le"), "network", "DELIVERED"),
    ("no HTTP", || raw("SSH-2.0-OpenSSH_9.2\r\n"), "network", "DELIVERED"),
    ("silence", || Act::Silence, "network", "DELIVERED"),
    ("head that drips", || Act::Slow(Duration::from_millis(50)), "network", "DELIVERED"),
    ("200 too late", || Act::status(200).after(late()), "network", "DELIVERED"),
];

#[tokio::test]
async fn each_way_of_a_receiver_comes_to_what_it_should() {
    let seen: Mutex<HashSet<String>> = Mutex::default();
    let receiver = Receiver::start(move |_, got: &Got| {
        let key = got.key();
        let (_, act, ..) = ROWS.iter().find(|(name, ..)| *name == key).expect("a row");
        match seen.lock().unwrap().insert(key) {
            true => act(),
            false => Act::status(200),
        }
    })
    .await;
    let lines = format!(
        "rate = \"1000/s burst 100\"\nconcurrency = 64\ntimeout = \"{TIMEOUT_MS}ms\"\n\
         retry = {{ for = \"24h\", base = \"20ms\", cap = \"40ms\", jitter = 0.0 }}\nbreaker = \"off\""
    );
    let appliance = crm(&receiver.url(), &lines).await;
    let events: Vec<_> = ROWS.iter().map(|(name, ..)| event(name)).collect();
    post_all(&appliance, &events).await;
    let list = until(|| async {
        let list = appliance.admin.get("/api/events?limit=100").await.json();
        let items = list["items"].as_array().unwrap().clone();
        let open = items
            .iter()
            .filter(|e| e["status"] == "PROCESSING" || e["status"] == "PENDING");
        (open.count() == 0).then_some(items)
    })
    .await;
    let mut wrong = Vec::new();
    for (name, _, class, end) in ROWS {
        let item = list
            .iter()
            .find(|e| e["idempotencyKey"] == name)
            .expect("the event");
        let story = story(&appliance, item["id"].as_str().unwrap()).await;
        let delivery = &story["deliveries"][0];
        // A connection that another row has closed may be found out only when it is used again; that reached nobody.
        let mut history = delivery["history"].as_array().unwrap().iter();
        let first = history.find(|attempt| class == "network" || attempt["class"] != "network");
        let first = first.expect("an attempt that reached the receiver");
        if first["class"] != class || delivery["status"] != end {
            wrong.push(format!("{name}: {delivery}"));
        }
        let excerpt = first["excerpt"].as_str().unwrap();
        assert!(
            excerpt.len() <= 1_024,
            "{name}: {} bytes of excerpt",
            excerpt.len()
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    appliance.assert_clean().await;
}
