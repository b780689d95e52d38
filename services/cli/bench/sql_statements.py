"""The statements of the SQL-scan method, written anew from a description of what mod_callcenter of FreeSWITCH does.

Three tables without an index. Who gets a waiting member is asked anew for each: all agents of the member's queue with
their tiers, in the strategy's order; the first one who is free gets it. Skills play no part.
"""

PRAGMAS = ("PRAGMA synchronous = OFF", "PRAGMA temp_store = MEMORY", "PRAGMA cache_size = 8000")

TABLES = (
    """CREATE TABLE agents (
        name TEXT, instance_id TEXT, uuid TEXT, kind TEXT, contact TEXT, status TEXT, state TEXT,
        max_no_answer INTEGER, no_answer_count INTEGER, wrap_up_s INTEGER,
        reject_delay_s INTEGER, busy_delay_s INTEGER, no_answer_delay_s INTEGER,
        last_bridge_start INTEGER, last_bridge_end INTEGER, last_offered_call INTEGER, last_status_change INTEGER,
        calls_answered INTEGER, talk_time INTEGER, ready_time INTEGER)""",
    """CREATE TABLE tiers (queue TEXT, agent TEXT, state TEXT, level INTEGER, position INTEGER)""",
    """CREATE TABLE members (
        queue TEXT, instance_id TEXT, uuid TEXT, session_uuid TEXT, caller_number TEXT, caller_name TEXT,
        system_epoch INTEGER, joined_epoch INTEGER, rejoined_epoch INTEGER,
        bridge_epoch INTEGER, abandoned_epoch INTEGER, base_score INTEGER, skill_score INTEGER,
        serving_agent TEXT, serving_system TEXT, state TEXT)""",
)

# What a generous administrator would add; the method itself has none.
INDEXES = (
    "CREATE INDEX agents_by_name ON agents (name)",
    "CREATE INDEX tiers_by_queue ON tiers (queue)",
    "CREATE INDEX tiers_by_agent ON tiers (agent)",
    "CREATE INDEX members_by_uuid ON members (uuid)",
)

ADD_AGENT = """INSERT INTO agents VALUES (
    ?, 'single_box', '', 'callback', '[leg_timeout=10]user/' || ? || '@centre.example', 'Available', ?,
    3, 0, 0, 10, 60, 60, 0, ?, ?, 0, 0, 0, 0)"""
ADD_TIER = "INSERT INTO tiers VALUES (?, ?, 'Ready', 1, ?)"
ADD_MEMBER = """INSERT INTO members VALUES (
    ?, 'single_box', ?, ?, '+15555550100', 'Customer Name', ?, ?, 0, 0, 0, 0, 0, '', '', 'Waiting')"""
DROP_MEMBER = "DELETE FROM members WHERE uuid = ?"
FREE_AGENT = "UPDATE agents SET state = 'Waiting', last_bridge_end = ? WHERE name = ?"

# One pass: every member that waits, the one with the highest score first.
MEMBERS_IN_ORDER = """
    SELECT queue, uuid, session_uuid, caller_number, caller_name, joined_epoch, state, abandoned_epoch, serving_agent,
           (? - joined_epoch) + base_score + skill_score AS score
    FROM members WHERE state = 'Waiting' AND instance_id = 'single_box' ORDER BY score DESC"""

LONGEST_IDLE = """
    SELECT agents.name, agents.instance_id, agents.status, agents.state, agents.contact, agents.kind, agents.uuid,
           agents.no_answer_count, agents.max_no_answer, agents.wrap_up_s, agents.reject_delay_s, agents.busy_delay_s,
           agents.no_answer_delay_s, agents.last_bridge_end, agents.last_offered_call, agents.ready_time,
           tiers.state, tiers.level, tiers.position
    FROM agents LEFT JOIN tiers ON agents.name = tiers.agent
    WHERE tiers.queue = ? AND agents.status IN ('Available', 'On Demand', 'On Break')
    ORDER BY tiers.level, agents.last_bridge_end, tiers.position"""

# After the one who was offered something last come those behind them in the queue, then all from the top.
ROUND_ROBIN = """
    SELECT agents.name AS name, agents.instance_id, agents.status, agents.state, agents.contact, agents.kind,
           agents.uuid, agents.no_answer_count, agents.max_no_answer, agents.wrap_up_s, agents.reject_delay_s,
           agents.busy_delay_s, agents.no_answer_delay_s, agents.last_bridge_end,
           agents.last_offered_call AS last_offered, agents.ready_time, tiers.state,
           tiers.level AS level, tiers.position AS position, 1 AS branch
    FROM agents LEFT JOIN tiers ON agents.name = tiers.agent
    WHERE tiers.queue = :queue AND agents.status IN ('Available', 'On Demand', 'On Break')
      AND tiers.position > (
          SELECT tiers.position FROM agents LEFT JOIN tiers ON agents.name = tiers.agent
          WHERE tiers.queue = :queue AND agents.last_offered_call > 0
          ORDER BY agents.last_offered_call DESC LIMIT 1)
      AND tiers.level = (
          SELECT tiers.level FROM agents LEFT JOIN tiers ON agents.name = tiers.agent
          WHERE tiers.queue = :queue AND agents.last_offered_call > 0
          ORDER BY agents.last_offered_call DESC LIMIT 1)
    UNION
    SELECT agents.name AS name, agents.instance_id, agents.status, agents.state, agents.contact, agents.kind,
           agents.uuid, agents.no_answer_count, agents.max_no_answer, agents.wrap_up_s, agents.reject_delay_s,
           agents.busy_delay_s, agents.no_answer_delay_s, agents.last_bridge_end,
           agents.last_offered_call AS last_offered, agents.ready_time, tiers.state,
           tiers.level AS level, tiers.position AS position, 2 AS branch
    FROM agents LEFT JOIN tiers ON agents.name = tiers.agent
    WHERE tiers.queue = :queue AND agents.status IN ('Available', 'On Demand', 'On Break')
    ORDER BY branch, level, position, last_offered"""

TRY_MEMBER = """
    UPDATE members SET serving_agent = ?, serving_system = 'single_box', state = 'Trying'
    WHERE state = 'Waiting' AND uuid = ? AND instance_id = 'single_box'"""
IS_TRIED = "SELECT count(*) FROM members WHERE serving_agent = ? AND serving_system = 'single_box' AND uuid = ?"
CALL_AGENT = "UPDATE agents SET state = 'Receiving', last_offered_call = ? WHERE name = ? AND state = 'Waiting'"
OFFER_TIER = "UPDATE tiers SET state = 'Offering' WHERE agent = ? AND queue = ?"
OTHER_TIERS = "UPDATE tiers SET state = 'Standby' WHERE agent = ? AND NOT queue = ?"
