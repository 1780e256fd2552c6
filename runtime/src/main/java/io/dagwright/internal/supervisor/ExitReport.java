package io.dagwright.internal.supervisor;

import io.dagwright.internal.executor.SlotFile;
import io.dagwright.internal.wire.ProcessEnd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * How a worker's process ended.
 *
 * @param worker its name
 * @param incarnation the first of the process
 * @param exit how it ended, in a line; what it said last may follow in further lines
 * @param running what it was running then
 * @param end what else is known of it
 */
public record ExitReport(
    String worker, long incarnation, String exit, List<SlotFile.Line> running, ProcessEnd end) {

  public ExitReport {
    running = List.copyOf(running);
  }

  /** For the way to the scheduler. */
  byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(worker);
      out.writeLong(incarnation);
      out.writeUTF(exit);
      out.writeInt(running.size());
      for (SlotFile.Line line : running) {
        out.writeLong(line.task());
        out.writeInt(line.run());
      }
      out.writeInt(end.cause().ordinal());
      out.writeLong(end.peakBytes());
      out.writeLong(end.limitBytes());
      out.writeLong(end.endedAtBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * The report in these bytes.
   *
   * @throws IOException if there is none
   */
  public static ExitReport of(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    String worker = in.readUTF();
    long incarnation = in.readLong();
    String exit = in.readUTF();
    int count = in.readInt();
    if (count < 0 || count > SlotFile.LINES) {
      throw new IOException("a worker does not run [" + count + "] tasks at once");
    }
    List<SlotFile.Line> running = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      running.add(new SlotFile.Line(in.readLong(), in.readInt()));
    }
    ProcessEnd.Cause cause = ProcessEnd.Cause.of(in.readInt());
    ProcessEnd end = new ProcessEnd(cause, in.readLong(), in.readLong(), in.readLong());
    return new ExitReport(worker, incarnation, exit, running, end);
  }
}
