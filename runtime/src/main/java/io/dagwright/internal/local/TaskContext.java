package io.dagwright.internal.local;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What a thread that starts a graph hands on to the threads that run it.
 *
 * @param loader its context class loader
 * @param mdc its logging context, null if that is empty
 */
record TaskContext(@Nullable ClassLoader loader, @Nullable Map<String, String> mdc) {

  /** The context of the calling thread. */
  static TaskContext current() {
    Map<String, String> mdc = MDC.getCopyOfContextMap();
    return new TaskContext(
        Thread.currentThread().getContextClassLoader(), mdc == null || mdc.isEmpty() ? null : mdc);
  }

  /** Makes this the context of the calling thread. */
  void enter() {
    Thread.currentThread().setContextClassLoader(loader);
    if (mdc != null) {
      MDC.setContextMap(mdc);
    }
  }

  /** Makes this the context of the calling thread, and drops what was there before. */
  void restore() {
    MDC.clear();
    enter();
  }
}
