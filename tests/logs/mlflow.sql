-- The tables of MLflow 3.17's database, as far as they matter.
CREATE TABLE runs (run_uuid TEXT, name TEXT, lifecycle_stage TEXT, start_time BIGINT);
CREATE TABLE metrics (
    key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT, step BIGINT, is_nan BOOLEAN,
    PRIMARY KEY (key, timestamp, step, run_uuid, value, is_nan)
);
CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
