// Spend: what was paid, on which day, for visitors of which source; entered here, and taken back.

import { del, get, newKey, post, withQuery } from "../lib/api.js";
import { written } from "../lib/days.js";
import { h } from "../lib/dom.js";
import { money } from "../lib/format.js";
import { actButton } from "../ui/act.js";
import { confirm, dialog, field } from "../ui/dialog.js";
import { empty } from "../ui/empty.js";
import { card } from "../ui/facts.js";
import { table } from "../ui/table.js";
import { toast } from "../ui/toast.js";

const AMOUNT = "-?[0-9]+([.][0-9]{1,2})?";

export function addSpend(day, then) {
  const key = newKey();
  return dialog({
    title: "Add spend",
    content: [
      h(
        "div",
        { class: "fields" },
        field("Amount", {
          name: "amount",
          required: true,
          inputmode: "decimal",
          pattern: AMOUNT,
          title: "An amount such as 12.50",
          placeholder: "250.00",
        }),
        field("Day", { name: "day", type: "date", required: true, value: day }),
        field("Source", { name: "source", maxlength: 64, placeholder: "google" }, { hint: "As utm_source has it." }),
        field(
          "Campaign",
          { name: "campaign", maxlength: 64, placeholder: "launch" },
          { hint: "As utm_campaign has it." },
        ),
      ),
      field("Note", { name: "note", maxlength: 200 }),
    ],
    action: "Add spend",
    async act(values) {
      const given = Object.entries(values).map(([name, value]) => [name, value.trim()]);
      await post("/api/spend", Object.fromEntries(given.filter(([, value]) => value)), { key });
      toast(`${money(values.amount.trim())} is entered.`);
      await then();
    },
  });
}

/** The section; `changed` is told once an entry is taken back. */
export function spent(signal, range, changed) {
  const list = table({
    label: "Spend",
    signal,
    load: (cursor) => get(withQuery("/api/spend", { ...range.days(), cursor, limit: 20 }), { signal }),
    empty: () =>
      empty(
        "No spend in this time",
        "Enter what you paid for visitors, and CAC, LTV / CAC and ROI follow. “Add spend” is above.",
      ),
    columns: [
      {
        title: "For",
        class: "main",
        cell: ({ source, campaign, note }) =>
          h(
            "span",
            {},
            h("b", { class: "clip", title: `${source} ${campaign}` }, [
              source || "any source",
              campaign && ` · ${campaign}`,
            ]),
            note && h("span", { class: "soft clip", title: note }, note),
          ),
      },
      { title: "Day", class: "soft", cell: ({ day }) => written(day) },
      { title: "Amount", class: "end", cell: ({ amount }) => h("b", {}, money(amount)) },
      {
        title: "Action",
        class: "end act",
        cell: (entry) =>
          actButton(
            {
              "aria-label": `Delete ${money(entry.amount)} of ${entry.day}`,
              onclick: () => takeBack(entry),
            },
            "Delete…",
          ),
      },
    ],
  });

  const takeBack = ({ id, amount, day, source }) =>
    confirm({
      title: `Delete ${money(amount)} of ${written(day)}?`,
      sentences: [`It is taken out of every sum${source ? ` of ${source}` : ""} at once.`],
      action: "Delete the entry",
      danger: true,
      async act() {
        await del(`/api/spend/${encodeURIComponent(id)}`);
        toast("The entry is deleted.");
        await changed();
      },
    });

  return { element: card("Spend", { wide: true }, list.element), refresh: list.refresh };
}
