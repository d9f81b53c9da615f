//! The sentences that the person at the machine reads, in every language we speak.

use super::view::{PromptKind, Right};

/// A language of the person at the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// English, also for everybody whose language we do not have.
    #[default]
    English,
    /// Brazilian Portuguese, also for other Portuguese.
    Portuguese,
}

impl Language {
    /// The language that the program's environment asks for.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// The language of messages by the rules of POSIX, with the list of GNU's `LANGUAGE` before them.
    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(variable);
        let Some(locale) = locale else {
            return Self::English;
        };
        // Without a locale the list does not count.
        let is_plain = matches!(locale.split('.').next(), Some("C" | "POSIX"));
        let list = variable("LANGUAGE").filter(|_| !is_plain).unwrap_or_default();
        let known = |name: &str| {
            let name = name.split(['_', '.', '@', '-']).next().unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                "pt" => Some(Self::Portuguese),
                "en" => Some(Self::English),
                _ => None,
            }
        };
        list.split(':')
            .find_map(known)
            .or_else(|| known(&locale))
            .unwrap_or_default()
    }

    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Portuguese => &PORTUGUESE,
        }
    }
}

/// Every sentence in one language.
pub(crate) struct Words {
    pub(crate) title: &'static str,
    pub(crate) title_more: &'static str,
    /// Where a name is missing.
    pub(crate) somebody: &'static str,
    /// Behind the name of who was invited by a technician.
    pub(crate) guest: &'static str,
    /// Between technician and organization.
    pub(crate) of: &'static str,
    pub(crate) asks: &'static str,
    pub(crate) asks_more: &'static str,
    pub(crate) caution_title: &'static str,
    pub(crate) caution: &'static str,
    pub(crate) how_to_end: &'static str,
    pub(crate) machine_words: &'static str,
    /// Before and after the seconds.
    pub(crate) countdown: (&'static str, &'static str),
    pub(crate) allow: &'static str,
    pub(crate) refuse: &'static str,
    pub(crate) end: &'static str,
    sees: (&'static str, &'static str),
    pub(crate) connected: &'static str,
    /// On the strip, before whose help is waited for, and without anybody's name.
    pub(crate) waiting: (&'static str, &'static str),
    /// What technicians and the person say to each other; on the strip, and where nobody's name is known.
    pub(crate) chat: &'static str,
    /// Before the names of who it is with.
    chat_with: &'static str,
    /// The person's own lines.
    pub(crate) you: &'static str,
    /// In an empty chat.
    pub(crate) chat_nothing: &'static str,
    /// In the chat's empty field.
    pub(crate) chat_hint: &'static str,
    wants: [&'static str; 5],
    names: [&'static str; 5],
}

impl Words {
    /// A right in the list of a prompt.
    pub(crate) fn wants(&self, right: Right) -> &'static str {
        pick(&self.wants, right)
    }

    /// A right by its name, as on the strip.
    pub(crate) fn name(&self, right: Right) -> &'static str {
        pick(&self.names, right)
    }

    /// What somebody, or several, do who only see.
    pub(crate) fn sees(&self, technicians: usize) -> &'static str {
        if technicians == 1 {
            self.sees.0
        } else {
            self.sees.1
        }
    }

    /// The chat's window, by the names of who it is with.
    pub(crate) fn chat_title(&self, names: &str) -> String {
        if names.is_empty() {
            self.chat.to_owned()
        } else {
            format!("{}{names}", self.chat_with)
        }
    }

    pub(crate) fn title(&self, kind: PromptKind) -> &'static str {
        match kind {
            PromptKind::Session => self.title,
            PromptKind::MoreRights => self.title_more,
        }
    }

    pub(crate) fn asks(&self, kind: PromptKind) -> &'static str {
        match kind {
            PromptKind::Session => self.asks,
            PromptKind::MoreRights => self.asks_more,
        }
    }
}

fn pick(of: &[&'static str; 5], right: Right) -> &'static str {
    let [view, control, clipboard, files, terminal] = of;
    match right {
        Right::View => view,
        Right::Control => control,
        Right::Clipboard => clipboard,
        Right::Files => files,
        Right::Terminal => terminal,
    }
}

/// A duration as people read it on a strip: `7 min`, `1 h 05 min`. The same in every language we have.
pub(crate) fn duration(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    if hours == 0 {
        format!("{minutes} min")
    } else {
        format!("{hours} h {minutes:02} min")
    }
}

const ENGLISH: Words = Words {
    title: "Allow remote help?",
    title_more: "Allow more?",
    somebody: "Somebody",
    guest: " (guest)",
    of: " from ",
    asks: " asks to:",
    asks_more: " also asks to:",
    caution_title: "Did someone phone you and ask for this?",
    caution: "Banks, the police and software makers never call to look at your screen. If you do not know this \
              person, or are in doubt, refuse.",
    how_to_end: "You can end this at any time in the strip at the top of the screen.",
    machine_words: "This machine: ",
    countdown: ("No answer within ", " s counts as no."),
    allow: "Allow",
    refuse: "Refuse",
    end: "End",
    sees: ("sees your screen", "see your screen"),
    connected: "remote access",
    waiting: ("Waiting for help from", "Waiting for help"),
    chat: "Chat",
    chat_with: "Chat with ",
    you: "You",
    chat_nothing: "Nobody has said anything yet.",
    chat_hint: "Write here, Enter sends",
    wants: [
        "see your screen",
        "control mouse and keyboard",
        "share the clipboard",
        "send and fetch files",
        "run commands in a terminal",
    ],
    names: ["Screen", "Control", "Clipboard", "Files", "Terminal"],
};

const PORTUGUESE: Words = Words {
    title: "Permitir ajuda remota?",
    title_more: "Permitir mais?",
    somebody: "Alguém",
    guest: " (convidado)",
    of: ", de ",
    asks: " pede para:",
    asks_more: " pede também para:",
    caution_title: "Alguém ligou para você e pediu isto?",
    caution: "Bancos, polícia e empresas de software nunca ligam para ver a sua tela. Se você não conhece esta \
              pessoa, ou está em dúvida, recuse.",
    how_to_end: "Você pode encerrar a qualquer momento na faixa no alto da tela.",
    machine_words: "Esta máquina: ",
    countdown: ("Sem resposta em ", " s, a resposta será não."),
    allow: "Permitir",
    refuse: "Recusar",
    end: "Encerrar",
    sees: ("vê a sua tela", "veem a sua tela"),
    connected: "acesso remoto",
    waiting: ("Aguardando ajuda de", "Aguardando ajuda"),
    chat: "Conversa",
    chat_with: "Conversa com ",
    you: "Você",
    chat_nothing: "Ninguém disse nada ainda.",
    chat_hint: "Escreva aqui, Enter envia",
    wants: [
        "ver a sua tela",
        "controlar mouse e teclado",
        "usar a área de transferência",
        "enviar e buscar arquivos",
        "executar comandos em um terminal",
    ],
    names: ["Tela", "Controle", "Copiar e colar", "Arquivos", "Terminal"],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn language(variables: &[(&str, &str)]) -> Language {
        Language::from_variables(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn languages_of_environments() {
        assert_eq!(language(&[]), Language::English);
        assert_eq!(language(&[("LANG", "pt_BR.UTF-8")]), Language::Portuguese);
        assert_eq!(language(&[("LANG", "pt_PT@euro")]), Language::Portuguese);
        assert_eq!(language(&[("LANG", "de_DE.UTF-8")]), Language::English);
        let messages = [("LANG", "en_US.UTF-8"), ("LC_MESSAGES", "pt_BR")];
        assert_eq!(language(&messages), Language::Portuguese);
        let all = [("LC_ALL", "en_US.UTF-8"), ("LANG", "pt_BR.UTF-8")];
        assert_eq!(language(&all), Language::English);
        let empty = [("LC_ALL", ""), ("LANG", "pt_BR.UTF-8")];
        assert_eq!(language(&empty), Language::Portuguese);
        let list = [("LANGUAGE", "gl:pt_BR:en"), ("LANG", "gl_ES.UTF-8")];
        assert_eq!(language(&list), Language::Portuguese);
        let without = [("LANGUAGE", "pt_BR"), ("LANG", "C.UTF-8")];
        assert_eq!(language(&without), Language::English);
    }

    #[test]
    fn durations() {
        assert_eq!(duration(0), "0 min");
        assert_eq!(duration(59 * 60 + 59), "59 min");
        assert_eq!(duration(3600 + 5 * 60), "1 h 05 min");
    }
}
