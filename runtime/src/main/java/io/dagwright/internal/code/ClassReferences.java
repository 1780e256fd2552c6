package io.dagwright.internal.code;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The classes that a class file names: all of its constant pool, read without the rest of the file,
 * so that files of Java versions to come are read as well.
 *
 * <p>Besides class constants these are the types in descriptors and generic signatures: of fields,
 * methods, record components, annotations, method types. A string constant that looks like one
 * counts too, which costs a look-up and no more.
 */
final class ClassReferences {

  private static final int MAGIC = 0xCAFEBABE;
  private static final int UTF8 = 1;
  private static final int CLASS = 7;

  private ClassReferences() {}

  /** Binary names of the classes named in a class file; empty if it is none. */
  static Set<String> of(byte[] classFile) {
    Set<String> names = new LinkedHashSet<>();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(classFile))) {
      if (in.readInt() == MAGIC) {
        in.skipNBytes(2 * Short.BYTES);
        readPool(in, names);
      }
    } catch (IOException e) {
      names.clear(); // Not a class file; whoever defines it will say so.
    }
    return names;
  }

  /** The Java version, such as 17, that a class file needs; 0 if it is no class file. */
  static int javaVersion(byte[] classFile) {
    return classFile.length < 8
        ? 0
        : Math.max(0, (((classFile[6] & 0xFF) << 8) | (classFile[7] & 0xFF)) - 44);
  }

  private static void readPool(DataInputStream in, Set<String> names) throws IOException {
    int count = in.readUnsignedShort();
    @Nullable String[] texts = new @Nullable String[count];
    int[] classes = new int[count];
    int classCount = 0;
    for (int i = 1; i < count; i++) {
      int tag = in.readUnsignedByte();
      switch (tag) {
        case UTF8 -> {
          String text = in.readUTF();
          texts[i] = text;
          addTypes(text, names);
        }
        case CLASS -> classes[classCount++] = in.readUnsignedShort();
        case 8, 16, 19, 20 -> in.skipNBytes(2);
        case 15 -> in.skipNBytes(3);
        case 3, 4, 9, 10, 11, 12, 17, 18 -> in.skipNBytes(4);
        case 5, 6 -> {
          in.skipNBytes(8);
          i++; // Long and double take two places.
        }
        default -> throw new IOException("constant of kind " + tag);
      }
    }
    for (int i = 0; i < classCount; i++) {
      String name = classes[i] < count ? texts[classes[i]] : null;
      if (name != null && !name.startsWith("[")) {
        names.add(name.replace('/', '.'));
      }
    }
  }

  /** Adds each {@code Lcom/acme/Row;} and {@code Lcom/acme/Row<} of what may be a descriptor. */
  private static void addTypes(String text, Set<String> names) {
    if (text.isEmpty() || "L[(<T".indexOf(text.charAt(0)) < 0) {
      return;
    }
    int at = 0;
    while (at < text.length()) {
      char kind = text.charAt(at);
      if (kind != 'L' && kind != 'T') {
        at++;
        continue;
      }
      int end = at + 1;
      while (end < text.length() && isOfName(text.charAt(end))) {
        end++;
      }
      boolean isClass = end < text.length() && ";<".indexOf(text.charAt(end)) >= 0;
      if (kind == 'L' && isClass && end > at + 1) { // After a T is the name of a type variable.
        names.add(text.substring(at + 1, end).replace('/', '.'));
      }
      at = end;
    }
  }

  private static boolean isOfName(char c) {
    return c == '/' || Character.isJavaIdentifierPart(c) || c == '-';
  }
}
