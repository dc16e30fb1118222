//! A browser in front of the dashboard, and how people use it.

use std::time::{Duration, Instant};

use fantoccini::Client;
use fantoccini::elements::{Element, ElementRef};
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};

use crate::chromium::Chromium;
use crate::support::{ADMIN_TOKEN, Appliance};

/// How long anything may take to show, on a machine that does other things besides.
const PATIENCE: Duration = Duration::from_secs(15);

/// A browser at an appliance's admin address.
pub(crate) struct Desk {
    pub(crate) chromium: Chromium,
    pub(crate) admin: String,
}

/// How wide a screen is, in CSS pixels, and whether it is day or night.
#[derive(Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) width: u32,
    pub(crate) scheme: &'static str,
}

impl Screen {
    /// A phone is held in a hand.
    pub(crate) fn device(self) -> &'static str {
        if self.width < 600 { "phone" } else { "desk" }
    }
}

impl Desk {
    /// A browser that has not signed in.
    pub(crate) async fn before(appliance: &Appliance) -> Self {
        Self::at(appliance.admin_url()).await
    }

    /// A browser at an address; every page it opens is observed by `ready.js`.
    pub(crate) async fn at(admin: String) -> Self {
        let chromium = Chromium::watched().await;
        let observer = json!({ "source": include_str!("ready.js") });
        chromium.devtools("Page.addScriptToEvaluateOnNewDocument", &observer);
        let desk = Self { chromium, admin };
        desk.look(Screen {
            width: 1_440,
            scheme: "light",
        });
        desk
    }

    /// A browser that is signed in with the admin token.
    pub(crate) async fn of(appliance: &Appliance) -> Self {
        Self::holding(appliance, ADMIN_TOKEN).await
    }

    /// A browser that is signed in with this key.
    pub(crate) async fn holding(appliance: &Appliance, key: &str) -> Self {
        let desk = Self::before(appliance).await;
        desk.open("/sign-in").await;
        let sign_in = r#"
            const [token, done] = arguments;
            const body = JSON.stringify({ token });
            fetch("/api/session", { method: "POST", headers: { "Content-Type": "application/json" }, body })
                .then((answer) => done(answer.status), (fault) => done(String(fault)));
        "#;
        let status = desk.ask(sign_in, vec![json!(key)]).await;
        assert_eq!(status, json!(204), "signed in");
        desk
    }

    pub(crate) fn browser(&self) -> &Client {
        self.chromium.client()
    }

    /// Opens a page and waits until it is whole.
    pub(crate) async fn open(&self, path: &str) {
        let address = format!("{}{path}", self.admin);
        self.browser().goto(&address).await.expect("the page");
        self.ready().await;
    }

    /// Waits until the page has been whole for a moment.
    pub(crate) async fn ready(&self) {
        let whole = "return window.trial?.whole() > 100 ? null
            : `${location.pathname} is not whole: ${document.querySelector('main')?.outerHTML.slice(0, 2000)}`";
        self.until(whole, vec![], Value::is_null).await;
    }

    /// What people see by this name (a regular expression), once it is there.
    pub(crate) async fn find(&self, role: &str, name: &str) -> Element {
        let arguments = vec![json!(role), json!(name)];
        let found = self
            .until(include_str!("locate.js"), arguments, Value::is_object)
            .await;
        let reference = found.as_object().and_then(|found| found.values().next());
        let reference = reference.and_then(Value::as_str).expect("a reference");
        Element::from_element_id(self.browser().clone(), ElementRef::from(reference.to_owned()))
    }

    /// Whether it is there now.
    pub(crate) async fn shows(&self, role: &str, name: &str) -> bool {
        let found = self.run(include_str!("locate.js"), vec![json!(role), json!(name)]);
        found.await.is_object()
    }

    /// Presses a button.
    pub(crate) async fn press(&self, name: &str) {
        self.click("button", name).await;
    }

    /// Follows a link.
    pub(crate) async fn follow(&self, name: &str) {
        self.click("link", name).await;
    }

    /// Clicks where it stands: what lies over it would get the click, and fail the test.
    pub(crate) async fn click(&self, role: &str, name: &str) {
        let element = self.find(role, name).await;
        let clicked = element.click().await;
        clicked.unwrap_or_else(|fault| panic!("{role} /{name}/ takes no click: {fault}"));
    }

    /// Fills in a field, or chooses of a list, in the place of what it said.
    pub(crate) async fn fill(&self, name: &str, value: &str) {
        let field = self.find("field", name).await;
        // Dates and lists are set as the browser's own controls set them; into the rest people write.
        let set = r#"
            const [field, value] = arguments;
            const typed = !["date", "time", "datetime-local", "select-one"].includes(field.type);
            if (typed) { field.value = ""; return true; }
            const option = [...(field.options ?? [])].find((one) => one.value === value || one.text.trim() === value);
            field.value = option?.value ?? value;
            field.dispatchEvent(new Event("input", { bubbles: true }));
            field.dispatchEvent(new Event("change", { bubbles: true }));
            return false;
        "#;
        let reference = serde_json::to_value(&field).expect("a reference");
        let typed = self.run(set, vec![reference, json!(value)]).await;
        if typed == json!(true) {
            field.send_keys(value).await.expect("a field that takes text");
        }
    }

    /// Waits until the page says so, in any case (a regular expression over its visible text, in one line).
    pub(crate) async fn says(&self, pattern: &str) {
        let said = r#"
            const text = document.body.innerText.replace(/\s+/g, " ");
            return new RegExp(arguments[0], "iu").test(text) ? null : `${location.pathname} does not say /${arguments[0]}/: ${text}`;
        "#;
        self.until(said, vec![json!(pattern)], Value::is_null).await;
    }

    /// Asks again and again until the answer is one that is waited for, and gives it. A page that is just being left, or
    /// opened, does not answer.
    pub(crate) async fn until(
        &self,
        script: &str,
        arguments: Vec<Value>,
        enough: impl Fn(&Value) -> bool,
    ) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.browser().execute(script, arguments.clone()).await;
            match answer {
                Ok(answer) if enough(&answer) => return answer,
                answer if Instant::now() > deadline => panic!("{answer:?}"),
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// The path that is open.
    pub(crate) async fn path(&self) -> String {
        self.browser()
            .current_url()
            .await
            .expect("an address")
            .path()
            .to_owned()
    }

    /// A further tab, which is the current one now.
    pub(crate) async fn tab(&self) -> WindowHandle {
        let tab = self.browser().new_window(true).await.expect("a tab").handle;
        self.turn_to(&tab).await;
        let observer = json!({ "source": include_str!("ready.js") });
        self.chromium
            .devtools("Page.addScriptToEvaluateOnNewDocument", &observer);
        tab
    }

    pub(crate) async fn turn_to(&self, tab: &WindowHandle) {
        self.browser().switch_to_window(tab.clone()).await.expect("a tab");
        // The driver only talks to it; people see it.
        self.chromium.devtools("Page.bringToFront", &json!({}));
    }

    /// Shows it on this screen.
    pub(crate) fn look(&self, screen: Screen) {
        self.resize(screen.width, 900);
        let features = json!([
            { "name": "prefers-color-scheme", "value": screen.scheme },
            // What moves would be caught halfway.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.chromium
            .devtools("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    pub(crate) fn resize(&self, width: u32, height: u64) {
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.chromium
            .devtools("Emulation.setDeviceMetricsOverride", &screen);
    }

    /// Fails if the console has complained since the last call, or anything was asked of somebody else.
    #[track_caller]
    pub(crate) fn assert_quiet(&self, place: &str) {
        assert_eq!(self.chromium.console_errors(), [""; 0], "{place}: the console");
        assert_eq!(self.foreign(), [""; 0], "{place}: asked of others");
    }

    /// What was asked of somebody else since the last call.
    pub(crate) fn foreign(&self) -> Vec<String> {
        let own = format!("{}/", self.admin);
        let within = [
            "data:",
            "blob:",
            "about:",
            "chrome:",
            "chrome-untrusted:",
            own.as_str(),
        ];
        let mut asked = self.chromium.requests();
        asked.retain(|address| !within.iter().any(|scheme| address.starts_with(scheme)));
        asked
    }

    /// The value of a script.
    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.browser()
            .execute(script, arguments)
            .await
            .expect("the page answers")
    }

    /// What a script calls back with.
    pub(crate) async fn ask(&self, script: &str, arguments: Vec<Value>) -> Value {
        let answer = self.browser().execute_async(script, arguments).await;
        answer.expect("the page answers")
    }
}
