package io.dagwright.internal.taskstate;

import io.dagwright.internal.wire.TransitionTable;

/** Where a task is in its life, as its graph sees it. */
public enum RowState {
  /** It ran, its result was dropped, and it would be run again if somebody needed it. */
  RELEASED,
  /** Some of its inputs are not in memory. */
  WAITING,
  /** All its inputs are in memory and the scheduler has it: queued there, or processing. */
  READY,
  /** The scheduler sent it to the worker that is making its inputs. */
  AHEAD,
  /** Its result is in memory on some worker. */
  MEMORY,
  /** It failed, or something it needs did, or its graph was cancelled. */
  ERRED,
  /** Nobody can ask for it again. */
  FORGOTTEN;

  static final TransitionTable<RowState> TABLE =
      new TransitionTable<>(RowState.class)
          .allow(WAITING, READY, "all inputs are in memory")
          .allow(WAITING, AHEAD, "sent ahead of its inputs")
          .allow(WAITING, MEMORY, "another graph's result is there")
          .allow(WAITING, ERRED, "it failed, or an input did, or the graph was cancelled")
          .allow(WAITING, RELEASED, "running it became pointless")
          .allow(READY, MEMORY, "its run ended well")
          .allow(READY, WAITING, "its run was lost, withdrawn, or failed")
          .allow(AHEAD, MEMORY, "its run ended well")
          .allow(AHEAD, WAITING, "its run was lost, withdrawn, or failed")
          .allow(MEMORY, RELEASED, "nobody needs it any more, or its last holder was lost")
          .allow(RELEASED, WAITING, "something lost needs it again")
          .allow(RELEASED, FORGOTTEN, "no task that could need it is left")
          .allow(ERRED, FORGOTTEN, "no task that could need it is left");

  /** The steps a row may take. */
  public static TransitionTable<RowState> table() {
    return TABLE;
  }
}
