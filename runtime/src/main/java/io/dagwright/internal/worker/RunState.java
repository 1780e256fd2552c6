package io.dagwright.internal.worker;

import io.dagwright.internal.wire.TransitionTable;

/** Where a task is on this worker. */
public enum RunState {
  /** This worker knows nothing of it. */
  ABSENT,
  /** Some of its inputs are not here. */
  WAITING,
  /** All its inputs are here; no slot has it yet. */
  READY,
  /** It was handed to the slots. */
  EXECUTING,
  /** Its result is held here. */
  MEMORY;

  static final TransitionTable<RunState> TABLE =
      new TransitionTable<>(RunState.class)
          .allow(ABSENT, WAITING, "assigned, inputs are to be fetched or made here")
          .allow(ABSENT, READY, "assigned, all inputs are here")
          .allow(ABSENT, MEMORY, "copied from another worker")
          .allow(WAITING, READY, "the last input arrived")
          .allow(WAITING, ABSENT, "cancelled, or an input is nowhere to be found")
          .allow(READY, EXECUTING, "a slot takes it")
          .allow(READY, ABSENT, "cancelled")
          .allow(EXECUTING, MEMORY, "it ended well")
          .allow(EXECUTING, ABSENT, "it threw or was cancelled")
          .allow(MEMORY, ABSENT, "freed, cancelled, or lost");

  /** The steps a task may take. */
  public static TransitionTable<RunState> table() {
    return TABLE;
  }
}
