// node-postgres, as its page says: of a URI where there is one, else of libpq's variables.
const { Client } = require("pg");

const { DATABASE_URL: connectionString, SQL } = process.env;
const client = new Client(connectionString === undefined ? {} : { connectionString });
client
  .connect()
  .then(() => client.query(SQL))
  .then(({ rows }) => console.log(`OK ${Object.values(rows[0])[0]}`))
  .then(() => client.end())
  .catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
