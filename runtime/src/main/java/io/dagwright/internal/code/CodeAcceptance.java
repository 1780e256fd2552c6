package io.dagwright.internal.code;

import java.util.Arrays;
import java.util.List;

/** Whose code a worker loads. To load code is to run it. */
public enum CodeAcceptance {
  /** That of clients on the same machine, and of those that have shown who they are. */
  LOOPBACK_OR_AUTHENTICATED("loopback-or-authenticated"),
  /** Everybody's. */
  ANY("any"),
  /** Nobody's: tasks use what is on the worker's class path. */
  NONE("none");

  private final String text;

  CodeAcceptance(String text) {
    this.text = text;
  }

  /** The names in settings. */
  public static List<String> names() {
    return Arrays.stream(values()).map(CodeAcceptance::toString).toList();
  }

  /** The one of a name in settings. */
  public static CodeAcceptance of(String name) {
    return values()[names().indexOf(name)];
  }

  /**
   * Whether code is loaded.
   *
   * @param isLoopback whether it comes from this machine
   * @param isAuthenticated whether its sender showed by a certificate that it belongs to the
   *     cluster
   */
  public boolean allows(boolean isLoopback, boolean isAuthenticated) {
    return switch (this) {
      case LOOPBACK_OR_AUTHENTICATED -> isLoopback || isAuthenticated;
      case ANY -> true;
      case NONE -> false;
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
