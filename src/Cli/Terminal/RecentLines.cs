using System.Text.RegularExpressions;
using Spectre.Console.Rendering;

namespace TurkishLlm.Cli.Terminal;

/// <summary>The newest lines on a terminal, to write them again after its size has changed.</summary>
public sealed partial class RecentLines
{
    private const int MaxLines = 200;

    private readonly Queue<string> _lines = [];

    /// <summary>Adds a line, which may contain line breaks.</summary>
    public void Add(string text)
    {
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            _lines.Enqueue(line);
            if (_lines.Count > MaxLines) _lines.Dequeue();
        }
    }

    /// <summary>Returns the newest lines that fit. The terminal wraps lines that are too wide.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="width">Width of the terminal, in columns.</param>
    public IEnumerable<string> TakeLast(int rows, int width) =>
        _lines.Reverse().TakeWhile(line => (rows -= CountRows(line, width)) >= 0).Reverse();

    private static int CountRows(string line, int width) =>
        1 + Math.Max(0, new Segment(Colors().Replace(line, "")).CellCount() - 1) / width;

    [GeneratedRegex("\u001b\\[[0-9;]*m")]
    private static partial Regex Colors();
}
