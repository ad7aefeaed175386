//! `fetch` reaches what `allowedFetchUrls` lists, by scheme, host, port and whole path segments, and nothing else.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tgp_tests::Project;

/// Asks a URL and gives status and text.
const ASK: &str = "\
/** Asks a URL. */
export default async ({ url }: { url: string }) => {
  const response = await fetch(url);
  return [response.status, await response.text()];
};
";

/// A small web server that notes what it was asked: the paths, in order.
fn serve() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { break };
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().and_then(Result::ok).unwrap_or_default();
            lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            let answer = if path.starts_with("/v1/away") {
                "HTTP/1.1 302 Found\r\nLocation: /secret\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            } else {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
            };
            noted.lock().unwrap().push(path);
            stream.write_all(answer.as_bytes()).ok();
        }
    });
    (port, asked)
}

#[test]
fn fetch_reaches_only_what_is_listed() {
    let (port, asked) = serve();
    let project = Project::with_settings(&format!("allowedFetchUrls: ['http://127.0.0.1:{port}/v1'],"));
    let mut session = project.session();
    session.write("tools/ask.ts", ASK);
    let fine = session.exec("tools/ask.ts", json!({ "url": format!("http://127.0.0.1:{port}/v1/users") }));
    assert_eq!(*fine.result(), json!([200, "hello"]));
    for url in [
        format!("http://127.0.0.1:{port}/v1evil"),
        format!("http://127.0.0.1:{port}/v1/../secret"),
        format!("http://127.0.0.1:{port}/v1/%2e%2e/secret"),
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/v1"),
        format!("http://127.0.0.1:{port}@example.com/v1"),
        format!("http://user@127.0.0.1:{port}/v1"),
        format!("https://127.0.0.1:{port}/v1"),
        format!("http://127.0.0.1.example.com:{port}/v1"),
        "file:///etc/passwd".to_owned(),
    ] {
        let answer = session.exec("tools/ask.ts", json!({ "url": url }));
        let refused = answer.refused();
        assert!(refused.raw.to_string().contains("network.forbidden"), "{url}: {:#}", refused.raw);
    }
    let away = session.exec("tools/ask.ts", json!({ "url": format!("http://127.0.0.1:{port}/v1/away") }));
    assert!(away.refused().raw.to_string().contains("network."), "{:#}", away.raw);
    session.stop();
    assert_eq!(*asked.lock().unwrap(), ["/v1/users", "/v1/away"], "nothing else was asked");
}

#[test]
fn without_a_list_there_is_no_network() {
    let (port, asked) = serve();
    let project = Project::new();
    let mut session = project.session();
    session.write("tools/ask.ts", ASK);
    let answer = session.exec("tools/ask.ts", json!({ "url": format!("http://127.0.0.1:{port}/v1") }));
    assert!(answer.refused().raw.to_string().contains("network.forbidden"), "{:#}", answer.raw);
    session.stop();
    assert_eq!(asked.lock().unwrap().len(), 0);
}
