package io.dagwright.internal.wire;

/** Where a process's data server listens. */
public record PeerAddress(String host, int port) {
  @Override
  public String toString() {
    return host + ":" + port;
  }
}
