// What can be done to an event and its deliveries: call off, move, retry, discard.

import { post } from "../lib/api.js";
import { full, local, zone } from "../lib/format.js";
import { confirm, dialog, field } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";

export const callOff = (event, then) =>
  confirm({
    title: "Cancel this event?",
    sentences: [
      "None of its deliveries will be sent. The event stays in the list as cancelled, and a replay can bring it back.",
    ],
    action: "Cancel the event",
    danger: true,
    act: () => done(post(`/api/events/${event.id}/cancel`), "The event is cancelled.", then),
  });

export const move = (event, then) =>
  dialog({
    title: "Reschedule this event",
    content: [
      field(
        "Due",
        { name: "at", type: "datetime-local", required: true, value: local(event.scheduledAt) },
        { hint: `A time of ${zone()}. It is due ${full(event.scheduledAt)} now.` },
      ),
    ],
    action: "Reschedule",
    async act({ at }) {
      const moved = await post(`/api/events/${event.id}/reschedule`, { scheduledAt: new Date(at).toISOString() });
      toast(`Due ${full(moved.scheduledAt)}.`);
      await then();
    },
  });

export const retry = (delivery, then) =>
  confirm({
    title: `Retry the delivery to ${delivery.destination}?`,
    sentences: ["It is put into the queue again under the same id, so that a receiver that knows it already can tell."],
    action: "Retry",
    act: () => done(post(`/api/deliveries/${delivery.id}/retry`), "It is in the queue again.", then),
  });

export const discard = (delivery, then) =>
  confirm({
    title: `Discard the delivery to ${delivery.destination}?`,
    sentences: ["It is not sent any more. Its attempts stay with the event, and a replay can bring it back."],
    action: "Discard",
    danger: true,
    act: () => done(post(`/api/deliveries/${delivery.id}/discard`), "It is discarded.", then),
  });

async function done(request, sentence, then) {
  await request;
  toast(sentence);
  await then();
}
