package io.dagwright.internal.executor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * A small mapped file in which a worker notes what it is running, so that its parent can read after
 * a crash which runs may have caused it, and whom to tell. The kernel keeps what was written when
 * the process dies. Thread-safe.
 */
public final class SlotFile {

  /** Most runs that are noted. */
  public static final int LINES = 512;

  private static final int LINE_BYTES = 16;

  /** After the lines: the length of the scheduler's address, and the address. */
  private static final int SCHEDULER = LINES * LINE_BYTES;

  private static final int SCHEDULER_BYTES_MAX = 510;
  private static final int FILE_BYTES = SCHEDULER + 2 + SCHEDULER_BYTES_MAX;

  /** Notes nothing. */
  public static final SlotFile NONE = new SlotFile(null);

  /** A run that was going on. */
  public record Line(long task, int run) {}

  private final @Nullable ByteBuffer lines;
  private final AtomicIntegerArray taken = new AtomicIntegerArray(LINES);

  private SlotFile(@Nullable ByteBuffer lines) {
    this.lines = lines;
  }

  public static SlotFile create(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      return new SlotFile(channel.map(FileChannel.MapMode.READ_WRITE, 0, FILE_BYTES));
    }
  }

  /** What was going on when the process that wrote the file ended; empty if nothing can be read. */
  public static List<Line> read(Path file) {
    List<Line> found = new ArrayList<>();
    try {
      ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file));
      while (content.position() < SCHEDULER && content.remaining() >= LINE_BYTES) {
        long task = content.getLong();
        int run = content.getInt();
        content.getInt();
        if (run != 0) {
          found.add(new Line(task, run));
        }
      }
    } catch (IOException e) {
      return List.of(); // The worker died before it had a file.
    }
    return found;
  }

  /** Where the scheduler that the worker joined last takes reports; empty if it has not joined. */
  public static Optional<String> readScheduler(Path file) {
    try {
      byte[] content = Files.readAllBytes(file);
      int length = content.length < FILE_BYTES ? 0 : ByteBuffer.wrap(content).getShort(SCHEDULER);
      return length <= 0 || length > SCHEDULER_BYTES_MAX
          ? Optional.empty()
          : Optional.of(new String(content, SCHEDULER + 2, length, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Notes that the worker joined a scheduler, which takes reports at {@code host:port}. */
  public void joined(String scheduler) {
    byte[] address = scheduler.getBytes(StandardCharsets.UTF_8);
    if (lines != null && address.length <= SCHEDULER_BYTES_MAX) {
      lines.putShort(SCHEDULER, (short) 0);
      for (int i = 0; i < address.length; i++) {
        lines.put(SCHEDULER + 2 + i, address[i]);
      }
      lines.putShort(SCHEDULER, (short) address.length); // Now it counts.
    }
  }

  /** Notes that a run begins; the answer is for {@link #end}. */
  int begin(long task, int run) {
    if (lines == null) {
      return -1;
    }
    for (int line = 0; line < LINES; line++) {
      if (taken.compareAndSet(line, 0, 1)) {
        lines.putLong(line * LINE_BYTES, task);
        lines.putInt(line * LINE_BYTES + 8, run);
        return line;
      }
    }
    return -1;
  }

  void end(int line) {
    if (line >= 0 && lines != null) {
      lines.putInt(line * LINE_BYTES + 8, 0);
      taken.set(line, 0);
    }
  }
}
