package io.dagwright.internal.executor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SlotFileTest {

  @TempDir private Path directory;

  @Test
  void othersReadWhatRunsAndWhomToTell() throws IOException {
    Path file = directory.resolve("slots");
    SlotFile slots = SlotFile.create(file);
    int first = slots.begin(11, 1);
    slots.begin(12, 2);
    slots.joined("127.0.0.1:7400");
    slots.joined("[::1]:7");
    slots.end(first);

    assertThat(SlotFile.read(file)).containsExactly(new SlotFile.Line(12, 2));
    assertThat(SlotFile.readScheduler(file)).contains("[::1]:7");
  }

  @Test
  void whoHasNotJoinedHasNobodyToTell() throws IOException {
    Path file = directory.resolve("slots");
    SlotFile.create(file);
    Path torn = Files.write(directory.resolve("torn"), new byte[100]);

    assertThat(SlotFile.read(file)).isEmpty();
    assertThat(SlotFile.readScheduler(file)).isEmpty();
    assertThat(SlotFile.readScheduler(torn)).isEmpty();
    assertThat(SlotFile.readScheduler(directory.resolve("missing"))).isEmpty();
  }
}
