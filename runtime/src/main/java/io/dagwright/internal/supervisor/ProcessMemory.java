package io.dagwright.internal.supervisor;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** How much memory there is, and how much of it processes take. */
final class ProcessMemory {

  private ProcessMemory() {}

  /** What the machine has, or what this process's container may take. */
  static long ofMachine() {
    return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
        .getTotalMemorySize();
  }

  /** Whether the system says what other processes take. */
  static boolean isKnown() {
    return of(ProcessHandle.current().pid()).isPresent();
  }

  /**
   * What a process takes that the system cannot take back, in bytes: heap and native memory, not
   * mapped files, among them those that workers of one host share.
   */
  static OptionalLong of(long pid) {
    try {
      return residentBytes(
          Files.readString(Path.of("/proc", Long.toString(pid), "status"), StandardCharsets.UTF_8));
    } catch (IOException e) {
      return OptionalLong.empty(); // It has ended, or the system is not Linux.
    }
  }

  static OptionalLong residentBytes(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith("RssAnon:"))
        .map(line -> line.replaceAll("\\D", ""))
        .filter(kilobytes -> !kilobytes.isEmpty())
        .mapToLong(kilobytes -> Long.parseLong(kilobytes) << 10)
        .findFirst();
  }
}
