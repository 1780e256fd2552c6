package io.dagwright.internal.actor;

import io.dagwright.error.WrongThreadException;

/** Recognises threads on which waiting would stop messages from being handled. */
final class WrongThreads {

  private WrongThreads() {}

  /** Throws if the calling thread runs actors. */
  static void refuseToBlock() {
    Thread thread = Thread.currentThread();
    boolean carriesMessages =
        thread.getClass().getName().startsWith("org.apache.pekko.dispatch.")
            || thread.getName().contains("-dispatcher-");
    carriesMessages &= !thread.getName().contains("blocking"); // Those are meant for waiting.
    if (carriesMessages) {
      throw new WrongThreadException(
          "Waiting for a result", "computeAsync or toCompletionStage", thread.getName());
    }
  }
}
