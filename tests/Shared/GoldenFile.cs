using System.Globalization;
using System.Runtime.CompilerServices;
using FluentAssertions;

namespace TurkishLlm.Tests.Shared;

/// <summary>
/// Compares a text with <c>NAME.verified.txt</c> or <c>.html</c> beside the test. A test never writes the verified file.
/// </summary>
internal static class GoldenFile
{
    private const int ShownBefore = 40, Shown = 160;

    /// <summary>Compares a text with its file. A failure shows the first line that differs and how to accept the text.</summary>
    public static void Compare(string name, string text, string extension = "txt", [CallerFilePath] string test = "")
    {
        var folder = Path.GetDirectoryName(test)!;
        var (verified, received) = (
            Path.Combine(folder, $"{name}.verified.{extension}"), Path.Combine(folder, $"{name}.received.{extension}"));
        var expected = File.Exists(verified) ? File.ReadAllText(verified) : "";
        if (expected == text)
        {
            File.Delete(received);
            return;
        }
        File.WriteAllText(received, text);
        FindDifference(expected, text).Should().BeNull(
            "{0} must change on purpose only; to accept the new text: mv {1} {0}", verified, received);
    }

    /// <summary>Describes the first line that differs; null for equal texts.</summary>
    public static string? FindDifference(string expected, string actual)
    {
        if (expected == actual) return null;
        var (before, now) = (expected.Split('\n'), actual.Split('\n'));
        var line = Enumerable.Range(0, int.MaxValue).First(i => before.ElementAtOrDefault(i) != now.ElementAtOrDefault(i));
        var (was, @is) = (before.ElementAtOrDefault(line), now.ElementAtOrDefault(line));
        var column = (was ?? "").Zip(@is ?? "").TakeWhile(pair => pair.First == pair.Second).Count();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"line {line + 1}, column {column + 1}:\n  verified: {Cut(was, column)}\n  received: {Cut(@is, column)}\n");
    }

    // Lines of pages are long.
    private static string Cut(string? line, int column)
    {
        if (line is null) return "(no line)";
        var start = Math.Max(0, column - ShownBefore);
        var end = Math.Min(line.Length, start + Shown);
        return $"{(start > 0 ? "…" : "")}{line[start..end]}{(end < line.Length ? "…" : "")}";
    }
}
