// What Prisma's engines connect with, of the address that they are given.
use quaint::{prelude::*, single::Quaint};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connection = Quaint::new(&std::env::var("DATABASE_URL")?).await?;
    let found = connection.query_raw(&std::env::var("SQL")?, &[]).await?;
    println!("OK {}", found.first().and_then(|row| row.at(0).and_then(|value| value.as_str().map(str::to_owned))).unwrap_or_default());
    Ok(())
}
