package io.dagwright.internal.actor;

import io.dagwright.internal.serialization.Payload;
import io.dagwright.internal.store.ResultStore;
import io.dagwright.internal.wire.PeerAddress;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where workers fetch what one client scatters: a store behind its data server. */
final class ScatterSource {

  /** Those of workers are times, and never negative. */
  private final long incarnation = UUID.randomUUID().getMostSignificantBits() | Long.MIN_VALUE;

  private final NodeServices services;
  private @Nullable ResultStore store;

  ScatterSource(NodeServices services) {
    this.services = services;
  }

  long incarnation() {
    return incarnation;
  }

  PeerAddress address() {
    return services.address();
  }

  void put(long task, byte[] bytes) {
    ResultStore open = store;
    if (open == null) {
      open = new ResultStore(services.values());
      store = open;
      services.open(incarnation, open);
    }
    open.putEncoded(task, Payload.of(bytes));
  }

  void remove(long task) {
    if (store != null) {
      store.remove(new long[] {task});
    }
  }

  void close() {
    if (store != null) {
      services.close(incarnation);
    }
  }
}
