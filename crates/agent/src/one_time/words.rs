//! What a one-time agent says to the person at the machine, in both languages. The stable code stands behind every failure, so
//! that they can read it to whoever helps.

use farol_platform::notice::Language;
use farol_transport::UrlError;

use super::{Ending, HelpError};

/// One of two texts.
fn pick<'a>(language: Language, english: &'a str, portuguese: &'a str) -> &'a str {
    match language {
        Language::English => english,
        Language::Portuguese => portuguese,
    }
}

/// Texts that are always the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words(pub(super) Language);

impl Words {
    pub(super) fn title(self) -> &'static str {
        pick(self.0, "Get help", "Receber ajuda")
    }

    pub(super) fn question(self) -> &'static str {
        pick(
            self.0,
            "Type the support code that you were given, and the address of the page that this program is from. Nobody sees \
             your screen before you agree.",
            "Digite o código de suporte que você recebeu e o endereço da página de onde veio este programa. Ninguém vê a sua \
             tela antes de você concordar.",
        )
    }

    pub(super) fn code(self) -> &'static str {
        pick(
            self.0,
            "Support code, such as K7Q-F2M-9X4",
            "Código de suporte, como K7Q-F2M-9X4",
        )
    }

    pub(super) fn server(self) -> &'static str {
        pick(
            self.0,
            "Address, such as farol.example.org",
            "Endereço, como farol.example.org",
        )
    }

    pub(super) fn go_on(self) -> &'static str {
        pick(self.0, "Continue", "Continuar")
    }

    pub(super) fn cancel(self) -> &'static str {
        pick(self.0, "Cancel", "Cancelar")
    }

    pub(super) fn close(self) -> &'static str {
        pick(self.0, "Close", "Fechar")
    }

    /// For terminals: what is going on, and how to end it.
    pub(super) fn waiting(self, organization: &str) -> String {
        let somebody = pick(self.0, "the help desk", "quem vai ajudar");
        let who = if organization.is_empty() {
            somebody
        } else {
            organization
        };
        match self.0 {
            Language::English => format!(
                "Waiting for help from {who}. Nobody sees your screen before you agree. To end it, press End in the strip at \
                 the top of the screen, or Ctrl+C here."
            ),
            Language::Portuguese => format!(
                "Aguardando ajuda de {who}. Ninguém vê a sua tela antes de você concordar. Para encerrar, use Encerrar na \
                 faixa no alto da tela, ou Ctrl+C aqui."
            ),
        }
    }

    /// The last sentence.
    pub(super) fn ending(self, ending: Ending) -> String {
        let what = match ending {
            Ending::ByEndUser => pick(self.0, "You ended it.", "Você encerrou."),
            Ending::ByServer => pick(
                self.0,
                "The help desk ended it.",
                "O atendimento foi encerrado por quem ajudava.",
            ),
            Ending::Done => pick(self.0, "The help is over.", "A ajuda terminou."),
            Ending::NobodyCame => pick(
                self.0,
                "Nobody came within an hour. Ask for a new support code when you still need help.",
                "Ninguém veio em uma hora. Peça um novo código de suporte se ainda precisar de ajuda.",
            ),
            Ending::Stopped => pick(self.0, "It was stopped.", "Foi interrompido."),
        };
        let nothing = pick(
            self.0,
            "Nobody has access to this computer through it any more, and nothing was installed.",
            "Ninguém mais tem acesso a este computador por ele, e nada foi instalado.",
        );
        format!("{what} {nothing}")
    }

    /// What failed, why and what to do.
    pub(super) fn sentence(self, error: &HelpError) -> String {
        match self.0 {
            Language::English => english(error),
            Language::Portuguese => portuguese(error),
        }
    }

    /// The same with its code.
    pub(super) fn failure(self, error: &HelpError) -> String {
        format!("{} [{}]", self.sentence(error), error.code())
    }
}

fn english(error: &HelpError) -> String {
    match error {
        HelpError::NoDisplay(reason) => format!(
            "There is no desktop to help with ({reason}). Log on at this computer's own screen and start this program there."
        ),
        HelpError::CodeMissing => {
            "There is no support code. Ask the person who is going to help you for one, and start this program again.".into()
        }
        HelpError::CodeMistyped => {
            "This is no support code: it has nine letters and digits. Compare it with the one that you were given.".into()
        }
        HelpError::CodeUnknown => {
            "This support code does not work: it may have expired or been used already. Compare it with the one that you \
             were given, or ask for a new one."
                .into()
        }
        HelpError::TooMany => {
            "Too many wrong codes were tried. Wait ten minutes, then try again with a new code.".into()
        }
        HelpError::ServerMissing => {
            "The address is missing. It is that of the page where you got this program; ask the person who is going to help \
             you."
                .into()
        }
        HelpError::AddressInvalid {
            address,
            why: UrlError::Insecure,
        } => format!("The address {address} is not encrypted. Use the one that begins with https://."),
        HelpError::AddressInvalid { address, .. } => format!(
            "{address} is no address. Use that of the page where you got this program, such as farol.example.org."
        ),
        HelpError::Unreachable { server, reason } => format!(
            "{server} cannot be reached ({reason}). Check the address and your connection to the internet, then try again."
        ),
        HelpError::Certificate { server, reason } => format!(
            "{server} does not prove to be who it says it is ({reason}). Check the address; if it is right, tell the person \
             who is going to help you, and do not go on."
        ),
        HelpError::NotFarol { server, reason } => format!(
            "{server} does not answer as expected ({reason}). Check the address, or ask the person who is going to help you."
        ),
        HelpError::Refused { detail, .. } => {
            format!("The server does not take this computer in: {detail}. Ask for a new support code.")
        }
        HelpError::CaFile(reason) => {
            format!("The file given with --ca-file cannot be used: {reason}.")
        }
        HelpError::State(error) => format!(
            "This program cannot keep what it needs while it runs: {error}. Free some space, then ask for a new support code."
        ),
        HelpError::System(reason) => format!(
            "The system does not let this program run: {reason}. Restart the computer, then ask for a new support code."
        ),
        HelpError::Left { path, reason } => format!(
            "It is over, but {} could not be removed: {reason}. Remove it by hand.",
            path.display()
        ),
    }
}

fn portuguese(error: &HelpError) -> String {
    match error {
        HelpError::NoDisplay(reason) => format!(
            "Não há área de trabalho para ajudar ({reason}). Entre na sua conta na tela deste computador e inicie o programa \
             ali."
        ),
        HelpError::CodeMissing => {
            "Falta o código de suporte. Peça um à pessoa que vai ajudar e inicie este programa de novo.".into()
        }
        HelpError::CodeMistyped => {
            "Isto não é um código de suporte: ele tem nove letras e números. Confira com o que você recebeu.".into()
        }
        HelpError::CodeUnknown => {
            "Este código de suporte não funciona: pode ter expirado ou já ter sido usado. Confira com o que você recebeu ou \
             peça um novo."
                .into()
        }
        HelpError::TooMany => {
            "Foram tentados códigos errados demais. Espere dez minutos e tente de novo com um novo código.".into()
        }
        HelpError::ServerMissing => {
            "Falta o endereço. É o da página de onde veio este programa; pergunte à pessoa que vai ajudar.".into()
        }
        HelpError::AddressInvalid {
            address,
            why: UrlError::Insecure,
        } => format!("O endereço {address} não é criptografado. Use o que começa com https://."),
        HelpError::AddressInvalid { address, .. } => format!(
            "{address} não é um endereço. Use o da página de onde veio este programa, como farol.example.org."
        ),
        HelpError::Unreachable { server, reason } => format!(
            "Não foi possível chegar a {server} ({reason}). Confira o endereço e a sua conexão com a internet e tente de \
             novo."
        ),
        HelpError::Certificate { server, reason } => format!(
            "{server} não prova ser quem diz que é ({reason}). Confira o endereço; se estiver certo, avise a pessoa que vai \
             ajudar e não continue."
        ),
        HelpError::NotFarol { server, reason } => format!(
            "{server} não responde como esperado ({reason}). Confira o endereço ou pergunte à pessoa que vai ajudar."
        ),
        HelpError::Refused { detail, .. } => {
            format!("O servidor não aceita este computador: {detail}. Peça um novo código de suporte.")
        }
        HelpError::CaFile(reason) => {
            format!("O arquivo dado com --ca-file não pode ser usado: {reason}.")
        }
        HelpError::State(error) => format!(
            "Este programa não consegue guardar o que precisa enquanto funciona: {error}. Libere espaço e peça um novo código \
             de suporte."
        ),
        HelpError::System(reason) => format!(
            "O sistema não deixa este programa funcionar: {reason}. Reinicie o computador e peça um novo código de suporte."
        ),
        HelpError::Left { path, reason } => format!(
            "Terminou, mas {} não pôde ser removido: {reason}. Remova-o você mesmo.",
            path.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn every() -> Vec<HelpError> {
        let text = || "that".to_owned();
        let (server, reason) = (text(), text());
        vec![
            HelpError::NoDisplay(text()),
            HelpError::CodeMissing,
            HelpError::CodeMistyped,
            HelpError::CodeUnknown,
            HelpError::TooMany,
            HelpError::ServerMissing,
            HelpError::AddressInvalid {
                address: text(),
                why: UrlError::Malformed,
            },
            HelpError::Unreachable {
                server: server.clone(),
                reason: reason.clone(),
            },
            HelpError::Certificate {
                server: server.clone(),
                reason: reason.clone(),
            },
            HelpError::NotFarol { server, reason },
            HelpError::Refused {
                code: "blocked".into(),
                detail: text(),
            },
            HelpError::CaFile(text()),
            HelpError::State(text()),
            HelpError::System(text()),
            HelpError::Left {
                path: PathBuf::from("that"),
                reason: text(),
            },
        ]
    }

    #[test]
    fn every_failure_is_sentences_with_a_code_in_both_languages() {
        let mut codes: Vec<String> = Vec::new();
        for error in every() {
            let said =
                [Language::English, Language::Portuguese].map(|language| Words(language).failure(&error));
            assert_ne!(said[0], said[1]);
            for said in said {
                assert!(said.ends_with(&format!(". [{}]", error.code())), "{said}");
                assert!(
                    said.starts_with(|c: char| c.is_uppercase()) || said.starts_with("that"),
                    "{said}"
                );
            }
            codes.push(error.code().to_owned());
        }
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), every().len(), "each has its own");
    }

    #[test]
    fn every_end_is_said() {
        let endings = [
            Ending::ByEndUser,
            Ending::ByServer,
            Ending::Done,
            Ending::NobodyCame,
            Ending::Stopped,
        ];
        let all: std::collections::BTreeSet<String> = [Language::English, Language::Portuguese]
            .into_iter()
            .flat_map(|language| endings.map(|ending| Words(language).ending(ending)))
            .collect();
        assert_eq!(all.len(), 10);
    }

    #[test]
    fn whose_help_is_waited_for_is_named() {
        for language in [Language::English, Language::Portuguese] {
            let words = Words(language);
            assert!(words.waiting("Acme").contains("Acme"));
            assert!(!words.waiting("").contains("  "));
        }
    }
}
