//! A receiver whose process stands still: its connections stay open, and nobody answers.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::receiver::Receiver;
use crate::stage::{deliveries, destination, event, outward, post, post_all, route, story, until};
use crate::support::Appliance;

/// Says its port, and then of each request the event's key and the delivery's id, each line in one piece. It has room for the connections that
/// come while it stands still.
const SCRIPT: &str = r#"
import http.server, json, os
class Hook(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        os.write(1, f"{event['idempotencyKey']} {self.headers['Idempotency-Key']}\n".encode())
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *said):
        pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024
server = Server(("127.0.0.1", 0), Hook)
print(server.server_port, flush=True)
server.serve_forever()
"#;

/// A receiver that is a process; killed with its test.
struct Other {
    child: Child,
    at: SocketAddr,
    /// What it got: the key and the id of each.
    got: Arc<Mutex<Vec<(String, String)>>>,
}

impl Other {
    fn start() -> Self {
        let mut command = Command::new("python3");
        command.args(["-c", SCRIPT]).stdin(Stdio::null());
        // It complains of whoever has hung up.
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("python3 is there");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap().parse::<u16>().unwrap();
        let got = Arc::<Mutex<Vec<_>>>::default();
        let keeps = Arc::clone(&got);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let (key, id) = line.split_once(' ').unwrap();
                keeps.lock().unwrap().push((key.to_owned(), id.to_owned()));
            }
        });
        Self {
            child,
            at: ([127, 0, 0, 1], port).into(),
            got,
        }
    }

    /// Returns once all of it stands still.
    fn stop(&self) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::STOP).unwrap();
        let stopped = WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(pid), stopped).unwrap();
    }

    fn go_on(&self) {
        kill_process(Pid::from_child(&self.child), Signal::CONT).unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test]
async fn a_receiver_that_stands_still_holds_no_place_beyond_the_timeout_and_has_everything_in_the_end() {
    let (other, log) = (Other::start(), Receiver::glad().await);
    let lines = "rate = \"1000/s burst 100\"\npace_jitter = 0.0\nconcurrency = 2\ntimeout = \"300ms\"\n\
        retry = { for = \"24h\", base = \"10ms\", cap = \"40ms\", jitter = 0.0 }\nbreaker = \"off\"";
    let tables = [
        destination("crm", &format!("http://{}/hook", other.at), lines),
        destination("log", &log.url(), lines),
        route(&["crm", "log"]),
    ];
    let appliance = Appliance::build().config(&outward(&tables)).start().await;
    // Its connection is kept, accepted, for the next call.
    let before = post(&appliance, &event("before")).await;
    until(|| async {
        let done = deliveries(&appliance, "destination=crm&status=DELIVERED").await;
        done.iter()
            .any(|one| one["eventId"] == before.as_str())
            .then_some(())
    })
    .await;

    other.stop();
    let events: Vec<_> = (0..6).map(|n| event(&format!("k-{n}"))).collect();
    post_all(&appliance, &events).await;
    // Thrice as many as there are places: each is tried twice only if the places come free.
    let tried = until(|| async {
        let mut crm = deliveries(&appliance, "destination=crm").await;
        crm.retain(|delivery| delivery["status"] != "DELIVERED");
        let twice = crm
            .iter()
            .filter(|delivery| delivery["attempts"].as_u64() >= Some(2));
        (twice.count() == 6).then_some(crm)
    })
    .await;
    log.wait(7).await;
    let story = story(&appliance, tried[0]["eventId"].as_str().unwrap()).await;
    let mut both = story["deliveries"].as_array().unwrap().iter();
    let of_crm = both.find(|one| one["destination"] == "crm").unwrap();
    assert_eq!(of_crm["history"][0]["class"], "network", "{of_crm}");
    assert_eq!(
        of_crm["history"][0]["excerpt"], "no answer within 300 ms",
        "{of_crm}"
    );

    other.go_on();
    until(|| async {
        let done = deliveries(&appliance, "destination=crm&status=DELIVERED").await;
        (done.len() == 7).then_some(())
    })
    .await;
    let ids = || {
        let mut ids: HashMap<String, HashSet<String>> = HashMap::new();
        for (key, id) in other.got.lock().unwrap().iter().cloned() {
            ids.entry(key).or_default().insert(id);
        }
        ids
    };
    // What it says of the last may come after its answer.
    until(|| async { (ids().len() == 7).then_some(()) }).await;
    let ids = ids();
    assert!(ids.values().all(|ids| ids.len() == 1), "under two ids: {ids:?}");
    for delivery in &tried {
        let mut came = ids.values().flatten();
        assert!(came.any(|id| delivery["id"] == id.as_str()), "{delivery}");
    }
    appliance.assert_clean().await;
}
