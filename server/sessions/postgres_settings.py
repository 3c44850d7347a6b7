"""Settings of PostgreSQL 15 that have no meaning here, as clients and scripts set and show them.

A line is: name | kind | what SHOW prints | choices or bounds. They are accepted, checked for their kind, and have no effect;
those of a server's start or configuration file can only be shown.
"""

from __future__ import annotations

USER = """
  DateStyle | text | ISO, MDY
  IntervalStyle | choice | postgres | postgres,postgres_verbose,sql_standard,iso_8601
  TimeZone | text | Etc/UTC
  allow_in_place_tablespaces | bool | off
  allow_system_table_mods | bool | off
  backend_flush_after | size | 0
  backslash_quote | choice | safe_encoding | safe_encoding,on,off
  backtrace_functions | text | -
  client_connection_check_interval | time | 0
  commit_delay | int | 0 | 0..100000
  commit_siblings | int | 5 | 0..1000
  compute_query_id | choice | auto | auto,regress,on,off
  constraint_exclusion | choice | partition | partition,on,off
  cpu_index_tuple_cost | real | 0.005 | 0..1.79769e+308
  cpu_operator_cost | real | 0.0025 | 0..1.79769e+308
  cpu_tuple_cost | real | 0.01 | 0..1.79769e+308
  cursor_tuple_fraction | real | 0.1 | 0..1
  deadlock_timeout | time | 1s
  debug_discard_caches | int | 0 | 0..0
  debug_pretty_print | bool | on
  debug_print_parse | bool | off
  debug_print_plan | bool | off
  debug_print_rewritten | bool | off
  effective_cache_size | size | 4GB
  effective_io_concurrency | int | 1 | 0..1000
  enable_async_append | bool | on
  enable_bitmapscan | bool | on
  enable_gathermerge | bool | on
  enable_hashagg | bool | on
  enable_hashjoin | bool | on
  enable_incremental_sort | bool | on
  enable_indexonlyscan | bool | on
  enable_indexscan | bool | on
  enable_material | bool | on
  enable_memoize | bool | on
  enable_mergejoin | bool | on
  enable_nestloop | bool | on
  enable_parallel_append | bool | on
  enable_parallel_hash | bool | on
  enable_partition_pruning | bool | on
  enable_partitionwise_aggregate | bool | off
  enable_partitionwise_join | bool | off
  enable_seqscan | bool | on
  enable_sort | bool | on
  enable_tidscan | bool | on
  exit_on_error | bool | off
  extension_destdir | text | -
  force_parallel_mode | choice | off | off,on,regress
  from_collapse_limit | int | 8 | 1..2147483647
  geqo | bool | on
  geqo_effort | int | 5 | 1..10
  geqo_generations | int | 0 | 0..2147483647
  geqo_pool_size | int | 0 | 0..2147483647
  geqo_seed | real | 0 | 0..1
  geqo_selection_bias | real | 2 | 1.5..2
  geqo_threshold | int | 12 | 2..2147483647
  gin_fuzzy_search_limit | int | 0 | 0..2147483647
  gin_pending_list_limit | size | 4MB
  hash_mem_multiplier | real | 2 | 1..1000
  ignore_checksum_failure | bool | off
  jit_above_cost | real | 100000 | -1..1.79769e+308
  jit_dump_bitcode | bool | off
  jit_expressions | bool | on
  jit_inline_above_cost | real | 500000 | -1..1.79769e+308
  jit_optimize_above_cost | real | 500000 | -1..1.79769e+308
  jit_tuple_deforming | bool | on
  join_collapse_limit | int | 8 | 1..2147483647
  lo_compat_privileges | bool | off
  local_preload_libraries | text | -
  log_duration | bool | off
  log_error_verbosity | choice | default | terse,default,verbose
  log_executor_stats | bool | off
  log_lock_waits | bool | off
  log_min_duration_sample | time | -1
  log_min_duration_statement | time | -1
  log_min_error_statement | choice | error | debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic
  log_min_messages | choice | warning | debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic
  log_parameter_max_length | size | -1
  log_parameter_max_length_on_error | size | 0
  log_parser_stats | bool | off
  log_planner_stats | bool | off
  log_replication_commands | bool | off
  log_statement | choice | none | none,ddl,mod,all
  log_statement_sample_rate | real | 1 | 0..1
  log_statement_stats | bool | off
  log_temp_files | size | -1
  log_transaction_sample_rate | real | 0 | 0..1
  logical_decoding_work_mem | size | 64MB
  maintenance_io_concurrency | int | 10 | 0..1000
  maintenance_work_mem | size | 64MB
  max_parallel_maintenance_workers | int | 2 | 0..1024
  max_parallel_workers | int | 8 | 0..1024
  max_parallel_workers_per_gather | int | 2 | 0..1024
  max_stack_depth | size | 2MB
  min_parallel_index_scan_size | size | 512kB
  min_parallel_table_scan_size | size | 8MB
  parallel_leader_participation | bool | on
  parallel_setup_cost | real | 1000 | 0..1.79769e+308
  parallel_tuple_cost | real | 0.1 | 0..1.79769e+308
  password_encryption | choice | scram-sha-256 | md5,scram-sha-256
  plan_cache_mode | choice | auto | auto,force_generic_plan,force_custom_plan
  random_page_cost | real | 4 | 0..1.79769e+308
  recursive_worktable_factor | real | 10 | 0.001..1e+06
  restrict_nonsystem_relation_kind | text | -
  seq_page_cost | real | 1 | 0..1.79769e+308
  session_preload_libraries | text | -
  session_replication_role | choice | origin | origin,replica,local
  stats_fetch_consistency | choice | cache | none,cache,snapshot
  tcp_keepalives_count | int | 0 | 0..2147483647
  tcp_keepalives_idle | time | 0
  tcp_keepalives_interval | time | 0
  tcp_user_timeout | time | 0
  temp_buffers | size | 8MB
  temp_file_limit | size | -1
  temp_tablespaces | text | -
  timezone_abbreviations | text | Default
  trace_notify | bool | off
  trace_sort | bool | off
  track_activities | bool | on
  track_counts | bool | on
  track_functions | choice | none | none,pl,all
  track_io_timing | bool | off
  track_wal_io_timing | bool | off
  transaction_deferrable | bool | off
  update_process_title | bool | on
  vacuum_cost_limit | int | 200 | 1..10000
  vacuum_cost_page_dirty | int | 20 | 0..10000
  vacuum_cost_page_hit | int | 1 | 0..10000
  vacuum_cost_page_miss | int | 2 | 0..10000
  vacuum_failsafe_age | int | 1600000000 | 0..2100000000
  vacuum_freeze_min_age | int | 50000000 | 0..1000000000
  vacuum_freeze_table_age | int | 150000000 | 0..2000000000
  vacuum_multixact_failsafe_age | int | 1600000000 | 0..2100000000
  vacuum_multixact_freeze_min_age | int | 5000000 | 0..1000000000
  vacuum_multixact_freeze_table_age | int | 150000000 | 0..2000000000
  wal_compression | choice | off | pglz,lz4,zstd,on,off
  wal_consistency_checking | text | -
  wal_init_zero | bool | on
  wal_recycle | bool | on
  wal_sender_timeout | time | 1min
  wal_skip_threshold | size | 2MB
  work_mem | size | 4MB
  xmlbinary | choice | base64 | base64,hex
  zero_damaged_pages | bool | off
"""

FIXED = """
  data_directory_mode | int | 0700 | 0..511
  ignore_system_indexes | bool | off
  in_hot_standby | bool | off
  jit_debugging_support | bool | off
  jit_profiling_support | bool | off
  log_connections | bool | off
  log_disconnections | bool | off
  max_function_args | int | 100 | 100..100
  post_auth_delay | time | 0
  segment_size | size | 1GB
  shared_memory_size | size | 143MB
  shared_memory_size_in_huge_pages | int | 72 | -1..2147483647
  ssl_library | text | OpenSSL
  wal_block_size | int | 8192 | 8192..8192
  wal_segment_size | size | 16MB
"""

RESTART = """
  archive_mode | choice | off | always,on,off
  autovacuum_freeze_max_age | int | 200000000 | 100000..2000000000
  autovacuum_max_workers | int | 3 | 1..262143
  autovacuum_multixact_freeze_max_age | int | 400000000 | 10000..2000000000
  bonjour | bool | off
  bonjour_name | text | -
  cluster_name | text | -
  data_sync_retry | bool | off
  dynamic_shared_memory_type | choice | posix | posix,sysv,mmap
  event_source | text | PostgreSQL
  hot_standby | bool | on
  huge_page_size | size | 0
  huge_pages | choice | try | off,on,try
  ignore_invalid_pages | bool | off
  jit_provider | text | llvmjit
  listen_addresses | text | localhost
  logging_collector | bool | off
  max_connections | int | 100 | 1..262143
  max_files_per_process | int | 1000 | 64..2147483647
  max_locks_per_transaction | int | 64 | 10..2147483647
  max_logical_replication_workers | int | 4 | 0..262143
  max_pred_locks_per_transaction | int | 64 | 10..2147483647
  max_prepared_transactions | int | 0 | 0..262143
  max_replication_slots | int | 10 | 0..262143
  max_wal_senders | int | 10 | 0..262143
  max_worker_processes | int | 8 | 0..262143
  min_dynamic_shared_memory | size | 0
  old_snapshot_threshold | time | -1
  port | int | 5599 | 1..65535
  recovery_target | text | -
  recovery_target_action | choice | pause | pause,promote,shutdown
  recovery_target_inclusive | bool | on
  recovery_target_lsn | text | -
  recovery_target_name | text | -
  recovery_target_time | text | -
  recovery_target_timeline | text | latest
  recovery_target_xid | text | -
  shared_buffers | size | 128MB
  shared_memory_type | choice | mmap | sysv,mmap
  shared_preload_libraries | text | -
  superuser_reserved_connections | int | 3 | 0..262143
  track_activity_query_size | size | 1kB
  track_commit_timestamp | bool | off
  unix_socket_group | text | -
  unix_socket_permissions | int | 0777 | 0..511
  wal_buffers | size | 4MB
  wal_decode_buffer_size | size | 512kB
  wal_level | choice | replica | minimal,replica,logical
  wal_log_hints | bool | off
"""

RELOAD = """
  archive_cleanup_command | text | -
  archive_command | text | (disabled)
  archive_library | text | -
  archive_timeout | time | 0
  authentication_timeout | time | 1min
  autovacuum | bool | on
  autovacuum_analyze_scale_factor | real | 0.1 | 0..100
  autovacuum_analyze_threshold | int | 50 | 0..2147483647
  autovacuum_naptime | time | 1min
  autovacuum_vacuum_cost_delay | time | 2ms
  autovacuum_vacuum_cost_limit | int | -1 | -1..10000
  autovacuum_vacuum_insert_scale_factor | real | 0.2 | 0..100
  autovacuum_vacuum_insert_threshold | int | 1000 | -1..2147483647
  autovacuum_vacuum_scale_factor | real | 0.2 | 0..100
  autovacuum_vacuum_threshold | int | 50 | 0..2147483647
  autovacuum_work_mem | size | -1
  bgwriter_delay | time | 200ms
  bgwriter_flush_after | size | 512kB
  bgwriter_lru_maxpages | int | 100 | 0..1073741823
  bgwriter_lru_multiplier | real | 2 | 0..10
  checkpoint_completion_target | real | 0.9 | 0..1
  checkpoint_flush_after | size | 256kB
  checkpoint_timeout | time | 5min
  checkpoint_warning | time | 30s
  db_user_namespace | bool | off
  fsync | bool | on
  full_page_writes | bool | on
  hot_standby_feedback | bool | off
  krb_caseins_users | bool | off
  log_autovacuum_min_duration | time | 10min
  log_checkpoints | bool | on
  log_destination | text | stderr
  log_file_mode | int | 0600 | 0..511
  log_hostname | bool | off
  log_line_prefix | text | %m [%p]
  log_recovery_conflict_waits | bool | off
  log_rotation_age | time | 1d
  log_rotation_size | size | 10MB
  log_startup_progress_interval | time | 10s
  log_truncate_on_rotation | bool | off
  max_pred_locks_per_page | int | 2 | 0..2147483647
  max_pred_locks_per_relation | int | -2 | -2147483648..2147483647
  max_slot_wal_keep_size | size | -1
  max_standby_archive_delay | time | 30s
  max_standby_streaming_delay | time | 30s
  max_sync_workers_per_subscription | int | 2 | 0..262143
  max_wal_size | size | 1GB
  min_wal_size | size | 80MB
  pre_auth_delay | time | 0
  primary_conninfo | text | -
  primary_slot_name | text | -
  promote_trigger_file | text | -
  recovery_end_command | text | -
  recovery_init_sync_method | choice | fsync | fsync,syncfs
  recovery_min_apply_delay | time | 0
  recovery_prefetch | choice | try | off,on,try
  remove_temp_files_after_crash | bool | on
  restart_after_crash | bool | on
  restore_command | text | -
  ssl | bool | off
  ssl_ca_file | text | -
  ssl_cert_file | text | server.crt
  ssl_ciphers | text | HIGH:MEDIUM:+3DES:!aNULL
  ssl_crl_dir | text | -
  ssl_crl_file | text | -
  ssl_dh_params_file | text | -
  ssl_ecdh_curve | text | prime256v1
  ssl_key_file | text | server.key
  ssl_max_protocol_version | choice | - | ,TLSv1,TLSv1.1,TLSv1.2,TLSv1.3
  ssl_min_protocol_version | choice | TLSv1.2 | TLSv1,TLSv1.1,TLSv1.2,TLSv1.3
  ssl_passphrase_command | text | -
  ssl_passphrase_command_supports_reload | bool | off
  ssl_prefer_server_ciphers | bool | on
  synchronous_standby_names | text | -
  syslog_facility | choice | local0 | local0,local1,local2,local3,local4,local5,local6,local7
  syslog_ident | text | postgres
  syslog_sequence_numbers | bool | on
  syslog_split_messages | bool | on
  trace_recovery_messages | choice | log | debug5,debug4,debug3,debug2,debug1,log,notice,warning,error
  vacuum_defer_cleanup_age | int | 0 | 0..1000000
  wal_keep_size | size | 0
  wal_receiver_create_temp_slot | bool | off
  wal_receiver_status_interval | time | 10s
  wal_receiver_timeout | time | 1min
  wal_retrieve_retry_interval | time | 5s
  wal_sync_method | choice | fdatasync | fsync,fdatasync,open_sync,open_datasync
  wal_writer_delay | time | 200ms
  wal_writer_flush_after | size | 1MB
"""
