-- A run that was cut off goes on (R33 to R36): what is told again, second attempts, and who lives it.

-- A replay is what a resumed run tells again of a session that was kept before: its copy, under the
-- session's number with a minus sign, at most one. It has no order; the session has it.
/*sqlite CREATE TABLE shopping_sessions_new (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES simulation_state (run_id),
  agent_id INTEGER NOT NULL REFERENCES agents (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  store_id INTEGER REFERENCES stores (id),
  sim_hour INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  is_replay INTEGER NOT NULL DEFAULT 0 CHECK (is_replay IN (0, 1)),
  kind TEXT NOT NULL CHECK (kind IN ('shopping', 'idle')),
  outcome TEXT NOT NULL CHECK (outcome = 'open' OR outcome = 'browsed' OR outcome = 'abandoned' OR outcome = 'purchased' OR outcome = 'error'),
  order_id INTEGER UNIQUE,
  started_sim_us INTEGER NOT NULL,
  ended_sim_us INTEGER,
  recorded_wall_us INTEGER NOT NULL,
  n_events INTEGER NOT NULL,
  is_simulated INTEGER NOT NULL DEFAULT 1 CHECK (is_simulated IN (0, 1)),
  replays_session_id INTEGER,
  UNIQUE (run_id, agent_id, sim_hour, attempt, is_replay),
  CHECK ((outcome = 'purchased' AND is_replay = 0) = (order_id IS NOT NULL)),
  CHECK ((is_replay = 1) = (replays_session_id IS NOT NULL)),
  CHECK (is_replay = 0 OR (id = -replays_session_id AND ended_sim_us IS NOT NULL))
) STRICT;
INSERT INTO shopping_sessions_new
  SELECT id, run_id, agent_id, user_id, store_id, sim_hour, attempt, is_replay, kind, outcome,
    order_id, started_sim_us, ended_sim_us, recorded_wall_us, n_events, is_simulated, NULL
  FROM shopping_sessions;
DROP TABLE shopping_sessions;
ALTER TABLE shopping_sessions_new RENAME TO shopping_sessions;
CREATE UNIQUE INDEX shopping_sessions_one_open ON shopping_sessions (run_id, user_id)
  WHERE ended_sim_us IS NULL;*/
/*postgres ALTER TABLE shopping_sessions
  ADD COLUMN replays_session_id bigint,
  DROP CONSTRAINT shopping_sessions_check,
  ADD CONSTRAINT shopping_sessions_order CHECK (
    (outcome = 'purchased' AND is_replay = 0) = (order_id IS NOT NULL)),
  ADD CONSTRAINT shopping_sessions_replayed CHECK (
    (is_replay = 1) = (replays_session_id IS NOT NULL)),
  ADD CONSTRAINT shopping_sessions_replay CHECK (
    is_replay = 0 OR (id = -replays_session_id AND ended_sim_us IS NOT NULL));*/

-- Who lives the run, and when it last said so: two at once would tell its shoppers' lives twice.
ALTER TABLE simulation_state ADD COLUMN holder TEXT;
ALTER TABLE simulation_state ADD COLUMN held_wall_us BIGINT;
-- Where it shops: 'database', 'api', 'mock', or the URL of somebody else's shop. NULL: not known.
ALTER TABLE simulation_state ADD COLUMN shop TEXT;

/*postgres 
-- As in 0005; the number of a simulated session ends with its attempt. An hour in which the agent has
-- been is taken, but for an attempt that was set aside: it left nothing.
CREATE OR REPLACE FUNCTION footfall.trip_open(p_session bigint, p_run bigint, p_agent bigint, p_user bigint,
  p_store bigint, p_hour bigint, p_kind text, p_started bigint, p_wall bigint, p_simulated bigint)
RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(p_session);
  INSERT INTO footfall.shopping_sessions (id, run_id, agent_id, user_id, store_id, sim_hour, attempt,
    kind, outcome, started_sim_us, recorded_wall_us, n_events, is_simulated)
  SELECT p_session, p_run, p_agent, p_user, p_store, p_hour,
    CASE WHEN p_simulated = 1 THEN p_session % 10 ELSE 0 END, p_kind, 'open', p_started, p_wall, 0,
    p_simulated
  WHERE p_session % 10 = 0 OR p_simulated = 0 OR NOT EXISTS (
    SELECT FROM footfall.shopping_sessions s
    WHERE s.id BETWEEN p_session - p_session % 10 AND p_session - p_session % 10 + 9
      AND s.id <> p_session AND NOT (s.outcome = 'abandoned' AND s.n_events = 0))
  ON CONFLICT DO NOTHING;
  IF FOUND THEN
    RETURN 0;
  END IF;
  RETURN CASE WHEN EXISTS (SELECT FROM footfall.shopping_sessions WHERE id = p_session)
         THEN 1 ELSE 2 END;
END $$;*/
