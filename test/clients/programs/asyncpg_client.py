"""asyncpg, of a URI where there is one, else of libpq's variables."""
import asyncio
import os

import asyncpg


async def main():
    connection = await asyncpg.connect(os.environ.get("DATABASE_URL"))
    print("OK", await connection.fetchval(os.environ["SQL"]))
    await connection.close()


asyncio.run(main())
