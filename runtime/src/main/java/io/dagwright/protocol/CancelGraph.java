package io.dagwright.protocol;

import static java.util.Objects.requireNonNull;

/**
 * Stops a graph that was submitted under this id; its submitter gets a {@link
 * GraphReply.GraphFailed}. Without effect if it has ended.
 */
public final class CancelGraph implements GraphCommand {

  private final String id;
  private final String reason;

  private CancelGraph(String id, String reason) {
    this.id = requireNonNull(id, "id");
    this.reason = requireNonNull(reason, "reason");
  }

  public static CancelGraph of(String id, String reason) {
    return new CancelGraph(id, reason);
  }

  public String id() {
    return id;
  }

  public String reason() {
    return reason;
  }
}
