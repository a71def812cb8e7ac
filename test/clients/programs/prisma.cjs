// Prisma's adapter for node-postgres, which is all of its client that sees the address.
const { PrismaPg } = require("@prisma/adapter-pg");

new PrismaPg({ connectionString: process.env.DATABASE_URL })
  .connect()
  .then(async (adapter) => {
    const { rows } = await adapter.queryRaw({ sql: process.env.SQL, args: [], argTypes: [] });
    console.log(`OK ${rows[0][0]}`);
    await adapter.dispose();
  })
  .catch((error) => {
    console.error(error.message, error.cause ?? "");
    process.exit(1);
  });
