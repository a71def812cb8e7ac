"""psycopg, which is libpq: of a URI where there is one, else of libpq's variables."""
import os

import psycopg

with psycopg.connect(os.environ.get("DATABASE_URL", "")) as connection:
    print("OK", connection.execute(os.environ["SQL"]).fetchone()[0])
