using System.Text;
using System.Text.Json;
using TurkishLlm.Files;

namespace TurkishLlm.Data.Conversations;

/// <summary>How the objects of a file are arranged.</summary>
internal enum JsonLayout
{
    /// <summary>One object per line.</summary>
    Lines,

    /// <summary>One list.</summary>
    List,

    /// <summary>Objects over several lines, one after the other.</summary>
    Objects,
}

/// <summary>Detects the arrangement of a file from its beginning.</summary>
internal static class JsonLayoutDetector
{
    public static JsonLayout Detect(string file) => ReadStart(file) switch
    {
        ['[', ..] => JsonLayout.List,
        ['{', ..] when !EndsWithinLine(file) && BeginsWithObject(file) => JsonLayout.Objects,
        _ => JsonLayout.Lines,
    };

    /// <summary>Returns the first two characters after blanks; fewer at the end. A list may be one line of any length.</summary>
    public static string ReadStart(string file)
    {
        using var text = TextFile.OpenText(file);
        int next;
        do next = text.Read();
        while (next >= 0 && (char.IsWhiteSpace((char)next) || next == '\uFEFF'));
        if (next < 0) return "";
        return text.Peek() is >= 0 and var second ? $"{(char)next}{(char)second}" : $"{(char)next}";
    }

    /// <summary>Removes blanks, and the mark that programs leave where they join files.</summary>
    public static string Trim(string line) => line.Trim().Trim('\uFEFF').Trim();

    private static bool EndsWithinLine(string file)
    {
        var line = TextFile.ReadLines(file).Select(Trim).First(line => line.Length > 0);
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(line), isFinalBlock: false, default);
        try
        {
            while (reader.Read())
                if (reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == 0) return true;
            return false;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    // A line that was cut off looks like the first of several, so the object must end.
    private static bool BeginsWithObject(string file)
    {
        var reader = new Utf8JsonReader(TextFile.ReadAllUtf8(file), JsonSequence.Options);
        try
        {
            return reader.Read() && reader.TrySkip();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
