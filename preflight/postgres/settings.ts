/**
 * Settings that sessions may begin with and that change nothing of what a statement means, who runs
 * it, or what is written down of it: an owner may set them for its own.
 */
const HARMLESS = new Set([
  "application_name",
  "bytea_output",
  "client_min_messages",
  "datestyle",
  "deadlock_timeout",
  "default_statistics_target",
  "default_text_search_config",
  "default_transaction_isolation",
  "effective_cache_size",
  "effective_io_concurrency",
  "extra_float_digits",
  "hash_mem_multiplier",
  "idle_in_transaction_session_timeout",
  "idle_session_timeout",
  "intervalstyle",
  "jit",
  "lc_monetary",
  "lc_numeric",
  "lc_time",
  "lock_timeout",
  "maintenance_work_mem",
  "max_parallel_workers_per_gather",
  "random_page_cost",
  "seq_page_cost",
  "statement_timeout",
  "synchronous_commit",
  "temp_buffers",
  "timezone",
  "transaction_timeout",
  "work_mem",
]);

export const isHarmless = (setting: string): boolean => HARMLESS.has(setting.toLowerCase());
