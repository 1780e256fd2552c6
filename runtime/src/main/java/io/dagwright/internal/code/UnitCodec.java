package io.dagwright.internal.code;

import io.dagwright.error.CorruptPayloadException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a unit: a version, the classes in the order of their names, the jars in the order in
 * which they are searched, the hashes of variables' values, the packages that are not left to
 * workers. One unit has one form, so that hashes of forms can be compared.
 */
final class UnitCodec {

  private static final int VERSION = 0xDA_02;
  private static final int CLASS_BYTES_MIN = Short.BYTES + CodeHash.SIZE_BYTES;
  private static final int JAR_BYTES_MIN =
      Short.BYTES + Long.BYTES + CodeHash.SIZE_BYTES + Integer.BYTES;

  private UnitCodec() {}

  static byte[] encode(
      SortedMap<String, CodeHash> classes,
      List<CodeJar> jars,
      List<CodeHash> states,
      SortedSet<String> ownPackages) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeShort(VERSION);
      out.writeInt(classes.size());
      for (Map.Entry<String, CodeHash> entry : classes.entrySet()) {
        out.writeUTF(entry.getKey());
        entry.getValue().write(out);
      }
      out.writeInt(jars.size());
      for (CodeJar jar : jars) {
        out.writeUTF(jar.name());
        out.writeLong(jar.sizeBytes());
        jar.hash().write(out);
        writeNames(jar.contents(), out);
      }
      out.writeInt(states.size());
      for (CodeHash state : states) {
        state.write(out);
      }
      writeNames(ownPackages, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void writeNames(SortedSet<String> names, DataOutputStream out) throws IOException {
    out.writeInt(names.size());
    for (String name : names) {
      out.writeUTF(name);
    }
  }

  static CodeUnit decode(byte[] manifest) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(manifest))) {
      if (in.readUnsignedShort() != VERSION) {
        throw corrupt("they are of another version of Dagwright", null);
      }
      SortedMap<String, CodeHash> classes = new TreeMap<>();
      for (int left = count(in, CLASS_BYTES_MIN); left > 0; left--) {
        String name = in.readUTF();
        if (!classes.isEmpty() && classes.lastKey().compareTo(name) >= 0) {
          throw corrupt("class [" + name + "] is out of order", null);
        }
        classes.put(name, CodeHash.read(in));
      }
      List<CodeJar> jars = new ArrayList<>();
      Set<CodeHash> hashes = new HashSet<>();
      for (int left = count(in, JAR_BYTES_MIN); left > 0; left--) {
        CodeJar jar = decodeJar(in);
        if (!hashes.add(jar.hash())) {
          throw corrupt("jar [" + jar.name() + "] is there twice", null);
        }
        jars.add(jar);
      }
      Set<CodeHash> states = new LinkedHashSet<>();
      for (int left = count(in, CodeHash.SIZE_BYTES); left > 0; left--) {
        states.add(CodeHash.read(in));
      }
      SortedSet<String> ownPackages = readNames(in, "the packages");
      if (in.available() > 0) {
        throw corrupt("[" + in.available() + "] bytes are left over", null);
      }
      return new CodeUnit(classes, jars, states, ownPackages);
    } catch (IOException e) {
      throw corrupt("they end too early or are no text where there should be some", e);
    }
  }

  private static CodeJar decodeJar(DataInputStream in) throws IOException {
    String name = in.readUTF();
    long sizeBytes = in.readLong();
    if (sizeBytes < 0) {
      throw corrupt("jar [" + name + "] has a size of [" + sizeBytes + "] bytes", null);
    }
    CodeHash hash = CodeHash.read(in);
    return new CodeJar(name, sizeBytes, hash, readNames(in, "jar [" + name + "]"));
  }

  private static SortedSet<String> readNames(DataInputStream in, String of) throws IOException {
    TreeSet<String> names = new TreeSet<>();
    for (int left = count(in, Short.BYTES); left > 0; left--) {
      String name = in.readUTF();
      if (!names.isEmpty() && names.last().compareTo(name) >= 0) {
        throw corrupt("[" + name + "] of " + of + " is out of order", null);
      }
      names.add(name);
    }
    return names;
  }

  /** A count of things of which each takes some bytes that must still be there. */
  private static int count(DataInputStream in, int bytesMin) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > in.available() / bytesMin) {
      throw corrupt(
          "[" + count + "] entries cannot be in the [" + in.available() + "] bytes left", null);
    }
    return count;
  }

  private static CorruptPayloadException corrupt(String why, @Nullable IOException cause) {
    return new CorruptPayloadException(
        "The bytes of a list of classes cannot be read: " + why + ". Ask for it again.", cause);
  }
}
