//! A browser that keeps cookies and follows nothing by itself.

use std::collections::BTreeMap;

use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Its cookies are those of one provider.
#[derive(Default)]
pub struct Browser {
    cookies: BTreeMap<String, String>,
}

/// What is answered.
#[derive(Debug)]
pub struct Page {
    pub status: StatusCode,
    /// Where it leads, as a whole address.
    pub location: Option<String>,
    pub text: String,
}

impl Browser {
    pub async fn get(&mut self, address: &str) -> Page {
        self.send(Method::GET, address, ("text/plain", String::new()))
            .await
    }

    /// Sends a form.
    pub async fn submit(&mut self, address: &str, form: &str) -> Page {
        let body = ("application/x-www-form-urlencoded", form.to_owned());
        self.send(Method::POST, address, body).await
    }

    /// Asks as the program of a page does.
    pub async fn call(&mut self, method: Method, address: &str, body: &Value) -> Page {
        self.send(method, address, ("application/json", body.to_string()))
            .await
    }

    async fn send(&mut self, method: Method, address: &str, (kind, body): (&str, String)) -> Page {
        let uri: Uri = address.parse().unwrap();
        let authority = uri.authority().unwrap().to_string();
        let stream = TcpStream::connect(&authority).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        let driven = tokio::spawn(connection);
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::builder()
            .method(method)
            .uri(uri.path_and_query().unwrap().as_str())
            .header(HOST, &authority)
            .header(COOKIE, cookies.join("; "))
            .header(CONTENT_TYPE, kind)
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        for set in answer.headers().get_all(SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get(LOCATION).map(|place| {
            let place = place.to_str().unwrap();
            if place.starts_with('/') {
                format!("http://{authority}{place}")
            } else {
                place.to_owned()
            }
        });
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        driven.abort();
        Page {
            status,
            location,
            text: String::from_utf8_lossy(&body).into_owned(),
        }
    }
}
