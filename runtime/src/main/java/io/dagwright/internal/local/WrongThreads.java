package io.dagwright.internal.local;

import io.dagwright.error.WrongThreadException;

/** Recognises threads on which waiting would stop messages from being handled. */
public final class WrongThreads {

  private WrongThreads() {}

  /**
   * Throws if the calling thread runs actors; dispatchers that are meant for waiting may wait.
   *
   * @param call what would wait
   * @param twin what to use instead
   */
  public static void refuseToBlock(String call, String twin) {
    Thread thread = Thread.currentThread();
    boolean runsActors =
        thread.getClass().getName().startsWith("org.apache.pekko.dispatch.")
            || thread.getName().contains("-dispatcher-");
    if (runsActors && !thread.getName().contains("blocking")) {
      throw new WrongThreadException(call, twin, thread.getName());
    }
  }
}
