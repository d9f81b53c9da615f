//! The console: the files of `web/dist`, inside the program in release builds, read from disk in debug builds.
//!
//! Files under `assets/` have a hash in their names and are kept by browsers for ever; everything else is asked for again
//! with its `ETag`. A path without a file is a page of the console's own router and gets `index.html`, unless its last part
//! has a dot. The build puts `.br` and `.gz` beside the files; they go to browsers that take them.

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::error::Error;

/// Shown until the console was built.
const NOT_BUILT: &str = include_str!("console_missing.html");
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
#[allow_missing = true]
struct Dist;

/// One file of the console.
struct File {
    bytes: Bytes,
    /// Hex of its content's hash.
    hash: String,
}

/// Where files come from; tests have their own.
trait Files {
    fn get(path: &str) -> Option<File>;
}

impl Files for Dist {
    fn get(path: &str) -> Option<File> {
        let file = <Self as RustEmbed>::get(path)?;
        let hash = hex::encode(&file.metadata.sha256_hash()[..12]);
        let bytes = match file.data {
            std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Some(File { bytes, hash })
    }
}

/// Answers everything that is no route: files and pages of the console, and 404 for what only looks like a route.
pub(super) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    answer::<Dist>(&method, uri.path(), &headers)
}

fn answer<F: Files>(method: &Method, path: &str, headers: &HeaderMap) -> Response {
    let reading = matches!(*method, Method::GET | Method::HEAD);
    if !reading
        || ["/api", "/health", "/metrics"]
            .iter()
            .any(|route| is_under(path, route))
    {
        return Error::NotFound("address").into_response();
    }
    let path = path.trim_start_matches('/');
    if !path.is_empty()
        && let Some(response) = file::<F>(path, headers)
    {
        return response;
    }
    // A file that is not there; an old console asking for its old parts must notice.
    if path.rsplit('/').next().is_some_and(|last| last.contains('.')) {
        return Error::NotFound("file").into_response();
    }
    file::<F>("index.html", headers)
        .unwrap_or_else(|| (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response())
}

fn is_under(path: &str, route: &str) -> bool {
    path.strip_prefix(route)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn file<F: Files>(path: &str, headers: &HeaderMap) -> Option<Response> {
    // The compressed ones are found by their plain names only.
    if path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let plain = F::get(path)?;
    let (encoding, file) =
        compressed::<F>(path, headers).map_or((None, plain), |(name, file)| (Some(name), file));
    let tag = format!("\"{}\"", file.hash);
    let fresh = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| {
            known
                .split(',')
                .any(|known| known.trim().trim_start_matches("W/") == tag)
        });
    let mut response = if fresh {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, content_type(path))], Body::from(file.bytes)).into_response()
    };
    let out = response.headers_mut();
    out.insert(
        CACHE_CONTROL,
        if path.starts_with("assets/") {
            FOREVER
        } else {
            ASK_AGAIN
        },
    );
    out.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(ETAG, tag);
    }
    if let Some(encoding) = encoding.filter(|_| !fresh) {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

fn compressed<F: Files>(path: &str, headers: &HeaderMap) -> Option<(&'static str, File)> {
    let accepted = headers.get(ACCEPT_ENCODING)?.to_str().ok()?;
    [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(accepted, encoding))
        .find_map(|(encoding, extension)| Some((encoding, F::get(&format!("{path}.{extension}"))?)))
}

/// Whether `Accept-Encoding` names the encoding without refusing it (`;q=0`).
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|part| {
        let mut pieces = part.split(';').map(str::trim);
        let named = pieces
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = pieces.any(|parameter| matches!(parameter, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        named && !refused
    })
}

/// Types of the files that the console's build makes; with `nosniff` browsers insist on the right one.
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fake;
    impl Files for Fake {
        fn get(path: &str) -> Option<File> {
            let known = [
                "index.html",
                "assets/a-1234.js",
                "assets/a-1234.js.br",
                "assets/a-1234.js.gz",
            ];
            let place = known.iter().position(|name| *name == path)?;
            Some(File {
                bytes: Bytes::from(path.to_owned()),
                hash: format!("hash{place}"),
            })
        }
    }
    struct Nothing;
    impl Files for Nothing {
        fn get(_: &str) -> Option<File> {
            None
        }
    }

    fn get(path: &str, pairs: &[(&'static str, &str)]) -> Response {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        answer::<Fake>(&Method::GET, path, &headers)
    }

    #[test]
    fn pages_get_the_index_and_missing_files_do_not() {
        for page in ["/", "/machines", "/machines/1/session"] {
            let response = get(page, &[]);
            assert_eq!(response.status(), StatusCode::OK, "{page}");
            assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
            assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        }
        for missing in [
            "/assets/old-99.js",
            "/api/nothing",
            "/api",
            "/health/x",
            "/../Cargo.toml",
            "/assets/a-1234.js.br",
        ] {
            assert_eq!(get(missing, &[]).status(), StatusCode::NOT_FOUND, "{missing}");
        }
        assert_eq!(get("/apiary", &[]).status(), StatusCode::OK);
    }

    #[test]
    fn hashed_files_are_kept_and_compressed() {
        let response = get("/assets/a-1234.js", &[("accept-encoding", "gzip, br")]);
        assert_eq!(response.headers()[CONTENT_ENCODING], "br");
        assert_eq!(
            response.headers()[CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(response.headers()[VARY], "accept-encoding");
        let gzip = get("/assets/a-1234.js", &[("accept-encoding", "gzip, br;q=0")]);
        assert_eq!(gzip.headers()[CONTENT_ENCODING], "gzip");
        assert!(
            get("/assets/a-1234.js", &[])
                .headers()
                .get(CONTENT_ENCODING)
                .is_none()
        );
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        let tag = get("/", &[]).headers()[ETAG].to_str().unwrap().to_owned();
        let again = get("/", &[("if-none-match", &tag)]);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()[ETAG], tag.as_str());
    }

    #[test]
    fn without_a_console_the_page_says_what_to_do() {
        let response = answer::<Nothing>(&Method::GET, "/", &HeaderMap::new());
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(NOT_BUILT.contains("cargo xtask up"));
    }
}
