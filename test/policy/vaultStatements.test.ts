import * as assert from "node:assert/strict";
import { noVaultDatabaseRole as rule } from "../../policy/rules/noVaultDatabaseRole";
import { judge, object, resource } from "../support/policy";

const CLUSTER = object("postgresql.cnpg.io/v1:Cluster", "pg", { spec: { managed: { roles: [{ name: "zz_shop" }, { name: "zz-mail" }] } } });
/**
 * The managed roles that a role of Vault's with this statement, or a connection with this address,
 * names.
 */
const roles = (properties: object) =>
  judge(rule, [CLUSTER, resource("vault:database/secretBackendRole:SecretBackendRole", properties, { name: "mine" })]).map(
    (said) => /names the role (\S+),/.exec(said)?.[1],
  );

describe("policy/rules/noVaultDatabaseRole, in SQL", () => {
  const statements: [string, ...string[]][] = [
    ["ALTER ROLE zz_shop PASSWORD '{{password}}'", "zz_shop"],
    ["alter user \"zz_shop\" with password 'x'", "zz_shop"],
    ["CREATE ROLE x IN ROLE zz_shop", "zz_shop"],
    ['CREATE ROLE x IN ROLE readers, "zz-mail", zz_shop', "zz_shop", "zz-mail"],
    ["CREATE USER x IN GROUP zz_shop", "zz_shop"],
    ["DROP ROLE zz_shop", "zz_shop"],
    ["SET ROLE zz_shop", "zz_shop"],
    ["SET SESSION AUTHORIZATION zz_shop", "zz_shop"],
    ["GRANT zz_shop TO x", "zz_shop"],
    ["GRANT SELECT ON t TO zz_shop", "zz_shop"],
    ["REVOKE zz_shop FROM x", "zz_shop"],
    ['revoke "zz-mail" from x', "zz-mail"],
    ["REASSIGN OWNED BY x TO zz_shop", "zz_shop"],
    ["REASSIGN OWNED BY zz_shop TO x", "zz_shop"],
    ["GRANT SELECT ON zz_shop TO x"],
    ["REVOKE ALL ON SCHEMA zz_shop FROM x"],
    ["ALTER ROLE zz_shop_reader NOLOGIN"],
    ["ALTER ROLE zz_shop-2 NOLOGIN"],
    ["ALTER ROLE x_zz_shop NOLOGIN"],
    ["CREATE DATABASE zz_shop"],
  ];
  for (const [statement, ...expected] of statements)
    it(`${statement}: ${expected.length > 0 ? expected.join(", ") : "no role of CloudNativePG's"}`, () => {
      for (const field of ["creationStatements", "revocation_statements", "rotationStatement"])
        assert.deepEqual(roles({ [field]: [statement] }).sort(), [...expected].sort(), field);
      // What is no SQL may name whatever it likes.
      assert.deepEqual(roles({ description: statement }), []);
    });

  const addresses: [string, boolean][] = [
    ["postgresql://zz_shop:{{password}}@db:5432/x", true],
    ["postgres://zz_shop@db/x", true],
    ["host=db user=zz_shop dbname=x", true],
    ["postgresql://{{username}}:{{password}}@zz_shop:5432/zz_shop", false],
    ["host=zz_shop user=zz_shop_reader", false],
  ];
  for (const [address, isNamed] of addresses)
    it(`${address}: ${isNamed ? "logs in as one" : "does not"}`, () => {
      for (const field of ["connectionUrl", "connection_url"])
        assert.deepEqual(roles({ postgresql: { [field]: address } }), isNamed ? ["zz_shop"] : []);
    });
});
