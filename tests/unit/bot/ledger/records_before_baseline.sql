BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'switchover','runs','2026-11-30 18:28:59.319725+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'switchover','rows','2026-11-30 18:28:59.320944+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'switchover','findings','2026-11-30 18:28:59.322267+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'switchover','controls','2026-11-30 18:28:59.323370+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'switchover','people','2026-11-30 18:28:59.324466+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'switchover','audit','2026-11-30 18:28:59.326098+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'switchover','found_again','2026-11-30 18:28:59.326677+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'switchover','due','2026-11-30 18:28:59.327433+00:00');
INSERT INTO "_sqlite_migrations" VALUES(9,'switchover','follows','2026-11-30 18:28:59.328335+00:00');
INSERT INTO "_sqlite_migrations" VALUES(10,'switchover','before','2026-11-30 18:28:59.329107+00:00');
INSERT INTO "_sqlite_migrations" VALUES(11,'switchover','problems_are_sentences','2026-11-30 18:28:59.329649+00:00');
INSERT INTO "_sqlite_migrations" VALUES(12,'switchover','lanes','2026-11-30 18:28:59.330632+00:00');
INSERT INTO "_sqlite_migrations" VALUES(13,'switchover','rows_hold_somebody','2026-11-30 18:28:59.331383+00:00');
INSERT INTO "_sqlite_migrations" VALUES(14,'switchover','nobody_asks_which_life_sent_a_row','2026-11-30 18:28:59.333333+00:00');
INSERT INTO "_sqlite_migrations" VALUES(15,'switchover','anchored','2026-11-30 18:28:59.334046+00:00');
INSERT INTO "_sqlite_migrations" VALUES(16,'switchover','presses_have_a_line','2026-11-30 18:28:59.334861+00:00');
INSERT INTO "_sqlite_migrations" VALUES(17,'switchover','waits_have_an_end','2026-11-30 18:28:59.335604+00:00');
INSERT INTO "_sqlite_migrations" VALUES(18,'switchover','kept_rows_are_hashed','2026-11-30 18:28:59.336624+00:00');
INSERT INTO "_sqlite_migrations" VALUES(19,'switchover','conversation states','2026-11-30 18:28:59.337220+00:00');
INSERT INTO "_sqlite_migrations" VALUES(20,'switchover','deliveries','2026-11-30 18:28:59.337871+00:00');
INSERT INTO "_sqlite_migrations" VALUES(21,'switchover','cards','2026-11-30 18:28:59.338924+00:00');
INSERT INTO "_sqlite_migrations" VALUES(22,'switchover','shown','2026-11-30 18:28:59.339800+00:00');
INSERT INTO "_sqlite_migrations" VALUES(23,'switchover','the board','2026-11-30 18:28:59.340751+00:00');
INSERT INTO "_sqlite_migrations" VALUES(24,'switchover','health','2026-11-30 18:28:59.341474+00:00');
INSERT INTO "_sqlite_migrations" VALUES(25,'switchover','the journey','2026-11-30 18:28:59.342153+00:00');
INSERT INTO "_sqlite_migrations" VALUES(26,'switchover','identities','2026-11-30 18:28:59.343378+00:00');
INSERT INTO "_sqlite_migrations" VALUES(27,'switchover','identities to look up','2026-11-30 18:28:59.344059+00:00');
CREATE TABLE "anchored" (
   "id" INTEGER PRIMARY KEY
);
INSERT INTO "anchored" VALUES(1);
CREATE TABLE "audit" (
   "n" INTEGER PRIMARY KEY,
   "at" REAL,
   "run" INTEGER,
   "event" TEXT,
   "hashed" TEXT,
   "names" TEXT,
   "previous" TEXT,
   "hash" TEXT
);
INSERT INTO "audit" VALUES(1,1800000000.0,1,'asked','{"at":1800000000.0,"event":"asked","facts":{"answers":"d224ca04e853978d5bed9ff2fb091cc8cf054baef06279e2b10774d6fd750eb8","step":"light"},"n":1,"people":{"name":"976fb5ca328f19f19a5e108c3645d073","who":"7b96db72add166134ced8f4873879460"},"run":1}','{"name":"Anna","who":"a"}','0000000000000000000000000000000000000000000000000000000000000000','bb72fb6e52915228289adef889bf0130cb5727c5822bcee036ae1f4920a0d2ca');
INSERT INTO "audit" VALUES(2,1800000000.0,1,'planned','{"at":1800000000.0,"event":"planned","facts":{"change":2,"digest":"24cbdc772a36b9c2dd36e3d3527005533fee3fdda8e5866b615d1373d0c31382","fine":0,"obstacle":0,"state":"drafted","unclear":0},"n":2,"people":{},"run":1}','{}','bb72fb6e52915228289adef889bf0130cb5727c5822bcee036ae1f4920a0d2ca','33060dfdb485ef6796d20ee76e3e9ce2177a5dfc8171c652de8c13f259d414af');
INSERT INTO "audit" VALUES(3,1800000000.0,1,'start','{"at":1800000000.0,"event":"start","facts":{"before":"2fe062f461a51ef8312a2b446960e9b6e8a12d0a0b47e5386f252d89b9d7905f","digest":"24cbdc772a36b9c2dd36e3d3527005533fee3fdda8e5866b615d1373d0c31382","plan":"177f5edb644346f61feb59eed67936ffe7fdbe8599faf541d1f2b6f9181af7e8","state":"awaiting"},"n":3,"people":{"name":"976fb5ca328f19f19a5e108c3645d073","who":"7b96db72add166134ced8f4873879460"},"run":1}','{"name":"Anna","who":"a"}','33060dfdb485ef6796d20ee76e3e9ce2177a5dfc8171c652de8c13f259d414af','73b6e763b52343eb80ae614f475c1c988b0d50ade21f107606bc2c146caf7a7c');
INSERT INTO "audit" VALUES(4,1800000000.0,1,'approve','{"at":1800000000.0,"event":"approve","facts":{"digest":"24cbdc772a36b9c2dd36e3d3527005533fee3fdda8e5866b615d1373d0c31382","state":"running"},"n":4,"people":{"name":"c887151abbe98f4fe348c1e782a7edb4","who":"ce483d341a7908f805561b3a392d6d55"},"run":1}','{"name":"Ben","who":"b"}','73b6e763b52343eb80ae614f475c1c988b0d50ade21f107606bc2c146caf7a7c','1d30894141b5aad0b0836b76180558e13393df3fdd11cdc2c5ddab32f9011475');
INSERT INTO "audit" VALUES(5,1800000000.0,1,'doing','{"at":1800000000.0,"event":"doing","facts":{"call":"de5b442b956d170d95971ef65c41d5ee","part":0,"session":"session","ticket":"call-a"},"n":5,"people":{"subject":"7b96db72add166134ced8f4873879460"},"run":1}','{"subject":"a"}','1d30894141b5aad0b0836b76180558e13393df3fdd11cdc2c5ddab32f9011475','8d60059260fbf4a46c626151c5d8b6874b117b73992b3f4a1a4d79e2f294d102');
INSERT INTO "audit" VALUES(6,1800000000.0,1,'done','{"at":1800000000.0,"event":"done","facts":{"part":0},"n":6,"people":{"subject":"7b96db72add166134ced8f4873879460"},"run":1}','{"subject":"a"}','8d60059260fbf4a46c626151c5d8b6874b117b73992b3f4a1a4d79e2f294d102','604297c8df0a60d0037a2a56ec2875380e0756fc4f7f667df76bd06225e932c6');
INSERT INTO "audit" VALUES(7,1800000000.0,1,'doing','{"at":1800000000.0,"event":"doing","facts":{"call":"055bf68fb364ed2906c61e123b2852c9","part":0,"session":"session","ticket":"call-b"},"n":7,"people":{"subject":"ce483d341a7908f805561b3a392d6d55"},"run":1}','{"subject":"b"}','604297c8df0a60d0037a2a56ec2875380e0756fc4f7f667df76bd06225e932c6','735a09c387cf39b444577a03a5e04328181109a435510ea814d75d6a8e8714e1');
INSERT INTO "audit" VALUES(8,1800000000.0,1,'done','{"at":1800000000.0,"event":"done","facts":{"part":0},"n":8,"people":{"subject":"ce483d341a7908f805561b3a392d6d55"},"run":1}','{"subject":"b"}','735a09c387cf39b444577a03a5e04328181109a435510ea814d75d6a8e8714e1','48068e6e8da394c130667a292958dc25259e262ba4f45a0a7cca594747bb3e07');
INSERT INTO "audit" VALUES(9,1800000000.0,1,'ended','{"at":1800000000.0,"event":"ended","facts":{"failed":0,"rows":{"done":2},"state":"verified","unconfirmed":0,"verified":2},"n":9,"people":{},"run":1}','{}','48068e6e8da394c130667a292958dc25259e262ba4f45a0a7cca594747bb3e07','8dc3e72a2682e995a730981394064bd2d168fd8e15d8ac12c3a28870581c0965');
INSERT INTO "audit" VALUES(10,1800000000.0,2,'asked','{"at":1800000000.0,"event":"asked","facts":{"answers":"fe265340e52fd8ef7cafa472147821825374e12116f03c468666388df320d05d","step":"light"},"n":10,"people":{"name":"976fb5ca328f19f19a5e108c3645d073","who":"7b96db72add166134ced8f4873879460"},"run":2}','{"name":"Anna","who":"a"}','8dc3e72a2682e995a730981394064bd2d168fd8e15d8ac12c3a28870581c0965','b2f5a21bc687ee0b0978824af4700e5da81aeb1b82139c1771afb5aee57f6f5e');
INSERT INTO "audit" VALUES(11,1800000000.0,2,'planned','{"at":1800000000.0,"event":"planned","facts":{"change":0,"digest":"4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945","fine":1,"obstacle":0,"state":"verified","unclear":0},"n":11,"people":{},"run":2}','{}','b2f5a21bc687ee0b0978824af4700e5da81aeb1b82139c1771afb5aee57f6f5e','463b0e887de07aef2ec34870a7bea41825baae1734e543c8ee684c64787e0a24');
CREATE TABLE "before" (
   "run" INTEGER,
   "subject" TEXT,
   "body" TEXT,
   "at" REAL,
   PRIMARY KEY ("run", "subject")
);
INSERT INTO "before" VALUES(1,'a','{"subject":"a","effect":{"text":"{old} → {new}","values":{"old":"off","new":"on"}},"do":[{"place":"mover","name":"Set-Lamp","parameters":{"Name":"a","State":"on"},"each":[],"each_as":null,"pick":[],"kind":"cmdlet"}],"undo":[{"place":"mover","name":"Set-Lamp","parameters":{"Name":"a","State":"off"},"each":[],"each_as":null,"pick":[],"kind":"cmdlet"}],"undo_loses":[],"no_undo":null,"loses":[],"notes":[],"until_then":[],"holds":"","one_by_one":false,"lane":"","licensed_at":null,"before":{},"identity":null,"kind":"change"}',1800000000.0);
INSERT INTO "before" VALUES(1,'b','{"subject":"b","effect":{"text":"{old} → {new}","values":{"old":"off","new":"on"}},"do":[{"place":"mover","name":"Set-Lamp","parameters":{"Name":"b","State":"on"},"each":[],"each_as":null,"pick":[],"kind":"cmdlet"}],"undo":[{"place":"mover","name":"Set-Lamp","parameters":{"Name":"b","State":"off"},"each":[],"each_as":null,"pick":[],"kind":"cmdlet"}],"undo_loses":[],"no_undo":null,"loses":[],"notes":[],"until_then":[],"holds":"","one_by_one":false,"lane":"","licensed_at":null,"before":{},"identity":null,"kind":"change"}',1800000000.0);
CREATE TABLE "board" (
   "step" TEXT PRIMARY KEY,
   "state" TEXT,
   "body" TEXT,
   "at" REAL,
   "was" TEXT,
   "changed_at" REAL
);
CREATE TABLE "boards" (
   "conversation" TEXT PRIMARY KEY,
   "activity" TEXT,
   "spot" TEXT,
   "shown" TEXT,
   "person" TEXT,
   "asked_at" REAL,
   "since" REAL
);
CREATE TABLE "cards" (
   "conversation" TEXT,
   "activity" TEXT,
   "run" INTEGER,
   "spot" TEXT,
   "shown" TEXT,
   "person" TEXT,
   PRIMARY KEY ("conversation", "activity")
);
CREATE TABLE "controls" (
   "id" INTEGER PRIMARY KEY,
   "run" INTEGER REFERENCES "runs"("id"),
   "verb" TEXT,
   "who" TEXT,
   "at" REAL
);
INSERT INTO "controls" VALUES(1,1,'resume','a',1800000000.0);
CREATE TABLE deliveries (conversation text, activity text, at real not null, primary key (conversation, activity));
CREATE TABLE "findings" (
   "run" INTEGER REFERENCES "runs"("id"),
   "n" INTEGER,
   "subject" TEXT,
   "kind" TEXT,
   "body" TEXT,
   PRIMARY KEY ("run", "n")
);
INSERT INTO "findings" VALUES(1,0,'a','change','{"subject":"a","effect":{"text":"{old} → {new}","values":{"old":"off","new":"on"}},"do":[{"place":"mover","name":"Set-Lamp","parameters":{"Name":"a","State":"on"},"each":[],"each_as":null,"pick":[],"kind":"cmdlet"}],"undo":[{"place":"mover","name":"Set-Lamp","parameters":{"Name":"a","State":"off"},"each":[],"each_as":null,"pick":[],"kind":"cmdlet"}],"undo_loses":[],"no_undo":null,"loses":[],"notes":[],"until_then":[],"holds":"","one_by_one":false,"lane":"","licensed_at":null,"before":{},"identity":null,"kind":"change"}');
INSERT INTO "findings" VALUES(1,1,'b','change','{"subject":"b","effect":{"text":"{old} → {new}","values":{"old":"off","new":"on"}},"do":[{"place":"mover","name":"Set-Lamp","parameters":{"Name":"b","State":"on"},"each":[],"each_as":null,"pick":[],"kind":"cmdlet"}],"undo":[{"place":"mover","name":"Set-Lamp","parameters":{"Name":"b","State":"off"},"each":[],"each_as":null,"pick":[],"kind":"cmdlet"}],"undo_loses":[],"no_undo":null,"loses":[],"notes":[],"until_then":[],"holds":"","one_by_one":false,"lane":"","licensed_at":null,"before":{},"identity":null,"kind":"change"}');
INSERT INTO "findings" VALUES(2,0,'a','fine','{"subject":"a","why":{"text":"already {wanted}","values":{"wanted":"on"}},"notes":[],"listing":"","held_by":[],"identity":null,"kind":"fine"}');
CREATE TABLE "health" (
   "id" INTEGER PRIMARY KEY,
   "at" REAL
);
CREATE TABLE "journey" (
   "one" INTEGER PRIMARY KEY,
   "phase" TEXT,
   "off_at" REAL,
   "run" INTEGER,
   "at" REAL
);
CREATE TABLE "meant" (
   "run" INTEGER,
   "name" TEXT,
   "identity" TEXT,
   "address" TEXT,
   PRIMARY KEY ("run", "name")
);
CREATE TABLE "people" (
   "id" TEXT PRIMARY KEY,
   "name" TEXT
);
INSERT INTO "people" VALUES('a','Anna');
INSERT INTO "people" VALUES('b','Ben');
CREATE TABLE "plans" (
   "run" INTEGER,
   "digest" TEXT,
   "at" REAL,
   "marks" TEXT,
   PRIMARY KEY ("run", "digest")
);
INSERT INTO "plans" VALUES(1,'24cbdc772a36b9c2dd36e3d3527005533fee3fdda8e5866b615d1373d0c31382',1800000000.0,'{"a": "c4a9cdcc", "b": "1615abd9"}');
CREATE TABLE "posts" (
   "run" INTEGER,
   "post" TEXT,
   PRIMARY KEY ("run", "post")
);
CREATE TABLE "reminders" (
   "run" INTEGER,
   "day" INTEGER,
   "words" TEXT,
   "at" REAL,
   PRIMARY KEY ("run", "day")
);
CREATE TABLE "renderings" (
   "run" INTEGER,
   "digest" TEXT,
   "conversation" TEXT,
   "person" TEXT,
   "public" INTEGER,
   "at" REAL,
   PRIMARY KEY ("run", "digest", "conversation", "person")
);
INSERT INTO "renderings" VALUES(1,'24cbdc772a36b9c2dd36e3d3527005533fee3fdda8e5866b615d1373d0c31382','conversation-1','a',0,1800000000.0);
INSERT INTO "renderings" VALUES(1,'24cbdc772a36b9c2dd36e3d3527005533fee3fdda8e5866b615d1373d0c31382','conversation-1','b',0,1800000000.0);
CREATE TABLE "rows" (
   "run" INTEGER REFERENCES "runs"("id"),
   "n" INTEGER,
   "subject" TEXT,
   "part" INTEGER,
   "call" TEXT,
   "state" TEXT,
   "claim" TEXT,
   "session" TEXT,
   "ticket" TEXT,
   "began_at" REAL,
   "ended_at" REAL,
   "tries" INTEGER,
   "verified" INTEGER,
   "why" TEXT,
   "remedy" TEXT, "due_at" REAL, "lane" TEXT NOT NULL DEFAULT '', "waiting_since" REAL, "holds" TEXT NOT NULL DEFAULT '', "identity" TEXT NOT NULL DEFAULT '',
   PRIMARY KEY ("run", "n")
);
INSERT INTO "rows" VALUES(1,0,'a',0,'{"place":"mover","name":"Set-Lamp","parameters":{"Name":"a","State":"on"},"each":[],"each_as":null,"pick":[],"kind":"cmdlet"}','done',NULL,'session','call-a',1800000000.0,1800000000.0,1,1,NULL,NULL,NULL,'',NULL,'a','');
INSERT INTO "rows" VALUES(1,1,'b',0,'{"place":"mover","name":"Set-Lamp","parameters":{"Name":"b","State":"on"},"each":[],"each_as":null,"pick":[],"kind":"cmdlet"}','done',NULL,'session','call-b',1800000000.0,1800000000.0,1,1,NULL,NULL,NULL,'',NULL,'b','');
CREATE TABLE "runs" (
   "id" INTEGER PRIMARY KEY,
   "step" TEXT NOT NULL,
   "state" TEXT NOT NULL,
   "answers" TEXT NOT NULL,
   "fixed" TEXT,
   "digest" TEXT NOT NULL,
   "asked_by" TEXT NOT NULL,
   "asked_at" REAL NOT NULL,
   "started_by" TEXT,
   "agreed_by" TEXT,
   "agreed_at" REAL,
   "agreed" TEXT,
   "why" TEXT,
   "problems" TEXT,
   "again_at" REAL,
   "settling_since" REAL,
   "spot" TEXT NOT NULL,
   "undo_of" INTEGER,
   "life" INTEGER NOT NULL,
   "ended_at" REAL
, "follows" INTEGER, "gives_up_at" REAL, "plan_hash" TEXT, "seen_hash" TEXT);
INSERT INTO "runs" VALUES(1,'light','verified','{"people": "a b"}',NULL,'24cbdc772a36b9c2dd36e3d3527005533fee3fdda8e5866b615d1373d0c31382','a',1800000000.0,'a','b',1800000000.0,'24cbdc772a36b9c2dd36e3d3527005533fee3fdda8e5866b615d1373d0c31382',NULL,'{}',NULL,1800000000.0,'{"conversation": "conversation-1", "service_url": "http://127.0.0.1:1/", "channel": "msteams", "tenant": "", "bot": "", "locale": "en", "kind": "personal"}',NULL,1,1800000000.0,NULL,NULL,'177f5edb644346f61feb59eed67936ffe7fdbe8599faf541d1f2b6f9181af7e8','336f35d73e940ccb291275205f0549a9bed895fa7e1250d0d772ded5cff6acbe');
INSERT INTO "runs" VALUES(2,'light','verified','{"people": "a"}',NULL,'4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945','a',1800000000.0,NULL,NULL,NULL,NULL,NULL,'{}',NULL,NULL,'{"conversation": "conversation-1", "service_url": "http://127.0.0.1:1/", "channel": "msteams", "tenant": "", "bot": "", "locale": "en", "kind": "personal"}',NULL,1,1800000000.0,NULL,NULL,'421d2785ac525383fd7863668af0413badec2f0c34da1b6e71073f9849b16d05','7ef70a74bf78ecd74a7fde05540d11e7ede0184425823df8cbe2aae4332ae075');
CREATE TABLE "salt" (
   "id" INTEGER PRIMARY KEY,
   "salt" TEXT
);
INSERT INTO "salt" VALUES(1,'fff60b3b74251e911871d7d188712ed2');
CREATE TABLE "seen" (
   "run" INTEGER REFERENCES "runs"("id"),
   "fact" TEXT,
   "subject" TEXT,
   "body" TEXT,
   "at" REAL
);
INSERT INTO "seen" VALUES(1,'Lamp','a','{"Name":"a","State":"off"}',1800000000.0);
INSERT INTO "seen" VALUES(1,'Lamp','b','{"Name":"b","State":"off"}',1800000000.0);
INSERT INTO "seen" VALUES(2,'Lamp','a','{"Name":"a","State":"on"}',1800000000.0);
CREATE TABLE states (n integer primary key autoincrement, key text not null unique, data text not null);
CREATE TABLE "wishes" (
   "id" INTEGER PRIMARY KEY,
   "run" INTEGER,
   "verb" TEXT,
   "digest" TEXT,
   "who" TEXT,
   "at" REAL
, "line" INTEGER);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX "idx_runs_state"
    ON "runs" ("state");
CREATE INDEX "idx_rows_run_state"
    ON "rows" ("run", "state");
CREATE INDEX "idx_rows_run_subject"
    ON "rows" ("run", "subject");
CREATE UNIQUE INDEX one_claim on rows (claim) where claim is not null;
CREATE INDEX "idx_seen_run"
    ON "seen" ("run");
CREATE TRIGGER audit_no_update before update on audit begin select raise(abort, 'the audit is append-only'); end;
CREATE TRIGGER audit_no_delete before delete on audit begin select raise(abort, 'the audit is append-only'); end;
CREATE INDEX "idx_audit_run"
    ON "audit" ("run");
CREATE INDEX "idx_seen_fact_run"
    ON "seen" ("fact", "run");
CREATE INDEX "idx_before_subject"
    ON "before" ("subject");
CREATE INDEX deliveries_at on deliveries (at);
CREATE INDEX "idx_cards_run"
    ON "cards" ("run");
CREATE INDEX to_look_up on rows (identity) where identity glob 'entra:*';
DELETE FROM "sqlite_sequence";
COMMIT;
