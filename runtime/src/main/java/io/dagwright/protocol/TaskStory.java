package io.dagwright.protocol;

import java.util.List;

/**
 * What happened to the tasks with one key, as far as the scheduler remembers; of graphs that have
 * ended, too.
 *
 * @param steps what happened, oldest first
 * @param dropped steps, of whatever tasks, that are not remembered any more; if there are any, the
 *     story may lack its beginning
 * @param isKept whether steps are remembered at all: {@code dagwright.scheduler.story-steps} is not
 *     0
 */
public record TaskStory(String key, List<Step> steps, long dropped, boolean isKept) {

  public TaskStory {
    steps = List.copyOf(steps);
  }

  /**
   * One thing that happened.
   *
   * @param atMillis when, by the scheduler's wall clock; what workers tell with their beats, such
   *     as spills, happened up to a quarter of a second earlier
   * @param graph the name of the task's graph
   * @param kind in a word, such as {@code SENT} or {@code SPILLED}
   * @param words in some words, for people
   * @param worker to or by which worker; empty if there is none
   * @param bytes of the result, if that is what it is about; else 0
   * @param why what caused it, if that is known; else empty
   */
  public record Step(
      long atMillis,
      String graph,
      String kind,
      String words,
      String worker,
      long bytes,
      String why) {}
}
