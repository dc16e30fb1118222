// The BullMQ side of deliveries-vs-bullmq: one queue, one worker that calls the receiver for each job.
//
//   node deliveries.js REDIS_PORT RECEIVER_URL JOBS CONCURRENCY
//
// All jobs are queued first, with BullMQ's own bulk call; then the clock starts with the worker and stops when the last
// job is completed. Prints `RESULT jobs=… seconds=… failed=…`.
"use strict";
const http = require("node:http");
const { Queue, Worker } = require("bullmq");

const [port, url, jobs, concurrency] = [Number(process.argv[2]), new URL(process.argv[3]), ...process.argv.slice(4).map(Number)];
const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
const agent = new http.Agent({ keepAlive: true, maxSockets: concurrency });

// One call, as Gantry makes it: the event as JSON, the job's id as its key.
function call(job) {
  const body = JSON.stringify(job.data);
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      {
        method: "POST",
        agent,
        headers: {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          "idempotency-key": job.id,
        },
      },
      (answer) => {
        answer.resume();
        answer.on("end", () => (answer.statusCode < 300 ? resolve() : reject(new Error(String(answer.statusCode)))));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

async function main() {
  const name = `deliveries-${process.pid}`;
  const queue = new Queue(name, { connection });
  for (let first = 0; first < jobs; first += 1000) {
    const bulk = [];
    for (let n = first; n < Math.min(first + 1000, jobs); n++) {
      const payload = { email: `${n}@example.com`, name: "Ada Lovelace", campaign: "launch", consent: true };
      bulk.push({ name: "LEAD_CAPTURE", data: { type: "LEAD_CAPTURE", source: "import", payload } });
    }
    await queue.addBulk(bulk);
  }
  let [done, failed] = [0, 0];
  const begun = process.hrtime.bigint();
  const worker = new Worker(name, call, { connection, concurrency, autorun: false, removeOnComplete: { count: 1000 } });
  await new Promise((resolve) => {
    const count = () => ++done + failed === jobs && resolve();
    worker.on("completed", count);
    worker.on("failed", () => {
      failed++;
      done--;
      count();
    });
    worker.run();
  });
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  console.log(`RESULT jobs=${jobs} seconds=${seconds.toFixed(3)} failed=${failed}`);
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  agent.destroy();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
