//! The page behind `/metrics`: every family, in one order.

use std::time::Duration;

use super::Numbers;
use super::text::Text;

/// Renders everything that is counted. Routes appear with the statuses they have answered with; all else from the start.
pub(super) fn render(numbers: &Numbers) -> String {
    let mut text = Text::default();
    build_info(&mut text, numbers.version);
    votes(&mut text, numbers);
    events_ingested(&mut text, numbers);
    webhooks(&mut text, numbers);
    sse_clients(&mut text, numbers);
    pages(&mut text, numbers);
    funnel(&mut text, numbers);
    store(&mut text, numbers);
    deliveries(&mut text, numbers);
    destinations(&mut text, numbers);
    recent(&mut text, numbers);
    alerts(&mut text, numbers);
    numbers.export.render(&mut text);
    numbers.hunt.render(&mut text);
    certificates(&mut text, numbers);
    registered(&mut text, numbers);
    spans(&mut text, numbers);
    text.finish()
}

fn build_info(text: &mut Text, version: &str) {
    let name = "gantry_build_info";
    text.family(name, "gauge", "The version that runs; always 1.");
    text.sample(name, &[("version", version)], 1);
}

fn votes(text: &mut Text, numbers: &Numbers) {
    let name = "gantry_votes_total";
    text.family(name, "counter", "Answered requests to vote, by outcome.");
    for (outcome, count) in numbers.votes.iter() {
        text.sample(name, &[("outcome", outcome)], count.get());
    }
}

fn events_ingested(text: &mut Text, numbers: &Numbers) {
    let name = "gantry_events_ingested_total";
    text.family(name, "counter", "Events that were sent, by outcome.");
    for (outcome, count) in numbers.events_ingested.iter() {
        text.sample(name, &[("outcome", outcome)], count.get());
    }
}

fn webhooks(text: &mut Text, numbers: &Numbers) {
    let name = "gantry_webhooks_total";
    text.family(name, "counter", "Webhooks that came, by what followed.");
    for source in &numbers.registered().webhooks {
        for (outcome, count) in source.outcomes() {
            text.sample(
                name,
                &[("source", source.name()), ("outcome", outcome)],
                count.get(),
            );
        }
    }
}

fn sse_clients(text: &mut Text, numbers: &Numbers) {
    let name = "gantry_sse_clients";
    text.family(name, "gauge", "Open event streams.");
    for (stream, clients) in numbers.sse_clients.iter() {
        text.sample(name, &[("stream", stream)], clients.get());
    }
}

fn pages(text: &mut Text, numbers: &Numbers) {
    let name = "gantry_pages_requests_total";
    text.family(
        name,
        "counter",
        "Requests for pages of the site, by how they were answered.",
    );
    for (status, count) in numbers.pages.requests.iter() {
        text.sample(name, &[("status", status)], count.get());
    }
    let name = "gantry_pages_bytes";
    text.family(name, "gauge", "What the page cache holds.");
    text.sample(name, &[], numbers.pages.bytes.get());
    let name = "gantry_origin_requests_total";
    text.family(
        name,
        "counter",
        "Requests to the site's origins, by what they came to.",
    );
    for (class, count) in numbers.pages.origin.iter() {
        text.sample(name, &[("class", class)], count.get());
    }
}

fn funnel(text: &mut Text, numbers: &Numbers) {
    let name = "gantry_visits_total";
    text.family(name, "counter", "Pages that somebody looked at.");
    text.sample(name, &[], numbers.visits.get());
    let name = "gantry_visits_apart_total";
    text.family(
        name,
        "counter",
        "Requests for pages that were no visits, by the reason.",
    );
    for (reason, count) in numbers.visits_apart.iter() {
        text.sample(name, &[("reason", reason)], count.get());
    }
    let name = "gantry_admin_acts_total";
    text.family(
        name,
        "counter",
        "Requests that changed something, on the admin address or the unix socket.",
    );
    text.sample(name, &[], numbers.admin_acts.get());
    let name = "gantry_conversions_total";
    text.family(name, "counter", "Conversions, by goal.");
    for (goal, count) in &numbers.registered().conversions {
        text.sample(name, &[("goal", goal)], count.get());
    }
}

fn store(text: &mut Text, numbers: &Numbers) {
    let name = "gantry_store_commit_seconds";
    text.family(
        name,
        "histogram",
        "Time of commits to the data file, fsync included.",
    );
    text.durations(name, &[], &numbers.store_commit.snapshot());
    let name = "gantry_store_batch_size";
    text.family(name, "histogram", "Verbs in one commit.");
    text.amounts(name, &[], &numbers.store_batch_size.snapshot());
    let name = "gantry_store_file_bytes";
    text.family(name, "gauge", "Size of the data file.");
    text.sample(name, &[], numbers.store_file_bytes.get());
    let name = "gantry_store_disk_free_bytes";
    text.family(name, "gauge", "What the disk of the data file has left.");
    text.sample(name, &[], numbers.store_disk_free_bytes.get());
    let name = "gantry_backup_timestamp_seconds";
    text.family(
        name,
        "gauge",
        "When the newest backup was made; 0 where there is none.",
    );
    text.sample(name, &[], numbers.backup_made_at.get());
    let name = "gantry_backup_bytes";
    text.family(name, "gauge", "Size of the newest backup.");
    text.sample(name, &[], numbers.backup_bytes.get());
}

fn deliveries(text: &mut Text, numbers: &Numbers) {
    let name = "gantry_delivery_duration_seconds";
    text.family(name, "histogram", "Time of calls to destinations.");
    text.durations(name, &[], &numbers.deliveries.duration.snapshot());
    let name = "gantry_event_lag_seconds";
    text.family(
        name,
        "histogram",
        "Time from when a delivery's first attempt was due until it began.",
    );
    text.durations(name, &[], &numbers.deliveries.lag.snapshot());
}

fn destinations(text: &mut Text, numbers: &Numbers) {
    let all = &numbers.registered().destinations;
    let name = "gantry_deliveries_total";
    text.family(name, "counter", "Attempts that were settled, by what followed.");
    for to in all {
        for (outcome, count) in to.outcomes() {
            text.sample(
                name,
                &[("destination", to.name()), ("outcome", outcome)],
                count.get(),
            );
        }
    }
    let name = "gantry_delivery_attempts_total";
    text.family(name, "counter", "Calls to destinations, by what they came to.");
    for to in all {
        for (class, count) in to.attempts() {
            text.sample(name, &[("destination", to.name()), ("class", class)], count.get());
        }
    }
    let name = "gantry_queue_depth";
    text.family(
        name,
        "gauge",
        "Deliveries that are not settled, by where they stand.",
    );
    for to in all {
        for (state, depth) in to.depths() {
            text.sample(name, &[("destination", to.name()), ("state", state)], depth.get());
        }
    }
    let name = "gantry_dead_letters";
    text.family(name, "gauge", "Deliveries that were given up.");
    for to in all {
        text.sample(name, &[("destination", to.name())], to.dead_letters().get());
    }
    let name = "gantry_breaker_state";
    text.family(name, "gauge", "Breakers: 0 closed, 1 half-open, 2 open.");
    for to in all {
        text.sample(name, &[("destination", to.name())], to.breaker().get());
    }
}

/// Under the names that those who come from elsewhere already graph.
fn recent(text: &mut Text, numbers: &Numbers) {
    let deliveries = &numbers.deliveries;
    let mut gauge = |name: &str, help: &str, value: f64| {
        text.family(name, "gauge", help);
        text.sample(name, &[], value);
    };
    gauge(
        "marketing_event_ingestion_rate",
        "Events accepted per second, over the last minute.",
        deliveries.recent.ingestion_rate(),
    );
    gauge(
        "worker_retry_ratio",
        "Calls that are followed by another, of all in the last five minutes.",
        deliveries.recent.retry_ratio(),
    );
    gauge(
        "api_error_rate",
        "Calls answered with a 5xx or not at all, of all in the last five minutes.",
        deliveries.recent.error_rate(),
    );
    let waited = u64::try_from(deliveries.waited_ms.get()).unwrap_or(0);
    gauge(
        "event_processing_lag",
        "Seconds that the oldest delivery that is due has waited.",
        Duration::from_millis(waited).as_secs_f64(),
    );
    let name = "queue_depth";
    text.family(name, "gauge", "Deliveries that wait or are under way.");
    text.sample(name, &[], deliveries.depth.get());
}

fn spans(text: &mut Text, numbers: &Numbers) {
    let name = "gantry_spans_exported_total";
    text.family(name, "counter", "Spans that the collector has taken.");
    text.sample(name, &[], numbers.spans_exported.get());
    let name = "gantry_spans_dropped_total";
    text.family(
        name,
        "counter",
        "Spans that the collector refused, or did not take in time.",
    );
    text.sample(name, &[], numbers.spans_dropped.get());
}

fn alerts(text: &mut Text, numbers: &Numbers) {
    let name = "gantry_alerts_firing";
    text.family(name, "gauge", "Alerts that fire, by rule.");
    for (rule, firing) in numbers.alerts.firing.iter() {
        text.sample(name, &[("rule", rule)], firing.get());
    }
    let name = "gantry_heartbeats_total";
    text.family(name, "counter", "Calls of the heartbeat, by what they came to.");
    for (outcome, count) in numbers.alerts.heartbeats.iter() {
        text.sample(name, &[("outcome", outcome)], count.get());
    }
}

fn certificates(text: &mut Text, numbers: &Numbers) {
    let name = "gantry_certificate_expires_seconds";
    text.family(
        name,
        "gauge",
        "When the certificate of a name expires, in seconds since 1970; 0 where there is none.",
    );
    for (of, expires) in &numbers.registered().certificates {
        text.sample(name, &[("name", of)], expires.get());
    }
}

fn registered(text: &mut Text, numbers: &Numbers) {
    let registered = numbers.registered();
    let name = "gantry_http_request_duration_seconds";
    text.family(
        name,
        "histogram",
        "Time from a request's head to its answer's head.",
    );
    for route in &registered.routes {
        for (status, durations) in route.statuses() {
            let snapshot = durations.snapshot();
            if snapshot.count() > 0 {
                text.durations(name, &[("route", route.name()), ("status", status)], &snapshot);
            }
        }
    }
    let name = "gantry_worker_errors_total";
    text.family(name, "counter", "Units of work that failed, by worker.");
    for (worker, errors) in &registered.worker_errors {
        text.sample(name, &[("worker", worker)], errors.get());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::metrics::{
        DeliveryOutcome, EventOutcome, Metrics, QueueState, Stream, VoteOutcome, WebhookOutcome,
    };
    use crate::model::alert::Rule;
    use crate::model::delivery::AttemptClass;
    use crate::model::time::Millis;

    fn page() -> String {
        let metrics = Metrics::new("1.2.3");
        metrics.votes(VoteOutcome::Accepted).add(3);
        metrics.votes(VoteOutcome::Duplicate).inc();
        metrics.events_ingested(EventOutcome::Conflict).inc();
        metrics.webhook("billing").count(WebhookOutcome::Stale);
        metrics.store_commit().observe(Duration::from_micros(1_500));
        metrics.store_batch_size().observe(64);
        metrics.store_file_bytes().set(8_192);
        metrics.route("vote").observe(202, Duration::from_millis(2));
        metrics.route("vote").observe(418, Duration::from_millis(2));
        metrics.worker_errors("fold").inc();
        metrics.worker_errors("fold").inc();
        let crm = metrics.destination("crm");
        crm.count(DeliveryOutcome::Retried);
        crm.count_call(AttemptClass::Limited, (Millis(1), Duration::ZERO));
        crm.depth(QueueState::Retrying).set(1);
        crm.dead_letters().set(2);
        crm.breaker().set(1);
        metrics.certificate_expires("shop.example").set(1_796_083_200);
        metrics.event_waited_ms().set(1_500);
        metrics.alerts_firing(Rule::Lag).set(1);
        metrics.sample_recent();
        let _client = metrics.sse_clients(Stream::Poll).hold();
        metrics.render()
    }

    #[test]
    fn names_and_labels_are_the_promised_ones() {
        let page = page();
        let lines = [
            "gantry_build_info{version=\"1.2.3\"} 1",
            "# TYPE gantry_votes_total counter",
            "gantry_votes_total{outcome=\"accepted\"} 3",
            "gantry_votes_total{outcome=\"duplicate\"} 1",
            "gantry_votes_total{outcome=\"closed\"} 0",
            "# TYPE gantry_events_ingested_total counter",
            "gantry_events_ingested_total{outcome=\"accepted\"} 0",
            "gantry_events_ingested_total{outcome=\"conflict\"} 1",
            "# TYPE gantry_webhooks_total counter",
            "gantry_webhooks_total{source=\"billing\",outcome=\"accepted\"} 0",
            "gantry_webhooks_total{source=\"billing\",outcome=\"stale\"} 1",
            "gantry_sse_clients{stream=\"poll\"} 1",
            "# TYPE gantry_store_commit_seconds histogram",
            "gantry_store_commit_seconds_bucket{le=\"0.001\"} 0",
            "gantry_store_commit_seconds_bucket{le=\"0.0025\"} 1",
            "gantry_store_commit_seconds_sum 0.0015",
            "gantry_store_commit_seconds_count 1",
            "gantry_store_batch_size_bucket{le=\"64\"} 1",
            "gantry_store_batch_size_sum 64",
            "gantry_store_file_bytes 8192",
            "gantry_http_request_duration_seconds_count{route=\"vote\",status=\"202\"} 1",
            "gantry_http_request_duration_seconds_count{route=\"vote\",status=\"other\"} 1",
            "gantry_worker_errors_total{worker=\"fold\"} 2",
            "gantry_deliveries_total{destination=\"crm\",outcome=\"retried\"} 1",
            "gantry_deliveries_total{destination=\"crm\",outcome=\"dead\"} 0",
            "gantry_delivery_attempts_total{destination=\"crm\",class=\"429\"} 1",
            "gantry_queue_depth{destination=\"crm\",state=\"retrying\"} 1",
            "gantry_dead_letters{destination=\"crm\"} 2",
            "gantry_breaker_state{destination=\"crm\"} 1",
            "gantry_certificate_expires_seconds{name=\"shop.example\"} 1796083200",
            "worker_retry_ratio 1",
            "api_error_rate 0",
            "marketing_event_ingestion_rate 0",
            "event_processing_lag 1.5",
            "queue_depth 0",
            "gantry_alerts_firing{rule=\"lag\"} 1",
            "gantry_alerts_firing{rule=\"retry_ratio\"} 0",
            "gantry_heartbeats_total{outcome=\"failed\"} 0",
        ];
        for line in lines {
            assert!(page.lines().any(|l| l == line), "{line} in\n{page}");
        }
    }

    #[test]
    fn every_line_is_a_comment_or_a_sample_of_a_family_with_a_type() {
        let page = page();
        assert!(page.ends_with('\n'));
        let types = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let families: Vec<&str> = types.filter_map(|line| line.split(' ').next()).collect();
        for line in page.lines().filter(|line| !line.starts_with("# ")) {
            let (name, value) = line.rsplit_once(' ').expect("a name and a value");
            assert!(families.iter().any(|family| name.starts_with(family)), "{line}");
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
}
