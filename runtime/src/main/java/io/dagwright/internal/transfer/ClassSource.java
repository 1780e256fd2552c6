package io.dagwright.internal.transfer;

import org.jspecify.annotations.Nullable;

/** Where the data server looks for classes of a client's session. Called on several threads. */
@FunctionalInterface
public interface ClassSource {

  /**
   * Looks for a class.
   *
   * @param epoch of the session's code, from 1
   * @return the class and what it needs, as a unit of code; null if it is not here
   */
  byte @Nullable [] find(String session, int epoch, String className);
}
