//! Asks a running server how it is: the health check of an image that holds nothing but the server.

use std::error::Error;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(3);

/// Prints what `/health` says at `address`; fails if it says anything but that all is well.
pub async fn ask(address: &str) -> Result<(), Box<dyn Error>> {
    // A server that listens everywhere is here, too.
    let address = address.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]");
    let answer = timeout(PATIENCE, answer(&address)).await.map_err(|_| format!("no answer from {address}"))?;
    let answer = answer.map_err(|error| format!("cannot reach {address}: {error}"))?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer of HTTP")?;
    println!("{body}");
    if head.split_whitespace().nth(1) == Some("200") { Ok(()) } else { Err("the server is not well".into()) }
}

async fn answer(address: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /health HTTP/1.0\r\nHost: arena\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
