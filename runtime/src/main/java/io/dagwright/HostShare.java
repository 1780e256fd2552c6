package io.dagwright;

import io.dagwright.config.Settings;
import io.dagwright.error.SharedArrayUnavailableException;
import io.dagwright.internal.share.Extent;
import io.dagwright.internal.share.Extents;
import io.dagwright.internal.share.HostFiles;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/** What this process shares with others of its host. */
final class HostShare {

  private static final Settings SETTINGS = Settings.load("laptop", Settings.overrides(Map.of()));

  /** The files of this process, until it ends. */
  static final HostFiles FILES = files();

  /** An argument whose bytes are no fewer goes to a JVM beside this one through a file. */
  static final long FILE_BYTES_MIN = SETTINGS.sharedBytes();

  private static final Extents EXTENTS = new Extents(FILES, SETTINGS.sharedGrace().toNanos());

  private HostShare() {}

  private static HostFiles files() {
    String said = SETTINGS.sharedDirectory();
    HostFiles files = new HostFiles(said.isEmpty() ? HostFiles.usualBase() : Path.of(said));
    Runtime.getRuntime().addShutdownHook(new Thread(files::close, "dagwright-shared-files"));
    return files;
  }

  static Extent add(HostFiles.Content content) {
    try {
      return EXTENTS.add(content);
    } catch (IOException e) {
      throw new SharedArrayUnavailableException(
          FILES.directory().toString(),
          "cannot be written: "
              + e
              + ". Make room there, or set dagwright.shared.directory to a directory with room.",
          e);
    }
  }

  static Extent map(Path file, long offset, long sizeBytes) {
    try {
      return EXTENTS.map(file, offset, sizeBytes);
    } catch (IOException e) {
      throw new SharedArrayUnavailableException(file.toString(), "cannot be mapped: " + e + ".", e);
    }
  }

  /**
   * What travels in a view's place.
   *
   * @param kind the view
   */
  record Ticket(Kind kind, String id, String file, long offset, long sizeBytes, long changedMillis)
      implements Serializable {

    static Ticket of(Kind kind, Extent extent) {
      Extent.Place place = extent.send();
      return new Ticket(
          kind, place.id(), place.file(), place.offset(), place.sizeBytes(), place.changedMillis());
    }

    private Object readResolve() {
      try {
        return kind.view(
            EXTENTS.open(new Extent.Place(id, file, offset, sizeBytes, changedMillis)));
      } catch (NoSuchFileException e) {
        throw new SharedArrayUnavailableException(
            file,
            "is not on this host, or is there no more. Shared arrays reach workers on the host of"
                + " who made them, as long as somebody there holds one; to others pass toArray().",
            e);
      } catch (IOException e) {
        throw new SharedArrayUnavailableException(file, "cannot be opened: " + e + ".", e);
      }
    }
  }

  /** The views there are. */
  enum Kind {
    BYTES {
      @Override
      Object view(Extent extent) {
        return new SharedBytes(extent);
      }
    },
    INTS {
      @Override
      Object view(Extent extent) {
        return new SharedInts(extent);
      }
    },
    LONGS {
      @Override
      Object view(Extent extent) {
        return new SharedLongs(extent);
      }
    },
    DOUBLES {
      @Override
      Object view(Extent extent) {
        return new SharedDoubles(extent);
      }
    };

    abstract Object view(Extent extent);
  }
}
