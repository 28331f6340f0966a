using System.Globalization;
using System.Text;

namespace TurkishLlm.Synthesis.Files;

/// <summary>Reads and atomically writes text files.</summary>
internal static class TextFile
{
    /// <summary>Writes lines to a temporary file, flushes it to disk, and renames it.</summary>
    public static void WriteLines(string file, IEnumerable<string> lines)
    {
        var beside = file + ".partial";
        if (Path.GetDirectoryName(file) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        using (var stream = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            using (var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" })
                foreach (var line in lines) writer.WriteLine(line);
            stream.Flush(flushToDisk: true);
        }
        File.Move(beside, file, overwrite: true);
    }

    /// <summary>Reads a file with one JSON value per line.</summary>
    /// <exception cref="InvalidDataException">A line is invalid; the message gives its number.</exception>
    public static IEnumerable<T> ReadLines<T>(string file)
    {
        var number = 0;
        foreach (var line in File.ReadLines(file, Encoding.UTF8))
            yield return JsonText.Deserialize<T>(line, string.Create(CultureInfo.InvariantCulture, $"{file}:{++number}"));
    }
}
