// Types for Gantry's API, made of what `gantry openapi` says. Do not change them by hand; after a change to the API, in Gantry's tree:
//
//     cargo run --quiet --locked -- openapi | node tests/openapi/types.mjs > packaging/gantry.d.ts

export interface paths {
    "/api/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Alerts
         * @description Every rule with what it came to at the last look, a few seconds ago. A rule that each destination has stands once for each destination that breaks it.
         */
        get: operations["listAlerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/alerts/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test message
         * @description To every destination that is told of alerts, or to one, the way alerts go: as an event, through the queue. What came of it is seen at `/api/events/{id}`. It expires after ten minutes.
         */
        post: operations["testAlerts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who did what
         * @description Every act of the admin address and the socket, newest first. What was refused is counted together.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A backup, sent
         * @description Made and verified before its first byte is sent, while everything goes on.
         */
        post: operations["streamBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Backups
         * @description Those in the directory of backups, newest first; each was verified when it was made.
         */
        get: operations["listBackups"];
        put?: never;
        /**
         * A backup, made
         * @description Into the directory of backups, as the nightly ones are, and verified; old ones go by the same rule. It is made also if nobody waits for it.
         */
        post: operations["makeBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/backups/{name}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Read a backup again
         * @description As a whole: every invariant, and every table as it was when the backup was made.
         */
        post: operations["verifyBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/compact": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give free room back to the disk
         * @description Meanwhile votes and events are told to come back (503).
         */
        post: operations["compact"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/convert": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A visitor has reached a goal
         * @description Counted once for each key, or else for each visitor and goal. `navigator.sendBeacon` may send it as `text/plain`.
         */
        post: operations["convert"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Deliveries
         * @description Newest first.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deliveries/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Discard all that match
         * @description Those that are `PENDING`, `RETRYING` or `DEAD` are not sent. At most 5,000 a request: where `next` is not null, ask again with it as `cursor`.
         */
        post: operations["discardDeliveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deliveries/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Dead letters by what they died of
         * @description By destination and error, those with most first. `error` is the newest one's, without what differs from one to the next.
         */
        get: operations["listDeadLetterGroups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deliveries/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry all that match
         * @description Those that are `DEAD` or `RETRYING` are due at once, under the same ids. At most 5,000 a request: where `next` is not null, ask again with it as `cursor`.
         */
        post: operations["retryDeliveries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deliveries/{delivery}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One delivery
         * @description With every attempt, and with what is sent for it as its destination's template makes it now; secrets are `[secret]`.
         */
        get: operations["getDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deliveries/{delivery}/discard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Discard a delivery
         * @description It is not sent.
         */
        post: operations["discardDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/deliveries/{delivery}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry a delivery
         * @description It is due at once, under the same id.
         */
        post: operations["retryDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/delivery/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause everything
         * @description Nothing is sent to anybody. The pause outlives a restart.
         */
        post: operations["pauseDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/delivery/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume everything
         * @description Destinations that are paused by themselves stay so.
         */
        post: operations["resumeDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/destinations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Destinations
         * @description What waits for each, how its calls went, and what holds it back. `pausedSince`: everything is paused.
         */
        get: operations["listDestinations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/destinations/{destination}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One destination
         * @description What waits for it, how its calls went, and what holds it back.
         */
        get: operations["getDestination"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/destinations/{destination}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a destination
         * @description Nothing is sent to it; what comes for it waits. A pause outlives a restart.
         */
        post: operations["pauseDestination"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/destinations/{destination}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a destination
         * @description What has waited is sent, at its pace.
         */
        post: operations["resumeDestination"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/destinations/{destination}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a sample
         * @description One call of a sample event, shown whole. Nothing is recorded; the destination's windows and quota count it.
         */
        post: operations["testDestination"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Events
         * @description Newest first. A page looks at a bounded number of events, so it may be short: `reached` then says how far back it has looked, and `next` goes on.
         */
        get: operations["listEvents"];
        put?: never;
        /**
         * Send an event
         * @description Records an event once, with everything that it is to be delivered to, and answers when that is on disk. `X-Event-Status` says what became of it: `ACCEPTED`, `DUPLICATE` where its key has this event already, `CONFLICT` where its key has another.
         */
        post: operations["sendEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send many events
         * @description An event a line (NDJSON), at most 10,000 or 8 MiB. Each line stands for itself, and is answered by a line in the same place: `status` is `ACCEPTED`, `DUPLICATE`, `CONFLICT`, `REJECTED` with `code` and `detail`, or `UNKNOWN` where the disk failed. To send a whole batch again is always safe.
         */
        post: operations["sendEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One event
         * @description With its payload, its deliveries and every attempt.
         */
        get: operations["getEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call an event off
         * @description While it is `PENDING`.
         */
        post: operations["cancelEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{id}/reschedule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move an event to another time
         * @description While it is `PENDING`.
         */
        post: operations["rescheduleEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/export/{what}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Rows as CSV or NDJSON
         * @description Streamed, whatever the length. In CSV, what people wrote begins with `'` where a spreadsheet would take it for a formula. An answer that breaks off was not whole.
         */
        get: operations["exportRows"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/forms/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A form of a maker's page
         * @description An HTML form or JSON, from a visitor who has no key; one event for each e-mail address. A browser is answered as a browser.
         */
        post: operations["sendForm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/funnel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Visits and conversions
         * @description By windows and by what they are told apart; without a range, the last day. Windows without any are left out.
         */
        get: operations["listFunnel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/funnel/apart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who was dropped
         * @description The user agents whose requests for pages were no visits, those that came most first, at most a hundred; since this process began.
         */
        get: operations["listDroppedAgents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Keys
         * @description Without what proves them, which nobody has but who was shown it.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Create a key
         * @description It is shown in this answer, and never again.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys/admin/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Another admin token
         * @description The one before is refused from now on.
         */
        post: operations["resetAdminToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke a key
         * @description It is refused from now on, and sessions that it began are over.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/launch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The checklist of the launch
         * @description From three days before to two days after. `steps` are what is done by itself, each once. Items that are `derived` are seen; the others are ticked by hand.
         */
        get: operations["getLaunch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/launch/items/{item}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tick an item
         * @description Or take the tick back: one that is not `derived`.
         */
        post: operations["tellLaunchItem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/launch/steps/{step}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tick a step of the plan
         * @description Or take the tick back: one that `launch.by_hand` leaves to its owner, or that failed, was missed or is being tried.
         */
        post: operations["tellLaunchStep"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This document
         * @description OpenAPI 3.1, of the version that answers. `gantry openapi` writes the same.
         */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is stored of the site
         * @description Stored pages by host and path, or the first by how often they were an answer, by size or by age, with what holds for all of them.
         */
        get: operations["listPages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pages/purge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Purge pages
         * @description Those of one `path`, those below a `prefix`, those of a `tag`, or `all`: one of the four. With `soft` they are stale from now on, and not gone.
         */
        post: operations["purgePages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/pages/warm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The warm-up
         * @description That is under way, or the last.
         */
        get: operations["getWarmUp"];
        put?: never;
        /**
         * Warm pages
         * @description Fetches pages before anybody asks for them: `paths`, those of a `sitemap`, or without either those that rules keep warm.
         */
        post: operations["warmPages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What is kept of a person
         * @description Votes, events, answers of receivers, notes to spend and conversions that name them.
         */
        get: operations["listPerson"];
        put?: never;
        post?: never;
        /**
         * Erase a person
         * @description Takes out of tables and journal alike what names them; what was counted stays counted. A crash in the middle loses nothing of it.
         */
        delete: operations["erasePerson"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/people/erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Erasures
         * @description Newest first.
         */
        get: operations["listErasures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/people/erasures/{erasure}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One erasure
         * @description And how far it is.
         */
        get: operations["getErasure"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/polls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every poll
         * @description Newest first.
         */
        get: operations["listPolls"];
        put?: never;
        /**
         * Create a poll
         * @description A poll that is there already, and is the same, is answered with 200.
         */
        post: operations["createPoll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/polls/{poll}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Results of a poll
         * @description On the admin address, with a key that may read, it is the poll as `listPolls` shows it; else its results.
         */
        get: operations["getPoll"];
        put?: never;
        post?: never;
        /**
         * Delete a poll
         * @description With all its votes, for good.
         */
        delete: operations["deletePoll"];
        options?: never;
        head?: never;
        /**
         * Edit a poll
         * @description What is left out stays as it is; `null` takes a time away. Options are neither added nor removed.
         */
        patch: operations["editPoll"];
        trace?: never;
    };
    "/api/polls/{poll}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Close a poll
         * @description No vote is taken from now on. One that is closed stays so.
         */
        post: operations["closePoll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/polls/{poll}/open": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Open a poll
         * @description Now, whatever has closed it: a time of opening that is to come and one of closing that has passed are taken away.
         */
        post: operations["openPoll"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/polls/{poll}/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Results as they move
         * @description Server-sent events: `results`, whose data are the results as JSON and whose id never decreases. The first comes at once; then the newest, at most ten a second.
         */
        get: operations["streamPoll"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/polls/{poll}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A poll's votes over time
         * @description By windows; those without votes are left out, and voided votes are not counted. Without a range, from the first vote to now.
         */
        get: operations["getPollTimeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/polls/{poll}/void": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Void votes
         * @description Votes that the filter takes are counted no more; who cast them cannot vote again.
         */
        post: operations["voidVotes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/polls/{poll}/votes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A poll's votes, one by one
         * @description Oldest first.
         */
        get: operations["listVotes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/postgres": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the export to PostgreSQL stands
         * @description And why nothing goes, if nothing does.
         */
        get: operations["getExport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/postgres/aside": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Rows that PostgreSQL refuses
         * @description Each by itself, whatever stands beside it. They go when they change, or with the next backfill, once the database takes them.
         */
        get: operations["listSetAside"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/postgres/backfill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Export everything again
         * @description All that the data file holds; rows that are the same stay as they are.
         */
        post: operations["backfillExport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/postgres/init": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make the tables
         * @description Or bring them to the version that is written to. They hold what one data file has: those of another are left alone, unless they are to be taken over.
         */
        post: operations["initExport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/preflight": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Go or no-go
         * @description Looks once, now: at backup, disk, pages, queue, clock, quotas, certificates; connects to each destination and tells it nothing; has each source of webhooks take a sample of its own. Takes 5 s at most.
         */
        get: operations["getPreflight"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/producthunt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The post at Product Hunt
         * @description Its votes and comments as they were said last, and why nothing newer is known, if that is so. How they grew is in `/api/series` as `producthunt_votes` and `producthunt_comments`.
         */
        get: operations["getProductHunt"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay events
         * @description Sends events of a range of time again, by the routes of today, under their first ids, and paced like everything else. With `dryRun` it only looks: how many, where to, by which rule, and some of them.
         */
        post: operations["beginReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Replays
         * @description Newest first.
         */
        get: operations["listReplays"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replays/{replay}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One replay
         * @description And how far it is.
         */
        get: operations["getReplay"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/replays/{replay}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End a replay
         * @description What it has put into the queue is sent; nothing more is put there.
         */
        post: operations["cancelReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/report": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The report
         * @description Traffic, deliveries, polls and returns: one page that needs nothing else, or the same as JSON.
         */
        get: operations["getReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/roi": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What it cost and brought
         * @description In all, by source and by campaign. What is not configured is not reckoned: `null`.
         */
        get: operations["getReturns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Schedules
         * @description As configured, with the last run of each and the next.
         */
        get: operations["listSchedules"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Numbers by the minute
         * @description Those of the last hour, where no range is said; a week at most. There is no point for a minute in which the server was down.
         */
        get: operations["listSeries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who asks
         * @description And for how long yet.
         */
        get: operations["getSession"];
        put?: never;
        /**
         * Sign in
         * @description With a key as `token`, or once with the `link` that `gantry key link` shows: one of the two. The session is a cookie.
         */
        post: operations["signIn"];
        /**
         * Sign out
         * @description The session is over.
         */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/session/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A link that signs in once
         * @description In the name of whoever asks. What signs in stands behind `#`, which no log ever has.
         */
        post: operations["createSignInLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/spend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Spend
         * @description By day, oldest first.
         */
        get: operations["listSpend"];
        put?: never;
        /**
         * Record spend
         * @description One entry, or a list of at most 1,000 that is recorded whole or not at all. The same `idempotencyKey` with the same entry is recorded once.
         */
        post: operations["recordSpend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/spend/{entry}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete an entry of spend
         * @description It is gone from every sum at once, and its key may be used again.
         */
        delete: operations["deleteSpend"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the process and its data file are
         * @description What takes up a file that is not small was found when somebody asked before, or up to an hour ago.
         */
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How things stand, once a second
         * @description Server-sent events: `now`, and `changed`, which marks the state of each topic. What changed is asked for anew.
         */
        get: operations["streamNow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check every invariant
         * @description Over every row of the data file, as of one instant; it goes on meanwhile.
         */
        post: operations["verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/view": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A visitor looks at a page
         * @description That nobody asked the server for: a single-page app has gone there. Bots, and those who ask not to be tracked, are not counted.
         */
        post: operations["tellView"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/vote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Vote
         * @description Counts a vote exactly once, on disk before it is answered. The same vote again (user, option and key are the same) is answered as it was the first time, with `Idempotent-Replayed: true`, and counts nothing, even after the poll has closed.
         */
        post: operations["vote"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Sources of webhooks
         * @description As configured, and when each was last heard of since the server began.
         */
        get: operations["listWebhooks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{source}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A webhook of somebody else
         * @description Signed as its sender signs; it becomes an event, or several. `X-Event-Status` is `ACCEPTED` or `DUPLICATE`. A source that is not configured belongs to the site.
         */
        post: operations["takeWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{source}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a source
         * @description A sample is signed as its sender would, checked as if it had come, and shown with what would follow. It is recorded only with `send`.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gantry.js": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The script of a maker's page
         * @description `<gantry-poll>`, page views and `gantry.convert`, in less than 4 KB as it travels.
         */
        get: operations["getScript"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the process answers
         * @description On both addresses.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics
         * @description Prometheus text. From a loopback address, and not through a proxy, no key is needed.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether it takes requests
         * @description It answers, and its data file takes writes.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AlertItem: {
            /** @description The name whose certificate the value is of. */
            certificate: string | null;
            /** @description Whose it is, or whose value; `null`: of the whole. */
            destination: string | null;
            /** @description The last message. */
            eventId: string | null;
            /** @description The rule's name, and the destination's behind a colon where it is a rule of each. */
            id: string;
            /**
             * Format: date-time
             * @description When it was over last, if that was within the hour.
             */
            resolvedAt: string | null;
            rule: string;
            /**
             * Format: date-time
             * @description Since when it is broken.
             */
            since: string | null;
            /** @enum {string} */
            state: "ok" | "pending" | "firing" | "off";
            /** @description As they are written in the configuration; from the launch until six hours after it, the closer ones that hold then. */
            terms: string;
            /**
             * Format: double
             * @description The bound, in the same unit.
             */
            threshold: number | null;
            /**
             * Format: date-time
             * @description When that was said last.
             */
            toldAt: string | null;
            /**
             * @description What values are: a share from 0 to 1, a count, seconds, MiB, or 1 for what is so and 0 for what is not.
             * @enum {string}
             */
            unit: "share" | "count" | "seconds" | "mib" | "flag";
            /** @description The terms of other days, while closer ones hold. */
            usualTerms: string | null;
            /**
             * Format: double
             * @description As of the last look. `null`: there is nothing to measure.
             */
            value: number | null;
            /** @description What is measured. */
            what: string;
        };
        /** @description Every rule, and one entry more for each destination that breaks one. */
        AlertList: {
            items: components["schemas"]["AlertItem"][];
            next: string | null;
            /** @description Who is told. */
            to: components["schemas"]["AlertReceiver"][];
        };
        AlertReceiver: {
            destination: string;
            /** @description What keeps messages from it now; `null`: nothing does. */
            trouble: string | null;
        };
        AlertTest: {
            /** @description One destination, whether alerts go to it or not; left out: all that are told. */
            to?: string | null;
        };
        AlertTested: {
            /** @description The message, whose deliveries say what came of it. */
            eventId: string;
            to: string[];
        };
        Attempt: {
            /** Format: date-time */
            at: string;
            class: components["schemas"]["AttemptClass"];
            excerpt: string;
            /** Format: uint32 */
            number: number;
            /** Format: uint16 */
            status: number | null;
            /** Format: uint32 */
            tookMs: number;
        };
        /** @enum {string} */
        AttemptClass: "2xx" | "3xx" | "4xx" | "429" | "5xx" | "network" | "render";
        AuditItem: {
            /** @description Method and route. */
            action: string;
            /** Format: date-time */
            at: string;
            /**
             * Format: ip-address
             * @description The client's address; `null` over the socket, and where several are told of together.
             */
            from: string | null;
            id: string;
            /**
             * Format: uint16
             * @description The status; `null`: whoever asked had gone before there was one.
             */
            outcome: number | null;
            /** @description The path; `null` of what was refused. */
            target: string | null;
            /**
             * Format: uint32
             * @description How many times; more than one only of what was refused.
             */
            times: number;
            via: components["schemas"]["AuditVia"] | null;
            /** @description The name of the key, or `uid N`; `null`: nobody who was recognised. */
            who: string | null;
        };
        /** @description A list, as every list is answered. */
        AuditItemList: {
            /** @description The items of this page. */
            items: components["schemas"]["AuditItem"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        /** @enum {string} */
        AuditVia: "key" | "session" | "socket";
        BackupItem: {
            /** Format: uint64 */
            bytes: number;
            /** Format: date-time */
            madeAt: string;
            name: string;
        };
        BackupList: {
            directory: string;
            items: components["schemas"]["BackupItem"][];
            last?: components["schemas"]["LastBackup"] | null;
            next: string | null;
        };
        BackupProof: {
            checks: components["schemas"]["Check"][];
            clean: boolean;
            name: string;
            /** Format: uint64 */
            rows: number;
            /** Format: uint */
            tables: number;
        };
        Breaker: {
            /** Format: date-time */
            nextProbe: string | null;
            reason: string | null;
            /** Format: date-time */
            since: string | null;
            /** @enum {string} */
            state: "closed" | "open" | "half-open";
        };
        BulkHandled: {
            /** Format: uint64 */
            done: number;
            dryRun: boolean;
            examples: components["schemas"]["DeliveryItem"][];
            /** Format: uint64 */
            matched: number;
            /** @description What to pass as `cursor` to go on; `null` where nothing is left. */
            next: string | null;
        };
        BulkWanted: {
            /**
             * @description The `next` of the answer before.
             * @default null
             */
            cursor: string | null;
            /** @default false */
            dryRun: boolean;
            filter: components["schemas"]["DeliveriesWanted"];
        };
        /** @description Calls since this process began; one that holds several deliveries is one. */
        Calls: {
            /** Format: uint64 */
            calls: number;
            /** Format: uint64 */
            failed: number;
            /** Format: uint64 */
            limited: number;
            /** Format: uint64 */
            ok: number;
        };
        Certificate: {
            /** Format: date-time */
            expiresAt: string | null;
            issuer: string | null;
            /** @description Why there is no newer one. */
            lastError: string | null;
            name: string;
            /**
             * Format: date-time
             * @description When the next is asked for, where an authority makes them.
             */
            nextTryAt: string | null;
            /** @enum {string} */
            state: "ok" | "expired" | "missing";
        };
        Check: {
            /** Format: uint64 */
            broken: number;
            examples: string[];
            name: string;
            /** Format: uint64 */
            rows: number;
            rule: string;
        };
        /** @description Commits since the process began, their fsync included; `null` before the first. */
        Commits: {
            /**
             * Format: uint64
             * @description Verbs in half of them, at most.
             */
            batchP50: number | null;
            /** Format: uint64 */
            count: number;
            /** Format: uint64 */
            p50Micros: number | null;
            /** Format: uint64 */
            p95Micros: number | null;
            /** Format: uint64 */
            p99Micros: number | null;
        };
        Compacted: {
            /** Format: uint64 */
            afterBytes: number;
            /** Format: uint64 */
            beforeBytes: number;
            /** Format: uint64 */
            tookMs: number;
        };
        ConversionTaken: {
            goal: string;
            /** @enum {string} */
            status: "accepted";
        };
        DeadLetterGroup: {
            /** Format: uint64 */
            count: number;
            destination: string;
            /** @description What the newest said, without what differs from one to the next; `null` where the group is of all that are not told apart. */
            error: string | null;
            /** @description `null` of those that nobody attempted. */
            errorClass: components["schemas"]["AttemptClass"] | null;
            /** @description The newest. */
            example: components["schemas"]["DeliveryItem"];
            /** @description What to pass as `group`. */
            id: string;
            /** Format: date-time */
            newest: string;
            /** Format: date-time */
            oldest: string;
        };
        DeadLetterGroupList: {
            items: components["schemas"]["DeadLetterGroup"][];
            next: string | null;
            /**
             * Format: uint64
             * @description Dead letters in all groups, of this page or not.
             */
            total: number;
        };
        /** @description Which deliveries, as asked for. */
        DeliveriesWanted: {
            /**
             * @description The same by a shorter name.
             * @default null
             */
            class: components["schemas"]["AttemptClass"] | null;
            /** @default null */
            destination: string | null;
            /** @default null */
            errorClass: components["schemas"]["AttemptClass"] | null;
            /**
             * Format: date-time
             * @default null
             */
            from: string | null;
            /**
             * @description As dead letters are grouped.
             * @default null
             */
            group: string | null;
            /** @default null */
            source: string | null;
            /** @default null */
            status: components["schemas"]["DeliveryStatus"] | null;
            /**
             * Format: date-time
             * @default null
             */
            to: string | null;
            /** @default null */
            type: string | null;
        };
        DeliveryDetails: {
            /** Format: uint32 */
            attempts: number;
            destination: string;
            /** Format: date-time */
            due: string;
            eventId: string;
            /** Format: date-time */
            firstAt: string | null;
            history: components["schemas"]["Attempt"][];
            id: string;
            lastClass: components["schemas"]["AttemptClass"] | null;
            lastError: string | null;
            /** Format: uint8 */
            priority: number;
            /** @description What is sent for it, as its destination's template makes it now, in a call of its own. */
            request: components["schemas"]["MadeRequest"] | null;
            /** @description Why there is none. */
            requestError: string | null;
            status: components["schemas"]["DeliveryStatus"];
            /** Format: date-time */
            updatedAt: string;
        };
        DeliveryItem: {
            /** Format: uint32 */
            attempts: number;
            destination: string;
            /** Format: date-time */
            due: string;
            eventId: string;
            /** Format: date-time */
            firstAt: string | null;
            id: string;
            lastClass: components["schemas"]["AttemptClass"] | null;
            lastError: string | null;
            /** Format: uint8 */
            priority: number;
            status: components["schemas"]["DeliveryStatus"];
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description A list, as every list is answered. */
        DeliveryItemList: {
            /** @description The items of this page. */
            items: components["schemas"]["DeliveryItem"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        DeliveryPaused: {
            /** Format: date-time */
            pausedSince: string | null;
        };
        /** @enum {string} */
        DeliveryStatus: "PENDING" | "LEASED" | "RETRYING" | "DELIVERED" | "DEAD" | "CANCELLED";
        DestinationBatch: {
            /** Format: uint */
            max: number;
            /** Format: int64 */
            waitMs: number;
        };
        DestinationHeld: {
            /**
             * Format: date-time
             * @description `null`: until something under way has ended.
             */
            until: string | null;
            /** @enum {string} */
            why: "breaker" | "retry-after" | "window" | "quota";
        };
        DestinationItem: {
            /** @description `null`: one delivery a call. */
            batch: components["schemas"]["DestinationBatch"] | null;
            breaker: components["schemas"]["Breaker"] | null;
            /** Format: uint */
            concurrency: number | null;
            configured: boolean;
            /** Format: uint64 */
            dead: number;
            /** Format: uint64 */
            delivered: number;
            /**
             * Format: uint64
             * @description Deliveries that wait or are under way.
             */
            depth: number;
            /** @description What holds everything back now; `null` where nothing does, or a pause does. */
            held: components["schemas"]["DestinationHeld"] | null;
            /** Format: date-time */
            lastCallAt: string | null;
            lastHour: components["schemas"]["TimedCalls"];
            lastMinute: components["schemas"]["Calls"];
            /** Format: uint64 */
            leased: number;
            method: string | null;
            name: string;
            oldestDead: string | null;
            /** Format: date-time */
            oldestDue: string | null;
            /**
             * Format: uint64
             * @description Of what is due.
             */
            oldestWaitSeconds: number | null;
            paused: components["schemas"]["DestinationPaused"] | null;
            /** Format: uint64 */
            pending: number;
            quotaGroup: string | null;
            quotas: components["schemas"]["Quota"][];
            rate: string | null;
            /** Format: uint64 */
            retrying: number;
            url: string | null;
            windows: components["schemas"]["RateWindow"][];
        };
        DestinationList: {
            items: components["schemas"]["DestinationItem"][];
            next: string | null;
            /** Format: date-time */
            pausedSince: string | null;
        };
        DestinationPaused: {
            reason: string;
        };
        DestinationSample: {
            payload?: unknown;
            type?: string | null;
        };
        DestinationTried: {
            answer: components["schemas"]["ReceivedAnswer"] | null;
            /** @description Why there is no answer. */
            error: string | null;
            request: components["schemas"]["MadeRequest"] | null;
            /** @description What would become of a delivery. */
            verdict: string;
        };
        DiskUse: {
            /** Format: uint64 */
            freeBytes: number;
            /**
             * Format: date-time
             * @description When nothing is taken in any more, as the file grows now; `null` where it does not.
             */
            fullAt: string | null;
            /** Format: uint64 */
            reserveBytes: number;
            /** @enum {string} */
            state: "ok" | "tight" | "full";
        };
        /** @description A user agent whose requests were no visits, since this process began. */
        DroppedAgent: {
            /** @description Its own words; empty where it said nothing. */
            agent: string;
            /** Format: date-time */
            lastAt: string;
            lastPath: string;
            /** @enum {string} */
            reason: "bot" | "prefetch" | "health_check" | "no_navigation";
            /** Format: uint64 */
            requests: number;
        };
        /** @description A list, as every list is answered. */
        DroppedAgentList: {
            /** @description The items of this page. */
            items: components["schemas"]["DroppedAgent"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        ErasedCounts: {
            /** Format: uint64 */
            attempts: number;
            /** Format: uint64 */
            conversions: number;
            /** Format: uint64 */
            events: number;
            /** Format: uint64 */
            spend: number;
            /** Format: uint64 */
            votes: number;
        };
        /** @description An erasure. */
        Erasure: {
            by: string;
            /** Format: date-time */
            createdAt: string;
            erased: components["schemas"]["ErasedCounts"];
            id: string;
            /**
             * Format: double
             * @description 0 to 1.
             */
            progress: number;
            remains: string[];
            /** @enum {string} */
            status: "RUNNING" | "DONE";
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description A list, as every list is answered. */
        ErasureList: {
            /** @description The items of this page. */
            items: components["schemas"]["Erasure"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        EventAttempt: {
            /** Format: date-time */
            at: string;
            class: components["schemas"]["AttemptClass"];
            excerpt: string;
            /** Format: uint32 */
            number: number;
            /** Format: uint16 */
            status: number | null;
            /** Format: uint32 */
            tookMs: number;
        };
        EventDelivery: {
            /** Format: uint32 */
            attempts: number;
            destination: string;
            /** Format: date-time */
            due: string;
            /** Format: date-time */
            firstAt: string | null;
            /** @description Every attempt, in order. */
            history: components["schemas"]["EventAttempt"][];
            id: string;
            lastClass: components["schemas"]["AttemptClass"] | null;
            lastError: string | null;
            status: components["schemas"]["DeliveryStatus"];
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description One event and everything that became of it. */
        EventDetails: {
            /** Format: date-time */
            createdAt: string;
            deliveries: components["schemas"]["EventDelivery"][];
            /** Format: date-time */
            expiresAt: string | null;
            fingerprint: string;
            id: string;
            idempotencyKey: string;
            /** @description To the letter: no number loses a digit. */
            payload: unknown;
            /** Format: uint8 */
            priority: number;
            /** Format: date-time */
            scheduledAt: string;
            source: string;
            status: components["schemas"]["EventStatus"];
            traceparent: string | null;
            tracestate: string | null;
            type: string;
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description An event in a list, without its payload. */
        EventItem: {
            /** Format: date-time */
            createdAt: string;
            /** Format: date-time */
            expiresAt: string | null;
            fingerprint: string;
            id: string;
            idempotencyKey: string;
            /** Format: uint8 */
            priority: number;
            /** Format: date-time */
            scheduledAt: string;
            source: string;
            status: components["schemas"]["EventStatus"];
            type: string;
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description A list of events that says how far back it has looked. */
        EventList: {
            items: components["schemas"]["EventItem"][];
            next: string | null;
            /**
             * Format: date-time
             * @description Where the page is short and not the last: it has looked no further back than this.
             */
            reached: string | null;
        };
        /** @enum {string} */
        EventStatus: "PENDING" | "PROCESSING" | "COMPLETED" | "FAILED" | "CANCELLED" | "EXPIRED";
        /** @description What is recorded, now or before. */
        EventTaken: {
            fingerprint: string;
            id: string;
            /** Format: date-time */
            scheduledAt: string;
            status: components["schemas"]["EventStatus"];
        };
        EventsToReplay: {
            destination?: string | null;
            errorClass?: components["schemas"]["AttemptClass"] | null;
            /** Format: date-time */
            from: string;
            source?: string | null;
            status?: components["schemas"]["ReplaySelection"] | null;
            /** Format: date-time */
            to: string;
            type?: string | null;
        };
        /** @enum {string} */
        Export: "events" | "leads" | "votes" | "results" | "funnel";
        ExportBackfill: {
            /** Format: date-time */
            begunAt: string;
            /**
             * Format: uint64
             * @description Events that have gone.
             */
            done: number;
            /**
             * Format: uint64
             * @description Events that there were when it began.
             */
            of: number;
        };
        ExportFailure: {
            /** Format: date-time */
            lastAt: string;
            message: string;
            /** Format: date-time */
            since: string;
        };
        /** @description Whose the tables are to be. */
        ExportInit: {
            /**
             * @description Take tables over that another data file is written to. What it has written stays.
             * @default false
             */
            takeOver: boolean;
        };
        /** @description What was forgotten before it was exported, because the database was away for too long. */
        ExportLost: {
            /**
             * Format: uint64
             * @description Events, or the last that happened to them.
             */
            events: number;
            /**
             * Format: uint64
             * @description Polls whose last results are not there.
             */
            polls: number;
            /**
             * Format: uint64
             * @description Windows of five seconds.
             */
            windows: number;
        };
        /** @description What became of the tables. */
        ExportSchema: {
            /**
             * Format: int32
             * @description The version they had; 0: there were none.
             */
            before: number;
            /**
             * Format: int32
             * @description The version of the tables now.
             */
            version: number;
        };
        /** @description How the export stands. */
        ExportStatus: {
            backfill: components["schemas"]["ExportBackfill"] | null;
            failure: components["schemas"]["ExportFailure"] | null;
            /**
             * Format: double
             * @description How long the oldest change has waited.
             */
            lagSeconds: number;
            /** Format: date-time */
            lastExportedAt: string | null;
            lost: components["schemas"]["ExportLost"];
            /**
             * Format: uint64
             * @description Rows written since the export began.
             */
            rows: number;
            /**
             * Format: uint64
             * @description Rows that the database refuses.
             */
            setAside: number;
            /**
             * @description `off`: no database is configured. `current`: nothing waits for longer than a moment. `behind`: something does.
             *     `failing`: the last attempt to write failed.
             * @enum {string}
             */
            state: "off" | "current" | "behind" | "failing";
            /**
             * Format: uint64
             * @description Facts of the journal that have not been looked at; thousands of votes are one row.
             */
            waiting: number;
        };
        FileUse: {
            /** Format: uint64 */
            freeBytes: number;
            /**
             * Format: int64
             * @description `null` before there is an hour of figures.
             */
            growthBytesPerDay: number | null;
            /** Format: uint64 */
            usedBytes: number;
        };
        FormTaken: {
            /** @enum {string} */
            status: "accepted";
        };
        /** @enum {string} */
        FunnelDimension: "all" | "source" | "campaign" | "referrer" | "path" | "variant" | "goal" | "apart";
        /** @enum {string} */
        FunnelLevel: "5s" | "1m" | "1h" | "1d";
        FunnelRow: {
            /** Format: uint64 */
            conversions: number;
            key: string;
            /**
             * Format: double
             * @description `null` where there were no visits.
             */
            rate: number | null;
            /** Format: date-time */
            start: string;
            value: string;
            /** Format: uint64 */
            visits: number;
        };
        /** @description A list, as every list is answered. */
        FunnelRowList: {
            /** @description The items of this page. */
            items: components["schemas"]["FunnelRow"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        KeyItem: {
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: date-time
             * @description To the minute; `null`: never, as far as is known.
             */
            lastUsedAt: string | null;
            name: string;
            scope: components["schemas"]["KeyScope"];
        };
        /** @description A list, as every list is answered. */
        KeyItemList: {
            /** @description The items of this page. */
            items: components["schemas"]["KeyItem"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        KeyMade: {
            /** @description Shown this once; `null` where the answer is given again. */
            key: string | null;
            name: string;
            scope: components["schemas"]["KeyScope"];
        };
        /** @enum {string} */
        KeyScope: "ingest" | "read" | "admin";
        LastBackup: {
            afterError: string | null;
            /** Format: date-time */
            at: string;
            error: string | null;
            name: string | null;
        };
        /** @description A request to the API (`POST`), or a page of the dashboard to go to (`GET`). */
        LaunchAction: {
            body: unknown;
            label: string;
            /** @enum {string} */
            method: "GET" | "POST";
            path: string;
        };
        LaunchChecklist: {
            /**
             * Format: date-time
             * @description `null`: it is not known when the launch is.
             */
            at: string | null;
            /** @description What clocks of the launch's zone show then. */
            atLocal: string | null;
            history: components["schemas"]["LaunchMoment"][];
            items: components["schemas"]["LaunchItem"][];
            /** Format: date-time */
            nextPhaseAt: string | null;
            now: string;
            /** @enum {string} */
            phase: "none" | "before" | "T-72h" | "T-24h" | "T-2h" | "T+0h" | "T+6h" | "T+48h";
            /**
             * Format: int64
             * @description Negative after it.
             */
            secondsToLaunch: number | null;
            /** @description The plan: what is done by itself, and what its owner does of it. Empty where it is not known when the launch is. */
            steps: components["schemas"]["LaunchStep"][];
            timezone: string;
        };
        LaunchItem: {
            /** @description What its owner may do about it. */
            action: components["schemas"]["LaunchAction"] | null;
            by: string | null;
            /** @description Whether it is seen, and not ticked by hand. */
            derived: boolean;
            detail: string | null;
            /** Format: date-time */
            doneAt: string | null;
            id: components["schemas"]["LaunchItemId"];
            phase: components["schemas"]["LaunchPhase"];
            /** Format: date-time */
            startsAt: string | null;
            /** @enum {string} */
            state: "waiting" | "due" | "done" | "failed";
            title: string;
        };
        /** @enum {string} */
        LaunchItemId: "backup" | "warm" | "destinations" | "limits" | "signatures" | "queue" | "dead-letters" | "disk" | "warm-again" | "refusals" | "hit-ratio" | "memory" | "dead-letters-after" | "figures" | "tokens" | "compact" | "review";
        /** @description Something that happened. */
        LaunchMoment: {
            /** Format: date-time */
            at: string;
            by: string | null;
            item: components["schemas"]["LaunchItemId"] | null;
            text: string;
        };
        /** @enum {string} */
        LaunchPhase: "T-72h" | "T-24h" | "T-2h" | "T+0h" | "T+6h" | "T+48h";
        LaunchStep: {
            /** @description Who said so. */
            by: string | null;
            /** @description Whether the configuration leaves it to its owner. */
            byHand: boolean;
            /** @description What came of it, or of the last try. */
            detail: string | null;
            /**
             * Format: date-time
             * @description When its owner said that they have done it.
             */
            doneAt: string | null;
            /**
             * Format: date-time
             * @description When it ended; `null`: it has not.
             */
            endedAt: string | null;
            /**
             * Format: date-time
             * @description From when on it is of no use any more, and is missed.
             */
            endsAt: string;
            /** @description What was told of it. */
            eventId: string | null;
            id: components["schemas"]["LaunchStepId"];
            /**
             * Format: date-time
             * @description From when on it is done.
             */
            startsAt: string;
            /** @description What clocks of the launch's zone show then. */
            startsLocal: string;
            state: components["schemas"]["LaunchStepState"];
            title: string;
            /** Format: date-time */
            triedAt: string | null;
            /**
             * Format: uint32
             * @description How often it was tried, of at most five times.
             */
            tries: number;
        };
        /** @enum {string} */
        LaunchStepId: "preflight-72h" | "preflight-24h" | "warm" | "dead-letters" | "report" | "archive";
        /** @enum {string} */
        LaunchStepState: "waiting" | "due" | "done" | "failed" | "missed" | "by-hand";
        LaunchWord: {
            /** @enum {string} */
            state: "done" | "open";
        };
        MadeRequest: {
            body: string;
            headers: {
                [key: string]: string;
            };
            method: string;
            /** @description Scheme, host and port: a path may be a secret. */
            url: string;
        };
        /** @description A conversion. Its fields are read by hand; this is their shape. */
        NewConversion: {
            /** @description A goal, as configured. */
            goal: string;
            idempotencyKey?: string | null;
            /** @description What it is worth, a decimal. */
            value?: (string | number) | null;
            /** @description The day's visitor, as `tellView` names them, or the maker's name for a person. */
            visitorId?: string | null;
        };
        /** @description An event as it is sent. Its fields are read by hand; this is their shape. */
        NewEvent: {
            /** @description When it is worth nothing any more. */
            expiresAt?: string | null;
            /** @description The same whenever the same event is sent again. It may come as the header `Idempotency-Key`. */
            idempotencyKey?: string | null;
            /** @description Any JSON, kept to the letter. */
            payload: unknown;
            /** Format: uint8 */
            priority?: number | null;
            /** @description When it is due: RFC 3339, or a local time with `timezone`. */
            scheduledAt?: string | null;
            source: string;
            /** @description An IANA name. */
            timezone?: string | null;
            type: string;
        };
        NewKey: {
            name: string;
            scope: components["schemas"]["KeyScope"];
        };
        NewOption: {
            id: string;
            label: string;
        };
        NewPoll: {
            /** Format: date-time */
            closesAt?: string | null;
            /** Format: date-time */
            opensAt?: string | null;
            options: components["schemas"]["NewOption"][];
            /** Format: uint32 */
            perAddress?: number | null;
            pollId: string;
            question: string;
            voter?: components["schemas"]["VoterMode"] | null;
        };
        /** @description What is to be sent again, as asked for. */
        NewReplay: {
            /** @default false */
            dryRun: boolean;
            filter: components["schemas"]["EventsToReplay"];
        };
        NewSpend: {
            amount: string;
            campaign?: string | null;
            /** Format: date */
            day: string;
            idempotencyKey?: string | null;
            note?: string | null;
            source?: string | null;
        };
        /** @description One entry, or a list of them. */
        NewSpendEntries: components["schemas"]["NewSpend"] | components["schemas"]["NewSpend"][];
        /** @description A look at a page that nobody asked the server for. */
        NewView: {
            /** @description Path and query. */
            path: string;
            referrer?: string | null;
        };
        /** @description A vote. Its fields are read by hand, in the order in which they are judged; this is their shape. */
        NewVote: {
            /** @description The same at every try of the same vote. */
            idempotencyKey: string;
            optionId: string;
            pollId: string;
            /** @description When the voter chose, in epoch milliseconds or RFC 3339: kept, never trusted. */
            timestamp?: (number | string) | null;
            userId: string;
            /** @description Of polls whose voters are signed: hex(HMAC-SHA256(voter_secret, pollId + "\n" + userId)). */
            voterToken?: string | null;
        };
        PageItem: {
            /** Format: uint64 */
            ageSeconds: number;
            /** Format: uint64 */
            bytes: number;
            /**
             * Format: int64
             * @description Negative: stale for so long.
             */
            freshForSeconds: number;
            /** Format: uint64 */
            hits: number;
            host: string;
            path: string;
            /** Format: uint16 */
            status: number;
            tags: string[];
            variant: string | null;
        };
        PageList: {
            /** Format: uint64 */
            bytes: number;
            /** Format: uint64 */
            capacityBytes: number;
            /** Format: uint64 */
            entries: number;
            /**
             * Format: double
             * @description Of pages that were asked for, those that the store answered; `null` before the first.
             */
            hitRatio: number | null;
            items: components["schemas"]["PageItem"][];
            next: string | null;
            origins: components["schemas"]["PageOrigin"][];
            /** @description Since the process began, by how they were answered. */
            requests: {
                [key: string]: number;
            };
            root: string | null;
            rules: components["schemas"]["PageRule"][];
            /**
             * @description `origin`, `root`, or `null` where no site is fronted.
             * @enum {string|null}
             */
            site: "origin" | "root" | null;
            strict: boolean;
            /** @description The warm-up under way, or the last. */
            warmUp: components["schemas"]["WarmUp"] | null;
        };
        PageOrigin: {
            /** @description `null`: every host that is not named. */
            host: string | null;
            lastError: string | null;
            /**
             * @description `up`, `down`, or `unknown` until it is asked.
             * @enum {string}
             */
            state: "up" | "down" | "unknown";
            url: string;
        };
        /** @description A rule, in the words of the configuration. */
        PageRule: {
            /** Format: double */
            downstreamTtlSeconds: number;
            path: string;
            query: string[];
            /** Format: double */
            staleIfErrorSeconds: number;
            /** Format: double */
            staleWhileRevalidateSeconds: number;
            /** Format: double */
            ttlSeconds: number;
            variants: components["schemas"]["PageVariant"][];
            warm: string[];
        };
        PageVariant: {
            cookie: string;
            values: string[];
        };
        Pause: {
            reason?: string | null;
        };
        Payback: {
            /**
             * Format: uint64
             * @description How many conversions pay for the cost, by their worth over their whole life.
             */
            conversions: number | null;
            /** @description The first day by whose end recorded value had brought in the cost; of the total alone. */
            day?: string | null;
        };
        /** @description Something that is kept of somebody. */
        PersonItem: {
            /** Format: date-time */
            at: string;
            idempotencyKey: string;
            /** @constant */
            kind: "vote";
            optionId: string | null;
            /** @description `null`: the poll was deleted. */
            pollId: string | null;
            userId: string;
            voided: boolean;
        } | {
            /** Format: date-time */
            createdAt: string;
            id: string;
            idempotencyKey: string;
            /** @constant */
            kind: "event";
            payload: unknown;
            source: string;
            status: components["schemas"]["EventStatus"];
            type: string;
        } | {
            /** Format: date-time */
            at: string;
            destination: string;
            eventId: string;
            excerpt: string;
            /** @constant */
            kind: "attempt";
            /** Format: uint32 */
            number: number;
        } | {
            amount: string;
            day: string;
            id: string;
            /** @constant */
            kind: "spend";
            note: string | null;
        } | {
            /** Format: date-time */
            at: string;
            goal: string;
            /** @constant */
            kind: "conversion";
        };
        /** @description A list, as every list is answered. */
        PersonItemList: {
            /** @description The items of this page. */
            items: components["schemas"]["PersonItem"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        /** @description Results with what only the maker sees. */
        PollDetails: {
            /** Format: date-time */
            closedAt: string | null;
            /** Format: date-time */
            closesAt: string | null;
            /** Format: date-time */
            createdAt: string;
            labels: {
                [key: string]: string;
            };
            /** Format: date-time */
            lastUpdated: string;
            open: boolean;
            /** Format: date-time */
            opensAt: string | null;
            options: {
                [key: string]: number;
            };
            /** Format: uint32 */
            perAddress: number | null;
            pollId: string;
            question: string;
            /** Format: uint64 */
            totalVotes: number;
            voter: components["schemas"]["VoterMode"];
        };
        /** @description A list, as every list is answered. */
        PollDetailsList: {
            /** @description The items of this page. */
            items: components["schemas"]["PollDetails"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        /** @description What is to be changed: what is left out stays, `null` takes a time away. */
        PollEdit: {
            /**
             * Format: date-time
             * @default null
             */
            closesAt: string | null;
            /** @default {} */
            labels: {
                [key: string]: string;
            };
            /**
             * Format: date-time
             * @default null
             */
            opensAt: string | null;
            question?: string | null;
        };
        /** @description Results, public. */
        PollResults: {
            labels: {
                [key: string]: string;
            };
            /** Format: date-time */
            lastUpdated: string;
            open: boolean;
            options: {
                [key: string]: number;
            };
            pollId: string;
            question: string;
            /** Format: uint64 */
            totalVotes: number;
        };
        PollTimeline: {
            every: string;
            /** Format: date-time */
            from: string;
            /** @description Windows without votes are left out. */
            items: components["schemas"]["PollWindow"][];
            next: string | null;
            options: string[];
            pollId: string;
            /** Format: date-time */
            to: string;
        };
        PollWindow: {
            /** Format: date-time */
            start: string;
            /** Format: uint64 */
            total: number;
            votes: {
                [key: string]: number;
            };
        };
        /** @description The post at Product Hunt; `/api/producthunt` has more of it. */
        PostStatus: {
            asOf: string | null;
            /** Format: uint64 */
            comments: number | null;
            /** @description Why nothing newer is known. */
            lastError: string | null;
            slug: string;
            /** Format: uint64 */
            votes: number | null;
        };
        Preflight: {
            /** Format: date-time */
            at: string;
            checks: components["schemas"]["PreflightCheck"][];
            /** @description Whether no check says no-go. */
            go: boolean;
            /**
             * Format: date-time
             * @description When the launch is; `null`: that is not known.
             */
            launchAt: string | null;
        };
        PreflightCheck: {
            /** @description What was seen. */
            detail: string;
            /** @description `backup`, `destination-reached` and so on. */
            id: string;
            /** @description Of what, where there are several: a destination, a source of webhooks, a name. */
            of: string | null;
            title: string;
            verdict: components["schemas"]["PreflightVerdict"];
        };
        /** @description The answer of a check. */
        PreflightVerdict: "go" | "no-go" | "unknown";
        Problem: {
            detail: string;
            error?: string | null;
            field?: string | null;
            id?: string | null;
            /** Format: uint16 */
            status: number;
            title: string;
            type: string;
        };
        ProductHunt: {
            /** @description `null`: none is configured. */
            post: components["schemas"]["ProductHuntPost"] | null;
        };
        ProductHuntPost: {
            /** @description When they were so many. */
            asOf: string | null;
            /** Format: uint64 */
            comments: number | null;
            /** @description Why nothing newer is known. */
            lastError: string | null;
            /**
             * Format: date-time
             * @description When it is asked next.
             */
            nextAt: string | null;
            quota: components["schemas"]["ProductHuntQuota"] | null;
            slug: string;
            /**
             * Format: uint64
             * @description `null`: not known yet.
             */
            votes: number | null;
        };
        /** @description What the API said that is left of its limit. */
        ProductHuntQuota: {
            /** Format: uint64 */
            limit: number | null;
            /** Format: int64 */
            remaining: number;
            /** Format: date-time */
            resetAt: string;
        };
        PurgeWanted: {
            /** @default false */
            all: boolean;
            path?: string | null;
            prefix?: string | null;
            /** @default false */
            soft: boolean;
            tag?: string | null;
        };
        Purged: {
            /**
             * Format: uint64
             * @description How many pages.
             */
            purged: number;
            soft: boolean;
        };
        Quota: {
            /** Format: uint64 */
            limit: number | null;
            /** Format: int64 */
            remaining: number;
            /** Format: date-time */
            resetsAt: string;
        };
        RateWindow: {
            /** Format: uint32 */
            limit: number;
            /** Format: uint */
            used: number;
            window: string;
        };
        ReceivedAnswer: {
            excerpt: string;
            /** Format: uint16 */
            status: number;
            /** Format: uint64 */
            tookMs: number;
        };
        ReplayCount: {
            /** Format: uint64 */
            count: number;
            destination: string;
        };
        ReplayExample: {
            /** Format: date-time */
            createdAt: string;
            destination: string;
            eventId: string;
            id: string;
            /** @description `null`: there is no such delivery yet. */
            status: components["schemas"]["DeliveryStatus"] | null;
            type: string;
        };
        ReplayFilter: {
            destination: string | null;
            errorClass: components["schemas"]["AttemptClass"] | null;
            /** Format: date-time */
            from: string;
            source: string | null;
            status: components["schemas"]["ReplaySelection"];
            /** Format: date-time */
            to: string;
            type: string | null;
        };
        /** @description A replay. */
        ReplayItem: {
            by: string;
            /**
             * Format: uint64
             * @description How many deliveries a look had found before it began.
             */
            count: number;
            /** Format: date-time */
            createdAt: string;
            /**
             * Format: uint64
             * @description How many it has put into the queue.
             */
            done: number;
            filter: components["schemas"]["ReplayFilter"];
            id: string;
            /** Format: uint64 */
            passedOver: number;
            /**
             * Format: double
             * @description 0 to 1.
             */
            progress: number;
            /** @enum {string} */
            status: "RUNNING" | "DONE" | "CANCELLED";
            /** Format: date-time */
            updatedAt: string;
        };
        /** @description A list, as every list is answered. */
        ReplayItemList: {
            /** @description The items of this page. */
            items: components["schemas"]["ReplayItem"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        /** @description What a replay would send. */
        ReplayLook: {
            /** @description False: there may be more; this was as far as one request looks. */
            complete: boolean;
            /** Format: uint64 */
            count: number;
            destinations: components["schemas"]["ReplayCount"][];
            dryRun: boolean;
            examples: components["schemas"]["ReplayExample"][];
            /** Format: uint64 */
            passedOver: number;
            /** @description By which rule, in a sentence. */
            sends: string;
        };
        /** @enum {string} */
        ReplaySelection: "UNDELIVERED" | "DEAD" | "MISSING" | "DELIVERED" | "CANCELLED" | "ALL";
        /** @description What `GET /api/report?format=json` answers. */
        ReportData: {
            byCampaign: components["schemas"]["ReturnsFigure"][];
            bySource: components["schemas"]["ReturnsFigure"][];
            currency: string | null;
            days: components["schemas"]["ReportDay"][];
            destinations: components["schemas"]["ReportDestination"][];
            /** Format: date-time */
            from: string;
            /** Format: date-time */
            madeAt: string;
            pages: components["schemas"]["ReportPages"][];
            polls: components["schemas"]["ReportPoll"][];
            timezone: string;
            /** Format: date-time */
            to: string;
            total: components["schemas"]["ReturnsFigure"];
            traffic: components["schemas"]["ReportWindow"][];
            words: string;
        };
        ReportDay: {
            day: string;
            spend: string;
            value: string;
        };
        ReportDestination: {
            /** Format: uint64 */
            dead: number;
            /** Format: uint64 */
            delivered: number;
            name: string;
            paused: string | null;
            /** Format: uint64 */
            waiting: number;
        };
        /** @enum {string} */
        ReportFormat: "html" | "json";
        ReportOption: {
            label: string;
            /** Format: uint64 */
            votes: number;
        };
        ReportPages: {
            /** Format: uint64 */
            hits: number;
            label: string;
            /** Format: uint64 */
            requests: number;
            /** Format: date-time */
            start: string;
        };
        ReportPoll: {
            options: components["schemas"]["ReportOption"][];
            pollId: string;
            question: string;
            state: string;
            /** Format: uint64 */
            totalVotes: number;
        };
        ReportWindow: {
            /** Format: uint64 */
            conversions: number;
            label: string;
            /** Format: date-time */
            start: string;
            /** Format: uint64 */
            visits: number;
        };
        Reschedule: {
            scheduledAt: string;
            timezone?: string | null;
        };
        /** @description What `GET /api/roi` answers. */
        Returns: {
            byCampaign: components["schemas"]["ReturnsFigure"][];
            bySource: components["schemas"]["ReturnsFigure"][];
            currency: string | null;
            /** Format: date-time */
            from: string;
            timezone: string;
            /** Format: date-time */
            to: string;
            total: components["schemas"]["ReturnsFigure"];
        };
        /** @description The figures of all, of a source or of a campaign. What is not configured is `null`. */
        ReturnsFigure: {
            cac: string | null;
            /** Format: uint64 */
            conversions: number;
            cost: string | null;
            /** @description Whether the cost, and what follows from it, is visits at what one costs. */
            estimated: boolean;
            key?: string | null;
            lift: string | null;
            /** Format: double */
            ltvCac: number | null;
            /**
             * Format: double
             * @description What is left of the lift, to the cost: 42.5 is 4,250 %.
             */
            netRoi: number | null;
            payback: components["schemas"]["Payback"];
            /** Format: double */
            rate: number | null;
            /** @description What was recorded; `null` where nothing is, of the whole range. */
            spend: string | null;
            value: string;
            /** Format: uint64 */
            visits: number;
        };
        /** @enum {string} */
        RowFormat: "csv" | "ndjson";
        ScheduleItem: {
            cron: string;
            last: components["schemas"]["ScheduleRun"] | null;
            name: string;
            /** @description The next runs. */
            next: string[];
            source: string;
            timezone: string;
            type: string;
        };
        /** @description A list, as every list is answered. */
        ScheduleItemList: {
            /** @description The items of this page. */
            items: components["schemas"]["ScheduleItem"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        ScheduleRun: {
            /**
             * Format: date-time
             * @description When it was due.
             */
            at: string;
            /** @description `null` where another event had its key. */
            eventId: string | null;
            late: boolean;
            /** Format: date-time */
            madeAt: string;
            /**
             * Format: uint32
             * @description How many runs due before it were missed; 1000 stands for as many or more.
             */
            missed: number;
        };
        Series: {
            name: components["schemas"]["SeriesName"];
            points: components["schemas"]["SeriesPoint"][];
        };
        SeriesList: {
            /** @enum {string} */
            every: "1m";
            series: components["schemas"]["Series"][];
        };
        /** @enum {string} */
        SeriesName: "votes_accepted" | "votes_refused" | "http_requests" | "commit_p99_micros" | "sse_clients" | "store_file_bytes" | "events_accepted" | "pages_requests" | "pages_hits" | "visits" | "conversions" | "attempts" | "retried" | "queue_depth" | "lag_millis" | "dead_letters" | "producthunt_votes" | "producthunt_comments";
        /** @description A minute that has a sample; there is none for a minute in which the server was down. */
        SeriesPoint: {
            /** Format: date-time */
            start: string;
            /** Format: double */
            value: number;
        };
        Session: {
            /** Format: date-time */
            endsAt: string | null;
            /**
             * Format: date-time
             * @description `null`: whoever asks has no session, but the key itself.
             */
            idleEndsAt: string | null;
            scope: components["schemas"]["KeyScope"];
            /** @description The name of the key. */
            who: string;
        };
        /** @description A row that the database refuses. */
        SetAsideRow: {
            /** Format: date-time */
            at: string;
            /** @description The id of an event or poll, or when a window begins. */
            name: string;
            reason: string;
            /** @enum {string} */
            table: "launch_metrics" | "poll_results" | "marketing_events";
        };
        /** @description A list, as every list is answered. */
        SetAsideRowList: {
            /** @description The items of this page. */
            items: components["schemas"]["SetAsideRow"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        /** @description What `GET /api/polls/{poll}` shows: more to the poll's maker. */
        Shown: components["schemas"]["PollDetails"] | components["schemas"]["PollResults"];
        SignIn: {
            link?: string | null;
            token?: string | null;
        };
        SignInLink: {
            /** Format: date-time */
            endsAt: string;
            url: string;
        };
        SignedRequest: {
            body: string;
            headers: {
                [key: string]: string;
            };
            method: string;
            path: string;
        };
        SpendItem: {
            amount: string;
            campaign: string;
            /** Format: date */
            day: string;
            id: string;
            note: string | null;
            /** Format: date-time */
            recordedAt: string;
            source: string;
        };
        /** @description A list, as every list is answered. */
        SpendItemList: {
            /** @description The items of this page. */
            items: components["schemas"]["SpendItem"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        /** @description What became of an entry. */
        SpendOutcome: {
            id: string;
            /** @enum {string} */
            status: "RECORDED" | "DUPLICATE" | "CONFLICT";
        };
        /** @description What became of several, each by itself. */
        SpendOutcomes: {
            /** Format: uint */
            conflicts: number;
            /** Format: uint */
            duplicates: number;
            items: components["schemas"]["SpendOutcome"][];
            /** Format: uint */
            recorded: number;
        };
        /** @description What became of one entry, or of each of several. */
        SpendRecorded: components["schemas"]["SpendOutcome"] | components["schemas"]["SpendOutcomes"];
        /** @description The members of `/api/status` that tell it. */
        Status: {
            adminUrl: string | null;
            /** @description Of each name that is served by HTTPS. */
            certificates: components["schemas"]["Certificate"][];
            commits: components["schemas"]["Commits"];
            dataFile: string;
            /** Format: date-time */
            deliveryPausedSince: string | null;
            disk: components["schemas"]["DiskUse"] | null;
            /**
             * Format: uint64
             * @description `null`: no export is configured.
             */
            exportLagSeconds: number | null;
            /** Format: int64 */
            fileBytes: number;
            /**
             * Format: uint32
             * @description Of the data file.
             */
            format: number;
            /**
             * Format: uint64
             * @description Resident; `null` where the system does not say.
             */
            memoryBytes: number | null;
            /** Format: uint */
            polls: number;
            /** @description `null`: no post at Product Hunt is configured. */
            productHunt: components["schemas"]["PostStatus"] | null;
            /** @description Where visitors are served, as `server.public_url` says or else as the listener is bound, and where its owner is. */
            publicUrl: string | null;
            rows: {
                [key: string]: number;
            };
            /** Format: date-time */
            startedAt: string;
            store: components["schemas"]["FileUse"];
            tables: components["schemas"]["TableUse"][];
            /** Format: int64 */
            uptimeSeconds: number;
            version: string;
            /** Format: uint */
            waiting: number;
            workers: components["schemas"]["WorkerState"][];
            zoneData: components["schemas"]["ZoneData"];
        };
        TableUse: {
            name: string;
            /** Format: uint64 */
            rows: number;
            /** Format: uint64 */
            usedBytes: number;
        };
        /** @description Calls since this process began; one that holds several deliveries is one. */
        TimedCalls: {
            /** Format: uint64 */
            calls: number;
            /** Format: uint64 */
            failed: number;
            /** Format: uint64 */
            limited: number;
            /** Format: uint64 */
            ok: number;
            /**
             * Format: uint64
             * @description In whole milliseconds, never less than was taken; `null`: there were no calls.
             */
            p50Ms: number | null;
            /** Format: uint64 */
            p95Ms: number | null;
        };
        /** @enum {string} */
        TimelineWindow: "1m" | "5m" | "15m" | "1h" | "6h";
        Verified: {
            checks: components["schemas"]["Check"][];
            clean: boolean;
        };
        ViewTaken: {
            /** @enum {string} */
            status: "accepted";
            /** @description The visitor's name for the day; `null` where the view is not counted. */
            visitorId: string | null;
        };
        VoidWanted: {
            /** @default false */
            dryRun: boolean;
            filter: components["schemas"]["VotesWanted"];
        };
        Voided: {
            dryRun: boolean;
            examples: components["schemas"]["VoteItem"][];
            /** Format: uint64 */
            matched: number;
            /** Format: uint64 */
            voided: number;
        };
        VoteAccepted: {
            pollId: string;
            /** @enum {string} */
            status: "accepted";
            /** Format: uint64 */
            totalVotes: number;
        };
        VoteItem: {
            address: string | null;
            /** Format: date-time */
            at: string;
            idempotencyKey: string;
            optionId: string;
            /** Format: uint64 */
            position: number;
            timestamp: string | null;
            userId: string;
            /** Format: date-time */
            voidedAt: string | null;
        };
        /** @description A list, as every list is answered. */
        VoteItemList: {
            /** @description The items of this page. */
            items: components["schemas"]["VoteItem"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        /** @enum {string} */
        VoterMode: "open" | "signed";
        /** @description Which votes, as asked for in a query or a body. */
        VotesWanted: {
            /** @default null */
            address: string | null;
            /**
             * Format: date-time
             * @default null
             */
            from: string | null;
            /** @default null */
            optionId: string | null;
            /**
             * Format: date-time
             * @default null
             */
            to: string | null;
            /** @default null */
            userId: string | null;
            /** @default null */
            userPrefix: string | null;
        };
        /** @description A job, as it is answered. */
        WarmUp: {
            /** Format: date-time */
            begunAt: string;
            /** Format: uint */
            done: number;
            /**
             * Format: date-time
             * @description `null`: it goes on.
             */
            endedAt: string | null;
            /** Format: uint */
            failed: number;
            /** Format: uint64 */
            id: number;
            /** Format: uint */
            leftOut: number;
            /** Format: uint */
            notStored: number;
            /** Format: uint */
            stored: number;
            /** Format: uint */
            total: number;
            troubles: components["schemas"]["WarmUpTrouble"][];
        };
        WarmUpTrouble: {
            detail: string;
            page: string;
        };
        WarmUpWanted: {
            host?: string | null;
            /** @description Paths, or whole addresses. */
            paths?: string[] | null;
            /** @description The path of a sitemap, or its address. */
            sitemap?: string | null;
        };
        WebhookEvent: {
            /** @description Of the event that is recorded under its key, now or before. */
            id: string | null;
            key: string;
            payload: unknown;
            /** @enum {string} */
            status: "ACCEPTED" | "DUPLICATE";
            type: string;
        };
        WebhookItem: {
            dedupeFor: string;
            /** Format: date-time */
            lastRefusedAt: string | null;
            /**
             * Format: date-time
             * @description Since the server began.
             */
            lastTakenAt: string | null;
            path: string;
            preset: components["schemas"]["WebhookPreset"];
            /** Format: uint */
            secrets: number;
            source: string;
            type: string;
        };
        /** @description A list, as every list is answered. */
        WebhookItemList: {
            /** @description The items of this page. */
            items: components["schemas"]["WebhookItem"][];
            /** @description What to pass as `cursor` for the next page; `null` ends the list. */
            next: string | null;
        };
        /** @enum {string} */
        WebhookPreset: "hmac" | "producthunt" | "github" | "stripe" | "slack" | "mailgun" | "sendgrid" | "standard-webhooks";
        WebhookSample: {
            body?: unknown;
            /** @default false */
            send: boolean;
        };
        /** @description What a sender is answered. */
        WebhookTaken: {
            id: string;
        } | {
            items: components["schemas"]["WebhookTold"][];
        } | {
            challenge: string;
        };
        /** @description An event that is recorded, now or before. */
        WebhookTold: {
            id: string;
            /** @enum {string} */
            status: "ACCEPTED" | "DUPLICATE";
        };
        WebhookTried: {
            detail: string | null;
            events: components["schemas"]["WebhookEvent"][];
            request: components["schemas"]["SignedRequest"];
            /** @description Whether it was recorded, and not only said what would be. */
            sent: boolean;
            /** @description Whether the request carries its signature: only SendGrid can sign for SendGrid. */
            signed: boolean;
            /**
             * Format: uint16
             * @description The status and what is said with it.
             */
            status: number;
            /** @enum {string} */
            verdict: "accepted" | "duplicate" | "challenge answered" | "refused";
        };
        WorkerState: {
            /** Format: uint64 */
            errors: number;
            lastError: string | null;
            name: string;
            /** @enum {string} */
            state: "busy" | "idle" | "throttled" | "done";
        };
        /** @description By what the zones of schedules and days are reckoned. */
        ZoneData: {
            source: string;
            version: string;
        };
    };
    responses: {
        /** @description It cannot be understood: no JSON, or no query. */
        BadRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "It cannot be understood: no JSON, or no query.",
                 *       "status": 400,
                 *       "title": "Bad Request",
                 *       "type": "about:blank"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The key's scope does not reach so far. */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "The key's scope does not reach so far.",
                 *       "status": 403,
                 *       "title": "Forbidden",
                 *       "type": "about:blank"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The disk has no room to record this. */
        InsufficientStorage: {
            headers: {
                /** @description When to ask again, in seconds. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "The disk has no room to record this.",
                 *       "status": 507,
                 *       "title": "Insufficient Storage",
                 *       "type": "about:blank"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something failed on our side. */
        InternalServerError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "Something failed on our side.",
                 *       "status": 500,
                 *       "title": "Internal Server Error",
                 *       "type": "about:blank"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is nothing of this name. */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "There is nothing of this name.",
                 *       "status": 404,
                 *       "title": "Not Found",
                 *       "type": "about:blank"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It is still what `If-None-Match` names. */
        NotModified: {
            headers: {
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The body is too large. */
        PayloadTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "The body is too large.",
                 *       "status": 413,
                 *       "title": "Payload Too Large",
                 *       "type": "about:blank"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body did not come in time. */
        RequestTimeout: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "The body did not come in time.",
                 *       "status": 408,
                 *       "title": "Request Timeout",
                 *       "type": "about:blank"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not available just now; nothing was done, or it is not known: ask again. */
        ServiceUnavailable: {
            headers: {
                /** @description When to ask again, in seconds. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "Not available just now; nothing was done, or it is not known: ask again.",
                 *       "status": 503,
                 *       "title": "Service Unavailable",
                 *       "type": "about:blank"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too many requests, or too many wrong keys, from this address. */
        TooManyRequests: {
            headers: {
                /** @description When to ask again, in seconds. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "Too many requests, or too many wrong keys, from this address.",
                 *       "status": 429,
                 *       "title": "Too Many Requests",
                 *       "type": "about:blank"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no key, or a wrong one. */
        Unauthorized: {
            headers: {
                /** @description What is needed. */
                "WWW-Authenticate"?: string;
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "There is no key, or a wrong one.",
                 *       "status": 401,
                 *       "title": "Unauthorized",
                 *       "type": "about:blank"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It is well formed, but a field does not hold what it must; `field` says which. */
        UnprocessableEntity: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "detail": "It is well formed, but a field does not hold what it must; `field` says which.",
                 *       "status": 422,
                 *       "title": "Unprocessable Entity",
                 *       "type": "about:blank"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description The `next` of the page before. What it holds is no one's business. */
        cursor: string;
        /**
         * @description What is asked again under the same key within a day is given the same answer again, and is not done again. Quoted or bare.
         * @example k-1
         */
        idempotencyKey: string;
        /** @description The `ETag` of an answer that is known. */
        ifNoneMatch: string;
        /**
         * @description How many items at most; 50, if it is left out.
         * @example 50
         */
        limit: number;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type AlertItem = components['schemas']['AlertItem'];
export type AlertList = components['schemas']['AlertList'];
export type AlertReceiver = components['schemas']['AlertReceiver'];
export type AlertTest = components['schemas']['AlertTest'];
export type AlertTested = components['schemas']['AlertTested'];
export type Attempt = components['schemas']['Attempt'];
export type AttemptClass = components['schemas']['AttemptClass'];
export type AuditItem = components['schemas']['AuditItem'];
export type AuditItemList = components['schemas']['AuditItemList'];
export type AuditVia = components['schemas']['AuditVia'];
export type BackupItem = components['schemas']['BackupItem'];
export type BackupList = components['schemas']['BackupList'];
export type BackupProof = components['schemas']['BackupProof'];
export type Breaker = components['schemas']['Breaker'];
export type BulkHandled = components['schemas']['BulkHandled'];
export type BulkWanted = components['schemas']['BulkWanted'];
export type Calls = components['schemas']['Calls'];
export type Certificate = components['schemas']['Certificate'];
export type Check = components['schemas']['Check'];
export type Commits = components['schemas']['Commits'];
export type Compacted = components['schemas']['Compacted'];
export type ConversionTaken = components['schemas']['ConversionTaken'];
export type DeadLetterGroup = components['schemas']['DeadLetterGroup'];
export type DeadLetterGroupList = components['schemas']['DeadLetterGroupList'];
export type DeliveriesWanted = components['schemas']['DeliveriesWanted'];
export type DeliveryDetails = components['schemas']['DeliveryDetails'];
export type DeliveryItem = components['schemas']['DeliveryItem'];
export type DeliveryItemList = components['schemas']['DeliveryItemList'];
export type DeliveryPaused = components['schemas']['DeliveryPaused'];
export type DeliveryStatus = components['schemas']['DeliveryStatus'];
export type DestinationBatch = components['schemas']['DestinationBatch'];
export type DestinationHeld = components['schemas']['DestinationHeld'];
export type DestinationItem = components['schemas']['DestinationItem'];
export type DestinationList = components['schemas']['DestinationList'];
export type DestinationPaused = components['schemas']['DestinationPaused'];
export type DestinationSample = components['schemas']['DestinationSample'];
export type DestinationTried = components['schemas']['DestinationTried'];
export type DiskUse = components['schemas']['DiskUse'];
export type DroppedAgent = components['schemas']['DroppedAgent'];
export type DroppedAgentList = components['schemas']['DroppedAgentList'];
export type ErasedCounts = components['schemas']['ErasedCounts'];
export type Erasure = components['schemas']['Erasure'];
export type ErasureList = components['schemas']['ErasureList'];
export type EventAttempt = components['schemas']['EventAttempt'];
export type EventDelivery = components['schemas']['EventDelivery'];
export type EventDetails = components['schemas']['EventDetails'];
export type EventItem = components['schemas']['EventItem'];
export type EventList = components['schemas']['EventList'];
export type EventStatus = components['schemas']['EventStatus'];
export type EventTaken = components['schemas']['EventTaken'];
export type EventsToReplay = components['schemas']['EventsToReplay'];
export type Export = components['schemas']['Export'];
export type ExportBackfill = components['schemas']['ExportBackfill'];
export type ExportFailure = components['schemas']['ExportFailure'];
export type ExportInit = components['schemas']['ExportInit'];
export type ExportLost = components['schemas']['ExportLost'];
export type ExportSchema = components['schemas']['ExportSchema'];
export type ExportStatus = components['schemas']['ExportStatus'];
export type FileUse = components['schemas']['FileUse'];
export type FormTaken = components['schemas']['FormTaken'];
export type FunnelDimension = components['schemas']['FunnelDimension'];
export type FunnelLevel = components['schemas']['FunnelLevel'];
export type FunnelRow = components['schemas']['FunnelRow'];
export type FunnelRowList = components['schemas']['FunnelRowList'];
export type KeyItem = components['schemas']['KeyItem'];
export type KeyItemList = components['schemas']['KeyItemList'];
export type KeyMade = components['schemas']['KeyMade'];
export type KeyScope = components['schemas']['KeyScope'];
export type LastBackup = components['schemas']['LastBackup'];
export type LaunchAction = components['schemas']['LaunchAction'];
export type LaunchChecklist = components['schemas']['LaunchChecklist'];
export type LaunchItem = components['schemas']['LaunchItem'];
export type LaunchItemId = components['schemas']['LaunchItemId'];
export type LaunchMoment = components['schemas']['LaunchMoment'];
export type LaunchPhase = components['schemas']['LaunchPhase'];
export type LaunchStep = components['schemas']['LaunchStep'];
export type LaunchStepId = components['schemas']['LaunchStepId'];
export type LaunchStepState = components['schemas']['LaunchStepState'];
export type LaunchWord = components['schemas']['LaunchWord'];
export type MadeRequest = components['schemas']['MadeRequest'];
export type NewConversion = components['schemas']['NewConversion'];
export type NewEvent = components['schemas']['NewEvent'];
export type NewKey = components['schemas']['NewKey'];
export type NewOption = components['schemas']['NewOption'];
export type NewPoll = components['schemas']['NewPoll'];
export type NewReplay = components['schemas']['NewReplay'];
export type NewSpend = components['schemas']['NewSpend'];
export type NewSpendEntries = components['schemas']['NewSpendEntries'];
export type NewView = components['schemas']['NewView'];
export type NewVote = components['schemas']['NewVote'];
export type PageItem = components['schemas']['PageItem'];
export type PageList = components['schemas']['PageList'];
export type PageOrigin = components['schemas']['PageOrigin'];
export type PageRule = components['schemas']['PageRule'];
export type PageVariant = components['schemas']['PageVariant'];
export type Pause = components['schemas']['Pause'];
export type Payback = components['schemas']['Payback'];
export type PersonItem = components['schemas']['PersonItem'];
export type PersonItemList = components['schemas']['PersonItemList'];
export type PollDetails = components['schemas']['PollDetails'];
export type PollDetailsList = components['schemas']['PollDetailsList'];
export type PollEdit = components['schemas']['PollEdit'];
export type PollResults = components['schemas']['PollResults'];
export type PollTimeline = components['schemas']['PollTimeline'];
export type PollWindow = components['schemas']['PollWindow'];
export type PostStatus = components['schemas']['PostStatus'];
export type Preflight = components['schemas']['Preflight'];
export type PreflightCheck = components['schemas']['PreflightCheck'];
export type PreflightVerdict = components['schemas']['PreflightVerdict'];
export type Problem = components['schemas']['Problem'];
export type ProductHunt = components['schemas']['ProductHunt'];
export type ProductHuntPost = components['schemas']['ProductHuntPost'];
export type ProductHuntQuota = components['schemas']['ProductHuntQuota'];
export type PurgeWanted = components['schemas']['PurgeWanted'];
export type Purged = components['schemas']['Purged'];
export type Quota = components['schemas']['Quota'];
export type RateWindow = components['schemas']['RateWindow'];
export type ReceivedAnswer = components['schemas']['ReceivedAnswer'];
export type ReplayCount = components['schemas']['ReplayCount'];
export type ReplayExample = components['schemas']['ReplayExample'];
export type ReplayFilter = components['schemas']['ReplayFilter'];
export type ReplayItem = components['schemas']['ReplayItem'];
export type ReplayItemList = components['schemas']['ReplayItemList'];
export type ReplayLook = components['schemas']['ReplayLook'];
export type ReplaySelection = components['schemas']['ReplaySelection'];
export type ReportData = components['schemas']['ReportData'];
export type ReportDay = components['schemas']['ReportDay'];
export type ReportDestination = components['schemas']['ReportDestination'];
export type ReportFormat = components['schemas']['ReportFormat'];
export type ReportOption = components['schemas']['ReportOption'];
export type ReportPages = components['schemas']['ReportPages'];
export type ReportPoll = components['schemas']['ReportPoll'];
export type ReportWindow = components['schemas']['ReportWindow'];
export type Reschedule = components['schemas']['Reschedule'];
export type Returns = components['schemas']['Returns'];
export type ReturnsFigure = components['schemas']['ReturnsFigure'];
export type RowFormat = components['schemas']['RowFormat'];
export type ScheduleItem = components['schemas']['ScheduleItem'];
export type ScheduleItemList = components['schemas']['ScheduleItemList'];
export type ScheduleRun = components['schemas']['ScheduleRun'];
export type Series = components['schemas']['Series'];
export type SeriesList = components['schemas']['SeriesList'];
export type SeriesName = components['schemas']['SeriesName'];
export type SeriesPoint = components['schemas']['SeriesPoint'];
export type Session = components['schemas']['Session'];
export type SetAsideRow = components['schemas']['SetAsideRow'];
export type SetAsideRowList = components['schemas']['SetAsideRowList'];
export type Shown = components['schemas']['Shown'];
export type SignIn = components['schemas']['SignIn'];
export type SignInLink = components['schemas']['SignInLink'];
export type SignedRequest = components['schemas']['SignedRequest'];
export type SpendItem = components['schemas']['SpendItem'];
export type SpendItemList = components['schemas']['SpendItemList'];
export type SpendOutcome = components['schemas']['SpendOutcome'];
export type SpendOutcomes = components['schemas']['SpendOutcomes'];
export type SpendRecorded = components['schemas']['SpendRecorded'];
export type Status = components['schemas']['Status'];
export type TableUse = components['schemas']['TableUse'];
export type TimedCalls = components['schemas']['TimedCalls'];
export type TimelineWindow = components['schemas']['TimelineWindow'];
export type Verified = components['schemas']['Verified'];
export type ViewTaken = components['schemas']['ViewTaken'];
export type VoidWanted = components['schemas']['VoidWanted'];
export type Voided = components['schemas']['Voided'];
export type VoteAccepted = components['schemas']['VoteAccepted'];
export type VoteItem = components['schemas']['VoteItem'];
export type VoteItemList = components['schemas']['VoteItemList'];
export type VoterMode = components['schemas']['VoterMode'];
export type VotesWanted = components['schemas']['VotesWanted'];
export type WarmUp = components['schemas']['WarmUp'];
export type WarmUpTrouble = components['schemas']['WarmUpTrouble'];
export type WarmUpWanted = components['schemas']['WarmUpWanted'];
export type WebhookEvent = components['schemas']['WebhookEvent'];
export type WebhookItem = components['schemas']['WebhookItem'];
export type WebhookItemList = components['schemas']['WebhookItemList'];
export type WebhookPreset = components['schemas']['WebhookPreset'];
export type WebhookSample = components['schemas']['WebhookSample'];
export type WebhookTaken = components['schemas']['WebhookTaken'];
export type WebhookTold = components['schemas']['WebhookTold'];
export type WebhookTried = components['schemas']['WebhookTried'];
export type WorkerState = components['schemas']['WorkerState'];
export type ZoneData = components['schemas']['ZoneData'];
export type ResponseBadRequest = components['responses']['BadRequest'];
export type ResponseForbidden = components['responses']['Forbidden'];
export type ResponseInsufficientStorage = components['responses']['InsufficientStorage'];
export type ResponseInternalServerError = components['responses']['InternalServerError'];
export type ResponseNotFound = components['responses']['NotFound'];
export type ResponseNotModified = components['responses']['NotModified'];
export type ResponsePayloadTooLarge = components['responses']['PayloadTooLarge'];
export type ResponseRequestTimeout = components['responses']['RequestTimeout'];
export type ResponseServiceUnavailable = components['responses']['ServiceUnavailable'];
export type ResponseTooManyRequests = components['responses']['TooManyRequests'];
export type ResponseUnauthorized = components['responses']['Unauthorized'];
export type ResponseUnprocessableEntity = components['responses']['UnprocessableEntity'];
export type ParameterCursor = components['parameters']['cursor'];
export type ParameterIdempotencyKey = components['parameters']['idempotencyKey'];
export type ParameterIfNoneMatch = components['parameters']['ifNoneMatch'];
export type ParameterLimit = components['parameters']['limit'];
export type $defs = Record<string, never>;
export interface operations {
    listAlerts: {
        parameters: {
            query?: {
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Alerts, and who is told. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "certificate": null,
                     *           "destination": null,
                     *           "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *           "id": "retry_ratio",
                     *           "resolvedAt": null,
                     *           "rule": "retry_ratio",
                     *           "since": "2026-12-01T08:09:00.000Z",
                     *           "state": "firing",
                     *           "terms": "> 0.05 for 5m",
                     *           "threshold": 0.05,
                     *           "toldAt": "2026-12-01T08:14:00.000Z",
                     *           "unit": "share",
                     *           "usualTerms": null,
                     *           "value": 0.12,
                     *           "what": "The share of calls to destinations that are made again."
                     *         }
                     *       ],
                     *       "next": null,
                     *       "to": [
                     *         {
                     *           "destination": "slack",
                     *           "trouble": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["AlertList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    testAlerts: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description What is asked again under the same key within a day is given the same answer again, and is not done again. Quoted or bare.
                 * @example k-1
                 */
                "Idempotency-Key"?: components["parameters"]["idempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "to": "slack"
                 *     }
                 */
                "application/json": components["schemas"]["AlertTest"];
            };
        };
        responses: {
            /** @description It is on its way. */
            202: {
                headers: {
                    /** @description `true`: it was done before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *       "to": [
                     *         "slack"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["AlertTested"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such destination, or it is not configured. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "There is no such destination, or it is not configured.",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description Nobody is told of alerts. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Nobody is told of alerts.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /**
                 * @description At this instant, local time or day, or later.
                 * @example 2026-12-01
                 */
                from?: string;
                /**
                 * @description Before it.
                 * @example 2026-12-02
                 */
                to?: string;
                /**
                 * @description By the key of this name, or by `uid N`.
                 * @example admin
                 */
                who?: string;
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Acts. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "action": "POST /api/polls/{poll}/close",
                     *           "at": "2026-12-01T08:14:03.512Z",
                     *           "from": "127.0.0.1",
                     *           "id": "1796112843512-1",
                     *           "outcome": 200,
                     *           "target": "/api/polls/best-feature/close",
                     *           "times": 1,
                     *           "via": "session",
                     *           "who": "admin"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["AuditItemList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    streamBackup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The data file. */
            200: {
                headers: {
                    /** @description The name of a file for it. */
                    "Content-Disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /** @example … */
                    "application/octet-stream": unknown;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description Another backup is being made. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Another backup is being made.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            /** @description The disk has no room for a copy. */
            507: {
                headers: {
                    /** @description When to ask again, in seconds. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "The disk has no room for a copy.",
                     *       "status": 507,
                     *       "title": "Insufficient Storage",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listBackups: {
        parameters: {
            query?: {
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Backups, and how the last one that made itself went. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "directory": "backups",
                     *       "items": [
                     *         {
                     *           "bytes": 60817408,
                     *           "madeAt": "2026-12-01T03:30:00.000Z",
                     *           "name": "gantry-20261201-033000.redb"
                     *         }
                     *       ],
                     *       "last": {
                     *         "afterError": null,
                     *         "at": "2026-12-01T03:30:00.000Z",
                     *         "error": null,
                     *         "name": "gantry-20261201-033000.redb"
                     *       },
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["BackupList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    makeBackup: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description What is asked again under the same key within a day is given the same answer again, and is not done again. Quoted or bare.
                 * @example k-1
                 */
                "Idempotency-Key"?: components["parameters"]["idempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is there. */
            201: {
                headers: {
                    /** @description `true`: it was done before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "bytes": 60817408,
                     *       "madeAt": "2026-12-01T08:14:03.000Z",
                     *       "name": "gantry-2026-12-01T081403Z.redb"
                     *     }
                     */
                    "application/json": components["schemas"]["BackupItem"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description Another backup is being made. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Another backup is being made.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    verifyBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The backup's name.
                 * @example gantry-2026-12-01T081403Z.redb
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was checked, and whether all of it holds. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "checks": [
                     *         {
                     *           "broken": 0,
                     *           "examples": [],
                     *           "name": "tallies",
                     *           "rows": 53,
                     *           "rule": "tallies are what the votes add up to"
                     *         }
                     *       ],
                     *       "clean": true,
                     *       "name": "gantry-2026-12-01T081403Z.redb",
                     *       "rows": 530000,
                     *       "tables": 58
                     *     }
                     */
                    "application/json": components["schemas"]["BackupProof"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description Another backup is being verified. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Another backup is being verified.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    compact: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it came to. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "afterBytes": 60817408,
                     *       "beforeBytes": 71303168,
                     *       "tookMs": 812
                     *     }
                     */
                    "application/json": components["schemas"]["Compacted"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description The data file is busy with something else. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "The data file is busy with something else.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    convert: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "goal": "signup",
                 *       "idempotencyKey": "order-7",
                 *       "value": "48.00"
                 *     }
                 */
                "application/json": components["schemas"]["NewConversion"];
                /** @example {"goal":"signup"} */
                "text/plain": string;
            };
        };
        responses: {
            /** @description It is counted, now or before. */
            202: {
                headers: {
                    /** @description `true`: it was counted before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "goal": "signup",
                     *       "status": "accepted"
                     *     }
                     */
                    "application/json": components["schemas"]["ConversionTaken"];
                };
            };
            400: components["responses"]["BadRequest"];
            /** @description There is no such goal. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "There is no such goal.",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /**
                 * @description That stand so.
                 * @example DEAD
                 */
                status?: components["schemas"]["DeliveryStatus"];
                /**
                 * @description To this destination.
                 * @example crm
                 */
                destination?: string;
                /**
                 * @description Whose last attempt ended so.
                 * @example 5xx
                 */
                errorClass?: components["schemas"]["AttemptClass"];
                /**
                 * @description The same by a shorter name.
                 * @example 5xx
                 */
                class?: components["schemas"]["AttemptClass"];
                /**
                 * @description Of this group of dead letters.
                 * @example 1.5xx.0a1b2c3d4e5f6071
                 */
                group?: string;
                /**
                 * @description Of events of this type, or of those that begin so, with a star.
                 * @example LEAD_*
                 */
                type?: string;
                /**
                 * @description Of events from this source, or from those that begin so, with a star.
                 * @example landing-page
                 */
                source?: string;
                /**
                 * @description Of events recorded at this instant or later.
                 * @example 2026-12-01T08:00:00Z
                 */
                from?: string;
                /**
                 * @description Of events recorded before this instant.
                 * @example 2026-12-02T08:00:00Z
                 */
                to?: string;
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deliveries. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "attempts": 14,
                     *           "destination": "crm",
                     *           "due": "2026-12-02T08:14:03.700Z",
                     *           "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *           "firstAt": "2026-12-01T08:14:03.700Z",
                     *           "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001",
                     *           "lastClass": "5xx",
                     *           "lastError": "503: busy",
                     *           "priority": 5,
                     *           "status": "DEAD",
                     *           "updatedAt": "2026-12-02T08:14:03.901Z"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryItemList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    discardDeliveries: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "dryRun": true,
                 *       "filter": {
                 *         "destination": "crm",
                 *         "status": "DEAD"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["BulkWanted"];
            };
        };
        responses: {
            /** @description How many match, and how many were discarded. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "done": 0,
                     *       "dryRun": true,
                     *       "examples": [
                     *         {
                     *           "attempts": 14,
                     *           "destination": "crm",
                     *           "due": "2026-12-02T08:14:03.700Z",
                     *           "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *           "firstAt": "2026-12-01T08:14:03.700Z",
                     *           "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001",
                     *           "lastClass": "5xx",
                     *           "lastError": "503: busy",
                     *           "priority": 5,
                     *           "status": "DEAD",
                     *           "updatedAt": "2026-12-02T08:14:03.901Z"
                     *         }
                     *       ],
                     *       "matched": 12,
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["BulkHandled"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    listDeadLetterGroups: {
        parameters: {
            query?: {
                /**
                 * @description Of this destination.
                 * @example crm
                 */
                destination?: string;
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Groups; `total` counts the dead letters of all of them, on this page or not. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "count": 12,
                     *           "destination": "crm",
                     *           "error": "503: busy",
                     *           "errorClass": "5xx",
                     *           "example": {
                     *             "attempts": 14,
                     *             "destination": "crm",
                     *             "due": "2026-12-02T08:14:03.700Z",
                     *             "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *             "firstAt": "2026-12-01T08:14:03.700Z",
                     *             "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001",
                     *             "lastClass": "5xx",
                     *             "lastError": "503: busy",
                     *             "priority": 5,
                     *             "status": "DEAD",
                     *             "updatedAt": "2026-12-02T08:14:03.901Z"
                     *           },
                     *           "id": "1.5xx.0a1b2c3d4e5f6071",
                     *           "newest": "2026-12-02T08:14:03.901Z",
                     *           "oldest": "2026-12-01T08:14:03.901Z"
                     *         }
                     *       ],
                     *       "next": null,
                     *       "total": 12
                     *     }
                     */
                    "application/json": components["schemas"]["DeadLetterGroupList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    retryDeliveries: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "dryRun": true,
                 *       "filter": {
                 *         "group": "1.5xx.0a1b2c3d4e5f6071"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["BulkWanted"];
            };
        };
        responses: {
            /** @description How many match, and how many were revived. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "done": 0,
                     *       "dryRun": true,
                     *       "examples": [
                     *         {
                     *           "attempts": 14,
                     *           "destination": "crm",
                     *           "due": "2026-12-02T08:14:03.700Z",
                     *           "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *           "firstAt": "2026-12-01T08:14:03.700Z",
                     *           "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001",
                     *           "lastClass": "5xx",
                     *           "lastError": "503: busy",
                     *           "priority": 5,
                     *           "status": "DEAD",
                     *           "updatedAt": "2026-12-02T08:14:03.901Z"
                     *         }
                     *       ],
                     *       "matched": 12,
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["BulkHandled"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    getDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description The delivery's id, which its receiver knows as well.
                 * @example 0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001
                 */
                delivery: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempts": 14,
                     *       "destination": "crm",
                     *       "due": "2026-12-02T08:14:03.700Z",
                     *       "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *       "firstAt": "2026-12-01T08:14:03.700Z",
                     *       "history": [
                     *         {
                     *           "at": "2026-12-02T08:14:03.700Z",
                     *           "class": "5xx",
                     *           "excerpt": "busy",
                     *           "number": 14,
                     *           "status": 503,
                     *           "tookMs": 201
                     *         }
                     *       ],
                     *       "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001",
                     *       "lastClass": "5xx",
                     *       "lastError": "503: busy",
                     *       "priority": 5,
                     *       "request": {
                     *         "body": "{\"email\":\"ada@example.com\"}",
                     *         "headers": {
                     *           "authorization": "[secret]",
                     *           "idempotency-key": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001"
                     *         },
                     *         "method": "POST",
                     *         "url": "https://crm.example"
                     *       },
                     *       "requestError": null,
                     *       "status": "DEAD",
                     *       "updatedAt": "2026-12-02T08:14:03.901Z"
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryDetails"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    discardDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The delivery's id, which its receiver knows as well.
                 * @example 0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001
                 */
                delivery: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempts": 14,
                     *       "destination": "crm",
                     *       "due": "2026-12-02T08:14:03.700Z",
                     *       "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *       "firstAt": "2026-12-01T08:14:03.700Z",
                     *       "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001",
                     *       "lastClass": "5xx",
                     *       "lastError": "503: busy",
                     *       "priority": 5,
                     *       "status": "DEAD",
                     *       "updatedAt": "2026-12-02T08:14:03.901Z"
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryItem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description It has ended, or is under way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "It has ended, or is under way.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    retryDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The delivery's id, which its receiver knows as well.
                 * @example 0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001
                 */
                delivery: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "attempts": 14,
                     *       "destination": "crm",
                     *       "due": "2026-12-02T08:14:03.700Z",
                     *       "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *       "firstAt": "2026-12-01T08:14:03.700Z",
                     *       "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001",
                     *       "lastClass": "5xx",
                     *       "lastError": "503: busy",
                     *       "priority": 5,
                     *       "status": "DEAD",
                     *       "updatedAt": "2026-12-02T08:14:03.901Z"
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryItem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description It is neither `DEAD` nor `RETRYING`. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "It is neither `DEAD` nor `RETRYING`.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    pauseDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Since when. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "pausedSince": "2026-12-01T08:14:03.512Z"
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryPaused"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    resumeDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It goes on. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "pausedSince": null
                     *     }
                     */
                    "application/json": components["schemas"]["DeliveryPaused"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    listDestinations: {
        parameters: {
            query?: {
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Destinations. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "batch": null,
                     *           "breaker": {
                     *             "nextProbe": null,
                     *             "reason": null,
                     *             "since": null,
                     *             "state": "closed"
                     *           },
                     *           "concurrency": 8,
                     *           "configured": true,
                     *           "dead": 12,
                     *           "delivered": 4180,
                     *           "depth": 4,
                     *           "held": null,
                     *           "lastCallAt": "2026-12-01T08:14:05.020Z",
                     *           "lastHour": {
                     *             "calls": 4031,
                     *             "failed": 40,
                     *             "limited": 11,
                     *             "ok": 3980,
                     *             "p50Ms": 45,
                     *             "p95Ms": 210
                     *           },
                     *           "lastMinute": {
                     *             "calls": 118,
                     *             "failed": 1,
                     *             "limited": 0,
                     *             "ok": 117
                     *           },
                     *           "leased": 1,
                     *           "method": "POST",
                     *           "name": "crm",
                     *           "oldestDead": "2026-12-01T07:10:00.000Z",
                     *           "oldestDue": "2026-12-01T08:14:03.512Z",
                     *           "oldestWaitSeconds": 2,
                     *           "paused": null,
                     *           "pending": 3,
                     *           "quotaGroup": null,
                     *           "quotas": [
                     *             {
                     *               "limit": 300,
                     *               "remaining": 182,
                     *               "resetsAt": "2026-12-01T08:15:00.000Z"
                     *             }
                     *           ],
                     *           "rate": "10/s",
                     *           "retrying": 0,
                     *           "url": "https://crm.example",
                     *           "windows": [
                     *             {
                     *               "limit": 300,
                     *               "used": 118,
                     *               "window": "300/15m"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "next": null,
                     *       "pausedSince": null
                     *     }
                     */
                    "application/json": components["schemas"]["DestinationList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getDestination: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description Its name, as configured.
                 * @example crm
                 */
                destination: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The destination. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "batch": null,
                     *       "breaker": {
                     *         "nextProbe": null,
                     *         "reason": null,
                     *         "since": null,
                     *         "state": "closed"
                     *       },
                     *       "concurrency": 8,
                     *       "configured": true,
                     *       "dead": 12,
                     *       "delivered": 4180,
                     *       "depth": 4,
                     *       "held": null,
                     *       "lastCallAt": "2026-12-01T08:14:05.020Z",
                     *       "lastHour": {
                     *         "calls": 4031,
                     *         "failed": 40,
                     *         "limited": 11,
                     *         "ok": 3980,
                     *         "p50Ms": 45,
                     *         "p95Ms": 210
                     *       },
                     *       "lastMinute": {
                     *         "calls": 118,
                     *         "failed": 1,
                     *         "limited": 0,
                     *         "ok": 117
                     *       },
                     *       "leased": 1,
                     *       "method": "POST",
                     *       "name": "crm",
                     *       "oldestDead": "2026-12-01T07:10:00.000Z",
                     *       "oldestDue": "2026-12-01T08:14:03.512Z",
                     *       "oldestWaitSeconds": 2,
                     *       "paused": null,
                     *       "pending": 3,
                     *       "quotaGroup": null,
                     *       "quotas": [
                     *         {
                     *           "limit": 300,
                     *           "remaining": 182,
                     *           "resetsAt": "2026-12-01T08:15:00.000Z"
                     *         }
                     *       ],
                     *       "rate": "10/s",
                     *       "retrying": 0,
                     *       "url": "https://crm.example",
                     *       "windows": [
                     *         {
                     *           "limit": 300,
                     *           "used": 118,
                     *           "window": "300/15m"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["DestinationItem"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    pauseDestination: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Its name, as configured.
                 * @example crm
                 */
                destination: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the CRM is being moved"
                 *     }
                 */
                "application/json": components["schemas"]["Pause"];
            };
        };
        responses: {
            /** @description The destination. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "batch": null,
                     *       "breaker": {
                     *         "nextProbe": null,
                     *         "reason": null,
                     *         "since": null,
                     *         "state": "closed"
                     *       },
                     *       "concurrency": 8,
                     *       "configured": true,
                     *       "dead": 12,
                     *       "delivered": 4180,
                     *       "depth": 4,
                     *       "held": null,
                     *       "lastCallAt": "2026-12-01T08:14:05.020Z",
                     *       "lastHour": {
                     *         "calls": 4031,
                     *         "failed": 40,
                     *         "limited": 11,
                     *         "ok": 3980,
                     *         "p50Ms": 45,
                     *         "p95Ms": 210
                     *       },
                     *       "lastMinute": {
                     *         "calls": 118,
                     *         "failed": 1,
                     *         "limited": 0,
                     *         "ok": 117
                     *       },
                     *       "leased": 1,
                     *       "method": "POST",
                     *       "name": "crm",
                     *       "oldestDead": "2026-12-01T07:10:00.000Z",
                     *       "oldestDue": "2026-12-01T08:14:03.512Z",
                     *       "oldestWaitSeconds": 2,
                     *       "paused": null,
                     *       "pending": 3,
                     *       "quotaGroup": null,
                     *       "quotas": [
                     *         {
                     *           "limit": 300,
                     *           "remaining": 182,
                     *           "resetsAt": "2026-12-01T08:15:00.000Z"
                     *         }
                     *       ],
                     *       "rate": "10/s",
                     *       "retrying": 0,
                     *       "url": "https://crm.example",
                     *       "windows": [
                     *         {
                     *           "limit": 300,
                     *           "used": 118,
                     *           "window": "300/15m"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["DestinationItem"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    resumeDestination: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Its name, as configured.
                 * @example crm
                 */
                destination: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The destination. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "batch": null,
                     *       "breaker": {
                     *         "nextProbe": null,
                     *         "reason": null,
                     *         "since": null,
                     *         "state": "closed"
                     *       },
                     *       "concurrency": 8,
                     *       "configured": true,
                     *       "dead": 12,
                     *       "delivered": 4180,
                     *       "depth": 4,
                     *       "held": null,
                     *       "lastCallAt": "2026-12-01T08:14:05.020Z",
                     *       "lastHour": {
                     *         "calls": 4031,
                     *         "failed": 40,
                     *         "limited": 11,
                     *         "ok": 3980,
                     *         "p50Ms": 45,
                     *         "p95Ms": 210
                     *       },
                     *       "lastMinute": {
                     *         "calls": 118,
                     *         "failed": 1,
                     *         "limited": 0,
                     *         "ok": 117
                     *       },
                     *       "leased": 1,
                     *       "method": "POST",
                     *       "name": "crm",
                     *       "oldestDead": "2026-12-01T07:10:00.000Z",
                     *       "oldestDue": "2026-12-01T08:14:03.512Z",
                     *       "oldestWaitSeconds": 2,
                     *       "paused": null,
                     *       "pending": 3,
                     *       "quotaGroup": null,
                     *       "quotas": [
                     *         {
                     *           "limit": 300,
                     *           "remaining": 182,
                     *           "resetsAt": "2026-12-01T08:15:00.000Z"
                     *         }
                     *       ],
                     *       "rate": "10/s",
                     *       "retrying": 0,
                     *       "url": "https://crm.example",
                     *       "windows": [
                     *         {
                     *           "limit": 300,
                     *           "used": 118,
                     *           "window": "300/15m"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["DestinationItem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    testDestination: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description Its name, as configured.
                 * @example crm
                 */
                destination: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "payload": {
                 *         "email": "ada@example.com"
                 *       },
                 *       "type": "LEAD_CAPTURE"
                 *     }
                 */
                "application/json": components["schemas"]["DestinationSample"];
            };
        };
        responses: {
            /** @description What was sent, what came back, and what would become of a delivery. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "answer": {
                     *         "excerpt": "",
                     *         "status": 204,
                     *         "tookMs": 45
                     *       },
                     *       "error": null,
                     *       "request": {
                     *         "body": "{\"email\":\"ada@example.com\"}",
                     *         "headers": {
                     *           "authorization": "[secret]",
                     *           "idempotency-key": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001"
                     *         },
                     *         "method": "POST",
                     *         "url": "https://crm.example"
                     *       },
                     *       "verdict": "delivered"
                     *     }
                     */
                    "application/json": components["schemas"]["DestinationTried"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such destination, or it is not configured. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "There is no such destination, or it is not configured.",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description Nothing is sent to it now: its rate, its quota or its breaker holds it back. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Nothing is sent to it now: its rate, its quota or its breaker holds it back.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /**
                 * @description Of this type, or of those that begin so, with a star.
                 * @example LEAD_*
                 */
                type?: string;
                /**
                 * @description From this source, or from those that begin so, with a star.
                 * @example landing-page
                 */
                source?: string;
                /**
                 * @description That stand so.
                 * @example FAILED
                 */
                status?: components["schemas"]["EventStatus"];
                /**
                 * @description An id or a whole key, found at once wherever it is; or a text that type, source or key have in them.
                 * @example lead-1
                 */
                q?: string;
                /**
                 * @description Recorded at this instant or later.
                 * @example 2026-12-01T08:00:00Z
                 */
                from?: string;
                /**
                 * @description Recorded before this instant.
                 * @example 2026-12-02T08:00:00Z
                 */
                to?: string;
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "createdAt": "2026-12-01T08:14:03.512Z",
                     *           "expiresAt": null,
                     *           "fingerprint": "5f1d7a84db00d2f6",
                     *           "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *           "idempotencyKey": "lead-1",
                     *           "priority": 5,
                     *           "scheduledAt": "2026-12-01T08:14:03.512Z",
                     *           "source": "landing-page",
                     *           "status": "COMPLETED",
                     *           "type": "LEAD_CAPTURE",
                     *           "updatedAt": "2026-12-01T08:14:03.901Z"
                     *         }
                     *       ],
                     *       "next": null,
                     *       "reached": null
                     *     }
                     */
                    "application/json": components["schemas"]["EventList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    sendEvent: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The event's key, if it does not stand in the body; quoted or bare.
                 * @example lead-1
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "idempotencyKey": "lead-1",
                 *       "payload": {
                 *         "email": "ada@example.com"
                 *       },
                 *       "source": "landing-page",
                 *       "type": "LEAD_CAPTURE"
                 *     }
                 */
                "application/json": components["schemas"]["NewEvent"];
            };
        };
        responses: {
            /** @description This key has this event already: its first id, and nothing happens. */
            200: {
                headers: {
                    /** @description `DUPLICATE` */
                    "X-Event-Status"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "fingerprint": "5f1d7a84db00d2f6",
                     *       "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *       "scheduledAt": "2026-12-01T08:14:03.512Z",
                     *       "status": "PENDING"
                     *     }
                     */
                    "application/json": components["schemas"]["EventTaken"];
                };
            };
            /** @description It is recorded. */
            202: {
                headers: {
                    /** @description `ACCEPTED` */
                    "X-Event-Status"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "fingerprint": "5f1d7a84db00d2f6",
                     *       "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *       "scheduledAt": "2026-12-01T08:14:03.512Z",
                     *       "status": "PENDING"
                     *     }
                     */
                    "application/json": components["schemas"]["EventTaken"];
                };
            };
            /** @description It is no JSON, it has no key, or a local time has no `timezone`. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "It is no JSON, it has no key, or a local time has no `timezone`.",
                     *       "status": 400,
                     *       "title": "Bad Request",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            /** @description A field does not hold what it must; or (`X-Event-Status: CONFLICT`) the key has another event, whose `id` is told. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "A field does not hold what it must; or (`X-Event-Status: CONFLICT`) the key has another event, whose `id` is told.",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    sendEvents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /** @example {"idempotencyKey":"lead-1","payload":{"email":"ada@example.com"},"source":"landing-page","type":"LEAD_CAPTURE"} */
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description What became of each line, in order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example {"status":"ACCEPTED","id":"0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000","fingerprint":"5f1d7a84db00d2f6","scheduledAt":"2026-12-01T08:14:03.512Z"} */
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    getEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description The event's id.
                 * @example 0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "createdAt": "2026-12-01T08:14:03.512Z",
                     *       "deliveries": [
                     *         {
                     *           "attempts": 1,
                     *           "destination": "crm",
                     *           "due": "2026-12-01T08:14:03.512Z",
                     *           "firstAt": "2026-12-01T08:14:03.700Z",
                     *           "history": [
                     *             {
                     *               "at": "2026-12-01T08:14:03.700Z",
                     *               "class": "2xx",
                     *               "excerpt": "",
                     *               "number": 1,
                     *               "status": 204,
                     *               "tookMs": 201
                     *             }
                     *           ],
                     *           "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001",
                     *           "lastClass": "2xx",
                     *           "lastError": null,
                     *           "status": "DELIVERED",
                     *           "updatedAt": "2026-12-01T08:14:03.901Z"
                     *         }
                     *       ],
                     *       "expiresAt": null,
                     *       "fingerprint": "5f1d7a84db00d2f6",
                     *       "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *       "idempotencyKey": "lead-1",
                     *       "payload": {
                     *         "email": "ada@example.com"
                     *       },
                     *       "priority": 5,
                     *       "scheduledAt": "2026-12-01T08:14:03.512Z",
                     *       "source": "landing-page",
                     *       "status": "COMPLETED",
                     *       "traceparent": null,
                     *       "tracestate": null,
                     *       "type": "LEAD_CAPTURE",
                     *       "updatedAt": "2026-12-01T08:14:03.901Z"
                     *     }
                     */
                    "application/json": components["schemas"]["EventDetails"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    cancelEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The event's id.
                 * @example 0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event, cancelled. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "createdAt": "2026-12-01T08:14:03.512Z",
                     *       "expiresAt": null,
                     *       "fingerprint": "5f1d7a84db00d2f6",
                     *       "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *       "idempotencyKey": "lead-1",
                     *       "priority": 5,
                     *       "scheduledAt": "2026-12-01T08:14:03.512Z",
                     *       "source": "landing-page",
                     *       "status": "CANCELLED",
                     *       "type": "LEAD_CAPTURE",
                     *       "updatedAt": "2026-12-01T08:14:03.901Z"
                     *     }
                     */
                    "application/json": components["schemas"]["EventItem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description It is not `PENDING`. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "It is not `PENDING`.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    rescheduleEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The event's id.
                 * @example 0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "scheduledAt": "2026-12-01T00:01:00",
                 *       "timezone": "America/Los_Angeles"
                 *     }
                 */
                "application/json": components["schemas"]["Reschedule"];
            };
        };
        responses: {
            /** @description The event, at its new time. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "createdAt": "2026-12-01T08:14:03.512Z",
                     *       "expiresAt": null,
                     *       "fingerprint": "5f1d7a84db00d2f6",
                     *       "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *       "idempotencyKey": "lead-1",
                     *       "priority": 5,
                     *       "scheduledAt": "2026-12-01T08:14:03.512Z",
                     *       "source": "landing-page",
                     *       "status": "PENDING",
                     *       "type": "LEAD_CAPTURE",
                     *       "updatedAt": "2026-12-01T08:14:03.901Z"
                     *     }
                     */
                    "application/json": components["schemas"]["EventItem"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description It is not `PENDING`. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "It is not `PENDING`.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    exportRows: {
        parameters: {
            query?: {
                /**
                 * @description How rows are written; CSV, where nothing is said.
                 * @example csv
                 */
                format?: components["schemas"]["RowFormat"];
                /**
                 * @description Where the range begins: an instant, a local time of the launch's zone, or a day.
                 * @example 2026-12-01
                 */
                from?: string;
                /**
                 * @description Where it ends.
                 * @example 2026-12-02
                 */
                to?: string;
                /**
                 * @description Of events, those of this type.
                 * @example LEAD_CAPTURE
                 */
                type?: string;
                /**
                 * @description Of votes and results, those of this poll.
                 * @example best-feature
                 */
                poll?: string;
                /**
                 * @description Of the funnel, how long windows are.
                 * @example 1h
                 */
                every?: components["schemas"]["FunnelLevel"];
                /**
                 * @description Of the funnel, what they are told apart by.
                 * @example source
                 */
                by?: components["schemas"]["FunnelDimension"];
            };
            header?: never;
            path: {
                /**
                 * @description What is exported.
                 * @example leads
                 */
                what: components["schemas"]["Export"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows. */
            200: {
                headers: {
                    /** @description The name of a file for them. */
                    "Content-Disposition"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /** @example {"email":"ada@example.com"} */
                    "application/x-ndjson": string;
                    /** @example id,createdAt,email */
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There is no such export, or no such poll. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "There is no such export, or no such poll.",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    sendForm: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The form's name, as configured.
                 * @example waitlist
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "application/json": {
                    [key: string]: unknown;
                };
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "application/x-www-form-urlencoded": {
                    [key: string]: unknown;
                };
                /**
                 * @example {
                 *       "email": "ada@example.com"
                 *     }
                 */
                "multipart/form-data": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description The same, to a browser, where no `redirect` is configured. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example <!doctype html>… */
                    "text/html": string;
                };
            };
            /** @description It has arrived, now or before. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "accepted"
                     *     }
                     */
                    "application/json": components["schemas"]["FormTaken"];
                };
            };
            /** @description The same, to a browser. */
            303: {
                headers: {
                    /** @description The form's `redirect`. */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            /** @description It is none of these. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "It is none of these.",
                     *       "status": 415,
                     *       "title": "Unsupported Media Type",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Fields do not hold what they must. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                    /** @example <!doctype html>… */
                    "text/html": string;
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    listFunnel: {
        parameters: {
            query?: {
                /**
                 * @description Where the range begins: an instant, a local time of the launch's zone, or a day.
                 * @example 2026-12-01
                 */
                from?: string;
                /**
                 * @description Where it ends.
                 * @example 2026-12-02
                 */
                to?: string;
                /**
                 * @description How long windows are.
                 * @example 1h
                 */
                every?: components["schemas"]["FunnelLevel"];
                /**
                 * @description What they are told apart by.
                 * @example source
                 */
                by?: components["schemas"]["FunnelDimension"];
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Windows. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "conversions": 162,
                     *           "key": "google",
                     *           "rate": 0.130645,
                     *           "start": "2026-12-01T08:00:00.000Z",
                     *           "value": "7776.00",
                     *           "visits": 1240
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["FunnelRowList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listDroppedAgents: {
        parameters: {
            query?: {
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description User agents, each once for each reason. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "agent": "Googlebot/2.1",
                     *           "lastAt": "2026-12-01T08:14:03.512Z",
                     *           "lastPath": "/launch",
                     *           "reason": "bot",
                     *           "requests": 214
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["DroppedAgentList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Keys. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "createdAt": "2026-11-30T18:00:00.000Z",
                     *           "lastUsedAt": "2026-12-01T08:14:00.000Z",
                     *           "name": "landing-page",
                     *           "scope": "ingest"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["KeyItemList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description What is asked again under the same key within a day is given the same answer again, and is not done again. Quoted or bare.
                 * @example k-1
                 */
                "Idempotency-Key"?: components["parameters"]["idempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "landing-page",
                 *       "scope": "ingest"
                 *     }
                 */
                "application/json": components["schemas"]["NewKey"];
            };
        };
        responses: {
            /** @description The key. */
            201: {
                headers: {
                    /** @description `true`: it was done before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "key": "gty_9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "name": "landing-page",
                     *       "scope": "ingest"
                     *     }
                     */
                    "application/json": components["schemas"]["KeyMade"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            /** @description Another key has this name, or there are as many keys as there may be. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Another key has this name, or there are as many keys as there may be.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    resetAdminToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The token. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "key": "gty_9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                     *       "name": "admin",
                     *       "scope": "admin"
                     *     }
                     */
                    "application/json": components["schemas"]["KeyMade"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The key's name.
                 * @example landing-page
                 */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    getLaunch: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The checklist. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at": "2026-12-01T08:01:00.000Z",
                     *       "atLocal": "2026-12-01T00:01:00",
                     *       "history": [
                     *         {
                     *           "at": "2026-11-30T19:00:00.000Z",
                     *           "by": "key admin",
                     *           "item": null,
                     *           "text": "Limits checked"
                     *         }
                     *       ],
                     *       "items": [
                     *         {
                     *           "action": {
                     *             "body": null,
                     *             "label": "Take a backup",
                     *             "method": "POST",
                     *             "path": "/api/backups"
                     *           },
                     *           "by": null,
                     *           "derived": true,
                     *           "detail": "made 3 hours ago",
                     *           "doneAt": null,
                     *           "id": "backup",
                     *           "phase": "T-72h",
                     *           "startsAt": "2026-11-28T08:01:00.000Z",
                     *           "state": "done",
                     *           "title": "A backup of the last day"
                     *         }
                     *       ],
                     *       "nextPhaseAt": "2026-12-01T06:01:00.000Z",
                     *       "now": "2026-11-30T20:00:00.000Z",
                     *       "phase": "T-24h",
                     *       "secondsToLaunch": 43260,
                     *       "steps": [
                     *         {
                     *           "by": null,
                     *           "byHand": false,
                     *           "detail": "go",
                     *           "doneAt": null,
                     *           "endedAt": "2026-11-30T08:01:02.000Z",
                     *           "endsAt": "2026-12-01T06:01:00.000Z",
                     *           "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *           "id": "preflight-24h",
                     *           "startsAt": "2026-11-30T08:01:00.000Z",
                     *           "startsLocal": "2026-11-30T00:01:00",
                     *           "state": "done",
                     *           "title": "Preflight, the day before",
                     *           "triedAt": null,
                     *           "tries": 1
                     *         }
                     *       ],
                     *       "timezone": "America/Los_Angeles"
                     *     }
                     */
                    "application/json": components["schemas"]["LaunchChecklist"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    tellLaunchItem: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description What is asked again under the same key within a day is given the same answer again, and is not done again. Quoted or bare.
                 * @example k-1
                 */
                "Idempotency-Key"?: components["parameters"]["idempotencyKey"];
            };
            path: {
                /**
                 * @description The item's id.
                 * @example limits
                 */
                item: components["schemas"]["LaunchItemId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "state": "done"
                 *     }
                 */
                "application/json": components["schemas"]["LaunchWord"];
            };
        };
        responses: {
            /** @description The item. */
            200: {
                headers: {
                    /** @description `true`: it was done before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": null,
                     *       "by": "key admin",
                     *       "derived": false,
                     *       "detail": null,
                     *       "doneAt": "2026-11-30T19:00:00.000Z",
                     *       "id": "limits",
                     *       "phase": "T-72h",
                     *       "startsAt": "2026-11-28T08:01:00.000Z",
                     *       "state": "done",
                     *       "title": "Limits are checked: of visitors, and of each destination"
                     *     }
                     */
                    "application/json": components["schemas"]["LaunchItem"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description Whether it is so is seen, and not said. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Whether it is so is seen, and not said.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    tellLaunchStep: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The step's id.
                 * @example warm
                 */
                step: components["schemas"]["LaunchStepId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "state": "done"
                 *     }
                 */
                "application/json": components["schemas"]["LaunchWord"];
            };
        };
        responses: {
            /** @description The step. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "by": "key admin",
                     *       "byHand": true,
                     *       "detail": null,
                     *       "doneAt": "2026-12-01T06:20:00.000Z",
                     *       "endedAt": "2026-12-01T06:01:00.000Z",
                     *       "endsAt": "2026-12-01T14:01:00.000Z",
                     *       "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *       "id": "warm",
                     *       "startsAt": "2026-12-01T06:01:00.000Z",
                     *       "startsLocal": "2026-11-30T22:01:00",
                     *       "state": "done",
                     *       "title": "Pages are warmed",
                     *       "triedAt": null,
                     *       "tries": 0
                     *     }
                     */
                    "application/json": components["schemas"]["LaunchStep"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            /** @description It is, or was, done by itself. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "It is, or was, done by itself.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "info": {
                     *         "title": "Gantry",
                     *         "version": "0.1.0"
                     *       },
                     *       "openapi": "3.1.1",
                     *       "paths": {}
                     *     }
                     */
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listPages: {
        parameters: {
            query?: {
                /**
                 * @description Whose paths begin so.
                 * @example /launch
                 */
                prefix?: string;
                /**
                 * @description In which order; any but `path` is of the first pages alone, and has no `cursor`.
                 * @example hits
                 */
                sort?: "path" | "hits" | "bytes" | "age";
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Pages. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "bytes": 30720,
                     *       "capacityBytes": 67108864,
                     *       "entries": 1,
                     *       "hitRatio": 0.997,
                     *       "items": [
                     *         {
                     *           "ageSeconds": 12,
                     *           "bytes": 30720,
                     *           "freshForSeconds": 48,
                     *           "hits": 4180,
                     *           "host": "launch.example",
                     *           "path": "/launch",
                     *           "status": 200,
                     *           "tags": [
                     *             "launch"
                     *           ],
                     *           "variant": null
                     *         }
                     *       ],
                     *       "next": null,
                     *       "origins": [
                     *         {
                     *           "host": null,
                     *           "lastError": null,
                     *           "state": "up",
                     *           "url": "http://127.0.0.1:3000"
                     *         }
                     *       ],
                     *       "requests": {
                     *         "hit": 4180,
                     *         "miss": 12
                     *       },
                     *       "root": null,
                     *       "rules": [
                     *         {
                     *           "downstreamTtlSeconds": 0,
                     *           "path": "/launch/*",
                     *           "query": [],
                     *           "staleIfErrorSeconds": 600,
                     *           "staleWhileRevalidateSeconds": 30,
                     *           "ttlSeconds": 60,
                     *           "variants": [
                     *             {
                     *               "cookie": "ab",
                     *               "values": [
                     *                 "a",
                     *                 "b"
                     *               ]
                     *             }
                     *           ],
                     *           "warm": [
                     *             "/launch"
                     *           ]
                     *         }
                     *       ],
                     *       "site": "origin",
                     *       "strict": false,
                     *       "warmUp": null
                     *     }
                     */
                    "application/json": components["schemas"]["PageList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    purgePages: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "prefix": "/launch",
                 *       "soft": true
                 *     }
                 */
                "application/json": components["schemas"]["PurgeWanted"];
            };
        };
        responses: {
            /** @description How many. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "purged": 3,
                     *       "soft": true
                     *     }
                     */
                    "application/json": components["schemas"]["Purged"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getWarmUp: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How far it is. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "begunAt": "2026-12-01T06:00:00.000Z",
                     *       "done": 1,
                     *       "endedAt": null,
                     *       "failed": 0,
                     *       "id": 1,
                     *       "leftOut": 0,
                     *       "notStored": 0,
                     *       "stored": 1,
                     *       "total": 2,
                     *       "troubles": [
                     *         {
                     *           "detail": "the origin answered 404",
                     *           "page": "launch.example/old"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["WarmUp"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description There was none since the server began. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "There was none since the server began.",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    warmPages: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description What is asked again under the same key within a day is given the same answer again, and is not done again. Quoted or bare.
                 * @example k-1
                 */
                "Idempotency-Key"?: components["parameters"]["idempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "paths": [
                 *         "/launch",
                 *         "/launch/pricing"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["WarmUpWanted"];
            };
        };
        responses: {
            /** @description The warm-up, begun. */
            202: {
                headers: {
                    /** @description `true`: it was done before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "begunAt": "2026-12-01T06:00:00.000Z",
                     *       "done": 1,
                     *       "endedAt": null,
                     *       "failed": 0,
                     *       "id": 1,
                     *       "leftOut": 0,
                     *       "notStored": 0,
                     *       "stored": 1,
                     *       "total": 2,
                     *       "troubles": [
                     *         {
                     *           "detail": "the origin answered 404",
                     *           "page": "launch.example/old"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["WarmUp"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            /** @description One is under way. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "One is under way.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    listPerson: {
        parameters: {
            query?: {
                /**
                 * @description Whoever has this address. Either this or `userId`.
                 * @example ada@example.com
                 */
                email?: string;
                /**
                 * @description Whoever has this id. Either this or `email`.
                 * @example u-7
                 */
                userId?: string;
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is kept. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "at": "2026-12-01T08:14:03.512Z",
                     *           "idempotencyKey": "k-1",
                     *           "kind": "vote",
                     *           "optionId": "dark",
                     *           "pollId": "best-feature",
                     *           "userId": "u-7",
                     *           "voided": false
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["PersonItemList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    erasePerson: {
        parameters: {
            query?: {
                /**
                 * @description Whoever has this address. Either this or `userId`.
                 * @example ada@example.com
                 */
                email?: string;
                /**
                 * @description Whoever has this id. Either this or `email`.
                 * @example u-7
                 */
                userId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "by": "key admin",
                     *       "createdAt": "2026-12-02T08:14:03.512Z",
                     *       "erased": {
                     *         "attempts": 2,
                     *         "conversions": 1,
                     *         "events": 2,
                     *         "spend": 0,
                     *         "votes": 1
                     *       },
                     *       "id": "1",
                     *       "progress": 1,
                     *       "remains": [
                     *         "votes and conversions stay counted"
                     *       ],
                     *       "status": "DONE",
                     *       "updatedAt": "2026-12-02T08:14:03.901Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            /** @description It goes on; ask for the erasure. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "by": "key admin",
                     *       "createdAt": "2026-12-02T08:14:03.512Z",
                     *       "erased": {
                     *         "attempts": 2,
                     *         "conversions": 1,
                     *         "events": 2,
                     *         "spend": 0,
                     *         "votes": 1
                     *       },
                     *       "id": "1",
                     *       "progress": 1,
                     *       "remains": [
                     *         "votes and conversions stay counted"
                     *       ],
                     *       "status": "DONE",
                     *       "updatedAt": "2026-12-02T08:14:03.901Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description Too many erasures run already. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Too many erasures run already.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    listErasures: {
        parameters: {
            query?: {
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Erasures. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "by": "key admin",
                     *           "createdAt": "2026-12-02T08:14:03.512Z",
                     *           "erased": {
                     *             "attempts": 2,
                     *             "conversions": 1,
                     *             "events": 2,
                     *             "spend": 0,
                     *             "votes": 1
                     *           },
                     *           "id": "1",
                     *           "progress": 1,
                     *           "remains": [
                     *             "votes and conversions stay counted"
                     *           ],
                     *           "status": "DONE",
                     *           "updatedAt": "2026-12-02T08:14:03.901Z"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["ErasureList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getErasure: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description The erasure's id.
                 * @example 1
                 */
                erasure: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The erasure. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "by": "key admin",
                     *       "createdAt": "2026-12-02T08:14:03.512Z",
                     *       "erased": {
                     *         "attempts": 2,
                     *         "conversions": 1,
                     *         "events": 2,
                     *         "spend": 0,
                     *         "votes": 1
                     *       },
                     *       "id": "1",
                     *       "progress": 1,
                     *       "remains": [
                     *         "votes and conversions stay counted"
                     *       ],
                     *       "status": "DONE",
                     *       "updatedAt": "2026-12-02T08:14:03.901Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Erasure"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listPolls: {
        parameters: {
            query?: {
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Polls. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "closedAt": null,
                     *           "closesAt": "2026-12-02T08:00:00.000Z",
                     *           "createdAt": "2026-11-30T18:00:00.000Z",
                     *           "labels": {
                     *             "api": "A public API",
                     *             "dark": "Dark mode"
                     *           },
                     *           "lastUpdated": "2026-12-01T08:14:03.512Z",
                     *           "open": true,
                     *           "opensAt": null,
                     *           "options": {
                     *             "api": 12,
                     *             "dark": 41
                     *           },
                     *           "perAddress": 5,
                     *           "pollId": "best-feature",
                     *           "question": "What should ship first?",
                     *           "totalVotes": 53,
                     *           "voter": "open"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["PollDetailsList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    createPoll: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description What is asked again under the same key within a day is given the same answer again, and is not done again. Quoted or bare.
                 * @example k-1
                 */
                "Idempotency-Key"?: components["parameters"]["idempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "closesAt": "2026-12-02T08:00:00Z",
                 *       "options": [
                 *         {
                 *           "id": "dark",
                 *           "label": "Dark mode"
                 *         },
                 *         {
                 *           "id": "api",
                 *           "label": "A public API"
                 *         }
                 *       ],
                 *       "perAddress": 5,
                 *       "pollId": "best-feature",
                 *       "question": "What should ship first?",
                 *       "voter": "open"
                 *     }
                 */
                "application/json": components["schemas"]["NewPoll"];
            };
        };
        responses: {
            /** @description The same poll was there already. */
            200: {
                headers: {
                    /** @description `true`: it was done before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "closedAt": null,
                     *       "closesAt": "2026-12-02T08:00:00.000Z",
                     *       "createdAt": "2026-11-30T18:00:00.000Z",
                     *       "labels": {
                     *         "api": "A public API",
                     *         "dark": "Dark mode"
                     *       },
                     *       "lastUpdated": "2026-12-01T08:14:03.512Z",
                     *       "open": true,
                     *       "opensAt": null,
                     *       "options": {
                     *         "api": 12,
                     *         "dark": 41
                     *       },
                     *       "perAddress": 5,
                     *       "pollId": "best-feature",
                     *       "question": "What should ship first?",
                     *       "totalVotes": 53,
                     *       "voter": "open"
                     *     }
                     */
                    "application/json": components["schemas"]["PollDetails"];
                };
            };
            /** @description The poll, created. */
            201: {
                headers: {
                    /** @description `true`: it was done before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "closedAt": null,
                     *       "closesAt": "2026-12-02T08:00:00.000Z",
                     *       "createdAt": "2026-11-30T18:00:00.000Z",
                     *       "labels": {
                     *         "api": "A public API",
                     *         "dark": "Dark mode"
                     *       },
                     *       "lastUpdated": "2026-12-01T08:14:03.512Z",
                     *       "open": true,
                     *       "opensAt": null,
                     *       "options": {
                     *         "api": 12,
                     *         "dark": 41
                     *       },
                     *       "perAddress": 5,
                     *       "pollId": "best-feature",
                     *       "question": "What should ship first?",
                     *       "totalVotes": 53,
                     *       "voter": "open"
                     *     }
                     */
                    "application/json": components["schemas"]["PollDetails"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            /** @description Another poll has this id, or there are as many polls as there may be. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Another poll has this id, or there are as many polls as there may be.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    getPoll: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of the results that are known.
                 * @example "53-1"
                 */
                "If-None-Match"?: string;
            };
            path: {
                /**
                 * @description The poll's id.
                 * @example best-feature
                 */
                poll: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its results. */
            200: {
                headers: {
                    /** @description The version of the results. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "closedAt": null,
                     *       "closesAt": "2026-12-02T08:00:00.000Z",
                     *       "createdAt": "2026-11-30T18:00:00.000Z",
                     *       "labels": {
                     *         "api": "A public API",
                     *         "dark": "Dark mode"
                     *       },
                     *       "lastUpdated": "2026-12-01T08:14:03.512Z",
                     *       "open": true,
                     *       "opensAt": null,
                     *       "options": {
                     *         "api": 12,
                     *         "dark": 41
                     *       },
                     *       "perAddress": 5,
                     *       "pollId": "best-feature",
                     *       "question": "What should ship first?",
                     *       "totalVotes": 53,
                     *       "voter": "open"
                     *     }
                     */
                    "application/json": components["schemas"]["Shown"];
                };
            };
            /** @description They are still those of `If-None-Match`. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    deletePoll: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The poll's id.
                 * @example best-feature
                 */
                poll: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    editPoll: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The poll's id.
                 * @example best-feature
                 */
                poll: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "closesAt": null,
                 *       "labels": {
                 *         "api": "An API"
                 *       },
                 *       "question": "What ships first?"
                 *     }
                 */
                "application/json": components["schemas"]["PollEdit"];
            };
        };
        responses: {
            /** @description The poll as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "closedAt": null,
                     *       "closesAt": "2026-12-02T08:00:00.000Z",
                     *       "createdAt": "2026-11-30T18:00:00.000Z",
                     *       "labels": {
                     *         "api": "A public API",
                     *         "dark": "Dark mode"
                     *       },
                     *       "lastUpdated": "2026-12-01T08:14:03.512Z",
                     *       "open": true,
                     *       "opensAt": null,
                     *       "options": {
                     *         "api": 12,
                     *         "dark": 41
                     *       },
                     *       "perAddress": 5,
                     *       "pollId": "best-feature",
                     *       "question": "What should ship first?",
                     *       "totalVotes": 53,
                     *       "voter": "open"
                     *     }
                     */
                    "application/json": components["schemas"]["PollDetails"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    closePoll: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The poll's id.
                 * @example best-feature
                 */
                poll: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The poll, closed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "closedAt": null,
                     *       "closesAt": "2026-12-02T08:00:00.000Z",
                     *       "createdAt": "2026-11-30T18:00:00.000Z",
                     *       "labels": {
                     *         "api": "A public API",
                     *         "dark": "Dark mode"
                     *       },
                     *       "lastUpdated": "2026-12-01T08:14:03.512Z",
                     *       "open": true,
                     *       "opensAt": null,
                     *       "options": {
                     *         "api": 12,
                     *         "dark": 41
                     *       },
                     *       "perAddress": 5,
                     *       "pollId": "best-feature",
                     *       "question": "What should ship first?",
                     *       "totalVotes": 53,
                     *       "voter": "open"
                     *     }
                     */
                    "application/json": components["schemas"]["PollDetails"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    openPoll: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The poll's id.
                 * @example best-feature
                 */
                poll: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The poll, open. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "closedAt": null,
                     *       "closesAt": "2026-12-02T08:00:00.000Z",
                     *       "createdAt": "2026-11-30T18:00:00.000Z",
                     *       "labels": {
                     *         "api": "A public API",
                     *         "dark": "Dark mode"
                     *       },
                     *       "lastUpdated": "2026-12-01T08:14:03.512Z",
                     *       "open": true,
                     *       "opensAt": null,
                     *       "options": {
                     *         "api": 12,
                     *         "dark": 41
                     *       },
                     *       "perAddress": 5,
                     *       "pollId": "best-feature",
                     *       "question": "What should ship first?",
                     *       "totalVotes": 53,
                     *       "voter": "open"
                     *     }
                     */
                    "application/json": components["schemas"]["PollDetails"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            /** @description It cannot be opened. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "It cannot be opened.",
                     *       "status": 422,
                     *       "title": "Unprocessable Entity",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    streamPoll: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The poll's id.
                 * @example best-feature
                 */
                poll: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: results
                     *     id: 53
                     *     data: {"labels":{"api":"A public API","dark":"Dark mode"},"lastUpdated":"2026-12-01T08:14:03.512Z","open":true,"options":{"api":12,"dark":41},"pollId":"best-feature","question":"What should ship first?","totalVotes":53}
                     */
                    "text/event-stream": string;
                };
            };
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getPollTimeline: {
        parameters: {
            query?: {
                /**
                 * @description How long windows are; without it, so long that there are at most 240.
                 * @example 5m
                 */
                every?: components["schemas"]["TimelineWindow"];
                /**
                 * @description Where the range begins.
                 * @example 2026-12-01T08:00:00Z
                 */
                from?: string;
                /**
                 * @description Where it ends.
                 * @example 2026-12-01T12:00:00Z
                 */
                to?: string;
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description The poll's id.
                 * @example best-feature
                 */
                poll: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its windows. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "every": "5m",
                     *       "from": "2026-12-01T08:00:00.000Z",
                     *       "items": [
                     *         {
                     *           "start": "2026-12-01T08:10:00.000Z",
                     *           "total": 4,
                     *           "votes": {
                     *             "api": 1,
                     *             "dark": 3
                     *           }
                     *         }
                     *       ],
                     *       "next": null,
                     *       "options": [
                     *         "dark",
                     *         "api"
                     *       ],
                     *       "pollId": "best-feature",
                     *       "to": "2026-12-01T12:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["PollTimeline"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    voidVotes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The poll's id.
                 * @example best-feature
                 */
                poll: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "dryRun": true,
                 *       "filter": {
                 *         "userPrefix": "bot-"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["VoidWanted"];
            };
        };
        responses: {
            /** @description How many there are, and how many were voided. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "dryRun": true,
                     *       "examples": [
                     *         {
                     *           "address": "5f1d7a84db00d2f6",
                     *           "at": "2026-12-01T08:14:03.512Z",
                     *           "idempotencyKey": "k-1",
                     *           "optionId": "dark",
                     *           "position": 17,
                     *           "timestamp": null,
                     *           "userId": "ada",
                     *           "voidedAt": null
                     *         }
                     *       ],
                     *       "matched": 1,
                     *       "voided": 0
                     *     }
                     */
                    "application/json": components["schemas"]["Voided"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    listVotes: {
        parameters: {
            query?: {
                /**
                 * @description For this option.
                 * @example dark
                 */
                optionId?: string;
                /**
                 * @description Of this user.
                 * @example ada
                 */
                userId?: string;
                /**
                 * @description Of users whose ids begin so.
                 * @example bot-
                 */
                userPrefix?: string;
                /**
                 * @description From this address, as votes are listed.
                 * @example 5f1d7a84db00d2f6
                 */
                address?: string;
                /**
                 * @description Cast at this instant or later.
                 * @example 2026-12-01T08:00:00Z
                 */
                from?: string;
                /**
                 * @description Cast before this instant.
                 * @example 2026-12-01T12:00:00Z
                 */
                to?: string;
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description The poll's id.
                 * @example best-feature
                 */
                poll: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Votes. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "address": "5f1d7a84db00d2f6",
                     *           "at": "2026-12-01T08:14:03.512Z",
                     *           "idempotencyKey": "k-1",
                     *           "optionId": "dark",
                     *           "position": 17,
                     *           "timestamp": null,
                     *           "userId": "ada",
                     *           "voidedAt": null
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["VoteItemList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getExport: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How it stands. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "backfill": null,
                     *       "failure": null,
                     *       "lagSeconds": 1.204,
                     *       "lastExportedAt": "2026-12-01T08:14:03.512Z",
                     *       "lost": {
                     *         "events": 0,
                     *         "polls": 0,
                     *         "windows": 0
                     *       },
                     *       "rows": 48211,
                     *       "setAside": 0,
                     *       "state": "current",
                     *       "waiting": 3
                     *     }
                     */
                    "application/json": components["schemas"]["ExportStatus"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listSetAside: {
        parameters: {
            query?: {
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Rows that were set aside. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "at": "2026-12-01T08:14:03.512Z",
                     *           "name": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *           "reason": "new row for relation \"marketing_events\" violates check constraint \"known_source\" (23514)",
                     *           "table": "marketing_events"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["SetAsideRowList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    backfillExport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is begun; the export's status says how far it is. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "begunAt": "2026-12-01T08:14:03.512Z",
                     *       "done": 0,
                     *       "of": 48000
                     *     }
                     */
                    "application/json": components["schemas"]["ExportBackfill"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            /** @description Nothing is exported: no database is configured. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Nothing is exported: no database is configured.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    initExport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "takeOver": false
                 *     }
                 */
                "application/json": components["schemas"]["ExportInit"];
            };
        };
        responses: {
            /** @description They are there. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "before": 0,
                     *       "version": 1
                     *     }
                     */
                    "application/json": components["schemas"]["ExportSchema"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            /** @description Nothing is exported: no database is configured. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Nothing is exported: no database is configured.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            /** @description The database cannot be reached, does not allow it, or has the tables of another data file. */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "The database cannot be reached, does not allow it, or has the tables of another data file.",
                     *       "status": 502,
                     *       "title": "Bad Gateway",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getPreflight: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The checks. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at": "2026-11-30T20:00:00.000Z",
                     *       "checks": [
                     *         {
                     *           "detail": "the newest is 3 h old",
                     *           "id": "backup",
                     *           "of": null,
                     *           "title": "A backup of the last day is there",
                     *           "verdict": "go"
                     *         },
                     *         {
                     *           "detail": "no connection: it took too long",
                     *           "id": "destination-reached",
                     *           "of": "crm",
                     *           "title": "It takes connections",
                     *           "verdict": "no-go"
                     *         }
                     *       ],
                     *       "go": false,
                     *       "launchAt": "2026-12-01T08:01:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Preflight"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getProductHunt: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What is known. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "post": {
                     *         "asOf": "2026-12-01T08:10:00.000Z",
                     *         "comments": 57,
                     *         "lastError": null,
                     *         "nextAt": "2026-12-01T08:15:00.000Z",
                     *         "quota": {
                     *           "limit": 6250,
                     *           "remaining": 6190,
                     *           "resetAt": "2026-12-01T08:20:00.000Z"
                     *         },
                     *         "slug": "my-product",
                     *         "votes": 412
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ProductHunt"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    beginReplay: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The same key with the same filter is the same replay.
                 * @example after-the-outage
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "dryRun": true,
                 *       "filter": {
                 *         "destination": "crm",
                 *         "from": "2026-12-01T08:00:00Z",
                 *         "to": "2026-12-01T12:00:00Z",
                 *         "type": "LEAD_*"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["NewReplay"];
            };
        };
        responses: {
            /** @description What it would send. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "complete": true,
                     *       "count": 4180,
                     *       "destinations": [
                     *         {
                     *           "count": 4180,
                     *           "destination": "crm"
                     *         }
                     *       ],
                     *       "dryRun": true,
                     *       "examples": [
                     *         {
                     *           "createdAt": "2026-12-01T08:14:03.512Z",
                     *           "destination": "crm",
                     *           "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *           "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0001",
                     *           "status": null,
                     *           "type": "LEAD_CAPTURE"
                     *         }
                     *       ],
                     *       "passedOver": 3,
                     *       "sends": "deliveries that there are not yet"
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayLook"];
                };
            };
            /** @description The replay, begun. */
            202: {
                headers: {
                    /** @description `true`: it was begun before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "by": "key admin",
                     *       "count": 4180,
                     *       "createdAt": "2026-12-02T08:14:03.512Z",
                     *       "done": 1200,
                     *       "filter": {
                     *         "destination": "crm",
                     *         "errorClass": null,
                     *         "from": "2026-12-01T08:00:00.000Z",
                     *         "source": null,
                     *         "status": "MISSING",
                     *         "to": "2026-12-01T12:00:00.000Z",
                     *         "type": "LEAD_*"
                     *       },
                     *       "id": "3",
                     *       "passedOver": 3,
                     *       "progress": 0.29,
                     *       "status": "RUNNING",
                     *       "updatedAt": "2026-12-02T08:14:09.020Z"
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayItem"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            /** @description Too many replays run already. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Too many replays run already.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    listReplays: {
        parameters: {
            query?: {
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Replays. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "by": "key admin",
                     *           "count": 4180,
                     *           "createdAt": "2026-12-02T08:14:03.512Z",
                     *           "done": 1200,
                     *           "filter": {
                     *             "destination": "crm",
                     *             "errorClass": null,
                     *             "from": "2026-12-01T08:00:00.000Z",
                     *             "source": null,
                     *             "status": "MISSING",
                     *             "to": "2026-12-01T12:00:00.000Z",
                     *             "type": "LEAD_*"
                     *           },
                     *           "id": "3",
                     *           "passedOver": 3,
                     *           "progress": 0.29,
                     *           "status": "RUNNING",
                     *           "updatedAt": "2026-12-02T08:14:09.020Z"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayItemList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getReplay: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path: {
                /**
                 * @description The replay's id.
                 * @example 3
                 */
                replay: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The replay. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "by": "key admin",
                     *       "count": 4180,
                     *       "createdAt": "2026-12-02T08:14:03.512Z",
                     *       "done": 1200,
                     *       "filter": {
                     *         "destination": "crm",
                     *         "errorClass": null,
                     *         "from": "2026-12-01T08:00:00.000Z",
                     *         "source": null,
                     *         "status": "MISSING",
                     *         "to": "2026-12-01T12:00:00.000Z",
                     *         "type": "LEAD_*"
                     *       },
                     *       "id": "3",
                     *       "passedOver": 3,
                     *       "progress": 0.29,
                     *       "status": "RUNNING",
                     *       "updatedAt": "2026-12-02T08:14:09.020Z"
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayItem"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    cancelReplay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The replay's id.
                 * @example 3
                 */
                replay: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The replay, as it ended. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "by": "key admin",
                     *       "count": 4180,
                     *       "createdAt": "2026-12-02T08:14:03.512Z",
                     *       "done": 1200,
                     *       "filter": {
                     *         "destination": "crm",
                     *         "errorClass": null,
                     *         "from": "2026-12-01T08:00:00.000Z",
                     *         "source": null,
                     *         "status": "MISSING",
                     *         "to": "2026-12-01T12:00:00.000Z",
                     *         "type": "LEAD_*"
                     *       },
                     *       "id": "3",
                     *       "passedOver": 3,
                     *       "progress": 0.29,
                     *       "status": "RUNNING",
                     *       "updatedAt": "2026-12-02T08:14:09.020Z"
                     *     }
                     */
                    "application/json": components["schemas"]["ReplayItem"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    getReport: {
        parameters: {
            query?: {
                /**
                 * @description The first day, or an instant; without it, the first of 30 days on which there was anything.
                 * @example 2026-12-01
                 */
                from?: string;
                /**
                 * @description The last day, or an instant; without it, now.
                 * @example 2026-12-07
                 */
                to?: string;
                /**
                 * @description How it is written; a page, where nothing is said.
                 * @example json
                 */
                format?: components["schemas"]["ReportFormat"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "byCampaign": [
                     *         {
                     *           "cac": "0.75",
                     *           "conversions": 1624,
                     *           "cost": "1216.00",
                     *           "estimated": false,
                     *           "key": "launch",
                     *           "lift": "52953.60",
                     *           "ltvCac": 64.1,
                     *           "netRoi": 42.547368,
                     *           "payback": {
                     *             "conversions": 26
                     *           },
                     *           "rate": 0.130968,
                     *           "spend": "1216.00",
                     *           "value": "0.00",
                     *           "visits": 12400
                     *         }
                     *       ],
                     *       "bySource": [
                     *         {
                     *           "cac": "0.75",
                     *           "conversions": 1624,
                     *           "cost": "1216.00",
                     *           "estimated": false,
                     *           "key": "google",
                     *           "lift": "52953.60",
                     *           "ltvCac": 64.1,
                     *           "netRoi": 42.547368,
                     *           "payback": {
                     *             "conversions": 26
                     *           },
                     *           "rate": 0.130968,
                     *           "spend": "1216.00",
                     *           "value": "0.00",
                     *           "visits": 12400
                     *         }
                     *       ],
                     *       "currency": "USD",
                     *       "days": [
                     *         {
                     *           "day": "2026-12-01",
                     *           "spend": "1216.00",
                     *           "value": "0.00"
                     *         }
                     *       ],
                     *       "destinations": [
                     *         {
                     *           "dead": 0,
                     *           "delivered": 1624,
                     *           "name": "crm",
                     *           "paused": null,
                     *           "waiting": 0
                     *         }
                     *       ],
                     *       "from": "2026-12-01T08:00:00.000Z",
                     *       "madeAt": "2026-12-08T08:14:03.512Z",
                     *       "pages": [
                     *         {
                     *           "hits": 12000,
                     *           "label": "1 Dec",
                     *           "requests": 12400,
                     *           "start": "2026-12-01T08:00:00.000Z"
                     *         }
                     *       ],
                     *       "polls": [
                     *         {
                     *           "options": [
                     *             {
                     *               "label": "Dark mode",
                     *               "votes": 41
                     *             }
                     *           ],
                     *           "pollId": "best-feature",
                     *           "question": "What should ship first?",
                     *           "state": "open",
                     *           "totalVotes": 53
                     *         }
                     *       ],
                     *       "timezone": "America/Los_Angeles",
                     *       "to": "2026-12-08T08:00:00.000Z",
                     *       "total": {
                     *         "cac": "0.75",
                     *         "conversions": 1624,
                     *         "cost": "1216.00",
                     *         "estimated": false,
                     *         "lift": "52953.60",
                     *         "ltvCac": 64.1,
                     *         "netRoi": 42.547368,
                     *         "payback": {
                     *           "conversions": 26
                     *         },
                     *         "rate": 0.130968,
                     *         "spend": "1216.00",
                     *         "value": "0.00",
                     *         "visits": 12400
                     *       },
                     *       "traffic": [
                     *         {
                     *           "conversions": 1624,
                     *           "label": "1 Dec",
                     *           "start": "2026-12-01T08:00:00.000Z",
                     *           "visits": 12400
                     *         }
                     *       ],
                     *       "words": "1 to 7 December 2026"
                     *     }
                     */
                    "application/json": components["schemas"]["ReportData"];
                    /** @example <!doctype html>… */
                    "text/html": string;
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getReturns: {
        parameters: {
            query?: {
                /**
                 * @description The first day, or an instant; without it, the first of 30 days on which there was anything.
                 * @example 2026-12-01
                 */
                from?: string;
                /**
                 * @description The last day, or an instant; without it, now.
                 * @example 2026-12-07
                 */
                to?: string;
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "byCampaign": [
                     *         {
                     *           "cac": "0.75",
                     *           "conversions": 1624,
                     *           "cost": "1216.00",
                     *           "estimated": false,
                     *           "key": "launch",
                     *           "lift": "52953.60",
                     *           "ltvCac": 64.1,
                     *           "netRoi": 42.547368,
                     *           "payback": {
                     *             "conversions": 26
                     *           },
                     *           "rate": 0.130968,
                     *           "spend": "1216.00",
                     *           "value": "0.00",
                     *           "visits": 12400
                     *         }
                     *       ],
                     *       "bySource": [
                     *         {
                     *           "cac": "0.75",
                     *           "conversions": 1624,
                     *           "cost": "1216.00",
                     *           "estimated": false,
                     *           "key": "google",
                     *           "lift": "52953.60",
                     *           "ltvCac": 64.1,
                     *           "netRoi": 42.547368,
                     *           "payback": {
                     *             "conversions": 26
                     *           },
                     *           "rate": 0.130968,
                     *           "spend": "1216.00",
                     *           "value": "0.00",
                     *           "visits": 12400
                     *         }
                     *       ],
                     *       "currency": "USD",
                     *       "from": "2026-12-01T08:00:00.000Z",
                     *       "timezone": "America/Los_Angeles",
                     *       "to": "2026-12-08T08:00:00.000Z",
                     *       "total": {
                     *         "cac": "0.75",
                     *         "conversions": 1624,
                     *         "cost": "1216.00",
                     *         "estimated": false,
                     *         "lift": "52953.60",
                     *         "ltvCac": 64.1,
                     *         "netRoi": 42.547368,
                     *         "payback": {
                     *           "conversions": 26
                     *         },
                     *         "rate": 0.130968,
                     *         "spend": "1216.00",
                     *         "value": "0.00",
                     *         "visits": 12400
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Returns"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listSchedules: {
        parameters: {
            query?: {
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Schedules. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "cron": "0 9 * * MON-FRI",
                     *           "last": {
                     *             "at": "2026-12-01T17:00:00.000Z",
                     *             "eventId": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000",
                     *             "late": false,
                     *             "madeAt": "2026-12-01T17:00:00.014Z",
                     *             "missed": 0
                     *           },
                     *           "name": "daily-digest",
                     *           "next": [
                     *             "2026-12-02T17:00:00.000Z"
                     *           ],
                     *           "source": "schedule",
                     *           "timezone": "America/Los_Angeles",
                     *           "type": "CONTENT_PUBLISH"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["ScheduleItemList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listSeries: {
        parameters: {
            query?: {
                /**
                 * @description Which, with commas between; all, where nothing is said.
                 * @example votes_accepted,commit_p99_micros
                 */
                names?: string;
                /**
                 * @description Where the range begins: an instant, or a day of UTC.
                 * @example 2026-12-01T08:00:00Z
                 */
                from?: string;
                /**
                 * @description Where it ends.
                 * @example 2026-12-01T09:00:00Z
                 */
                to?: string;
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The series. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "every": "1m",
                     *       "series": [
                     *         {
                     *           "name": "votes_accepted",
                     *           "points": [
                     *             {
                     *               "start": "2026-12-01T08:14:00.000Z",
                     *               "value": 118
                     *             }
                     *           ]
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SeriesList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "endsAt": "2026-12-01T20:14:03.512Z",
                     *       "idleEndsAt": "2026-12-01T08:34:03.512Z",
                     *       "scope": "admin",
                     *       "who": "admin"
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "token": "gty_…"
                 *     }
                 */
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Signed in. */
            204: {
                headers: {
                    /** @description The session. */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            /** @description There is no such key, or the link was used or is too old. */
            401: {
                headers: {
                    /** @description What is needed. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "There is no such key, or the link was used or is too old.",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request comes from another origin, or the key may only send events. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "The request comes from another origin, or the key may only send events.",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out. */
            204: {
                headers: {
                    /** @description The cookie, taken back. */
                    "Set-Cookie"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    createSignInLink: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The link. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "endsAt": "2026-12-01T08:29:03.512Z",
                     *       "url": "http://127.0.0.1:8081/sign-in#link=5f1d7a84"
                     *     }
                     */
                    "application/json": components["schemas"]["SignInLink"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listSpend: {
        parameters: {
            query?: {
                /**
                 * @description The first day, or an instant.
                 * @example 2026-12-01
                 */
                from?: string;
                /**
                 * @description The last day, or an instant.
                 * @example 2026-12-07
                 */
                to?: string;
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Entries. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "amount": "120.00",
                     *           "campaign": "launch",
                     *           "day": "2026-12-01",
                     *           "id": "ads-2026-12-01",
                     *           "note": null,
                     *           "recordedAt": "2026-12-02T08:14:03.512Z",
                     *           "source": "google"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["SpendItemList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    recordSpend: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The entry's key, if it is one and it does not stand in the body.
                 * @example ads-2026-12-01
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "amount": "120.00",
                 *       "campaign": "launch",
                 *       "day": "2026-12-01",
                 *       "idempotencyKey": "ads-2026-12-01",
                 *       "source": "google"
                 *     }
                 */
                "application/json": components["schemas"]["NewSpendEntries"];
            };
        };
        responses: {
            /** @description The entry was recorded before; or what became of each of several. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "conflicts": 0,
                     *       "duplicates": 1,
                     *       "items": [
                     *         {
                     *           "id": "ads-2026-12-01",
                     *           "status": "DUPLICATE"
                     *         }
                     *       ],
                     *       "recorded": 0
                     *     }
                     */
                    "application/json": components["schemas"]["SpendRecorded"];
                };
            };
            /** @description The entry is recorded. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "ads-2026-12-01",
                     *       "status": "RECORDED"
                     *     }
                     */
                    "application/json": components["schemas"]["SpendOutcome"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            /** @description Another entry has this key. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Another entry has this key.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    deleteSpend: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The entry's id.
                 * @example ads-2026-12-01
                 */
                entry: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    getStatus: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How they are. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "adminUrl": "http://127.0.0.1:8081",
                     *       "certificates": [
                     *         {
                     *           "expiresAt": "2027-02-24T18:00:00.000Z",
                     *           "issuer": "Let's Encrypt R11",
                     *           "lastError": null,
                     *           "name": "shop.example",
                     *           "nextTryAt": "2027-01-25T18:00:00.000Z",
                     *           "state": "ok"
                     *         }
                     *       ],
                     *       "commits": {
                     *         "batchP50": 3,
                     *         "count": 81422,
                     *         "p50Micros": 1180,
                     *         "p95Micros": 2430,
                     *         "p99Micros": 4700
                     *       },
                     *       "dataFile": "gantry.redb",
                     *       "deliveryPausedSince": null,
                     *       "disk": {
                     *         "freeBytes": 21474836480,
                     *         "fullAt": null,
                     *         "reserveBytes": 67108864,
                     *         "state": "ok"
                     *       },
                     *       "exportLagSeconds": null,
                     *       "fileBytes": 71303168,
                     *       "format": 7,
                     *       "memoryBytes": 94371840,
                     *       "polls": 1,
                     *       "productHunt": {
                     *         "asOf": "2026-12-01T08:10:00.000Z",
                     *         "comments": 57,
                     *         "lastError": null,
                     *         "slug": "my-product",
                     *         "votes": 412
                     *       },
                     *       "publicUrl": "http://127.0.0.1:8080",
                     *       "rows": {
                     *         "journal": 530000
                     *       },
                     *       "startedAt": "2026-11-30T18:00:00.000Z",
                     *       "store": {
                     *         "freeBytes": 10485760,
                     *         "growthBytesPerDay": 1048576,
                     *         "usedBytes": 60817408
                     *       },
                     *       "tables": [
                     *         {
                     *           "name": "journal",
                     *           "rows": 530000,
                     *           "usedBytes": 33554432
                     *         }
                     *       ],
                     *       "uptimeSeconds": 51243,
                     *       "version": "0.1.0",
                     *       "waiting": 0,
                     *       "workers": [
                     *         {
                     *           "errors": 0,
                     *           "lastError": null,
                     *           "name": "series",
                     *           "state": "idle"
                     *         }
                     *       ],
                     *       "zoneData": {
                     *         "source": "bundled",
                     *         "version": "2026a"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Status"];
                };
            };
            304: components["responses"]["NotModified"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    streamNow: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The stream. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: now
                     *     data: {"at":"2026-12-01T08:14:03.512Z","state":{"level":"ok","text":"All well"}}
                     */
                    "text/event-stream": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    verify: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was checked, and whether all of it holds. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "checks": [
                     *         {
                     *           "broken": 0,
                     *           "examples": [],
                     *           "name": "tallies",
                     *           "rows": 53,
                     *           "rule": "tallies are what the votes add up to"
                     *         }
                     *       ],
                     *       "clean": true
                     *     }
                     */
                    "application/json": components["schemas"]["Verified"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    tellView: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "path": "/launch/pricing?utm_source=google",
                 *       "referrer": "https://news.example/"
                 *     }
                 */
                "application/json": components["schemas"]["NewView"];
                /** @example {"path":"/launch/pricing"} */
                "text/plain": string;
            };
        };
        responses: {
            /** @description It is heard. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "accepted",
                     *       "visitorId": "5f1d7a84db00d2f65f1d7a84db00d2f6"
                     *     }
                     */
                    "application/json": components["schemas"]["ViewTaken"];
                };
            };
            400: components["responses"]["BadRequest"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    vote: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "idempotencyKey": "k-1",
                 *       "optionId": "dark",
                 *       "pollId": "best-feature",
                 *       "userId": "ada"
                 *     }
                 */
                "application/json": components["schemas"]["NewVote"];
            };
        };
        responses: {
            /** @description It is counted, now or before. */
            202: {
                headers: {
                    /** @description `true`: it was counted before. */
                    "Idempotent-Replayed"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "pollId": "best-feature",
                     *       "status": "accepted",
                     *       "totalVotes": 53
                     *     }
                     */
                    "application/json": components["schemas"]["VoteAccepted"];
                };
            };
            400: components["responses"]["BadRequest"];
            /** @description The poll's voters are signed, and `voterToken` does not vouch for this one. */
            401: {
                headers: {
                    /** @description What is needed. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "The poll's voters are signed, and `voterToken` does not vouch for this one.",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The poll is not open, or this address has cast as many votes as the poll allows. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "The poll is not open, or this address has cast as many votes as the poll allows.",
                     *       "status": 403,
                     *       "title": "Forbidden",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such poll, or it has no such option. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "There is no such poll, or it has no such option.",
                     *       "status": 404,
                     *       "title": "Not Found",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description This user has voted otherwise; `error` is `Duplicate vote`. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "This user has voted otherwise; `error` is `Duplicate vote`.",
                     *       "status": 409,
                     *       "title": "Conflict",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                /**
                 * @description How many items at most; 50, if it is left out.
                 * @example 50
                 */
                limit?: components["parameters"]["limit"];
                /** @description The `next` of the page before. What it holds is no one's business. */
                cursor?: components["parameters"]["cursor"];
            };
            header?: {
                /** @description The `ETag` of an answer that is known. */
                "If-None-Match"?: components["parameters"]["ifNoneMatch"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Sources. */
            200: {
                headers: {
                    /** @description A digest of the answer. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "dedupeFor": "7d",
                     *           "lastRefusedAt": null,
                     *           "lastTakenAt": "2026-12-01T08:14:03.512Z",
                     *           "path": "/api/webhooks/billing",
                     *           "preset": "stripe",
                     *           "secrets": 2,
                     *           "source": "billing",
                     *           "type": "CAMPAIGN_TRIGGER"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookItemList"];
                };
            };
            304: components["responses"]["NotModified"];
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    takeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The source, as configured.
                 * @example billing
                 */
                source: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "data": {
                 *         "object": {}
                 *       },
                 *       "id": "evt_1",
                 *       "type": "charge.succeeded"
                 *     }
                 */
                "application/json": unknown;
            };
        };
        responses: {
            /** @description It was recorded before, under this id; or it was a challenge. */
            200: {
                headers: {
                    /** @description `DUPLICATE` */
                    "X-Event-Status"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookTaken"];
                };
            };
            /** @description It is recorded. */
            202: {
                headers: {
                    /** @description `ACCEPTED` */
                    "X-Event-Status"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0199e2c4-8a00-7cc2-9b5e-3a1f5d7e0000"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookTaken"];
                };
            };
            400: components["responses"]["BadRequest"];
            /** @description The signature is missing, wrong, or of another time. */
            401: {
                headers: {
                    /** @description What is needed. */
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "The signature is missing, wrong, or of another time.",
                     *       "status": 401,
                     *       "title": "Unauthorized",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The source, as configured.
                 * @example billing
                 */
                source: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "body": {
                 *         "id": "evt_1",
                 *         "type": "charge.succeeded"
                 *       },
                 *       "send": false
                 *     }
                 */
                "application/json": components["schemas"]["WebhookSample"];
            };
        };
        responses: {
            /** @description What was signed, and what would follow. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": null,
                     *       "events": [
                     *         {
                     *           "id": null,
                     *           "key": "billing:evt_1",
                     *           "payload": {
                     *             "id": "evt_1"
                     *           },
                     *           "status": "ACCEPTED",
                     *           "type": "CAMPAIGN_TRIGGER"
                     *         }
                     *       ],
                     *       "request": {
                     *         "body": "{\"id\":\"evt_1\",\"type\":\"charge.succeeded\"}",
                     *         "headers": {
                     *           "stripe-signature": "t=1796112843,v1=5f1d7a84db00d2f6"
                     *         },
                     *         "method": "POST",
                     *         "path": "/api/webhooks/billing"
                     *       },
                     *       "sent": false,
                     *       "signed": true,
                     *       "status": 202,
                     *       "verdict": "accepted"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookTried"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            422: components["responses"]["UnprocessableEntity"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
            507: components["responses"]["InsufficientStorage"];
        };
    };
    getScript: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description The `ETag` of the script that is known.
                 * @example "5d41402abc4b2a76"
                 */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The script. */
            200: {
                headers: {
                    /** @description Its version. */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    /** @example export {} */
                    "text/javascript": string;
                };
            };
            /** @description It is still that of `If-None-Match`. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example ok */
                    "text/plain": string;
                };
            };
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every metric. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example gantry_visits_total 12400 */
                    "text/plain": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example ready */
                    "text/plain": string;
                };
            };
            500: components["responses"]["InternalServerError"];
            /** @description Its data file takes no writes. */
            503: {
                headers: {
                    /** @description When to ask again, in seconds. */
                    "Retry-After"?: number;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Its data file takes no writes.",
                     *       "status": 503,
                     *       "title": "Service Unavailable",
                     *       "type": "about:blank"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
