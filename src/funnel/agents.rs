//! Who asks, by their own word: a person's browser, a program, or somebody who looks whether the site is up.

use std::sync::LazyLock;

use crate::model::funnel::Apart;

/// The list, kept as data so that it can be read and added to.
const LIST: &str = include_str!("agents.txt");
/// As much of a user agent as is looked at, in bytes: those of browsers have about 150.
const LOOKED_AT: usize = 512;

static TOKENS: LazyLock<Tokens> = LazyLock::new(|| Tokens::read(LIST));

/// The list, sorted out.
struct Tokens {
    people: Vec<&'static str>,
    health: Vec<&'static str>,
    programs: Vec<&'static str>,
}

impl Tokens {
    fn read(list: &'static str) -> Self {
        let mut tokens = Self {
            people: Vec::new(),
            health: Vec::new(),
            programs: Vec::new(),
        };
        let lines = list.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match (line.strip_prefix("not "), line.strip_prefix("health ")) {
                (Some(token), _) => tokens.people.push(token),
                (None, Some(token)) => tokens.health.push(token),
                (None, None) => tokens.programs.push(line),
            }
        }
        tokens
    }
}

/// What a user agent says of whoever sent it; `None`: a person's browser. Whoever says nothing is a program.
pub(super) fn apart(agent: &[u8]) -> Option<Apart> {
    let agent = agent.get(..LOOKED_AT).unwrap_or(agent);
    let mut agent = String::from_utf8_lossy(agent).to_ascii_lowercase();
    if agent.trim().is_empty() {
        return Some(Apart::Bot);
    }
    for token in &TOKENS.people {
        agent = agent.replace(token, "");
    }
    let says = |tokens: &[&str]| tokens.iter().any(|token| agent.contains(token));
    if says(&TOKENS.health) {
        return Some(Apart::HealthCheck);
    }
    says(&TOKENS.programs).then_some(Apart::Bot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_programs_and_from_those_who_look_whether_the_site_is_up() {
        let people = [
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 [FBAN/FBIOS;FBAV/500.0]",
        ];
        let programs = [
            "",
            " ",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
            "curl/8.9.1",
            "python-requests/2.32",
            "Go-http-client/1.1",
            "facebookexternalhit/1.1",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)",
            "WhatsApp/2.23.20.0",
        ];
        let checks = [
            "kube-probe/1.30",
            "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
            "ELB-HealthChecker/2.0",
            "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
        ];
        for (agents, expected) in [
            (&people[..], None),
            (&programs[..], Some(Apart::Bot)),
            (&checks[..], Some(Apart::HealthCheck)),
        ] {
            for agent in agents {
                assert_eq!(apart(agent.as_bytes()), expected, "{agent:?}");
            }
        }
        assert_eq!(
            apart(&[0xff; 2_000]),
            None,
            "nonsense is looked at as far as it goes"
        );
    }

    #[test]
    fn every_token_is_in_small_letters_and_stands_once() {
        let tokens = &*TOKENS;
        let mut all: Vec<&str> = [&tokens.people, &tokens.health, &tokens.programs]
            .into_iter()
            .flatten()
            .copied()
            .collect();
        assert!(
            all.iter()
                .all(|token| *token == token.to_ascii_lowercase() && token.len() > 2)
        );
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
