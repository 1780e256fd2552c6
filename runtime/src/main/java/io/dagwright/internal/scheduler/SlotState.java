package io.dagwright.internal.scheduler;

import io.dagwright.internal.wire.TransitionTable;

/** Where a task is, as the scheduler sees it. */
public enum SlotState {
  /** Its graph has not asked for it, or took the request back. */
  UNKNOWN,
  /** Its inputs are in memory; no worker has it yet. */
  QUEUED,
  /** A worker has it. */
  PROCESSING,
  /** At least one worker holds its result. */
  MEMORY,
  /** Its result was dropped because nobody needs it. */
  RELEASED;

  static final TransitionTable<SlotState> TABLE =
      new TransitionTable<>(SlotState.class)
          .allow(UNKNOWN, QUEUED, "its graph declares it ready")
          .allow(RELEASED, QUEUED, "its graph declares it ready again")
          .allow(QUEUED, PROCESSING, "a worker is chosen")
          .allow(UNKNOWN, PROCESSING, "sent ahead of its inputs")
          .allow(QUEUED, UNKNOWN, "its graph takes the run back")
          .allow(UNKNOWN, MEMORY, "its client's value arrived at a worker")
          .allow(PROCESSING, UNKNOWN, "its run was lost, failed, or taken back")
          .allow(PROCESSING, MEMORY, "its run ended well")
          .allow(MEMORY, UNKNOWN, "its last holder was lost, or its run was void")
          .allow(MEMORY, RELEASED, "nobody needs it any more");

  /** The steps a task may take. */
  public static TransitionTable<SlotState> table() {
    return TABLE;
  }
}
