package io.dagwright.internal.actor;

/** The numbers a scheduler gives out, each once. Not thread-safe. */
final class Numbers {

  private long links;
  private long requests;
  private int ordinals;

  /** Links of a later scheduler, which was given a later time, have larger numbers. */
  Numbers(long nowMillis) {
    links = nowMillis << 20;
  }

  /** Of a worker's or a client's link. */
  long nextLink() {
    return links++;
  }

  /** Of a request for copies. */
  long nextRequest() {
    return requests++;
  }

  /** Of a worker, a graph, or a client that workers fetch from. */
  int nextOrdinal() {
    return ordinals++;
  }
}
