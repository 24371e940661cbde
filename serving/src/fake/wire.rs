//! Just enough HTTP for one request per connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

/// A request.
pub(super) struct Incoming {
    /// Its path, without what follows a `?`.
    pub path: String,
    /// Its body; `null` if it has none.
    pub body: Value,
}

/// The request that `stream` begins with; none if it breaks off.
pub(super) fn read(stream: &mut TcpStream) -> Option<Incoming> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split_whitespace().nth(1)?.split('?').next()?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        match header.trim().split_once(':') {
            None => break,
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.trim().parse().ok()?,
            Some(_) => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Some(Incoming { path, body })
}

/// An answer, after which the connection ends.
pub(super) fn response(status: u16, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Told\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
}

/// Sends an answer.
pub(super) fn answer(stream: &mut TcpStream, status: u16, body: &str) -> std::io::Result<()> {
    stream.write_all(response(status, body).as_bytes())
}
