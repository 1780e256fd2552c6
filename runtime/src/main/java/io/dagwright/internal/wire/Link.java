package io.dagwright.internal.wire;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One end of a reliable, ordered connection over a transport that may lose, repeat or reorder:
 * numbers what is sent, keeps it until it is acknowledged, sends it again when it is not, and
 * delivers what arrives once and in order. Pure: the owner sends frames and tells the time.
 *
 * <p>Both ends share a {@code link} number, drawn anew at each registration, so that nothing of an
 * earlier life is taken for this one's. A gap is not filled from a buffer: the sender repeats from
 * there, which is rare enough on a transport that keeps order between losses. Not thread-safe.
 */
public final class Link<P> {

  /** Frames sent again at most per call. */
  private static final int MOST_RESENT = 64;

  /** Arrivals after which an acknowledgement is owed at once. */
  private static final int ACK_EVERY = 8;

  private final long link;
  private final long resendNanos;
  private final Protocol protocol;

  /**
   * Frames as they were first sent. One that is sent again still says what its sender had heard
   * when it wrote the payload: {@link #isHeardBy} is about the payload.
   */
  private final Deque<Frame<P>> unacked = new ArrayDeque<>();

  private long sent;
  private long received;
  private long ackedToPeer;
  private long waitingSince;
  private long resent;

  public Link(long link, long resendNanos) {
    this(link, resendNanos, Protocol.CORRECT);
  }

  /** For simulations that plant bugs. */
  public Link(long link, long resendNanos, Protocol protocol) {
    this.link = link;
    this.resendNanos = resendNanos;
    this.protocol = protocol;
  }

  public long link() {
    return link;
  }

  /** Frames a payload; the owner sends the frame. */
  public Frame<P> send(P payload, long nowNanos) {
    if (unacked.isEmpty()) {
      waitingSince = nowNanos;
    }
    Frame<P> frame = frame(++sent, payload);
    unacked.add(frame);
    return frame;
  }

  /**
   * Takes a frame that arrived and returns what it delivers: its payload, or nothing if it was
   * delivered before, comes too early, only acknowledges, or belongs to another link.
   */
  public @Nullable P receive(Frame<P> frame, long nowNanos) {
    if (frame.link() != link && protocol.fencesIncarnations()) {
      return null;
    }
    boolean progress = false;
    while (!unacked.isEmpty() && unacked.peekFirst().seq() <= frame.ack()) {
      unacked.removeFirst();
      progress = true;
    }
    if (progress) {
      waitingSince = nowNanos;
    }
    if (frame.payload() == null) {
      return null;
    }
    if (frame.seq() == received + 1) {
      received++;
      return frame.payload();
    }
    if (frame.seq() <= received) {
      ackedToPeer = Math.min(ackedToPeer, received - 1); // The peer missed our acknowledgement.
      return protocol.dropsDuplicates() ? null : frame.payload();
    }
    return null;
  }

  /** Frames to send now because the peer may have missed them, or waits for an acknowledgement. */
  public List<Frame<P>> tick(long nowNanos) {
    List<Frame<P>> frames = new ArrayList<>();
    if (!unacked.isEmpty() && nowNanos - waitingSince > resendNanos && protocol.resends()) {
      waitingSince = nowNanos;
      for (Frame<P> frame : unacked) {
        frames.add(frame);
        resent++;
        if (frames.size() == MOST_RESENT) {
          break;
        }
      }
    }
    if (ackedToPeer < received) {
      frames.add(frame(0, null));
    }
    return frames;
  }

  /** Whether so much arrived unacknowledged that an acknowledgement should go out at once. */
  public boolean owesAck() {
    return received - ackedToPeer >= ACK_EVERY;
  }

  /** A frame that only acknowledges. */
  public Frame<P> ack() {
    return frame(0, null);
  }

  /** Whether the sender of a frame had heard everything we sent to it, when it wrote the frame. */
  public boolean isHeardBy(Frame<P> frame) {
    return frame.ack() == sent;
  }

  /** Payloads that are not acknowledged. */
  public int unacked() {
    return unacked.size();
  }

  /** Frames sent again so far. */
  public long resent() {
    return resent;
  }

  private Frame<P> frame(long seq, @Nullable P payload) {
    ackedToPeer = received;
    return new Frame<>(link, seq, received, payload);
  }
}
