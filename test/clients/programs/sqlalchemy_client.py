"""SQLAlchemy, with the driver that the URI names."""
import asyncio
import os

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


async def main():
    engine = create_async_engine(os.environ["DATABASE_URL"])
    async with engine.connect() as connection:
        print("OK", (await connection.execute(text(os.environ["SQL"].replace(":", "\\:")))).scalar_one())
    await engine.dispose()


asyncio.run(main())
