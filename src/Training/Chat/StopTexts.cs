using System.Text;

namespace TurkishLlm.Training;

/// <summary>Ends a text that comes in pieces before the first of some texts that is complete in it.</summary>
/// <remarks>
/// What may become one of them is held back until it is clear, so that nothing of it is ever shown. Of two that end at the same place the longer
/// counts. How the text is cut into pieces makes no difference. Spec: GEN-16.
/// </remarks>
public sealed class StopTexts
{
    private readonly IReadOnlyList<string> _texts;
    private readonly StringBuilder _held = new();

    /// <param name="texts">Texts to end before.</param>
    /// <exception cref="ArgumentException">One is empty.</exception>
    public StopTexts(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (texts.Contains("")) throw new ArgumentException("A text to stop at is empty; it would stand everywhere.", nameof(texts));
        _texts = texts;
    }

    /// <summary>True when the text has ended.</summary>
    public bool Found { get; private set; }

    /// <summary>Takes a piece.</summary>
    /// <returns>What can be shown.</returns>
    public string Push(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        var shown = new StringBuilder();
        foreach (var c in piece)
        {
            if (Found) break;
            _held.Append(c);
            var held = _held.ToString();
            if (_texts.Where(text => held.EndsWith(text, StringComparison.Ordinal)).MaxBy(text => text.Length) is { } stop)
            {
                Found = true;
                shown.Append(held.AsSpan(0, held.Length - stop.Length));
                _held.Clear();
                break;
            }
            var free = 0;
            while (free < held.Length && !_texts.Any(text => text.StartsWith(held[free..], StringComparison.Ordinal))) free++;
            shown.Append(held.AsSpan(0, free));
            _held.Remove(0, free);
        }
        return shown.ToString();
    }

    /// <summary>Ends the text.</summary>
    /// <returns>What was held back.</returns>
    public string Flush()
    {
        var rest = _held.ToString();
        _held.Clear();
        return rest;
    }
}
