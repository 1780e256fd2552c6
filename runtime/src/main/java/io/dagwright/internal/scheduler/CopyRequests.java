package io.dagwright.internal.scheduler;

import io.dagwright.internal.wire.SchedulerInstruction;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Who asked for copies, and how far that is; each request is answered once. */
final class CopyRequests {

  private static final class Request {
    int open;
    int copies;
    double bytes;
    int left;
  }

  private final Outbox outbox;
  private final Map<Long, Request> byNumber = new TreeMap<>();

  CopyRequests(Outbox outbox) {
    this.outbox = outbox;
  }

  /** A request begins; it is answered when this many results are done with. */
  void open(long number, int results) {
    Request request = new Request();
    request.open = results;
    byNumber.put(number, request);
    answerIfDone(number, request);
  }

  void noteCopy(long number, double bytes) {
    Request request = byNumber.get(number);
    if (request != null) {
      request.copies++;
      request.bytes += bytes;
    }
  }

  /** One of its results is done with; {@code well} if it has what was asked for. */
  void close(long number, boolean well) {
    @Nullable Request request = byNumber.get(number);
    if (request != null) {
      request.open--;
      request.left += well ? 0 : 1;
      answerIfDone(number, request);
    }
  }

  private void answerIfDone(long number, Request request) {
    if (request.open == 0) {
      byNumber.remove(number);
      outbox.add(
          new SchedulerInstruction.AnswerRequest(
              number, request.copies, (long) request.bytes, request.left));
    }
  }

  int size() {
    return byNumber.size();
  }
}
