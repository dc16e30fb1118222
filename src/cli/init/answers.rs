//! Answers: what an owner says of the launch, as flags or as answers to a few questions, and the configuration made of it.
//!
//! Whether an answer is right, the configuration says that is made of it: it is read as `check` reads it.

use std::io::{self, BufRead, IsTerminal, Write};

use super::super::args::InitArgs;
use super::super::exit::{Code, Failure};
use super::super::show::printable;
use super::text::{self, AlertsTo};
use crate::app::CHECKS;
use crate::config::{self, Config, ConfigFile, DEFAULT_PATH, Faults, Sources};

/// The zone by whose days launches are told: Product Hunt's day begins at its midnight.
const ZONE: &str = "America/Los_Angeles";
/// The host of Slack's webhooks.
const SLACK: &str = "hooks.slack.com";

/// What is known of the launch; what is not is left as it is packaged.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    pub(super) origin: Option<String>,
    pub(super) domains: Vec<String>,
    pub(super) admin_domain: Option<String>,
    pub(super) launch: Option<String>,
    pub(super) timezone: Option<String>,
    pub(super) alerts: Option<String>,
}

/// A question that is asked on a terminal, and the flag that answers it.
struct Question {
    flag: &'static str,
    /// The key that the answer becomes, as faults name it.
    key: &'static str,
    words: &'static str,
    /// Whether it is open, as far as is known.
    is_open: fn(&Answers) -> bool,
    /// Takes an answer that is not empty.
    take: fn(&mut Answers, &str),
}

const QUESTIONS: &[Question] = &[
    Question {
        flag: "--origin",
        key: "pages.origin",
        words: "Where does your site run, for visitors to see it through Gantry? (http://127.0.0.1:3000; nothing: there is none)",
        is_open: |answers| answers.origin.is_none(),
        take: |answers, said| answers.origin = Some(said.to_owned()),
    },
    Question {
        flag: "--domain",
        key: "server.domains",
        words: "Which names lead to this machine, to be served by HTTPS? (shop.example, www.shop.example; nothing: none)",
        is_open: |answers| answers.domains.is_empty(),
        take: |answers, said| {
            let names = said.split([',', ' ']).filter(|name| !name.is_empty());
            answers.domains = names.map(str::to_owned).collect();
        },
    },
    Question {
        flag: "--admin-domain",
        key: "server.admin_domain",
        words: "By which name of its own is the dashboard opened? (gantry.shop.example; nothing: on this machine alone)",
        is_open: |answers| answers.admin_domain.is_none() && !answers.domains.is_empty(),
        take: |answers, said| answers.admin_domain = Some(said.to_owned()),
    },
    Question {
        flag: "--launch",
        key: "launch.at",
        words: "When do you launch? (2026-12-01T00:01:00; nothing: that is not known yet)",
        is_open: |answers| answers.launch.is_none(),
        take: |answers, said| answers.launch = Some(said.to_owned()),
    },
    Question {
        flag: "--timezone",
        key: "launch.timezone",
        words: "By the clocks of which zone? (nothing: America/Los_Angeles)",
        is_open: |answers| answers.timezone.is_none() && answers.launch.is_some(),
        take: |answers, said| answers.timezone = Some(said.to_owned()),
    },
    Question {
        flag: "--alerts-url",
        key: "destination.url",
        words: "Where do alerts go? (the address of a Slack webhook, or one that takes JSON; nothing: to the dashboard alone)",
        is_open: |answers| answers.alerts.is_none(),
        take: |answers, said| answers.alerts = Some(said.to_owned()),
    },
];

impl Answers {
    /// What flags say, and then whoever sits at the terminal, if anybody is to be asked.
    pub(super) fn gather(args: &InitArgs, sources: &Sources) -> Result<Self, Failure> {
        let mut answers = Self {
            origin: args.origin.clone(),
            domains: args.domains.clone(),
            admin_domain: args.admin_domain.clone(),
            launch: args.launch.clone(),
            timezone: args.timezone.clone(),
            alerts: args.alerts_url.clone(),
        };
        answers.read(sources).map_err(wrong_flag)?;
        if !args.yes && io::stdin().is_terminal() && io::stderr().is_terminal() {
            answers.ask(sources)?;
        }
        Ok(answers)
    }

    /// Asks what is open; what cannot be taken is said, and asked for again.
    fn ask(&mut self, sources: &Sources) -> Result<(), Failure> {
        tell("Enter leaves a question open: all of it can be written into gantry.toml later.");
        for question in QUESTIONS {
            while (question.is_open)(self) {
                let said = ask(question.words)?;
                if said.is_empty() {
                    break;
                }
                let mut with = self.clone();
                (question.take)(&mut with, &said);
                match with.read(sources) {
                    Ok(_) => *self = with,
                    Err(faults) => faults.iter().for_each(|fault| tell(&fault.message)),
                }
            }
        }
        Ok(())
    }

    /// The configuration of these answers, as it would be read.
    fn read(&self, sources: &Sources) -> Result<Config, Faults> {
        let text = self.text(self.alerts.as_deref().map(|url| AlertsTo { url, preset: "http" }));
        let sources = Sources {
            file: Some(ConfigFile {
                path: DEFAULT_PATH.into(),
                bytes: text.into_bytes(),
            }),
            environment: sources.environment.clone(),
            flags: sources.flags.clone(),
            read_secret: sources.read_secret,
        };
        config::load_checked(&sources, &CHECKS)
    }

    /// Whose webhook alerts go to.
    pub(super) fn preset(&self, sources: &Sources) -> Result<&'static str, Failure> {
        let config = self.read(sources)?;
        let told = config.destinations.first();
        let host = told.and_then(|to| to.url.host_str());
        Ok(if host == Some(SLACK) { "slack" } else { "http" })
    }

    /// The packaged file with these answers in it.
    pub(super) fn text(&self, alerts: Option<AlertsTo<'_>>) -> String {
        let mut values = Vec::new();
        if !self.domains.is_empty() || self.admin_domain.is_some() {
            values.push(("server.public", text::quoted("[::]:443")));
        }
        if !self.domains.is_empty() {
            values.push(("server.domains", text::list(&self.domains)));
        }
        let timezone = self.timezone.as_deref();
        let timezone = timezone.or_else(|| self.launch.as_ref().map(|_| ZONE));
        let single = [
            ("server.admin_domain", self.admin_domain.as_deref()),
            ("pages.origin", self.origin.as_deref()),
            ("launch.at", self.launch.as_deref()),
            ("launch.timezone", timezone),
        ];
        let single = single.into_iter();
        values.extend(single.filter_map(|(key, value)| Some((key, text::quoted(value?)))));
        text::with(&values, alerts)
    }
}

/// A flag that cannot be taken; what is wrong with the environment is a fault of the configuration.
fn wrong_flag(faults: Faults) -> Failure {
    let flag = |key: &str| QUESTIONS.iter().find(|question| question.key == key);
    let of_flags = faults.iter().filter_map(|fault| {
        let question = flag(fault.key.as_deref()?)?;
        Some(format!("{} {}", question.flag, fault.message))
    });
    let of_flags: Vec<String> = of_flags.collect();
    match of_flags.is_empty() {
        true => faults.into(),
        false => Failure::usage(of_flags.join("; ")),
    }
}

/// Asks on the terminal; an end of its input is no answer, and nothing is made then.
fn ask(words: &str) -> Result<String, Failure> {
    let _ = write!(io::stderr(), "{words}\n> ");
    let mut said = String::new();
    let read = io::stdin().lock().read_line(&mut said);
    match read.map_err(|e| Failure::io("cannot read the answer", &e))? {
        0 => Err(Failure::new(Code::No, "there was no answer; nothing was made")),
        _ => Ok(said.trim().to_owned()),
    }
}

fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(text));
}
