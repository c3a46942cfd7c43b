SELECT CURRENT_DATABASE(), CURRENT_SCHEMA(), CURRENT_WAREHOUSE();
SHOW OBJECTS IN SCHEMA "CDP_DATABASE"."CDP";
SHOW PROCEDURES LIKE 'RESOLVE_IDENTITIES' IN SCHEMA "CDP_DATABASE"."CDP";
SELECT "ID", "NAME", "MODE", "PROFILE_SCHEMA", "UI_PREFERENCES", "IDENTIFIERS", "PRIMARY_SOURCES", "RESOLVE_IDENTITIES_ON_BATCH_IMPORT", "STATE", "OWNER", "PENDING", "FORMAT_VERSION", TIMESTAMPDIFF(MILLISECOND, "HEARTBEAT", CURRENT_TIMESTAMP()) FROM "CDP_DATABASE"."CDP"."KRENALIS_WORKSPACE" LIMIT 2;
DESCRIBE TABLE "CDP_DATABASE"."CDP"."KRENALIS_PROFILES_0";
SELECT CURRENT_DATABASE(), CURRENT_SCHEMA(), CURRENT_WAREHOUSE();
SHOW OBJECTS IN SCHEMA "CDP_DATABASE"."CDP";
SHOW PROCEDURES LIKE 'RESOLVE_IDENTITIES' IN SCHEMA "CDP_DATABASE"."CDP";
SELECT "ID", "NAME", "MODE", "PROFILE_SCHEMA", "UI_PREFERENCES", "IDENTIFIERS", "PRIMARY_SOURCES", "RESOLVE_IDENTITIES_ON_BATCH_IMPORT", "STATE", "OWNER", "PENDING", "FORMAT_VERSION", TIMESTAMPDIFF(MILLISECOND, "HEARTBEAT", CURRENT_TIMESTAMP()) FROM "CDP_DATABASE"."CDP"."KRENALIS_WORKSPACE" LIMIT 2;
DESCRIBE TABLE "CDP_DATABASE"."CDP"."KRENALIS_PROFILES_0";
DESCRIBE TABLE "CDP_DATABASE"."CDP"."KRENALIS_IDENTITIES";
UPDATE "CDP_DATABASE"."CDP"."KRENALIS_WORKSPACE" SET "STATE" = 'migrating', "OWNER" = '0123456789abcdef', "PENDING" = '{"record": {"id": "1604839201", "name": "Customers", "mode": "Normal", "profile_schema": "{\\"kind\\": \\"object\\", \\"properties\\": [{\\"name\\": \\"tier\\", \\"type\\": {\\"kind\\": \\"string\\"}, \\"readOptional\\": true}, {\\"name\\": \\"contact\\", \\"type\\": {\\"kind\\": \\"string\\"}, \\"readOptional\\": true}, {\\"name\\": \\"name\\", \\"type\\": {\\"kind\\": \\"string\\", \\"maxLength\\": 9}, \\"readOptional\\": true}]}", "ui_preferences": "{\\"user_profile\\": {\\"image\\": null, \\"first_name\\": \\"name\\", \\"last_name\\": null, \\"extra\\": null}}", "identifiers": "[\\"contact\\"]", "primary_sources": "{}", "resolve_identities_on_batch_import": true, "state": "ready", "format_version": 1}, "make": ["PROFILES", "RESOLVE_IDENTITIES"], "tables": {"KRENALIS_IDENTITIES": {"before": {"EMAIL": "VARCHAR", "NAME": "VARCHAR(5)", "SCORE": "NUMBER(7,0)", "BORN": "DATE"}, "operations": [{"kind": "DropColumn", "name": "SCORE"}, {"kind": "DropColumn", "name": "BORN"}, {"kind": "RenameColumn", "old": "EMAIL", "new": "CONTACT"}, {"kind": "WidenColumn", "name": "NAME", "type": "VARCHAR(9)", "was": "VARCHAR(5)", "rewrites": false}, {"kind": "AddColumn", "name": "TIER", "type": "VARCHAR"}]}, "KRENALIS_PROFILES_0": {"before": {"EMAIL": "VARCHAR", "NAME": "VARCHAR(5)", "SCORE": "NUMBER(7,0)", "BORN": "DATE"}, "operations": [{"kind": "DropColumn", "name": "SCORE"}, {"kind": "DropColumn", "name": "BORN"}, {"kind": "RenameColumn", "old": "EMAIL", "new": "CONTACT"}, {"kind": "WidenColumn", "name": "NAME", "type": "VARCHAR(9)", "was": "VARCHAR(5)", "rewrites": false}, {"kind": "AddColumn", "name": "TIER", "type": "VARCHAR"}]}}}', "HEARTBEAT" = CURRENT_TIMESTAMP(), "UPDATED_AT" = CURRENT_TIMESTAMP() WHERE "OWNER" IS NOT DISTINCT FROM '0123456789abcdef' AND "STATE" = 'ready' AND ("STATE" = 'ready' OR "HEARTBEAT" IS NULL OR TIMESTAMPDIFF(MILLISECOND, "HEARTBEAT", CURRENT_TIMESTAMP()) >= 120000);
ALTER TABLE "CDP_DATABASE"."CDP"."KRENALIS_IDENTITIES" DROP COLUMN IF EXISTS "SCORE";
ALTER TABLE "CDP_DATABASE"."CDP"."KRENALIS_IDENTITIES" DROP COLUMN IF EXISTS "BORN";
ALTER TABLE "CDP_DATABASE"."CDP"."KRENALIS_IDENTITIES" RENAME COLUMN "EMAIL" TO "CONTACT";
ALTER TABLE "CDP_DATABASE"."CDP"."KRENALIS_IDENTITIES" ALTER COLUMN "NAME" SET DATA TYPE VARCHAR(9);
ALTER TABLE "CDP_DATABASE"."CDP"."KRENALIS_IDENTITIES" ADD COLUMN IF NOT EXISTS "TIER" VARCHAR;
ALTER TABLE "CDP_DATABASE"."CDP"."KRENALIS_PROFILES_0" DROP COLUMN IF EXISTS "SCORE";
ALTER TABLE "CDP_DATABASE"."CDP"."KRENALIS_PROFILES_0" DROP COLUMN IF EXISTS "BORN";
ALTER TABLE "CDP_DATABASE"."CDP"."KRENALIS_PROFILES_0" RENAME COLUMN "EMAIL" TO "CONTACT";
ALTER TABLE "CDP_DATABASE"."CDP"."KRENALIS_PROFILES_0" ALTER COLUMN "NAME" SET DATA TYPE VARCHAR(9);
ALTER TABLE "CDP_DATABASE"."CDP"."KRENALIS_PROFILES_0" ADD COLUMN IF NOT EXISTS "TIER" VARCHAR;
CREATE OR REPLACE VIEW "CDP_DATABASE"."CDP"."PROFILES" COPY GRANTS AS SELECT "_KPID", "_UPDATED_AT", "CONTACT", "NAME", "TIER" FROM "CDP_DATABASE"."CDP"."KRENALIS_PROFILES_0";
CREATE OR REPLACE PROCEDURE "CDP_DATABASE"."CDP"."RESOLVE_IDENTITIES"()
COPY GRANTS
RETURNS INTEGER
LANGUAGE SQL
EXECUTE AS OWNER
AS '…';
UPDATE "CDP_DATABASE"."CDP"."KRENALIS_WORKSPACE" SET "ID" = '1604839201', "NAME" = 'Customers', "MODE" = 'Normal', "PROFILE_SCHEMA" = '{"kind": "object", "properties": [{"name": "tier", "type": {"kind": "string"}, "readOptional": true}, {"name": "contact", "type": {"kind": "string"}, "readOptional": true}, {"name": "name", "type": {"kind": "string", "maxLength": 9}, "readOptional": true}]}', "UI_PREFERENCES" = '{"user_profile": {"image": null, "first_name": "name", "last_name": null, "extra": null}}', "IDENTIFIERS" = '["contact"]', "PRIMARY_SOURCES" = '{}', "RESOLVE_IDENTITIES_ON_BATCH_IMPORT" = TRUE, "STATE" = 'ready', "FORMAT_VERSION" = 1, "OWNER" = '0123456789abcdef', "PENDING" = NULL, "HEARTBEAT" = CURRENT_TIMESTAMP(), "UPDATED_AT" = CURRENT_TIMESTAMP() WHERE "OWNER" = '0123456789abcdef';
