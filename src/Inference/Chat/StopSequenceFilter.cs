using System.Text;

namespace TurkishLlm.Inference.Chat;

/// <summary>Ends a streamed text before its first complete stop sequence.</summary>
/// <remarks>
/// Text that may become a stop sequence is held back until that is decided, so no part of one is ever shown. Of two sequences
/// that end at the same position, the longer one counts. The result does not depend on how the text is cut into chunks. Spec:
/// GEN-16.
/// </remarks>
public sealed class StopSequenceFilter
{
    private readonly IReadOnlyList<string> _stopSequences;
    private readonly StringBuilder _held = new();

    /// <param name="stopSequences">Texts before which the text ends.</param>
    /// <exception cref="ArgumentException">A stop sequence is empty.</exception>
    public StopSequenceFilter(IReadOnlyList<string> stopSequences)
    {
        ArgumentNullException.ThrowIfNull(stopSequences);
        if (stopSequences.Contains(""))
            throw new ArgumentException("A stop sequence is empty; it would match everywhere.", nameof(stopSequences));
        _stopSequences = stopSequences;
    }

    /// <summary>True if a stop sequence has occurred.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>Adds a chunk of text.</summary>
    /// <returns>The text that can be shown.</returns>
    public string Push(string chunk)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        var shown = new StringBuilder();
        foreach (var c in chunk)
        {
            if (HasStopped) break;
            _held.Append(c);
            var held = _held.ToString();
            if (
                _stopSequences.Where(text => held.EndsWith(text, StringComparison.Ordinal)).MaxBy(text => text.Length) is { } stop
            )
            {
                HasStopped = true;
                shown.Append(held.AsSpan(0, held.Length - stop.Length));
                _held.Clear();
                break;
            }
            var free = 0;
            while (free < held.Length && !_stopSequences.Any(text => text.StartsWith(held[free..], StringComparison.Ordinal)))
                free++;
            shown.Append(held.AsSpan(0, free));
            _held.Remove(0, free);
        }
        return shown.ToString();
    }

    /// <summary>Ends the text.</summary>
    /// <returns>The text that was held back.</returns>
    public string Flush()
    {
        var rest = _held.ToString();
        _held.Clear();
        return rest;
    }
}
