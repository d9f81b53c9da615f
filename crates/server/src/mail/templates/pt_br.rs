//! The letters in Brazilian Portuguese.

use super::Words;

pub(super) const WORDS: Words = Words {
    footer: |server| format!("Enviado pelo Farol em {server}. Ninguém lê respostas a este endereço."),
    test_subject: "O Farol consegue enviar e-mail",
    test_text: |by| {
        format!("{by} pediu este teste ao Farol. Ele chegou, então as configurações estão certas.")
    },
    invitation_subject: |by, into| match into {
        Some(organization) => format!("{by} convida você para {organization} no Farol"),
        None => format!("{by} convida você para o Farol"),
    },
    invitation_text: |by, into| match into {
        Some(organization) => {
            format!(
                "{by} convida você para {organization} no Farol, onde uma equipe vê e atende suas máquinas."
            )
        }
        None => format!("{by} convida você para o Farol, onde uma equipe vê e atende suas máquinas."),
    },
    invitation_link: "Aceitar o convite",
    invitation_until: |until| {
        format!(
            "O link funciona uma vez, até {until}. Quem o tiver pode aceitar em seu nome, então não o repasse a ninguém."
        )
    },
    invitation_not_you: "Se você não sabe do que se trata, não faça nada: sem você, o convite termina sozinho.",
    place_subject: "Novo acesso à sua conta do Farol",
    place_text: |name| {
        format!(
            "Olá, {name}. Alguém entrou na sua conta do Farol de um lugar de onde ela nunca tinha sido usada."
        )
    },
    place_facts: ["Horário", "Endereço", "Dispositivo"],
    place_yours: "Se foi você, não é preciso fazer nada.",
    place_not_yours: "Se não foi você, encerre esse acesso e troque sua senha agora, e avise um administrador.",
    place_link: "Ver seus acessos",
};
