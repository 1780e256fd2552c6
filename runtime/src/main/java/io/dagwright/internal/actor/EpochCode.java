package io.dagwright.internal.actor;

import io.dagwright.internal.wire.FromClient;
import io.dagwright.internal.wire.ToWorker;
import java.util.ArrayList;
import java.util.List;

/** One epoch of a session's code, as the scheduler passes it on; it never looks inside. */
final class EpochCode {

  final int number;
  final List<ToWorker> units = new ArrayList<>();
  private final String session;

  EpochCode(String session, int number) {
    this.session = session;
    this.number = number;
  }

  void add(FromClient.AddCode code) {
    units.add(new ToWorker.AddCode(session, number, code.unit(), code.blobs()));
  }
}
