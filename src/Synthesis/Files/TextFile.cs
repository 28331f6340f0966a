using System.Globalization;
using System.Text;

namespace TurkishLlm.Synthesis.Files;

/// <summary>Files of text that are there wholly or not at all.</summary>
internal static class TextFile
{
    /// <summary>Writes lines beside the file, brings them to the disk, and puts the new file in its place.</summary>
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

    /// <summary>The lines of a file, each read as JSON.</summary>
    /// <exception cref="InvalidDataException">A line is something else; says which.</exception>
    public static IEnumerable<T> ReadLines<T>(string file)
    {
        var number = 0;
        foreach (var line in File.ReadLines(file, Encoding.UTF8))
            yield return JsonText.Deserialize<T>(line, string.Create(CultureInfo.InvariantCulture, $"{file}:{++number}"));
    }
}
