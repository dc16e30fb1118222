use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// A worker that takes its answers from a list and then waits for ever.
struct Scripted {
    answers: Vec<anyhow::Result<Next>>,
    units: Arc<AtomicU32>,
}

impl Worker for Scripted {
    fn name(&self) -> Cow<'static, str> {
        "scripted".into()
    }

    async fn work(&mut self) -> anyhow::Result<Next> {
        self.units.fetch_add(1, Ordering::SeqCst);
        self.answers.pop().unwrap_or(Ok(Next::Wait))
    }
}

struct Bench {
    tasks: Tasks,
    shutdown: Shutdown,
    workers: Workers,
    counted: Arc<AtomicU32>,
}

fn bench() -> Bench {
    let (tasks, shutdown) = (Tasks::new(), Shutdown::new(Duration::from_secs(5)));
    let counted = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&counted);
    let workers = Workers::new(tasks.clone(), shutdown.clone(), move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    Bench {
        tasks,
        shutdown,
        workers,
        counted,
    }
}

#[tokio::test]
async fn a_worker_that_is_done_is_not_asked_again() {
    let bench = bench();
    let units = Arc::new(AtomicU32::new(0));
    let answers = vec![Ok(Next::Done), Ok(Next::Again), Ok(Next::Again)];
    bench.workers.start(Scripted {
        answers,
        units: Arc::clone(&units),
    });
    bench.tasks.finished().await;
    assert_eq!(units.load(Ordering::SeqCst), 3);
    assert_eq!(bench.workers.statuses()[0].state, WorkerState::Done);
}

#[tokio::test]
async fn errors_are_counted_shown_and_tried_again() {
    let bench = bench();
    let answers = vec![
        Ok(Next::Done),
        Err(anyhow::anyhow!("no room").context("cannot write")),
    ];
    bench.workers.start(Scripted {
        answers,
        units: Arc::default(),
    });
    bench.tasks.finished().await;
    let status = &bench.workers.statuses()[0];
    assert_eq!((status.errors, status.errors_in_a_row), (1, 0));
    assert_eq!(status.last_error.as_deref(), Some("cannot write: no room"));
    assert_eq!(bench.counted.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_idle_worker_ends_when_draining_begins() {
    let bench = bench();
    bench.workers.start(Scripted {
        answers: Vec::new(),
        units: Arc::default(),
    });
    bench.shutdown.drain();
    bench.tasks.finished().await;
    assert_eq!(bench.workers.statuses()[0].state, WorkerState::Done);
}

#[tokio::test]
async fn a_panicking_worker_is_a_fault_of_the_process() {
    struct Panicking;
    impl Worker for Panicking {
        fn name(&self) -> Cow<'static, str> {
            "panicking".into()
        }
        async fn work(&mut self) -> anyhow::Result<Next> {
            panic!("lost my way")
        }
    }
    let bench = bench();
    bench.workers.start(Panicking);
    assert_eq!(bench.tasks.fault().await.task, "panicking");
}
