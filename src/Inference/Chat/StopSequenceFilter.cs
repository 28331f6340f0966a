using System.Text;

namespace TurkishLlm.Inference.Chat;

/// <summary>Ends a text that comes in pieces before the first of some texts that is complete in it.</summary>
/// <remarks>
/// What may become one of them is held back until it is clear, so that nothing of it is ever shown. Of two that end at the same place the longer
/// counts. How the text is cut into pieces makes no difference. Spec: GEN-16.
/// </remarks>
public sealed class StopSequenceFilter
{
    private readonly IReadOnlyList<string> _stopSequences;
    private readonly StringBuilder _held = new();

    /// <param name="stopSequences">Texts to end before.</param>
    /// <exception cref="ArgumentException">One is empty.</exception>
    public StopSequenceFilter(IReadOnlyList<string> stopSequences)
    {
        ArgumentNullException.ThrowIfNull(stopSequences);
        if (stopSequences.Contains("")) throw new ArgumentException("A text to stop at is empty; it would stand everywhere.", nameof(stopSequences));
        _stopSequences = stopSequences;
    }

    /// <summary>True when the text has ended.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>Takes a piece.</summary>
    /// <returns>What can be shown.</returns>
    public string Push(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        var shown = new StringBuilder();
        foreach (var c in piece)
        {
            if (HasStopped) break;
            _held.Append(c);
            var held = _held.ToString();
            if (_stopSequences.Where(text => held.EndsWith(text, StringComparison.Ordinal)).MaxBy(text => text.Length) is { } stop)
            {
                HasStopped = true;
                shown.Append(held.AsSpan(0, held.Length - stop.Length));
                _held.Clear();
                break;
            }
            var free = 0;
            while (free < held.Length && !_stopSequences.Any(text => text.StartsWith(held[free..], StringComparison.Ordinal))) free++;
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
