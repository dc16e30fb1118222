//! Samples: what each sender sends, in short, for a trial.

use serde_json::{Value, json};

use crate::config::WebhookPreset;
use crate::model::time::Millis;

/// A body that a sender of this preset might send at this moment, under this id.
pub(super) fn body(preset: WebhookPreset, id: &str, at: Millis) -> Value {
    let seconds = at.0.div_euclid(1_000);
    match preset {
        WebhookPreset::Hmac | WebhookPreset::Producthunt => {
            json!({"id": id, "event": "test", "createdAt": at.to_string()})
        }
        WebhookPreset::Github => json!({
            "action": "created", "repository": {"full_name": "octo/hello"}, "sender": {"login": "octo"},
        }),
        WebhookPreset::Stripe => json!({
            "id": format!("evt_{id}"), "object": "event", "type": "checkout.session.completed", "created": seconds,
            "livemode": false, "data": {"object": {"object": "checkout.session", "amount_total": 4800}},
        }),
        WebhookPreset::Slack => json!({
            "type": "event_callback", "team_id": "T0", "event_id": format!("Ev{id}"), "event_time": seconds,
            "event": {"type": "app_mention", "user": "U0", "text": "Launched!", "channel": "C0"},
        }),
        WebhookPreset::Mailgun => json!({
            "event-data": {"id": id, "event": "delivered", "timestamp": seconds, "recipient": "ann@example.com"},
        }),
        WebhookPreset::Sendgrid => json!([{
            "sg_event_id": id, "sg_message_id": "m-1", "event": "delivered", "timestamp": seconds,
            "email": "ann@example.com",
        }]),
        WebhookPreset::StandardWebhooks => json!({
            "type": "contact.created", "timestamp": at.to_string(), "data": {"email": "ann@example.com"},
        }),
    }
}
